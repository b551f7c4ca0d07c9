"""Photographs and what each method made of them: checked, cut and packed into the page itself."""

import io
import pathlib
from typing import NamedTuple

import markupsafe
import numpy as np
import PIL.Image
from msgspec import UNSET

from exgan_tf import images, pages
from exgan_tf.evaluation.results import Evaluation
from exgan_tf.report import numbers, summary

MAX_FILE_BYTES = 64 << 20  # Ours: an uncompressed picture of 4096 x 4096 pixels.
# Ours: small pictures stay as they are to the bit; large ones would make a page of 100 megabytes.
MAX_LOSSLESS_SIDE = 128
JPEG_QUALITY = 92
GROUPS = {
    "first": (
        "The first photographs",
        "The first of the split in its fixed order, not picked by hand.",
    ),
    "best": ("Best cases", "Smallest L1 in the hole of"),
    "median": ("Median cases", "Middle L1 in the hole of"),
    "worst": ("Worst cases", "Largest L1 in the hole of"),
}


class Picture(NamedTuple):
    """What an <img> needs.

    Attributes:
      source: all of the picture, as a data URI.
      is_exact: whether each pixel is as it was.
      width, height: in pixels.
    """

    source: markupsafe.Markup
    is_exact: bool
    width: int
    height: int


def strip(evaluation: Evaluation, directory: pathlib.Path) -> list[dict]:
    """The first photograph, filled by the best method: four pictures, or none."""
    ranked = summary.rank(evaluation)
    first = next((case for case in evaluation.cases if case.group == "first"), None)
    filled = ranked and first and first.pictures.methods.get(ranked[0])
    if not (first and filled):
        return []
    are_eyes_hidden = evaluation.data.mask in (UNSET, None, "eyes")
    paths = {
        "eyes taken out" if are_eyes_hidden else "masked": first.pictures.masked,
        "reference": first.pictures.reference,
        f"filled by {ranked[0]}": filled,
        "original": first.pictures.original,
    }
    size = evaluation.data.image_size
    return [
        {"label": label, "name": first.name, "photo": _pack(_read(directory / path, size))}
        for label, path in paths.items()
    ]


def case_group(evaluation: Evaluation, group: str, directory: pathlib.Path) -> dict | None:
    """All cases of one of `GROUPS`; None if there are none.

    Raises:
      ValueError: if a picture is damaged or of another size.
    """
    cases = [case for case in evaluation.cases if case.group == group]
    if not cases:
        return None
    title, note = GROUPS[group]
    judges = ", ".join(dict.fromkeys(case.sorted_by for case in cases if case.sorted_by))
    return {
        "title": title,
        "note": note,
        "sorted_by": None if group == "first" else judges,
        "cases": [
            {
                "name": case.name,
                "reference_name": case.reference_name,
                "pictures": _case_pictures(evaluation, case, directory),
            }
            for case in cases
        ],
    }


def _case_pictures(evaluation, case, directory):
    """The three pictures that methods get, and what each method but the controls made of them."""
    top, left, height, width = case.eye_region

    def show(label, path, **caption):
        shown = {"label": label, "photo": None, **caption}
        if path is not None:
            photo = _read(directory / path, evaluation.data.image_size)
            eyes = photo[top : top + height, left : left + width]
            shown |= {"photo": _pack(photo), "eyes": _pack(eyes)}
        return shown

    filled = {
        name: case.pictures.methods.get(name)
        for name, method in evaluation.methods.items()
        if method.control is None or case.pictures.methods.get(name)
    }
    errors = {name: each for name in filled if (each := case.masked_l1.get(name)) is not None}
    decimals = numbers.decimals_for(errors.values())
    texts = {name: numbers.write(error, decimals=decimals) for name, error in errors.items()}
    least = texts[min(errors, key=errors.__getitem__)] if len(errors) > 1 else None
    inputs = ("original", "masked", "reference")
    pictures = [show(key, getattr(case.pictures, key), method=None) for key in inputs]
    for name, path in filled.items():
        error = texts.get(name, "")
        caption = {"method": name, "error": error, "is_least": error == least}
        pictures.append(show(f"filled by {name}", path, **caption))
    return pictures


def _read(path, image_size):
    """A picture, uint8 [image_size, image_size, 3]; ValueError if it is none or another size."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than {MAX_FILE_BYTES >> 20} megabytes")
    photo = images.read_photo(path)
    if photo.shape[:2] != (image_size, image_size):
        height, width = photo.shape[:2]
        raise ValueError(
            f"{path} has {width} x {height} pixels; expected {image_size} x {image_size}, as "
            "data.image_size says"
        )
    return photo


def _pack(photo: np.ndarray) -> Picture:
    height, width = photo.shape[:2]
    is_exact = max(height, width) <= MAX_LOSSLESS_SIDE
    if is_exact:
        buffer = io.BytesIO()
        PIL.Image.fromarray(photo).save(buffer, "PNG", optimize=True)
        kind, data = "png", buffer.getvalue()
    else:
        kind, data = "jpeg", images.encode_jpeg(photo, quality=JPEG_QUALITY, full_color=True)
    return Picture(pages.data_uri(kind, data), is_exact, width, height)
