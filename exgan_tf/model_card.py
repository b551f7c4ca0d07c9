"""`model.json`: what an exported model says of itself, and the conventions of its tensors.

Exporting writes it, everything that loads an exported model reads it. As such a file may come
from anywhere, nothing of it is believed unchecked.
"""

import pathlib
import re

from exgan_tf import files, images

FILE_NAME = "model.json"
FORMAT_VERSION = 1
TENSORS = {
    "image": "float32 [B, size, size, 3], RGB in [-1, 1]; what lies in the hole is not looked at",
    "mask": "float32 [B, size, size, 1], 1 = hole, 0 = known",
    "reference": "float32 [B, size, size, 3], RGB in [-1, 1], the same person with open eyes",
    "eye_boxes": "int32 [B, 2, 4], (top, left, height, width) in pixels, the viewer's left first",
    "reference_eye_boxes": "int32 [B, 2, 4], the eyes of the reference, likewise",
    "landmarks": "float32 [B, 68, 2], (x, y) in pixels, 68 points of the face in dlib's order",
    "flow": "float32 [B, h, w, 2], (x, y) in pixels of the strip: from how far aside colours come",
    "gain": "float32 [B, h, w, 3], what they are multiplied by, counted from black",
    "bias": "float32 [B, h, w, 3], what is added to them then",
    "share": "float32 [B, h, w, 1], in [0, 1], how much of them is taken",
    "paint": "float32 [B, h, w, 3], RGB in about [-1, 1], what is taken for the rest",
    "light_gain": "float32 [B, 1, 1, 3], what the reference is multiplied by first, from black",
    "strip_to_image": "float32 [B, 2, 3], takes (x, y, 1) of the strip to pixels of the image",
    "strip_to_reference": "float32 [B, 2, 3], takes (x, y, 1) of the strip to the reference",
    "completed": "float32 [B, size, size, 3], RGB in [-1, 1], the image outside the hole",
}
ALIGNMENT = "levelled by the eyes, 1.2 times the face box: exgan_tf.faces.align"

_MAX_BYTES = 1 << 20  # Ours; an exported one has about 3,000.
_FIELDS = {
    "package_version": str,
    "kind": str,
    "image_size": int,
    "step": int,
    "checkpoint": str,
    "experiment": dict,
    "tensors": dict,
    "alignment": str,
}
_JSON_NAMES = {str: "a text", int: "a whole number", dict: "an object"}


def read_model_card(directory) -> dict:
    """Reads and checks the `model.json` of an exported model.

    Args:
      directory: the folder that exporting made.

    Returns:
      What it says. Checked are the types of the fields that exporting writes, that `kind` is a
      short lower-case name, and so is the `mask` of `experiment` where it says one, `image_size` a
      possible side in pixels, `step` not negative, and that `tensors` names known ones; what else
      `experiment` and further fields hold is not.

    Raises:
      ValueError: if the folder is no exported model, or one of another version, or the file is
        damaged.
    """
    path = pathlib.Path(directory) / FILE_NAME
    if not path.is_file():
        raise ValueError(f"{directory} is no exported model: it has no {FILE_NAME}")
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{path} is larger than {_MAX_BYTES} bytes: that is no exported model's")
    card = files.read_json(path)
    version = card.get("format_version") if isinstance(card, dict) else None
    if type(version) is not int or version != FORMAT_VERSION:
        raise ValueError(
            f"{path} has format version {version}, {FORMAT_VERSION} is wanted: export it anew"
        )
    for field, wanted in _FIELDS.items():
        # Not isinstance: JSON's true is no number.
        if type(card.get(field)) is not wanted:
            raise ValueError(
                f"{path}: {field} is {_shorten(card.get(field))}, {_JSON_NAMES[wanted]} is wanted: "
                "export it anew"
            )
    _check_values(card, path)
    return card


def _check_values(card, path):
    if not re.fullmatch("[a-z][a-z0-9_]{0,63}", card["kind"]):
        raise ValueError(f"{path}: kind is {_shorten(card['kind'])}, the name of a Gan is wanted")
    if not 1 <= card["image_size"] <= images.MAX_SIDE:
        raise ValueError(
            f"{path}: image_size is {_shorten(card['image_size'])}, 1 to {images.MAX_SIDE} pixels "
            "are wanted"
        )
    if card["step"] < 0:
        raise ValueError(f"{path}: step is {_shorten(card['step'])}, 0 or more is wanted")
    mask = card["experiment"].get("mask")
    if mask is not None and not (type(mask) is str and re.fullmatch("[a-z][a-z0-9_]{0,63}", mask)):
        raise ValueError(
            f"{path}: the experiment's mask is {_shorten(mask)}, the name of a mask is wanted"
        )
    unknown = card["tensors"].keys() - TENSORS.keys()
    if unknown or not {"image", "mask", "completed"} <= card["tensors"].keys():
        raise ValueError(
            f"{path}: tensors are {_shorten(sorted(card['tensors']))}; image, mask and completed, "
            f"and no others than {', '.join(TENSORS)} are wanted"
        )


def _shorten(value):
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
