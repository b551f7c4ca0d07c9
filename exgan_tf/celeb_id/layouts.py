"""The JSON files of Celeb-ID: raw (`celeb_params.json`) and aligned (`data.json`).

Both files come from outside: an entry that cannot be used is left out and named in the tally, a
file that cannot be used at all raises ValueError. Photographs are named `identity-N.jpg`. Ours is
the field `landmarks` of both; the published files have none.
"""

import math
import pathlib
import re
from typing import Annotated

import msgspec
import numpy as np

from exgan_tf import files, storage
from exgan_tf.faces import landmarks
from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.geometry import Point
from exgan_tf.images import WRITABLE_SUFFIXES
from exgan_tf.tally import Tally

RAW_JSON = "celeb_params.json"
RAW_IMAGES = "celeb_id_raw"
ALIGNED_JSON = "data.json"
ALIGNED_IMAGES = "celeb_id_aligned"

_NAME = re.compile(r"(?P<identity>[^/\\\x00-\x1f\x7f]+)-(?P<number>[0-9]{1,9})\.[A-Za-z]{3,4}")
_MAX_NAME_BYTES = 200  # File systems stop at 255; temporary names and suffixes need some.
_TWICE = "the name appears twice; the first is used"

# Up to 1e6: beyond any image that is read, and the arithmetic stays finite.
Number = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Length = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
Landmarks = Annotated[
    list[tuple[Number, Number]],
    msgspec.Meta(min_length=landmarks.COUNT, max_length=landmarks.COUNT),
]


class Place(msgspec.Struct, frozen=True):
    """A point in an image, in pixels."""

    x: Number
    y: Number


class BoxSize(msgspec.Struct, frozen=True):
    """Width and height of a mask box, in pixels."""

    w: Length
    h: Length

    def scale(self, factor: float) -> "BoxSize":
        """The box in whole pixels, halves upwards, at least 1; the one rule for all boxes."""
        return BoxSize(*(max(1, math.floor(side * factor + 0.5)) for side in (self.w, self.h)))


class RawPhotograph(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What `celeb_params.json` says of a file in `celeb_id_raw/`, in pixels of that file.

    The fields are those of `FaceAnnotation`, with the face box by its centre, and

    Attributes:
      landmarks: 68 pairs [x, y], in dlib's order.
      box_left: mask box of the left eye, in pixels at `boxes.IMAGE_SIZE`.
      box_right: mask box of the right eye, likewise.
    """

    eye_left: Place | None = None
    eye_right: Place | None = None
    mouth_center: Place | None = None
    face_x: Number
    face_y: Number
    face_w: Length
    face_h: Length
    roll: Number
    eyes_opened: Number | None = None
    eyes_closed: Number | None = None
    landmarks: Landmarks | None = None
    box_left: BoxSize | None = None
    box_right: BoxSize | None = None

    @classmethod
    def of(cls, annotation: FaceAnnotation) -> "RawPhotograph":
        """The entry of a face, in hundredths of a pixel."""

        def rounded(value, digits=2):
            return None if value is None else round(float(value), digits)

        def place(point):
            return point and Place(*map(rounded, point))

        return cls(
            eye_left=place(annotation.eye_left),
            eye_right=place(annotation.eye_right),
            mouth_center=place(annotation.mouth_center),
            face_x=rounded(annotation.face_center.x),
            face_y=rounded(annotation.face_center.y),
            face_w=rounded(annotation.face_width),
            face_h=rounded(annotation.face_height),
            roll=rounded(annotation.roll, 3),
            eyes_opened=rounded(annotation.eyes_opened, 3),
            eyes_closed=rounded(annotation.eyes_closed, 3),
            landmarks=list_landmarks(annotation.landmarks),
        )

    @property
    def annotation(self) -> FaceAnnotation:
        """The face."""

        def point(place):
            return place and Point(place.x, place.y)

        return FaceAnnotation(
            eye_left=point(self.eye_left),
            eye_right=point(self.eye_right),
            mouth_center=point(self.mouth_center),
            face_center=Point(self.face_x, self.face_y),
            face_width=self.face_w,
            face_height=self.face_h,
            roll=self.roll,
            eyes_opened=self.eyes_opened,
            eyes_closed=self.eyes_closed,
            landmarks=None if self.landmarks is None else np.array(self.landmarks),
        )


def _null():
    """A field that is written even where it is unknown, as published."""
    return msgspec.field(default_factory=lambda: None)


class AlignedPhotograph(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An entry of `data.json`: an aligned photograph, in pixels of it.

    Attributes:
      filename: its name in the folder of the images.
      eye_left: centre of the eye on the viewer's left.
      box_left: mask box of the left eye.
      eye_right: centre of the eye on the viewer's right.
      box_right: mask box of the right eye.
      opened: score that the eyes are open, on the scale of who made the file.
      closed: score that the eyes are closed, likewise.
      landmarks: 68 pairs [x, y], in dlib's order.
    """

    filename: str
    eye_left: Place | None = _null()
    box_left: BoxSize | None = None
    eye_right: Place | None = _null()
    box_right: BoxSize | None = None
    opened: Number | None = _null()
    closed: Number | None = _null()
    landmarks: Landmarks | None = None

    @property
    def eyes_are_closed(self) -> bool:
        """Whether the scores, either of which may be unknown, say that the eyes are closed."""
        if self.closed is None:
            return self.opened is not None and self.opened < 0.5
        return self.closed > (0.5 if self.opened is None else self.opened)


def list_landmarks(points: np.ndarray | None) -> list | None:
    """Landmarks, [68, 2] in pixels, as the files hold them: in hundredths of a pixel."""
    return None if points is None else np.asarray(points, float).round(2).tolist()


def split_filename(filename: str) -> tuple[str, int]:
    """Splits `identity-N.jpg` into identity and N.

    Raises:
      ValueError: if the name has another form or could lead out of its folder.
    """
    match = _NAME.fullmatch(filename)
    suffix = pathlib.PurePosixPath(filename).suffix.lower()
    if (
        match is None
        or filename.startswith(".")
        or suffix not in WRITABLE_SUFFIXES
        or len(filename.encode("utf-8", "surrogatepass")) > _MAX_NAME_BYTES
        or any(0xD800 <= ord(letter) <= 0xDFFF for letter in filename)
    ):
        raise ValueError("not a file name of the form identity-N.jpg")
    return match["identity"], int(match["number"])


def read_raw(directory) -> tuple[dict[str, RawPhotograph], Tally]:
    """Reads `celeb_params.json` of a raw folder: file name -> what it says.

    Returns:
      The usable entries in the order of the file, and a tally that names the others.

    Raises:
      ValueError: if the JSON or the image folder is missing or broken, or no entry is usable.
    """
    directory = storage.to_path(directory)
    path = directory / RAW_JSON
    entries = _read_pairs(path)
    if not (directory / RAW_IMAGES).is_dir():
        raise ValueError(f"{directory} has no folder {RAW_IMAGES}/ with the photographs")
    tally, photographs = Tally(), {}
    for filename, fields in entries:
        try:
            split_filename(filename)
            photograph = files.convert(fields, RawPhotograph, source=RAW_JSON)
        except ValueError as error:
            tally.skip(filename, str(error))
            continue
        if filename in photographs:
            tally.skip(f"{filename} (again)", _TWICE)
        else:
            photographs[filename] = photograph
    if not photographs:
        raise ValueError(f"{path} has no usable entry\n{tally.summary(most=3)}")
    return photographs, tally


def find_aligned(directory) -> tuple[pathlib.Path, pathlib.Path]:
    """Finds `data.json` and the folder of the images, wherever the published files have them.

    Args:
      directory: the folder of aligned images, or the one above `celeb_id_aligned/`.

    Raises:
      ValueError: if there is no `data.json` in any of the known places.
    """
    directory = storage.to_path(directory)
    inner = directory / ALIGNED_IMAGES
    images = inner if inner.is_dir() and not (directory / ALIGNED_JSON).is_file() else directory
    places = [images / ALIGNED_JSON, images.parent / RAW_IMAGES / ALIGNED_JSON]
    for path in places:
        if path.is_file():
            return path, images
    looked = " or ".join(str(place) for place in places)
    raise ValueError(f"no {ALIGNED_JSON} at {looked}: give the output of `exgan align-celeb-id`")


def read_photographs(json_path) -> tuple[dict[str, list[AlignedPhotograph]], Tally]:
    """Reads a `data.json`: identity -> its photographs, both in the order of the file.

    Returns:
      The usable entries, and a tally that names the others.

    Raises:
      ValueError: if the file is missing or broken, or no entry is usable.
    """
    tally, seen, photographs = Tally(), set(), {}
    for identity, entries in _read_pairs(json_path):
        if not isinstance(entries, list):
            tally.skip(identity, "the identity is not a list of photographs")
            continue
        for index, fields in enumerate(entries):
            filename = fields.get("filename") if isinstance(fields, dict) else None
            name = filename if isinstance(filename, str) else f"{identity}[{index}]"
            try:
                photograph = files.convert(fields, AlignedPhotograph, source=ALIGNED_JSON)
                split_filename(photograph.filename)
            except ValueError as error:
                tally.skip(name, str(error))
                continue
            if name in seen:
                tally.skip(f"{name} (again)", _TWICE)
                continue
            seen.add(name)
            photographs.setdefault(identity, []).append(photograph)
    if not photographs:
        raise ValueError(f"{json_path} has no usable photograph\n{tally.summary(most=3)}")
    return photographs, tally


def write_photographs(json_path, photographs: list[AlignedPhotograph]) -> None:
    """Writes a `data.json` in the published form, photographs grouped by identity."""
    identities = {}
    for photograph in photographs:
        identity, _ = split_filename(photograph.filename)
        identities.setdefault(identity, []).append(photograph)
    files.write_json(json_path, msgspec.to_builtins(identities))


class _Object(dict):
    """A JSON object with all its pairs; as a dict, the first value of a doubled key counts."""

    def __init__(self, pairs):
        super().__init__(reversed(pairs))
        self.pairs = pairs


def _read_pairs(path):
    # Numbers that are not finite count as null: some writers make them of it.
    value = files.read_json(path, object_pairs_hook=_Object, parse_constant=lambda name: None)
    if not isinstance(value, _Object):
        raise ValueError(f"{path} holds a {type(value).__name__}; expected an object")
    return value.pairs
