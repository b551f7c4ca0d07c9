"""Whose face it is: the distance of faces by dlib's recognition network.

A filling must not change where the face is looked for, else its distance would tell of the
search. So the landmarks are fitted once, to the true image, and serve every filling of it; a
reference has its own.
"""

import functools
from typing import NamedTuple

import numpy as np

from exgan_tf.faces import detect
from exgan_tf.faces.identity import DlibFaceEmbedder
from exgan_tf.geometry import Point, box_centers

# Ours: where dlib's detector finds the faces of images aligned as published, over the image's
# side: the median of 90 LFW and 80 drawn faces. It varies by 0.06 and 0.024 (standard deviation).
_FACE_SIDE = 0.61
_FACE_BELOW_EYES = 0.148


class FillingsTask(NamedTuple):
    """An image, its reference, and what M methods made of it: all to be described at once.

    Photographs are uint8 [S, S, 3], fillings [M, S, S, 3], boxes as for `fit_face`.
    """

    photo: np.ndarray
    eye_boxes: np.ndarray
    reference: np.ndarray
    reference_eye_boxes: np.ndarray
    fillings: np.ndarray


def describe_fillings(task: FillingsTask) -> np.ndarray:
    """Describes the faces of a task; for worker processes, so nothing here loads TensorFlow.

    Each face is scaled to the size that dlib reads, by a cubic filter where it grows (see
    `faces.cutting`).

    Returns:
      float64 [2 + M, 128]: of the true image, the reference, and each filling.

    Raises:
      ValueError: if dlib or a model is not installed.
    """
    face, descriptor = _describe(task.photo, task.eye_boxes)
    _, reference_descriptor = _describe(task.reference, task.reference_eye_boxes)
    fillings = [DlibFaceEmbedder()(filling, face) for filling in task.fillings]
    return np.array([descriptor, reference_descriptor, *fillings])


def _describe(photo, eye_boxes):
    """The face in a photo, and its descriptor."""
    return _describe_once(photo.tobytes(), photo.shape, tuple(map(tuple, eye_boxes.tolist())))


# The reference of one task is the true image of the next, which a process mostly gets too.
@functools.lru_cache(maxsize=32)  # Ours: more than most people have photographs.
def _describe_once(pixels, shape, eye_boxes):
    photo = np.frombuffer(pixels, np.uint8).reshape(shape)
    face = fit_face(photo, eye_boxes)
    return face, DlibFaceEmbedder()(photo, face)


def fit_face(photo, eye_boxes) -> detect.DetectedFace:
    """Fits landmarks to an aligned face whose eyes are known; there is no search that could fail.

    Args:
      photo: uint8 [S, S, 3].
      eye_boxes: int [2, 4], (top, left, height, width) in pixels around each eye.

    Returns:
      The face, in pixels of the photo.

    Raises:
      ValueError: if dlib or a model is not installed.
    """
    middle = box_centers(eye_boxes).mean(axis=0)
    center = Point(middle[0], middle[1] + _FACE_BELOW_EYES * len(photo))
    return detect.fit_face(photo, center, side=_FACE_SIDE * len(photo))


def identity_distance(descriptors, other_descriptors) -> np.ndarray:
    """The Euclidean distance of descriptors, float [..., 128]; LOW is one person's.

    Returns:
      float64 [...], at least 0. In whole photographs dlib takes less than 0.6
      (`faces.identity.SAME_PERSON_DISTANCE`) for one person.
    """
    difference = np.asarray(descriptors, np.float64) - np.asarray(other_descriptors, np.float64)
    return np.linalg.norm(difference, axis=-1)
