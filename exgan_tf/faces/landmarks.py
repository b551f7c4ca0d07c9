"""The 68 landmarks of a face in dlib's order, and what of the face's geometry follows from them.

All measured numbers below are from photographs whose annotations are those of `celeb_params.json`
(836 faces: LFW, and the Face Research Lab London set); `benchmarks/face_detection.py` measures the
result.
"""

import numpy as np

from exgan_tf.geometry import AffineTransform, Point

COUNT = 68
# What fits them: the face mesh, or dlib's own model, which is for NON-COMMERCIAL use only.
MESH, DLIB68 = MODELS = ("mesh", "dlib68")
JAW = slice(0, 17)
BROWS = slice(17, 27)
LEFT_EYE = slice(36, 42)  # The viewer's left, from the outer corner over the upper lid.
RIGHT_EYE = slice(42, 48)  # The viewer's right, from the inner corner over the upper lid.
MOUTH_CORNERS = [48, 54]
_JAW_ENDS = [0, 16]
_CHIN = 8
_EYE_CORNERS = [36, 39, 42, 45]
_RIGID = [*_EYE_CORNERS, 27, 28, 29, 30, 33]  # The corners, the ridge of the nose and its base.
_MAX_STRETCH = 1.5  # Ours: beyond it, landmarks of a face turned far aside are not to be trusted.

# Landmark i of a mirrored face is where landmark MIRRORED[i] of the face was: its own inverse.
# fmt: off
MIRRORED = np.r_[
    16:-1:-1, 26:16:-1, 27:31, 35:30:-1,  # Jaw, brows, bridge and base of the nose.
    45:41:-1, 47:45:-1, 39:35:-1, 41:39:-1,  # Eyes: corner, upper lid, corner, lower lid.
    54:47:-1, 59:54:-1, 64:59:-1, 67:64:-1,  # Lips, outside and inside, upper before lower.
]
# fmt: on

# Ours: the mean of the six points lies 1.6 % of the eye distance below the iris, that of the
# corners 3.1 %; the two points of the upper lid counted twice take the offset away (0.1 %) and the
# median error from 3.4 % to 2.9 % (LFW) and from 2.1 % to 1.4 % (London).
_EYE_WEIGHTS = np.array([1, 2, 2, 1, 1, 1]) / 8

# Ours, least squares on every second of the faces. On the others it predicts the annotated width
# to 3.6 % (LFW) and 1.5 % (London), standard deviation; the eye distance alone to 5.3 % and 4.8 %.
# Turning the head shortens the first two, nodding the last, so they make up for each other.
_EYE_DISTANCE_WEIGHT = 0.78
_JAW_WIDTH_WEIGHT = 0.755
_CHIN_HEIGHT_WEIGHT = 0.28


def eye_centers(landmarks: np.ndarray) -> tuple[Point, Point]:
    """The centres of the irises, the left one first."""
    left, right = (_EYE_WEIGHTS @ landmarks[eye] for eye in (LEFT_EYE, RIGHT_EYE))
    return Point(*left.tolist()), Point(*right.tolist())


def fit_affine(landmarks: np.ndarray, target: np.ndarray) -> AffineTransform:
    """The affine transform that best maps the eyes and the nose of a face to those of another.

    By the eyes' corners and the nose, which neither lids nor lips move: a face that is turned or
    tilted otherwise comes nearer than by the centres of its eyes. Where it would stretch or squeeze
    the face by more than half, it is the similarity transform of the eyes' corners instead.
    """
    source = np.column_stack([landmarks[_RIGID], np.ones(len(_RIGID))])
    matrix = np.linalg.lstsq(source, target[_RIGID], rcond=None)[0].T
    long, short = np.linalg.svd(matrix[:, :2], compute_uv=False)
    if np.linalg.det(matrix[:, :2]) > 0 and long < _MAX_STRETCH * short:
        return AffineTransform(matrix)
    corners, to = (np.array([1, 1j]) @ each[_EYE_CORNERS].T for each in (landmarks, target))
    (turn, shift), *_ = np.linalg.lstsq(np.stack([corners, np.ones(4)], axis=1), to, rcond=None)
    return AffineTransform(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    )


def face_width(landmarks: np.ndarray) -> float:
    """The width of the face box that the published alignment expects, in pixels."""
    left, right = np.array(eye_centers(landmarks))
    jaw_left, jaw_right = landmarks[_JAW_ENDS]
    return float(
        _EYE_DISTANCE_WEIGHT * np.linalg.norm(right - left)
        + _JAW_WIDTH_WEIGHT * np.linalg.norm(jaw_right - jaw_left)
        + _CHIN_HEIGHT_WEIGHT * np.linalg.norm(landmarks[_CHIN] - (left + right) / 2)
    )


def roll(landmarks: np.ndarray) -> float:
    """The angle that levels the eyes."""
    left, right = np.array(eye_centers(landmarks))
    across, down = right - left
    return float(np.degrees(np.arctan2(down, across)))
