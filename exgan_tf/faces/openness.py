"""How surely the eyes of a face are open or closed, from their landmarks.

The eye aspect ratio of Soukupova and Cech, "Real-Time Eye Blink Detection using Facial Landmarks"
(2016): the mean height of the lid opening over the width of the eye. A logistic curve turns it
into the two scores that `celeb_params.json` has.
"""

import math
from typing import NamedTuple

import numpy as np

from exgan_tf.faces.landmarks import LEFT_EYE, RIGHT_EYE

# Ours. A logistic fit, closed and open weighted alike, on every second of 98 faces with closed
# eyes (Closed Eyes in the Wild, blink pairs of LFW) and 539 with open ones (LFW, the Face Research
# Lab London set) gave the slope 31 and the even ratio 0.222. That is lowered to 0.2, as open eyes
# are far the more frequent: on the other half 88 % of the closed are called closed and 91 % of the
# open ones open (at 0.22: 92 % and 86 %). Open eyes taken for closed are mostly laughing, or small
# and blurred, ones of LFW; none of London's are.
_EVEN_RATIO = 0.2
_SLOPE = 31.0


class Openness(NamedTuple):
    """How surely the eyes are open and closed, each in [0, 1]; they sum to 1."""

    opened: float
    closed: float


def measure_openness(landmarks: np.ndarray) -> Openness:
    """Scores the eyes of a face.

    Args:
      landmarks: float array [68, 2] of (x, y) in pixels, in dlib's order.

    Returns:
      The scores of both eyes together.
    """
    ratio = (eye_aspect_ratio(landmarks[LEFT_EYE]) + eye_aspect_ratio(landmarks[RIGHT_EYE])) / 2
    opened = 1 / (1 + math.exp(-_SLOPE * (ratio - _EVEN_RATIO)))
    return Openness(opened=opened, closed=1 - opened)


def eye_aspect_ratio(eye: np.ndarray) -> float:
    """The mean lid opening over the width of one eye; 0 where the eye has no width.

    Args:
      eye: float array [6, 2] of (x, y): corner, two of the upper lid, corner, two of the lower.
    """
    heights = np.linalg.norm(eye[[1, 2]] - eye[[5, 4]], axis=1)
    width = np.linalg.norm(eye[3] - eye[0])
    return float(heights.mean() / width) if width > 0 else 0.0
