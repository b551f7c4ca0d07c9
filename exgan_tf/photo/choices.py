"""Which eyes a person chose for which faces, as a file, and carrying that out.

The file says where the faces are, by their landmarks, and which files are meant, by their
checksums: nothing has to be found again, and nothing else is changed by mistake.
"""

import contextlib
import pathlib
from typing import Annotated

import msgspec
import numpy as np

from exgan_tf import files
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import Box
from exgan_tf.inpainters import Inpainter
from exgan_tf.photo import filling, methods, picture_file
from exgan_tf.photo.album_correction import name_copies

SIDES = ("left", "right")  # The viewer's.
FILE_NAME = "choices.json"

_Point = Annotated[
    list[Annotated[float, msgspec.Meta(ge=-1e5, le=1e5)]], msgspec.Meta(min_length=2, max_length=2)
]
Landmarks = Annotated[list[_Point], msgspec.Meta(min_length=68, max_length=68)]


class Eye(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an eye comes from.

    Attributes:
      photograph: name of the reference.
      landmarks: of the face there, 68 points (x, y) in its pixels, upright.
      strength: the share of the new eye where it is mixed with the old one, in [0, 1].
    """

    photograph: str
    landmarks: Landmarks
    strength: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class ChosenFace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A face and its new eyes; None leaves an eye as it is."""

    photograph: str
    landmarks: Landmarks
    left: Eye | None = None
    right: Eye | None = None


class Choices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that was chosen.

    Attributes:
      photographs: SHA-256 of every photograph that is named, in hexadecimal digits.
      faces: the faces that get new eyes.
    """

    photographs: dict[str, str]
    faces: list[ChosenFace]


def fill_face(
    photo: np.ndarray, chosen: ChosenFace, *, read_pixels, inpainter: Inpainter
) -> tuple[np.ndarray, np.ndarray]:
    """Gives a face of `photo`, uint8 [height, width, 3], sRGB and upright, the chosen eyes.

    `read_pixels` gives a reference's pixels, of the same kind, by its name.

    Returns:
      The new photo, and where it may differ, bool [height, width].

    Raises:
      ValueError: if an eye is outside its photo.
    """
    groups: list = [((side,), getattr(chosen, side)) for side in SIDES]
    if chosen.left == chosen.right:
        groups = [(SIDES, chosen.left)]
    after, changed = photo, np.zeros(photo.shape[:2], bool)
    for sides, eye in groups:
        if not eye or eye.strength == 0:
            continue
        after, region = filling.fill_eyes(
            after,
            _face(chosen.landmarks),
            reference=read_pixels(eye.photograph),
            reference_face=_face(eye.landmarks),
            inpainter=inpainter,
            eyes=sides,
            strength=eye.strength,
        )
        changed |= region
    return after, changed


def carry_out(
    choices: Choices,
    sources: dict[str, pathlib.Path],
    output_dir: pathlib.Path,
    *,
    inpainter: Inpainter,
    is_marked: bool = True,
) -> dict[str, list[str]]:
    """Writes a copy of every photograph in which eyes were chosen into an empty folder.

    `sources` has the file of every photograph that is named.

    Returns:
      The names of the copies, each with what could not be kept in it.

    Raises:
      ValueError: if a photograph is missing, has changed since, or is named wrongly, as `split`.
      OSError: if the disk is full or read-only.
    """
    written = {
        copy: write_copy(each, sources, output_dir / copy, inpainter=inpainter, is_marked=is_marked)
        for copy, each in split(choices).items()
    }
    return {copy: lost for copy, lost in written.items() if lost is not None}


def split(choices: Choices) -> dict[str, Choices]:
    """What was chosen for each photograph by itself, by the name of its copy.

    Raises:
      ValueError: if a photograph has no checksum, or a name that is no file's.
    """
    by_photograph = {}
    for face in choices.faces:
        names = {face.photograph, *(eye.photograph for eye in (face.left, face.right) if eye)}
        for name in names:
            if name not in choices.photographs:
                raise ValueError(f"the choices name {name!r} but give no checksum of it")
            if pathlib.PurePath(name).name != name or "\0" in name:
                raise ValueError(f"{name!r} is not the name of a file without folders")
        one = by_photograph.setdefault(face.photograph, Choices({}, []))
        one.photographs.update({name: choices.photographs[name] for name in names})
        one.faces.append(face)
    return dict(zip(name_copies(list(by_photograph)), by_photograph.values(), strict=True))


def write_copy(
    chosen: Choices,
    sources: dict[str, pathlib.Path],
    path: pathlib.Path,
    *,
    inpainter: Inpainter,
    is_marked: bool,
) -> list[str] | None:
    """As `carry_out`, for choices that are all for one photograph, into the file `path`.

    Returns:
      What could not be kept in it; None if nothing differs, and so there is no copy.
    """
    for name, checksum in chosen.photographs.items():
        if name not in sources:
            raise ValueError(
                f"{name} is missing, but the choices name it: put it beside the others"
            )
        if files.checksum(sources[name]) != checksum:
            raise ValueError(
                f"{name} has changed since the choices were made: put the earlier file there, or "
                "choose again"
            )

    def read_pixels(name):
        return picture_file.read_picture(sources[name]).photo

    picture = picture_file.read_picture(sources[chosen.faces[0].photograph])
    after, changed = picture.photo, np.zeros(picture.photo.shape[:2], bool)
    for face in chosen.faces:
        after, region = fill_face(after, face, read_pixels=read_pixels, inpainter=inpainter)
        changed |= region
    if not changed.any():
        return None
    source_term = methods.find_digital_source(inpainter) if is_marked else None
    return picture.write(path, after, changed=changed, source_term=source_term)


def to_points(face: DetectedFace) -> list[list[float]]:
    """The landmarks of a face as choices have them."""
    return [[round(x, 2), round(y, 2)] for x, y in face.landmarks.tolist()]


def find_sources(choices: Choices, input_dir) -> dict[str, pathlib.Path]:
    """The files in a folder that choices name, whatever they are called there.

    Raises:
      ValueError: if one is missing.
    """
    by_checksum = {}
    for path in sorted(pathlib.Path(input_dir).rglob("*")):
        with contextlib.suppress(OSError):  # What cannot be read need not be one of them.
            if path.is_file():
                by_checksum[files.checksum(path)] = path
    for name, checksum in choices.photographs.items():
        if checksum not in by_checksum:
            raise ValueError(
                f"{input_dir} has no file with the contents of {name!r}, which the choices name: "
                "put it there, unchanged"
            )
    return {name: by_checksum[checksum] for name, checksum in choices.photographs.items()}


def _face(points):
    return DetectedFace(np.array(points, np.float64), Box(0, 0, 1, 1), score=1.0)
