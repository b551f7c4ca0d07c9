"""Aligned photographs to the values of a record, one identity at a time.

Free of TensorFlow, so that worker processes start at once.
"""

import dataclasses

import cv2
import numpy as np

from exgan_tf import images, storage
from exgan_tf.celeb_id import boxes
from exgan_tf.celeb_id.layouts import AlignedPhotograph
from exgan_tf.faces import align, detect, landmarks
from exgan_tf.faces.model_files import MissingModelError
from exgan_tf.geometry import Point

MIN_IMAGE_SIZE = 32  # Ours: an eye is four pixels wide then.
MAX_IMAGE_SIZE = 512  # The largest that networks are built for.
# Ours: an iris is a few pixels wide at 64 and 128 pixels, so its colour is kept at full resolution.
RECORD_JPEG_QUALITY = 97

# Ours: about the square in which dlib finds an aligned face, in sides of the face box. Fitted in
# it, eyes are 3.3 % of their distance from the annotated ones (median; 95 %: 7.8 %), as in dlib's
# own (3.3 %, 8.0 %; 400 LFW faces). Placed by the middle of the crop and not by the eyes it does
# as well, until a face at the border of its photo shifts the crop: by a sixth of its side, 54 %
# and 88 %.
_SQUARE_SIDE = 0.75
_SQUARE_BELOW_EYES = 0.17
_NO_LANDMARKS = np.full([landmarks.COUNT, 2], np.nan)


@dataclasses.dataclass(frozen=True)
class IdentityTask:
    """One identity to pack.

    Attributes:
      identity: its name.
      photographs: its photographs, in order.
      image_dir: folder of their files.
      image_size: side of the packed images, in pixels.
      seed: of mask boxes that the photographs do not come with.
      fit_landmarks: fit the landmarks that the photographs do not come with.
    """

    identity: str
    photographs: list[AlignedPhotograph]
    image_dir: str
    image_size: int
    seed: int
    fit_landmarks: bool = False


@dataclasses.dataclass
class PackedIdentity:
    """What came of a task.

    Attributes:
      values: for `examples.encode_record`, or None if fewer than two photographs are usable.
      skipped: file name -> why it was left out.
    """

    values: dict | None
    skipped: dict[str, str]


def pack_identity(task: IdentityTask) -> PackedIdentity:
    """Reads, scales and encodes the photographs of one identity; unusable ones are skipped.

    Raises:
      MissingModelError: if landmarks are to be fitted and the model is not installed.
    """
    rows, skipped = [], {}
    for photograph in task.photographs:
        try:
            rows.append(_pack_photograph(photograph, task))
        except MissingModelError:
            raise
        except ValueError as error:
            skipped[photograph.filename] = str(error)
    if len(rows) < 2:
        for row in rows:
            skipped[row["names"].decode()] = "the only usable photograph of its identity"
        return PackedIdentity(values=None, skipped=skipped)
    values: dict = {key: [row[key] for row in rows] for key in rows[0]}
    for key in ("eyes", "box_sizes", "landmarks"):
        values[key] = np.array(values[key], np.float32)
    values["identity"] = task.identity.encode("utf-8", "replace")
    return PackedIdentity(values=values, skipped=skipped)


def _pack_photograph(photograph, task):
    for side, eye in (("left", photograph.eye_left), ("right", photograph.eye_right)):
        if eye is None:
            raise ValueError(f"the {side} eye is unknown")
    path = storage.to_path(task.image_dir) / photograph.filename
    try:
        photo = images.read_photo(path)
    except images.UnreadableImageError as error:
        raise ValueError(str(error).replace(f"{path}: ", "")) from error
    height, width = photo.shape[:2]
    if height != width or height < task.image_size:
        raise ValueError(
            f"{width} x {height} pixels; aligned photographs are square and at least as large as "
            f"the records ({task.image_size})"
        )
    scale = task.image_size / height
    eyes = np.array([(eye.x, eye.y) for eye in (photograph.eye_left, photograph.eye_right)])
    if not ((eyes >= 0) & (eyes <= height - 1)).all():
        raise ValueError("an eye lies outside the photograph")
    points = photograph.landmarks
    if points is None:
        points = _fit_landmarks(photo, eyes) if task.fit_landmarks else _NO_LANDMARKS
    if scale != 1:
        shape = (task.image_size, task.image_size)
        photo = cv2.resize(photo, shape, interpolation=cv2.INTER_AREA)
    drawn = boxes.draw_box_sizes(photograph.filename, seed=task.seed)
    box_left, box_right = (
        given.scale(scale) if given else other.scale(task.image_size / boxes.IMAGE_SIZE)
        for given, other in zip((photograph.box_left, photograph.box_right), drawn, strict=True)
    )
    for side, box in (("left", box_left), ("right", box_right)):
        if min(box.h, box.w) < boxes.LEAST_SIDE:
            raise ValueError(
                f"the mask box of the {side} eye is {box.w} x {box.h} pixels in the records; at "
                f"least {boxes.LEAST_SIDE} x {boxes.LEAST_SIDE} are wanted"
            )
    return {
        "names": photograph.filename.encode(),
        "images": images.encode_jpeg(photo, quality=RECORD_JPEG_QUALITY, full_color=True),
        "eyes": _scale_points(eyes, scale),
        "box_sizes": [[box_left.h, box_left.w], [box_right.h, box_right.w]],
        "eyes_closed": int(photograph.eyes_are_closed),
        "landmarks": _scale_points(points, scale),
    }


def _scale_points(points, scale):
    # Pixel centres lie on whole numbers, so the image's edge is at -0.5.
    return (np.asarray(points) + 0.5) * scale - 0.5


def _fit_landmarks(photo, eyes):
    face_side = photo.shape[0] / align.CROP_SCALE
    x, y = eyes.mean(axis=0).tolist()
    center = Point(x, y + _SQUARE_BELOW_EYES * face_side)
    return detect.fit_face(photo, center, side=_SQUARE_SIDE * face_side).landmarks
