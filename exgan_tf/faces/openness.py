"""How surely the eyes of a face are open or closed, from their landmarks.

What counts is how high the upper lid stands over the corners of the eye. The usual eye aspect
ratio, of Soukupova and Cech, "Real-Time Eye Blink Detection using Facial Landmarks" (2016), takes
the opening between the lids, and so a laugh, which lifts the lower lid, for a blink.
"""

import math
from typing import NamedTuple

import numpy as np

from exgan_tf.faces.landmarks import (
    DLIB68,
    LEFT_EYE,
    MESH,
    MOUTH_CORNERS,
    RIGHT_EYE,
    eye_centers,
)

# The rise at which open and closed are as likely, and the slope, of each model of landmarks. Ours:
# logistic fits, closed and open weighted alike, to 260 faces with closed eyes (Closed Eyes in the
# Wild, blink pairs) and 626 with open ones (LFW, portraits, the Face Research Lab London set).
# Fitted to half of the people and tried on the other, the mesh's misses 3.1 % of the closed and
# takes 2.7 % of the open for closed, and 3.8 % of either where each eye is judged by itself. dlib's
# even rise, 0.053, was lowered, as open eyes are far the more frequent.
# `python -m benchmarks.closed_eyes` measures it; docs/faces.md has how well the scores are
# calibrated.
_LOGISTIC = {MESH: (0.045, 180.0), DLIB68: (0.04, 89.0)}

EVEN = 0.5  # Of an eye that is as likely open as closed.

# Ours, over the distance of the eyes: a laugh widens the mouth and lifts the lower lids, which a
# blink and a look down leave as low as they are. Of 232 faces that are surely closed, blinks and
# lowered eyes, 2 % are within both; of 9 of LFW and portraits narrowed or shut by laughing, 8.
_LAUGHING_MOUTH = 1.05  # The width of the mouth, at least.
_LAUGHING_LIDS = 0.0235  # How low the lower lids hang under the corners, at most.


class EyesOpenness(NamedTuple):
    """How surely each eye is open, in [0, 1]; left and right are the viewer's."""

    left: float
    right: float

    @property
    def closed_eyes(self) -> tuple[str, ...]:
        """The names of those that are rather closed than open."""
        return tuple(name for name in self._fields if getattr(self, name) < EVEN)


def measure_openness(landmarks: np.ndarray, *, landmark_model: str = MESH) -> float:
    """How surely the eyes of a face are open, both taken together, in [0, 1]."""
    return _score(np.mean(lid_rises(landmarks)), landmark_model)


def measure_each_eye(landmarks: np.ndarray, *, landmark_model: str = MESH) -> EyesOpenness:
    """As `measure_openness`, each eye by itself."""
    return EyesOpenness(*(_score(rise, landmark_model) for rise in lid_rises(landmarks)))


def lid_rises(landmarks: np.ndarray) -> np.ndarray:
    """How high each upper lid stands over the line between the corners of its eye.

    float64 [2], of the viewer's left and right eye, over the distance of the eyes; 0 where these
    coincide. Of open eyes about 0.08, of closed ones 0.015; below 0 under the corners.
    """
    return -_lids_below_corners(landmarks, [1, 2])


def looks_laughing(landmarks: np.ndarray) -> bool:
    """Whether closed, or nearly closed, eyes look as if a laugh narrowed them."""
    mouth = np.linalg.norm(np.diff(landmarks[MOUTH_CORNERS], axis=0))
    is_wide = mouth > _LAUGHING_MOUTH * math.dist(*eye_centers(landmarks))
    return bool(is_wide and _lids_below_corners(landmarks, [4, 5]).mean() < _LAUGHING_LIDS)


def _lids_below_corners(landmarks, lid):
    left, right = np.array(eye_centers(landmarks))
    across = right - left
    square = across @ across
    if not square > 0:
        return np.zeros(2)
    down = np.array([-across[1], across[0]])
    eyes = np.stack([landmarks[LEFT_EYE], landmarks[RIGHT_EYE]])
    return (eyes[:, lid].mean(axis=1) - eyes[:, [0, 3]].mean(axis=1)) @ down / square


def _score(rise, landmark_model):
    even_rise, slope = _LOGISTIC[landmark_model]
    # Beyond 50 nothing changes any more, and beyond 700 the exponential overflows.
    return 1 / (1 + math.exp(min(-slope * (float(rise) - even_rise), 50.0)))
