"""Whose face it is: the distance of faces by dlib's recognition network.

A filling must not change where the face is looked for, else its distance would tell of the
search. So the landmarks are fitted once, to the true image, and serve every filling of it; a
reference has its own.
"""

from typing import NamedTuple

import numpy as np

from exgan_tf import images
from exgan_tf.faces import detect
from exgan_tf.faces.identity import DlibFaceEmbedder
from exgan_tf.geometry import Point, box_centers

# Ours: where dlib's detector finds the faces of images aligned as published, over the image's
# side: the median of 90 LFW and 80 drawn faces. It varies by 0.06 and 0.024 (standard deviation).
_FACE_SIDE = 0.61
_FACE_BELOW_EYES = 0.148


class AlignedFaceEmbedder:
    """Describes the faces of aligned images: picklable, models are loaded once a process.

    Images are rounded to 8 bits and the face is scaled to the size that dlib reads, by a cubic
    filter where it grows (see `faces.cutting`).
    """

    def __init__(self):
        self._embed = DlibFaceEmbedder()

    def locate(self, image, eye_boxes) -> detect.DetectedFace:
        """Fits the landmarks of the face whose eyes are known; there is no search that could fail.

        Args:
          image: an aligned image with its true eyes, float [S, S, 3] in [-1, 1].
          eye_boxes: int [2, 4], (top, left, height, width) in pixels around each eye.

        Returns:
          The face, in pixels of the image.

        Raises:
          ValueError: if dlib or a model is not installed.
        """
        photo = images.to_photo(image)
        middle = box_centers(eye_boxes).mean(axis=0)
        center = Point(middle[0], middle[1] + _FACE_BELOW_EYES * len(photo))
        return detect.fit_face(photo, center, side=_FACE_SIDE * len(photo))

    def describe(self, image, face: detect.DetectedFace) -> np.ndarray:
        """Describes a face.

        Args:
          image: the image, or a filling of it, float [S, S, 3] in [-1, 1].
          face: what `locate` made of the true image.

        Returns:
          The descriptor, float64 [128].

        Raises:
          ValueError: if dlib or a model is not installed.
        """
        return self._embed(images.to_photo(image), face)


class FillingsTask(NamedTuple):
    """An image, its reference, and what M methods made of it: all to be described at once.

    Attributes:
      photo: the true image, uint8 [S, S, 3].
      eye_boxes: its eyes, int [2, 4].
      reference: uint8 [S, S, 3].
      reference_eye_boxes: int [2, 4].
      fillings: uint8 [M, S, S, 3].
    """

    photo: np.ndarray
    eye_boxes: np.ndarray
    reference: np.ndarray
    reference_eye_boxes: np.ndarray
    fillings: np.ndarray


def describe_fillings(task: FillingsTask) -> np.ndarray:
    """Describes the faces of a task; for worker processes, so nothing here loads TensorFlow.

    Returns:
      float64 [2 + M, 128]: of the true image, the reference, and each filling.
    """
    embedder = AlignedFaceEmbedder()
    photo, reference = images.to_image(task.photo), images.to_image(task.reference)
    face = embedder.locate(photo, task.eye_boxes)
    reference_face = embedder.locate(reference, task.reference_eye_boxes)
    fillings = [images.to_image(filling) for filling in task.fillings]
    return np.array(
        [
            embedder.describe(photo, face),
            embedder.describe(reference, reference_face),
            *(embedder.describe(filling, face) for filling in fillings),
        ]
    )


def identity_distance(descriptors, other_descriptors) -> np.ndarray:
    """The Euclidean distance of descriptors; LOW is one person's.

    Args:
      descriptors: float [..., 128].
      other_descriptors: float [..., 128].

    Returns:
      float64 [...], at least 0. In whole photographs dlib takes less than 0.6
      (`faces.identity.SAME_PERSON_DISTANCE`) for one person.
    """
    difference = np.asarray(descriptors, np.float64) - np.asarray(other_descriptors, np.float64)
    return np.linalg.norm(difference, axis=-1)
