"""Alignment of a face, by the geometry of the published Celeb-ID script, pixel for pixel.

The photo is rotated by `roll` about the mean of eyes and mouth centre (the centre of the face box
where one of them is unknown), 1.2 times the face box is cut out around that point, shifted to lie
inside the photo, and resized with a cubic filter. Source: align.py and utils.py published with
the paper. Two things are ours: a face whose centre lies outside the photo is an error, and the
eyes follow the crop's own horizontal scale, which differs from the vertical where the photo is
narrower than the crop.
"""

import dataclasses

import cv2
import numpy as np

from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.geometry import AffineTransform, Point

CROP_SCALE = 1.2  # Side of the crop over side of the face box, as published.


@dataclasses.dataclass(frozen=True)
class AlignedFace:
    """A face cut out, levelled and scaled.

    Attributes:
      eye_left, eye_right: centres of the eyes in `photo`, if known. As published they scale about
        the middle of the corner pixel, and so lie up to half a pixel of the whole photo beside what
        `transform` gives.
      transform: takes points of the whole photo to where their pixels are in the aligned one.
    """

    photo: np.ndarray
    eye_left: Point | None
    eye_right: Point | None
    transform: AffineTransform


def align_face(photo: np.ndarray, annotation: FaceAnnotation, size: int) -> AlignedFace:
    """Aligns the face in a photo to a square with a side of `size` pixels.

    Raises:
      ValueError: if the centre of the face lies outside the photo, or the crop is empty.
    """
    height, width = photo.shape[:2]
    center = x, y = _face_center(annotation)
    rotation = cv2.getRotationMatrix2D(center, annotation.roll, 1)
    rotated = cv2.warpAffine(photo, rotation, (width, height), flags=cv2.INTER_CUBIC)
    left, right = _crop_interval(x, annotation.face_width, width)
    top, bottom = _crop_interval(y, annotation.face_height, height)
    if not (0 <= x < width and 0 <= y < height and left < right and top < bottom):
        raise ValueError(
            f"the face around {center} is empty or outside the {width} x {height} photo"
        )
    crop = rotated[top:bottom, left:right]
    scale_x, scale_y = size / (right - left), size / (bottom - top)
    published = AffineTransform(rotation).then(
        AffineTransform([[scale_x, 0, -left * scale_x], [0, scale_y, -top * scale_y]])
    )
    # Pixels cover areas: what resizing scales is their borders, half a pixel from their centres.
    half_x, half_y = (scale_x - 1) / 2, (scale_y - 1) / 2
    eye_left, eye_right = (
        eye and Point(*published(eye).tolist())
        for eye in (annotation.eye_left, annotation.eye_right)
    )
    return AlignedFace(
        photo=cv2.resize(crop, (size, size), interpolation=cv2.INTER_CUBIC),
        eye_left=eye_left,
        eye_right=eye_right,
        transform=published.then(AffineTransform([[1, 0, half_x], [0, 1, half_y]])),
    )


def _face_center(annotation):
    points = (annotation.eye_right, annotation.eye_left, annotation.mouth_center)
    if None in points:
        x, y = annotation.face_center
    else:
        x, y = (sum(values) / 3 for values in zip(*points, strict=True))
    return int(x), int(y)


def _crop_interval(center, face_side, photo_side):
    """First and last+1 row or column of the crop; truncated to whole pixels, as published."""
    side = min(face_side * CROP_SCALE, photo_side)
    start = min(max(center - side / 2, 0), photo_side - side)
    return int(start), int(start + side)
