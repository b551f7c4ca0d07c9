"""Close-ups to compare: before, reference, after."""

import pathlib

import cv2
import numpy as np

from exgan_tf import images
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.photo.filling import view_face

_GAP = 8  # Pixels of white between the close-ups; ours.


def close_up(photo: np.ndarray, face: DetectedFace, *, size: int) -> np.ndarray:
    """A face as it is aligned for the networks, uint8 [size, size, 3].

    Raises:
      ValueError: if the face is outside the photo.
    """
    return images.to_photo(view_face(photo, face, size=size).image)


def path_beside(output) -> pathlib.Path:
    """Where the comparison of a written photograph goes."""
    output = pathlib.Path(output)
    return output.with_name(f"{output.stem}_compare.jpg")


def compare(before, reference, after, *, face, reference_face, size: int = 320) -> np.ndarray:
    """Close-ups before, of the reference and after, side by side.

    The photos are uint8 [height, width, 3]; `face` is that of `before` and `after`. The result is
    uint8 [size, 3 * size + gaps, 3].
    """
    gap = np.full((size, _GAP, 3), 255, np.uint8)
    shown = (before, face), (reference, reference_face), (after, face)
    first, second, third = (close_up(*each, size=size) for each in shown)
    return np.hstack([first, gap, second, gap, third])


def number_faces(photo: np.ndarray, faces: list[DetectedFace]) -> np.ndarray:
    """The photo, uint8 [height, width, 3], with a frame around each face and its number, from 1."""
    numbered = photo.copy()
    for number, face in enumerate(faces, 1):
        low, high = face.landmarks.min(axis=0), face.landmarks.max(axis=0)
        margin = 0.15 * (high - low)
        corner, end = (np.rint(each).astype(int).tolist() for each in (low - margin, high + margin))
        scale = max(0.4, face.eye_distance / 50)
        # White on black, to be seen on everything.
        font = cv2.FONT_HERSHEY_SIMPLEX
        for color, thickness in (((0, 0, 0), 6), ((255, 255, 255), 2)):
            line = max(1, round(thickness * scale))
            cv2.rectangle(numbered, corner, end, color, line)
            cv2.putText(numbered, str(number), corner, font, scale, color, line)
    return numbered
