"""Aligned photographs to the values of a record, one identity at a time.

Free of TensorFlow, so that worker processes start at once.
"""

from typing import Annotated

import cv2
import msgspec
import numpy as np

from exgan_tf import images, option_types
from exgan_tf.celeb_id import boxes
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


class RecordOptions(option_types.Options, frozen=True, kw_only=True):
    """How records are built from an aligned data set.

    Attributes:
      image_size: side of the images in pixels, 32 to 512; scaled with OpenCV's area filter.
      test_fraction: share of the identities in the test split; 1 for data to test on only.
      validation_fraction: share of the identities in the validation split, by which settings are
        chosen.
      closed_eyes_to_test: put every identity with a closed-eyes photograph into the test split too.
      test_identities: identities that go into the test split too, whatever the seed.
      fit_landmarks: fit 68 landmarks where the data have none.
      num_shards: most files per split; never more than it has identities.
      seed: seed of the split, and of mask boxes that the data do not give.
    """

    image_size: Annotated[int, msgspec.Meta(ge=MIN_IMAGE_SIZE, le=MAX_IMAGE_SIZE)] = 128
    test_fraction: option_types.Share = 0.1
    validation_fraction: Annotated[float, msgspec.Meta(ge=0, le=0.9)] = 0.05
    closed_eyes_to_test: bool = False
    test_identities: tuple[str, ...] = ()
    fit_landmarks: bool = False
    num_shards: option_types.Count = 8
    seed: option_types.NonNegativeCount = 0


def pack_identity(item, *, image_dir, options: RecordOptions) -> tuple[dict | None, dict[str, str]]:
    """Reads, scales and encodes the photographs of one identity; unusable ones are skipped.

    Args:
      item: name of the identity, and the list of its `AlignedPhotograph`s.
      image_dir: folder of their files, a path of `storage.to_path`.
      options: size, seed and whether landmarks are fitted.

    Returns:
      The values for `examples.encode_record`, or None if fewer than two photographs are usable;
      and file name -> why it was left out.

    Raises:
      MissingModelError: if landmarks are to be fitted and the model is not installed.
    """
    identity, photographs = item
    rows, skipped = [], {}
    for photograph in photographs:
        try:
            rows.append(_pack_photograph(photograph, image_dir / photograph.filename, options))
        except MissingModelError:
            raise
        except ValueError as error:
            skipped[photograph.filename] = str(error)
    if len(rows) < 2:
        for row in rows:
            skipped[row["names"].decode()] = "the only usable photograph of its identity"
        return None, skipped
    values: dict = {key: [row[key] for row in rows] for key in rows[0]}
    for key in ("eyes", "box_sizes", "landmarks"):
        values[key] = np.array(values[key], np.float32)
    return {**values, "identity": identity.encode("utf-8", "replace")}, skipped


def _pack_photograph(photograph, path, options):
    eyes = (photograph.eye_left, photograph.eye_right)
    for side, eye in zip(("left", "right"), eyes, strict=True):
        if eye is None:
            raise ValueError(f"the {side} eye is unknown")
    photo = images.decode_photo(images.read_file(path))
    height, width = photo.shape[:2]
    size = options.image_size
    if height != width or height < size:
        raise ValueError(
            f"{width} x {height} pixels; aligned photographs are square and at least as large as "
            f"the records ({size})"
        )
    eyes = np.array([(eye.x, eye.y) for eye in eyes])
    if not ((eyes >= 0) & (eyes <= height - 1)).all():
        raise ValueError("an eye lies outside the photograph")
    points = photograph.landmarks
    if points is None:
        points = _fit_landmarks(photo, eyes) if options.fit_landmarks else _NO_LANDMARKS
    scale = size / height
    if scale != 1:
        photo = cv2.resize(photo, (size, size), interpolation=cv2.INTER_AREA)
    given = (photograph.box_left, photograph.box_right)
    drawn = boxes.draw_box_sizes(photograph.filename, seed=options.seed)
    box_sizes = []
    for side, box, other in zip(("left", "right"), given, drawn, strict=True):
        box = box.scale(scale) if box else other.scale(size / boxes.IMAGE_SIZE)
        if min(box.h, box.w) < boxes.LEAST_SIDE:
            raise ValueError(
                f"the mask box of the {side} eye is {box.w} x {box.h} pixels in the records; "
                f"expected at least {boxes.LEAST_SIDE} x {boxes.LEAST_SIDE}"
            )
        box_sizes.append([box.h, box.w])
    return {
        "names": photograph.filename.encode(),
        "images": images.encode_jpeg(photo, quality=RECORD_JPEG_QUALITY, full_color=True),
        "eyes": _scale_points(eyes, scale),
        "box_sizes": box_sizes,
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
