"""Cutting faces out of photographs of any size, at the scale that a model takes."""

import math

import cv2
import numpy as np

from exgan_tf.geometry import AffineTransform, Box, Point

_MARGIN = 3.0  # Side of what is read around a face, over the face's: 2 x sqrt(2), rounded up.


def scale_photo(photo: np.ndarray, factor: float) -> tuple[np.ndarray, AffineTransform]:
    """Scales a photo, to at least 1 x 1 pixel, averaging over areas where it shrinks.

    Returns:
      The scaled photo, and the transform from `photo` to it.
    """
    height, width = photo.shape[:2]
    new_width, new_height = (max(1, round(side * factor)) for side in (width, height))
    # By a whole number first, which OpenCV does in a quarter of the time. Edges that are no
    # multiple of it are left out: less than a pixel of the result.
    step = max(1, math.floor(min(width / new_width, height / new_height) / 2))
    if step > 1:
        photo = photo[: height // step * step, : width // step * step]
        height, width = photo.shape[:2]
        photo = cv2.resize(photo, (width // step, height // step), interpolation=cv2.INTER_AREA)
    filter_kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(photo, (new_width, new_height), interpolation=filter_kind)
    x, y = new_width / width, new_height / height
    # A pixel covers an area: it is pixel borders, at half numbers, that scale.
    return scaled, AffineTransform([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2]])


def rotate_photo(photo: np.ndarray, degrees: float) -> tuple[np.ndarray, AffineTransform]:
    """Rotates all of a photo about its centre, on black, and gives the transform to it."""
    height, width = photo.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    new_width = round(width * cosine + height * sine)
    new_height = round(width * sine + height * cosine)
    matrix[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    return cv2.warpAffine(photo, matrix, (new_width, new_height)), AffineTransform(matrix)


def cut_out(
    photo: np.ndarray, center: Point, *, face_side: float, degrees: float, scaled_side: int
) -> tuple[np.ndarray, AffineTransform]:
    """Cuts a face out with as much around it, levelled and scaled.

    Args:
      center, face_side: of the face, in pixels of `photo`; the side is above 0.
      degrees: rotates the face by this angle.
      scaled_side: side of the face in the result, in pixels.

    Returns:
      The cut-out, uint8 [2 * scaled_side, 2 * scaled_side, 3] with the face in its middle, edge
      pixels repeated where the photo ends, and the transform from `photo` to it.

    Raises:
      ValueError: if the face is outside the photo.
    """
    read_side = max(3, round(face_side * _MARGIN))
    around = Box.around(center, height=read_side, width=read_side)
    inside = around.clip(height=photo.shape[0], width=photo.shape[1])
    if inside.height < 1 or inside.width < 1:
        raise ValueError(f"a face around {center} is outside the photo of shape {photo.shape}")
    scaled, scaling = scale_photo(photo[inside.slices], scaled_side / face_side)
    to_scaled = AffineTransform([[1, 0, -inside.left], [0, 1, -inside.top]]).then(scaling)
    scaled_center = to_scaled(center)
    matrix = cv2.getRotationMatrix2D(scaled_center.tolist(), degrees, 1)
    matrix[:, 2] += scaled_side - 0.5 - scaled_center
    side = 2 * scaled_side
    levelled = cv2.warpAffine(
        scaled, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return levelled, to_scaled.then(AffineTransform(matrix))
