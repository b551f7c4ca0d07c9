"""The JSON files of Celeb-ID: raw (`celeb_params.json`) and aligned (`data.json`).

Both come from outside and are checked field by field: an entry that cannot be used is left out
and named in the tally, a file that cannot be used at all raises ValueError. Photographs are named
`identity-N.jpg`; sizes and places in `data.json` are in pixels of the aligned image. Ours is the
field `landmarks` of both, a list of 68 pairs [x, y]; the published files have none.
"""

import dataclasses
import hashlib
import math
import pathlib
import re
from typing import NamedTuple

import numpy as np

from exgan_tf import files
from exgan_tf.faces import landmarks
from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.geometry import Point
from exgan_tf.images import WRITABLE_SUFFIXES
from exgan_tf.tally import Tally

RAW_JSON = "celeb_params.json"
RAW_IMAGES = "celeb_id_raw"
ALIGNED_JSON = "data.json"
ALIGNED_IMAGES = "celeb_id_aligned"

# The sides of the published mask boxes: clip(|N(48, 24)|, 48, 96) pixels at 256 x 256.
BOX_IMAGE_SIZE = 256
BOX_SIDE_MEAN = 48
BOX_SIDE_STDDEV = 24
BOX_SIDE_MIN = 48
BOX_SIDE_MAX = 96

_NAME = re.compile(r"(?P<identity>[^/\\\x00-\x1f\x7f]+)-(?P<number>[0-9]{1,9})\.[A-Za-z]{3,4}")
_MAX_NAME_BYTES = 200  # File systems stop at 255; temporary names and suffixes need some.
_MAX_COORDINATE = 1e6  # Beyond any image that is read; keeps the arithmetic finite.


class BoxSize(NamedTuple):
    """Height and width of a mask box, in pixels, above 0."""

    height: float
    width: float


@dataclasses.dataclass(frozen=True)
class RawPhotograph:
    """A photograph before alignment: its file, its face, and its boxes if the file has some.

    Attributes:
      filename: name in `celeb_id_raw/`, `identity-N.jpg`.
      annotation: the face in it.
      box_left: mask box of the left eye, in pixels at `BOX_IMAGE_SIZE`, if given.
      box_right: the same of the right eye.
    """

    filename: str
    annotation: FaceAnnotation
    box_left: BoxSize | None = None
    box_right: BoxSize | None = None


@dataclasses.dataclass(frozen=True)
class Photograph:
    """An aligned photograph, as `data.json` describes it. Anything but the name may be unknown.

    Attributes:
      filename: name beside `data.json`, `identity-N.jpg`.
      eye_left: centre of the eye on the viewer's left, in pixels of the aligned image.
      eye_right: the same of the other eye.
      box_left: size of the mask box around the left eye, in the same pixels.
      box_right: the same of the right eye.
      opened: detector's score that the eyes are open; finite, on the detector's own scale.
      closed: detector's score that the eyes are closed, on the same scale.
      landmarks: float64 [68, 2] of (x, y), in dlib's order, in the same pixels as the eyes.
    """

    filename: str
    eye_left: Point | None
    eye_right: Point | None
    box_left: BoxSize | None
    box_right: BoxSize | None
    opened: float | None
    closed: float | None
    landmarks: np.ndarray | None = dataclasses.field(default=None, compare=False)

    @property
    def eyes_are_closed(self) -> bool:
        """Whether the scores say closed; an unknown score says nothing."""
        return is_closed(opened=self.opened, closed=self.closed)


def is_closed(*, opened: float | None, closed: float | None) -> bool:
    """Whether two detector scores, either of which may be unknown, say that eyes are closed."""
    if closed is None:
        return opened is not None and opened < 0.5
    return closed > (0.5 if opened is None else opened)


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


def read_raw(directory) -> tuple[list[RawPhotograph], Tally]:
    """Reads `celeb_params.json` of a raw folder.

    Args:
      directory: the folder that holds `celeb_params.json` and `celeb_id_raw/`.

    Returns:
      The usable entries in the order of the file, and a tally that names the others.

    Raises:
      ValueError: if the JSON or the image folder is missing or broken, or no entry is usable.
    """
    directory = pathlib.Path(directory)
    path = directory / RAW_JSON
    entries = files.parse_json(path, object_pairs_hook=_Pairs)
    if not isinstance(entries, _Pairs):
        raise ValueError(f"{path} holds a {type(entries).__name__}, an object was wanted")
    if not (directory / RAW_IMAGES).is_dir():
        raise ValueError(f"{directory} has no folder {RAW_IMAGES}/ with the photographs")
    tally, seen, photographs = Tally(), set(), []
    for filename, fields in entries.pairs:
        photograph = _parse_entry(filename, fields, _raw_photograph, seen=seen, tally=tally)
        if photograph is not None:
            photographs.append(photograph)
    if not photographs:
        raise ValueError(f"{path} has no usable entry\n{tally.summary(most=3)}")
    return photographs, tally


def find_aligned(directory) -> tuple[pathlib.Path, pathlib.Path]:
    """Finds the parts of an aligned data set, wherever the published scripts and site put them.

    Args:
      directory: the folder of aligned images, or the one above `celeb_id_aligned/`.

    Returns:
      The path of `data.json`, and the folder of the images.

    Raises:
      ValueError: if there is no `data.json` in any of the known places.
    """
    directory = pathlib.Path(directory)
    inner = directory / ALIGNED_IMAGES
    images = inner if inner.is_dir() and not (directory / ALIGNED_JSON).is_file() else directory
    places = [images / ALIGNED_JSON, images.parent / RAW_IMAGES / ALIGNED_JSON]
    for path in places:
        if path.is_file():
            return path, images
    looked = " or ".join(str(place) for place in places)
    raise ValueError(f"no {ALIGNED_JSON} at {looked}: give the output of align_celeb_id")


def read_photographs(json_path) -> tuple[dict[str, list[Photograph]], Tally]:
    """Reads a `data.json`: identity -> its photographs, both in the order of the file.

    Args:
      json_path: the path of the file.

    Returns:
      The usable entries, and a tally that names the others.

    Raises:
      ValueError: if the file is missing or broken, or no entry is usable.
    """
    identities = files.parse_json(json_path, object_pairs_hook=_Pairs)
    if not isinstance(identities, _Pairs):
        raise ValueError(f"{json_path} holds a {type(identities).__name__}, an object was wanted")
    tally, seen, photographs = Tally(), set(), {}
    for identity, entries in identities.pairs:
        if not isinstance(entries, list):
            tally.skip(identity, "the identity is not a list of photographs")
            continue
        for index, entry in enumerate(entries):
            filename = entry.get("filename") if isinstance(entry, _Pairs) else None
            if not isinstance(filename, str):
                tally.skip(f"{identity}[{index}]", "the entry has no filename")
                continue
            photograph = _parse_entry(filename, entry, _photograph, seen=seen, tally=tally)
            if photograph is not None:
                photographs.setdefault(identity, []).append(photograph)
    if not photographs:
        raise ValueError(f"{json_path} has no usable photograph\n{tally.summary(most=3)}")
    return photographs, tally


def write_photographs(json_path, photographs: list[Photograph]):
    """Writes a `data.json` in the published form, photographs grouped by identity."""
    identities = {}
    for photograph in photographs:
        identity, _ = split_filename(photograph.filename)
        identities.setdefault(identity, []).append(_photograph_to_json(photograph))
    files.write_json(json_path, identities)


def annotation_to_json(annotation: FaceAnnotation) -> dict:
    """The entry of `celeb_params.json` for a face; what is unknown is left out, as published."""
    fields = {
        "eye_left": _point_to_json(annotation.eye_left),
        "eye_right": _point_to_json(annotation.eye_right),
        "mouth_center": _point_to_json(annotation.mouth_center),
        "face_x": round(float(annotation.face_center.x), 2),
        "face_y": round(float(annotation.face_center.y), 2),
        "face_w": round(float(annotation.face_width), 2),
        "face_h": round(float(annotation.face_height), 2),
        "roll": round(float(annotation.roll), 3),
        "eyes_opened": _score_to_json(annotation.eyes_opened),
        "eyes_closed": _score_to_json(annotation.eyes_closed),
        "landmarks": _landmarks_to_json(annotation.landmarks),
    }
    return {name: value for name, value in fields.items() if value is not None}


def draw_box_size(rng: np.random.Generator) -> BoxSize:
    """Draws a mask box from the published distribution, in pixels at `BOX_IMAGE_SIZE`."""
    sides = np.abs(rng.normal(BOX_SIDE_MEAN, BOX_SIDE_STDDEV, size=2))
    width, height = np.clip(sides, BOX_SIDE_MIN, BOX_SIDE_MAX).astype(int).tolist()
    return BoxSize(height=height, width=width)


def scale_box_size(size: BoxSize, factor: float) -> BoxSize:
    """Scales a box to whole pixels, halves upwards, at least 1; the one rule for all boxes."""
    height, width = (max(1, math.floor(side * factor + 0.5)) for side in size)
    return BoxSize(height=height, width=width)


def random_order(names, *, seed: int) -> list:
    """Sorts names by a hash of seed and name: the same order whatever else is in the list."""
    return sorted(names, key=lambda name: _hash(seed, name))


def name_rng(name: str, *, seed: int) -> np.random.Generator:
    """A random generator that depends on seed and name only, not on the order of the work."""
    return np.random.default_rng(int.from_bytes(_hash(seed, name)[:16], "big"))


def split_identities(
    photographs,
    *,
    test_fraction,
    seed,
    validation_fraction=0.0,
    closed_eyes_to_test=False,
    test_identities=(),
):
    """Splits by identity, never by photograph.

    Args:
      photographs: identity -> list of Photograph.
      test_fraction: share of the identities kept for the test, in [0, 1]; 1 for data that only
        tests.
      seed: chooses which.
      validation_fraction: share of the identities kept for validation, in [0, 1].
      closed_eyes_to_test: also send every identity with a closed-eyes photograph to the test.
      test_identities: names of identities that go to the test too, whatever the seed says.

    Returns:
      "train", "validation" and "test" -> identity -> its photographs.

    Raises:
      ValueError: if a fraction is out of range, a name is unknown, or nothing is left for training.
    """
    for name, fraction in (("test", test_fraction), ("validation", validation_fraction)):
        if not 0 <= fraction <= 1:
            raise ValueError(f"{name}_fraction is {fraction}, 0 to 1 is wanted")
    order = random_order(photographs, seed=seed)
    num_test = _share(test_fraction, len(order))
    num_held = num_test + _share(validation_fraction, len(order))
    parts = {
        "train": order[num_held:],
        "validation": order[num_test:num_held],
        "test": order[:num_test],
    }
    unknown = sorted(set(test_identities) - photographs.keys())
    if unknown:
        raise ValueError(
            f"test_identities names {unknown[0]!r}, which is not in the data: names are those "
            "before -N in the file names"
        )
    tested = set(test_identities)
    if closed_eyes_to_test:
        tested |= {name for name in order if _has_closed_eyes(photographs[name])}
    for split in ("train", "validation"):
        parts["test"] += [name for name in parts[split] if name in tested]
        parts[split] = [name for name in parts[split] if name not in tested]
    if not parts["train"] and test_fraction < 1:
        raise ValueError(
            f"of {len(order)} identities none is left for training: lower the fractions "
            "or add identities"
        )
    return {
        split: {identity: photographs[identity] for identity in identities}
        for split, identities in parts.items()
    }


def _has_closed_eyes(photographs):
    return any(photograph.eyes_are_closed for photograph in photographs)


def _share(fraction, count):
    return max(1, round(fraction * count)) if fraction > 0 else 0


def _hash(seed, name):
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).digest()


class _Pairs:
    """A JSON object with its doubled keys; as a mapping, the first of them counts."""

    def __init__(self, pairs):
        self.pairs = pairs
        self._first = dict(reversed(pairs))

    def get(self, key, default=None):
        return self._first.get(key, default)


def _parse_entry(filename, fields, parse, *, seen, tally):
    """`parse(filename, fields)`, or None with the reason in `tally`."""
    try:
        split_filename(filename)
        if not isinstance(fields, _Pairs):
            raise ValueError("the entry is not an object")
        photograph = parse(filename, fields)
    except ValueError as error:
        tally.skip(filename, str(error))
        return None
    if filename in seen:
        tally.skip(f"{filename} (again)", "the name comes twice; the first counts")
        return None
    seen.add(filename)
    return photograph


def _raw_photograph(filename, fields):
    return RawPhotograph(
        filename=filename,
        annotation=FaceAnnotation(
            eye_left=_point(fields, "eye_left"),
            eye_right=_point(fields, "eye_right"),
            mouth_center=_point(fields, "mouth_center"),
            face_center=Point(
                _number(fields.get("face_x"), "face_x"), _number(fields.get("face_y"), "face_y")
            ),
            face_width=_number(fields.get("face_w"), "face_w", above=0),
            face_height=_number(fields.get("face_h"), "face_h", above=0),
            roll=_number(fields.get("roll"), "roll"),
            eyes_opened=_score(fields, "eyes_opened"),
            eyes_closed=_score(fields, "eyes_closed"),
            landmarks=_landmarks(fields),
        ),
        box_left=_box_size(fields, "box_left"),
        box_right=_box_size(fields, "box_right"),
    )


def _photograph(filename, fields):
    return Photograph(
        filename=filename,
        eye_left=_point(fields, "eye_left"),
        eye_right=_point(fields, "eye_right"),
        box_left=_box_size(fields, "box_left"),
        box_right=_box_size(fields, "box_right"),
        opened=_score(fields, "opened"),
        closed=_score(fields, "closed"),
        landmarks=_landmarks(fields),
    )


def _photograph_to_json(photograph):
    fields = {"filename": photograph.filename}
    for side in ("left", "right"):
        # The published script leaves the box out where the eye is null.
        eye, box = getattr(photograph, f"eye_{side}"), getattr(photograph, f"box_{side}")
        fields[f"eye_{side}"] = None if eye is None else {"x": int(eye.x), "y": int(eye.y)}
        if box is not None:
            fields[f"box_{side}"] = {"w": int(box.width), "h": int(box.height)}
    fields["opened"] = photograph.opened
    fields["closed"] = photograph.closed
    if photograph.landmarks is not None:
        fields["landmarks"] = _landmarks_to_json(photograph.landmarks)
    return fields


def _point(fields, name):
    point = fields.get(name)
    if point is None:
        return None
    if not isinstance(point, _Pairs):
        raise ValueError(f"{name} is not an object with x and y")
    return Point(*(_number(point.get(axis), f"{name}.{axis}") for axis in "xy"))


def _landmarks(fields):
    points = fields.get("landmarks")
    if points is None:
        return None
    pairs = points if isinstance(points, list) else []
    if len(pairs) != landmarks.COUNT or not all(
        isinstance(pair, list) and len(pair) == 2 for pair in pairs
    ):
        raise ValueError(f"landmarks is not a list of {landmarks.COUNT} pairs [x, y]")
    return np.array([[_number(value, "landmarks") for value in pair] for pair in pairs])


def _box_size(fields, name):
    box = fields.get(name)
    if box is None:
        return None
    if not isinstance(box, _Pairs):
        raise ValueError(f"{name} is not an object with w and h")
    height, width = (_number(box.get(side), f"{name}.{side}", above=0) for side in "hw")
    return BoxSize(height=height, width=width)


def _score(fields, name):
    value = fields.get(name)
    if isinstance(value, float) and math.isnan(value):
        return None  # What some writers make of null.
    return None if value is None else _number(value, name)


def _number(value, name, *, above=-math.inf):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not above < value or not abs(value) <= _MAX_COORDINATE:
        bound = "" if above == -math.inf else f" above {above}"
        raise ValueError(f"{name} is not a finite number{bound}")
    return float(value)


def _point_to_json(point):
    return None if point is None else {axis: round(float(getattr(point, axis)), 2) for axis in "xy"}


def _landmarks_to_json(points):
    return None if points is None else np.float64(points).round(2).tolist()


def _score_to_json(score):
    return None if score is None else round(float(score), 3)
