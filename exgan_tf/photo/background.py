"""Hiding what stands behind a turned head, next to the eye that is farther away."""

import cv2
import numpy as np

from exgan_tf.faces.detect import DetectedFace
from exgan_tf.faces.landmarks import BROWS, JAW, LEFT_EYE, RIGHT_EYE

# All ours, of the distance between the eyes.
_FOREHEAD = 0.5  # How far above the brows a face certainly goes on.
_REACH = 0.8  # How far around eyes and brows background is hidden: farther nothing is taken from.
_MARGIN = 0.04  # The outline is only so exact.
_SOFTNESS = 0.02  # Of the edge.
_SIDE = 128  # Pixels, in which the skin is continued: it shall have no detail.


def hide_background(photo: np.ndarray, face: DetectedFace) -> np.ndarray:
    """Continues the skin beyond the outline of a face, around its eyes.

    A turned head shows its background where a frontal one, with which it is aligned, shows the
    temple: without this, the wall comes along, and tints the skin. The photo itself, uint8
    [height, width, 3], is not changed.

    Returns:
      uint8 [height, width, 3]; the photo itself where there is no background near the eyes.
    """
    points = np.asarray(face.landmarks)
    down = points[JAW][8] - points[BROWS].mean(axis=0)
    forehead = points[BROWS] - down / np.linalg.norm(down) * _FOREHEAD * face.eye_distance
    around = points[np.r_[BROWS, LEFT_EYE, RIGHT_EYE]]
    reach = _REACH * face.eye_distance
    low = np.maximum(np.floor(around.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(around.max(axis=0) + reach), photo.shape[1::-1]).astype(int)
    if np.any(low >= high):
        return photo
    part = photo[low[1] : high[1], low[0] : high[0]]
    outline = cv2.convexHull(np.float32([*points[JAW], *forehead] - low))
    inside = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.rint(outline).astype(np.int32), 255)
    margin = 2 * max(1, round(_MARGIN * face.eye_distance)) + 1
    inside = cv2.erode(inside, np.ones([margin, margin], np.uint8))
    if inside.all() or not inside.any():
        return photo
    small, known = (
        cv2.resize(each, [_SIDE, _SIDE], interpolation=cv2.INTER_AREA) for each in (part, inside)
    )
    skin = cv2.inpaint(small, np.uint8(known < 255), 3, cv2.INPAINT_TELEA)
    skin = cv2.resize(skin, part.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    softness = _SOFTNESS * face.eye_distance
    share = cv2.GaussianBlur(inside, None, max(softness, 0.5)) / np.float32(255)
    hidden = photo.copy()
    hidden[low[1] : high[1], low[0] : high[0]] = cv2.blendLinear(part, skin, share, 1 - share)
    return hidden
