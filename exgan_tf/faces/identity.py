"""Whose face it is: descriptors of faces, and the person that a folder of photographs shows."""

from typing import Protocol

import numpy as np

from exgan_tf.faces import cutting, dlib_models, landmarks
from exgan_tf.faces.detect import DetectedFace

# Two descriptors nearer than this are of one person: dlib's documented threshold, 99.38 % right
# on the pairs of LFW (http://dlib.net/face_recognition.py.html).
SAME_PERSON_DISTANCE = 0.6

# Ours: dlib reads faces at 150 pixels, and landmarks as whole pixels, which should be finer.
_DESCRIBED_FACE_SIDE = 240


class FaceEmbedder(Protocol):
    """Describes faces; must be picklable, to be used in worker processes."""

    def __call__(self, photo: np.ndarray, face: DetectedFace) -> np.ndarray:
        """The descriptor of `face` in `photo`, float64 [128]; near for one person's faces."""


class DlibFaceEmbedder:
    """Describes faces with dlib's recognition network, loaded once a process at the first call."""

    def __call__(self, photo: np.ndarray, face: DetectedFace) -> np.ndarray:
        """Describes a face.

        Args:
          photo: uint8 [height, width, 3], RGB.
          face: a face found in `photo`.

        Returns:
          The descriptor, float64 [128].

        Raises:
          ValueError: if dlib or its models are not installed, or the face is outside the photo.
        """
        copy, transform = cutting.cut_out(
            photo,
            face.center,
            face_side=landmarks.face_width(face.landmarks),
            degrees=landmarks.roll(face.landmarks),
            scaled_side=_DESCRIBED_FACE_SIDE,
        )
        return dlib_models.describe_face(copy, transform(face.landmarks))


def choose_person(candidates: list[list[np.ndarray]]) -> list[int | None]:
    """Picks the faces of the one person whom a set of photographs is about.

    The person is the face that most of the other photographs show too, each counted by how near
    its nearest face is. Where no two photographs agree, it is the first, that is largest, face of
    the photograph with the fewest faces.

    Args:
      candidates: for each photograph the descriptors of its faces, the largest face first; each
        a float array [128].

    Returns:
      For each photograph the index of the person's face, or None where no face is within
      `SAME_PERSON_DISTANCE` of the person.
    """
    if not any(candidates):
        return [None] * len(candidates)
    descriptors = np.array([face for faces in candidates for face in faces])
    photograph = np.repeat(np.arange(len(candidates)), [len(faces) for faces in candidates])
    agreements = [_agreement(face, descriptors, photograph) for face in descriptors]
    num_faces = np.bincount(photograph)[photograph]
    # lexsort puts the last key first; it is stable, so ties go to the first face.
    first = descriptors[np.lexsort((num_faces, -np.round(agreements, 9)))[0]]
    # One portrait can be unusual; the mean of all that fit it is not.
    chosen = _choose_nearest(first, candidates)
    fitting = [faces[index] for faces, index in zip(candidates, chosen) if index is not None]
    return _choose_nearest(np.mean(fitting, axis=0), candidates)


def _agreement(face, descriptors, photograph):
    """How well `face` is found again: over the photographs, how far inside the threshold it is."""
    nearness = np.maximum(SAME_PERSON_DISTANCE - _distances(face, descriptors), 0)
    best = np.zeros(photograph[-1] + 1)
    np.maximum.at(best, photograph, nearness)
    return best.sum()  # Its own photograph gives the same to each face.


def _choose_nearest(person, candidates):
    chosen = []
    for faces in candidates:
        distances = _distances(person, np.array(faces)) if faces else np.array([np.inf])
        nearest = int(np.argmin(distances))
        chosen.append(nearest if distances[nearest] < SAME_PERSON_DISTANCE else None)
    return chosen


def _distances(face, descriptors):
    return np.linalg.norm(descriptors - face, axis=1)
