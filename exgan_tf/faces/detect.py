"""Finding the faces in a photograph, and the landmarks of each.

A detector is anything that fits `FaceDetector`. `DlibFaceDetector`, the tools' default, searches by
dlib, `BlazeFaceDetector` by BlazeFace; docs/faces.md compares them. Both fit landmarks by the face
mesh. All of it is free for commercial use; dlib's own landmarks, which are not (see `dlib_models`),
are fitted only where asked for.
"""

import dataclasses
import math
from typing import Protocol

import numpy as np

from exgan_tf import images
from exgan_tf.faces import blaze_face, cutting, dlib_models, landmarks, mesh
from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.faces.dlib_models import FoundSquare
from exgan_tf.faces.openness import EyesOpenness, measure_each_eye, measure_openness
from exgan_tf.geometry import AffineTransform, Box, Point

# All ours. dlib finds faces from 80 pixels up, in 65 ns a pixel on one core; enlarging twice makes
# that 40. The first search takes 0.07 s and sees faces of 1/12 of the photo's side, the second
# 0.2 s and 1/22; each search is made only where those before it found nothing sure.
_COARSE_PIXELS = 1_000_000
_FINE_PIXELS = 3_000_000
_MAX_ENLARGEMENT = 2.0
# The close search sees faces of 60 pixels in 6.75 megapixels, of 80 in 12, and takes up to 0.8 s.
# Made groups of LFW faces, 120 to 400 pixels wide in 12 megapixels: without it a face of 400 hid
# eight of 120.
_CLOSE_PIXELS = 12_000_000
_CLOSE_ENLARGEMENT = 80 / 60
# Heads tilted by 50 degrees: the eyes are found in 24 % without, in 99 % with these; by 60 to 75
# degrees in none and 97 % (78 turned LFW faces).
_TILTS = (45.0, -45.0)
# A narrow photo, turned with all around it, is much larger: at 10 to 1 as many pixels as here.
_TURNED_PIXELS = 6_000_000
# At 3.7 us a pixel. Tilts and network together find 18 of the 19 of 4,650 LFW faces, and 12 of the
# 13 of 80 faces filling their picture, that the frontal detector misses in the upright photo.
_NETWORK_PIXELS = 100_000

# A search is the last only if one of its faces scores as much: 98 % of 926 LFW faces do, half of
# what else was found in their photos does not, and that must not hide a tilted head.
_SURE_SCORE = 0.5
# Upside down, a face may be found too, and its mesh be sure: of 29 faces seen upright and turned by
# half and by three quarters, the right view always scored the most, and no wrong one this much.
_SURE_BLAZE_SCORE = 0.85

# Ours: landmarks and openness were best around this face size (measured from 80 to 400 pixels).
# Averaging over shifted boxes and the mirrored face gained under 2 %, so it is not done.
_LANDMARK_FACE_SIDE = 120
# Ours: below it the square holds no face; of 886 faces that were found 885 are above 0.9.
_MIN_MESH_SCORE = 0.5
_SAME_FACE = 0.5  # Ours, in eye distances: centres of two faces are further apart.
_MAX_OVERLAP = 0.4  # Ours: of two boxes that share more of their union, the larger is kept.


@dataclasses.dataclass(frozen=True, eq=False)
class DetectedFace:
    """A face that was found in a photo; all in that photo's pixels.

    Attributes:
      landmarks: float64 [68, 2] of (x, y), in dlib's order; may lie outside the photo.
      box: the square in which it was found; may reach out of the photo.
      score: how sure the detector is; above 0, comparable only within one photo.
      landmark_model: what fitted the landmarks, a name of `landmarks.MODELS`.
    """

    landmarks: np.ndarray
    box: Box
    score: float
    landmark_model: str = landmarks.MESH

    @property
    def eye_left(self) -> Point:
        """Centre of the eye on the viewer's left."""
        return landmarks.eye_centers(self.landmarks)[0]

    @property
    def eye_right(self) -> Point:
        """Centre of the eye on the viewer's right."""
        return landmarks.eye_centers(self.landmarks)[1]

    @property
    def mouth_center(self) -> Point:
        """Centre of the mouth."""
        return landmarks.mouth_center(self.landmarks)

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

    def annotation(self) -> FaceAnnotation:
        """The face as the published `celeb_params.json` describes it."""
        width = landmarks.face_width(self.landmarks)
        scores = measure_openness(self.landmarks, landmark_model=self.landmark_model)
        return FaceAnnotation(
            eye_left=self.eye_left,
            eye_right=self.eye_right,
            mouth_center=self.mouth_center,
            face_center=self.center,
            face_width=width,
            face_height=width,  # All published boxes that we know of are square.
            roll=landmarks.roll(self.landmarks),
            eyes_opened=scores.opened,
            eyes_closed=scores.closed,
            landmarks=self.landmarks,
        )


class FaceDetector(Protocol):
    """Finds faces; must be picklable, to be used in worker processes."""

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        """The faces in `photo`, uint8 [height, width, 3], RGB: the largest first."""


@dataclasses.dataclass(frozen=True)
class DlibFaceDetector:
    """Finds faces with dlib: by gradient histograms, and by a small network where these fail.

    Faces count from 40 pixels of width up in photos under 1 megapixel, from 1/12 of the longer
    side in larger ones, from 1/22 where no larger one is found. A photo takes at most about a
    second on one core, whatever its size.

    The models are loaded once a process, at the first call.

    Attributes:
      every_face: look for small faces beside large ones too, down to 60 pixels in photos under 7
        megapixels and to 80 in those of 12; a photo of 12 takes 0.8 s longer.
      landmark_model: what fits the landmarks, a name of `landmarks.MODELS`.
    """

    every_face: bool = False
    landmark_model: str = landmarks.MESH

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        """Finds the faces in a photo.

        Args:
          photo: uint8 [height, width, 3], RGB.

        Returns:
          The faces, the largest first; an empty list where there is none.

        Raises:
          ValueError: if `photo` is something else, or dlib or a model is not installed.
        """
        _check_photo(photo)
        candidates = _best_candidates(photo)
        if self.every_face:
            candidates = candidates + _search_closely(photo)
        return _fit_faces(photo, candidates, self.landmark_model)


@dataclasses.dataclass(frozen=True)
class BlazeFaceDetector:
    """Finds faces with BlazeFace: in any position, small ones in a third of dlib's time.

    Faces count from 1/16 of the longer side up, from 1/64 (at least 40 pixels) where no larger one
    is found. The models are loaded once a process, at the first call.

    Attributes:
      every_face: look for small faces beside large ones too.
    """

    every_face: bool = False

    def __call__(self, photo: np.ndarray) -> list[DetectedFace]:
        """Finds the faces in a photo, as `DlibFaceDetector` does."""
        _check_photo(photo)
        best, faces = [], []
        for candidates in blaze_face.search(photo):
            if _best_score(candidates) > _best_score(faces):
                fitted = _fit_faces(photo, candidates, landmarks.MESH)
                if _best_score(fitted) > _best_score(faces):
                    best, faces = candidates, fitted
            if _best_score(faces) >= _SURE_BLAZE_SCORE:
                break
        if self.every_face:
            return _fit_faces(photo, best + blaze_face.search_tiles(photo), landmarks.MESH)
        return faces


def _check_photo(photo):
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8 or photo.ndim != 3:
        kind = f"{getattr(photo, 'dtype', type(photo))} {getattr(photo, 'shape', '')}"
        raise ValueError(f"a photo is a uint8 array [height, width, 3], this is {kind}")
    if photo.shape[2] != 3 or photo.size == 0:
        raise ValueError(f"a photo has the shape [height, width, 3], this has {photo.shape}")


def _fit_faces(photo, candidates, landmark_model):
    largest_first = sorted(candidates, key=lambda candidate: -candidate.side)
    faces = []
    for candidate in _without_doubles(largest_first):
        face = _fit_face(photo, candidate, landmark_model, min_mesh_score=_MIN_MESH_SCORE)
        # In a square that only touches a face, the landmarks find that face once more.
        if face is not None and not any(_is_same(face, other) for other in faces):
            faces.append(face)
    return faces


def _is_same(face, other):
    return math.dist(face.center, other.center) < _SAME_FACE * other.eye_distance


def fit_face(
    photo: np.ndarray, center: Point, *, side: float, landmark_model: str = landmarks.MESH
) -> DetectedFace:
    """Fits the landmarks of a face that is known to be there, without a search.

    Args:
      photo: uint8 [height, width, 3], RGB.
      center: centre of the square in which a detector would find the face, in pixels of `photo`.
      side: side of that square, in pixels, above 0.
      landmark_model: what fits the landmarks, a name of `landmarks.MODELS`.

    Returns:
      The face, with the score 1.

    Raises:
      ValueError: if the square lies outside the photo, or the model is not installed.
    """
    candidate = FoundSquare(center=center, side=side, degrees=0.0, score=1.0)
    return _fit_face(photo, candidate, landmark_model, min_mesh_score=0.0)


def _best_candidates(photo):
    """What the first sure search finds; where none is sure, the surest; at last the network."""
    best = []
    for candidates in _search_frontal(photo):
        best = max(best, candidates, key=_best_score)
        if _best_score(best) >= _SURE_SCORE:
            return best
    # Its scores are of another kind, and it does not know how a face is tilted.
    return best or _search_by_network(photo)


def _best_score(candidates):
    return max((candidate.score for candidate in candidates), default=0.0)


def _search_frontal(photo):
    """Yields the candidates of one search after the other, from the quickest to the slowest."""
    copy, transform = _scaled_copy(photo, _COARSE_PIXELS)
    yield _candidates(dlib_models.find_frontal_faces(copy), transform)
    finer_copy, finer_transform = _scaled_copy(photo, _FINE_PIXELS)
    if finer_copy.shape != copy.shape:
        yield _candidates(dlib_models.find_frontal_faces(finer_copy), finer_transform)
    smaller, shrinking = cutting.scale_photo(copy, _turnable_scale(copy))
    for degrees in _TILTS:
        turned, turning = cutting.rotate_photo(smaller, degrees)
        found = dlib_models.find_frontal_faces(turned)
        yield _candidates(found, transform.then(shrinking).then(turning), degrees=degrees)


def _search_closely(photo):
    """The sure candidates of a search at full size, or at what is affordable."""
    copy, transform = _scaled_copy(photo, _CLOSE_PIXELS, max_enlargement=_CLOSE_ENLARGEMENT)
    found = dlib_models.find_frontal_faces(copy)
    return [each for each in _candidates(found, transform) if each.score >= _SURE_SCORE]


def _turnable_scale(copy):
    # Turned by 45 degrees, a photo fills a square whose diagonal is its two sides together.
    return min(1.0, math.sqrt(2 * _TURNED_PIXELS) / sum(copy.shape[:2]))


def _search_by_network(photo):
    copy, transform = _scaled_copy(photo, _NETWORK_PIXELS)
    return _candidates(dlib_models.find_faces_by_network(copy), transform)


def _scaled_copy(photo, max_pixels, *, max_enlargement=_MAX_ENLARGEMENT):
    height, width = photo.shape[:2]
    factor = math.sqrt(max_pixels / (height * width))
    longest = images.MAX_SIDE / max(height, width)
    return cutting.scale_photo(photo, min(factor, max_enlargement, longest))


def _candidates(found_squares, transform: AffineTransform, *, degrees=0.0):
    """What was found in a copy, as candidates in the photo; `transform` leads to the copy."""
    scale = math.sqrt(abs(np.linalg.det(transform.matrix[:, :2])))
    back = transform.inverse()
    return [
        FoundSquare(
            center=Point(*back(found.center).tolist()),
            side=found.side / scale,
            degrees=degrees + found.degrees,
            score=found.score,
        )
        for found in found_squares
    ]


def _without_doubles(candidates):
    kept = []
    for candidate in candidates:
        if all(_overlap(candidate, other) <= _MAX_OVERLAP for other in kept):
            kept.append(candidate)
    return kept


def _overlap(one, other):
    """What two squares share, over what they cover together, as if neither were turned."""
    shared = 1.0
    for axis in range(2):
        reach = (one.side + other.side) / 2 - abs(one.center[axis] - other.center[axis])
        shared *= min(max(reach, 0.0), one.side, other.side)
    return shared / (one.side**2 + other.side**2 - shared)


def _fit_face(photo, candidate, landmark_model, *, min_mesh_score):
    """The face in a square; None if the mesh finds that there is none."""
    if landmark_model == landmarks.DLIB68:
        points = _fit_dlib_landmarks(photo, candidate)
    else:
        points, score = mesh.fit_landmarks(
            photo, candidate.center, side=candidate.side, degrees=candidate.degrees
        )
        if score < min_mesh_score:
            return None
    side = max(1, round(candidate.side))
    return DetectedFace(
        landmarks=points,
        box=Box.around(candidate.center, height=side, width=side),
        score=candidate.score,
        landmark_model=landmark_model,
    )


def _fit_dlib_landmarks(photo, candidate):
    points = _predict_dlib_landmarks(photo, candidate)
    # The model knows level heads best: one tilted by 30 degrees is off by 19 % of the eye
    # distance at worst (95 %) in the first pass and by 9 % in the second, like one that is not.
    levelled = candidate._replace(degrees=landmarks.roll(points))
    return _predict_dlib_landmarks(photo, levelled)


def _predict_dlib_landmarks(photo, candidate):
    copy, transform = cutting.cut_out(
        photo,
        candidate.center,
        face_side=candidate.side,
        degrees=candidate.degrees,
        scaled_side=_LANDMARK_FACE_SIDE,
    )
    middle = Point((copy.shape[1] - 1) / 2, (copy.shape[0] - 1) / 2)
    box = Box.around(middle, height=_LANDMARK_FACE_SIDE, width=_LANDMARK_FACE_SIDE)
    return transform.inverse()(dlib_models.predict_landmarks(copy, box))
