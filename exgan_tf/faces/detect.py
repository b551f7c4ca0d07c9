"""Finding the faces in a photograph, and the landmarks of each.

A detector is anything that fits `FaceDetector`. `BlazeFaceDetector` searches by BlazeFace and fits
landmarks by the face mesh, all of it free for commercial use; dlib's landmarks, which are not (see
`dlib_models`), are fitted only where asked for. docs/faces.md has what is found and missed.
"""

import dataclasses
import math
from typing import Protocol

import numpy as np

from exgan_tf.faces import blaze_face, cutting, dlib_models, landmarks, mesh
from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.faces.openness import EyesOpenness, measure_each_eye, measure_openness
from exgan_tf.geometry import AffineTransform, Box, Point, box_centers

# Log-odds of the mesh. Ours: at 0 and below, a square holds no face; of 886 faces that were found
# 885 are above 2.2. Upside down a face may be found too: of 112 of LFW, portraits and people with
# closed eyes, the mesh is at 15.3 or more the right way up, and upside down at 11.1 at most.
_MIN_SCORE = 0.0
_SURE_SCORE = 13.0

_MAX_OVERLAP = 0.4  # Ours: of two squares that share more of their union, the surer is kept.
_SAME_FACE = 0.5  # Ours, in eye distances: centres of two faces are further apart.
# Ours: dlib's landmarks were best around this size of the face (measured from 80 to 400 pixels).
_DLIB_FACE_SIDE = 120


@dataclasses.dataclass(frozen=True, eq=False)
class DetectedFace:
    """A face that was found in a photo; all in that photo's pixels.

    Attributes:
      box: the square in which it was found; may reach out of the photo.
      score: how surely it is a face, as log-odds (the mesh's); detectors find faces above 0 only.
      landmark_model: a name of `landmarks.MODELS`.
      irises: float64 [2, 2] of (x, y), their centres, where they are known.
    """

    landmarks: np.ndarray
    box: Box
    score: float
    landmark_model: str = landmarks.MESH  # type: ignore[attr-defined]
    irises: np.ndarray | None = None

    @property
    def eye_left(self) -> Point:
        """Centre of the eye on the viewer's left, with the head upright."""
        return landmarks.eye_centers(self.landmarks)[0]

    @property
    def eye_right(self) -> Point:
        """Centre of the eye on the viewer's right, with the head upright."""
        return landmarks.eye_centers(self.landmarks)[1]

    @property
    def mouth_center(self) -> Point:
        """Middle of the mouth's corners, which an open mouth does not move, as it does the lips."""
        return Point(*self.landmarks[landmarks.MOUTH_CORNERS].mean(axis=0).tolist())

    @property
    def center(self) -> Point:
        """Mean of both eyes and the mouth, the centre of the published crop."""
        points = (self.eye_left, self.eye_right, self.mouth_center)
        return Point(*np.mean(points, axis=0).tolist())

    @property
    def eye_distance(self) -> float:
        """Distance of the two eyes' centres, in pixels."""
        return math.dist(self.eye_left, self.eye_right)

    @property
    def openness(self) -> EyesOpenness:
        """How surely each eye is open, in [0, 1]."""
        return measure_each_eye(self.landmarks, landmark_model=self.landmark_model)

    def cut_out(self, photo: np.ndarray, *, side: int) -> tuple[np.ndarray, AffineTransform]:
        """`cutting.cut_out` of the face, which then has a side of so many pixels."""
        width, roll = landmarks.face_width(self.landmarks), landmarks.roll(self.landmarks)
        return cutting.cut_out(photo, self.center, face_side=width, degrees=roll, scaled_side=side)

    def annotation(self) -> FaceAnnotation:
        """The face as the published `celeb_params.json` describes it."""
        width = landmarks.face_width(self.landmarks)
        opened = measure_openness(self.landmarks, landmark_model=self.landmark_model)
        return FaceAnnotation(
            eye_left=self.eye_left,
            eye_right=self.eye_right,
            mouth_center=self.mouth_center,
            face_center=self.center,
            face_width=width,
            face_height=width,  # All published boxes that we know of are square.
            roll=landmarks.roll(self.landmarks),
            eyes_opened=opened,
            eyes_closed=1 - opened,
            landmarks=self.landmarks,
        )


class FaceDetector(Protocol):
    """Finds faces.

    Picklable, for worker processes; its repr says by what it finds them, as that decides whether an
    interrupted run may go on.
    """

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        """The faces in `photo`, the largest first."""


@dataclasses.dataclass(frozen=True)
class BlazeFaceDetector:
    """Finds faces with BlazeFace: in any position, in photographs that lie or are upside down too.

    Faces count from 1/16 of the longer side up, from 1/64 (at least 40 pixels) where no larger one
    is surely found. The models are loaded once a process, at the first call.

    Attributes:
      every_face: look for small faces beside large ones too.
      landmark_model: what fits the landmarks, a name of `landmarks.MODELS`.
    """

    every_face: bool = False
    landmark_model: str = landmarks.MESH

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        """As `FaceDetector`; raises ValueError for what is no photo or if a model is missing."""
        is_uint8 = isinstance(photo, np.ndarray) and photo.dtype == np.uint8
        if not is_uint8 or photo.shape[2:] != (3,) or not photo.size:
            kind = f"{getattr(photo, 'dtype', type(photo))} {getattr(photo, 'shape', '')}"
            raise ValueError(f"a photo is a uint8 array [height, width, 3], this is {kind}")
        search = blaze_face.Search(photo)
        turn, faces = 0.0, []
        for degrees in blaze_face.TURNS:
            found = _fit_faces(photo, search.find_large(degrees=degrees))
            if _best_score(found) > _best_score(faces):
                turn, faces = degrees, found
            if _best_score(faces) > _SURE_SCORE:
                break
        if self.every_face or _best_score(faces) <= _SURE_SCORE:
            sure = [face for face in faces if face.score > _SURE_SCORE]
            closer = _fit_faces(photo, search.find_small(degrees=turn), known=sure)
            faces = _without_doubles(faces + closer)
        if self.landmark_model == landmarks.DLIB68:
            faces = [_refit_by_dlib(photo, face) for face in faces]
        return sorted(faces, key=lambda face: -face.box.width)


def fit_face(photo: np.ndarray, center: Point, *, side: float, degrees: float = 0) -> DetectedFace:
    """Fits the landmarks of a face that is known to be there, whatever its score, without a search.

    Args and errors: as `mesh.fit_landmarks`, of the square in which a detector would find the face.
    """
    points, irises, score = mesh.fit_landmarks(photo, center, side=side, degrees=degrees)
    return DetectedFace(points, _square_box(center, side), score, irises=irises)


def _square_box(center, side):
    whole_side = max(1, round(side))
    return Box.around(center, height=whole_side, width=whole_side)


def _best_score(faces):
    return max((face.score for face in faces), default=_MIN_SCORE)


def _fit_faces(photo, squares, *, known=()):
    """The faces in squares, but for those that are known."""
    faces, taken = [], [face.box for face in known]
    for square in sorted(squares, key=lambda square: -square.score):
        box = _square_box(square.center, square.side)
        if any(_overlap(box, other) > _MAX_OVERLAP for other in taken):
            continue
        taken.append(box)
        face = fit_face(photo, square.center, side=square.side, degrees=square.degrees)
        if face.score > _MIN_SCORE:
            faces.append(face)
    return _without_doubles(faces)  # In squares that only touch a face, the mesh finds it too.


def _without_doubles(faces):
    kept = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(math.dist(face.center, k.center) > _SAME_FACE * k.eye_distance for k in kept):
            kept.append(face)
    return kept


def _overlap(one, other):
    """What two boxes share, over what they cover together."""
    moved = other._replace(top=other.top - one.top, left=other.left - one.left)
    inside = moved.clip(height=one.height, width=one.width)
    shared = inside.height * inside.width
    return shared / (one.height * one.width + other.height * other.width - shared)


def _refit_by_dlib(photo, face):
    """The face with dlib's landmarks instead of the mesh's."""
    copy, transform = cutting.cut_out(
        photo,
        Point(*box_centers(face.box).tolist()),
        face_side=face.box.width,
        degrees=landmarks.roll(face.landmarks),
        scaled_side=_DLIB_FACE_SIDE,
    )
    middle = (len(copy) - 1) / 2
    box = _square_box(Point(middle, middle), _DLIB_FACE_SIDE)
    points = dlib_models.predict_landmarks(copy, box)
    return dataclasses.replace(
        face, landmarks=transform.inverse()(points), landmark_model=landmarks.DLIB68
    )
