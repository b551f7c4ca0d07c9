"""How light falls on the head: a height map of the turned face, lit from one side.

The map is computed level, in head units, where its bumps are products of a row and a column; only
the finished light is mapped onto the canvas.
"""

import cv2
import numpy as np

from exgan_tf.drawn_faces.anatomy import FACE_AXES, SIDES, on_face
from exgan_tf.drawn_faces.conditions import Conditions
from exgan_tf.drawn_faces.identity import Identity
from exgan_tf.drawn_faces.pose import Pose
from exgan_tf.geometry import AffineTransform

_STEP = 1 / 28  # Head units between grid points: finer than the narrowest bump.
_COLUMNS = np.arange(-2.3, 2.3, _STEP, np.float32)
_ROWS = np.arange(-2.3, 2.6, _STEP, np.float32)
_WRAP = 0.35  # Skin scatters light past the terminator; this far, as a share of the cosine.
_HOLLOW = 0.12  # Head units within which a hollow's rim keeps light from it.


def head_light(identity: Identity, conditions: Conditions, pose: Pose, side: int) -> np.ndarray:
    """The light on the head, float32 [3, side, side]; 1 is the colour as it is."""
    heights = _heights(identity, pose)
    down, right = np.gradient(heights, _STEP)
    normals = np.stack([-right, -down, np.ones_like(heights)]) / np.sqrt(1 + right**2 + down**2)
    # Towards the light, seen from a head that does not lean.
    roll = np.radians(conditions.roll)
    x, y, z = conditions.light
    level = [np.cos(roll) * x + np.sin(roll) * y, -np.sin(roll) * x + np.cos(roll) * y, z]
    light = np.einsum("i,ihw->hw", np.array(level, np.float32), normals)
    diffuse = np.clip((light + _WRAP) / (1 + _WRAP), 0.0, 1.0)
    brightness = conditions.ambient + (1.12 - conditions.ambient) * diffuse
    hollows = cv2.GaussianBlur(heights, (0, 0), _HOLLOW / _STEP) - heights
    brightness *= 1 - np.clip(3.2 * hollows, 0.0, 0.3)
    to_canvas = AffineTransform([[_STEP, 0.0, _COLUMNS[0]], [0.0, _STEP, _ROWS[0]]]).then(
        pose.plane
    )
    on_canvas = cv2.warpAffine(
        brightness.astype(np.float32),
        to_canvas.matrix,
        (side, side),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    # Shadows on skin turn warm, as red light goes deepest into it.
    contrast = np.array([0.93, 1.03, 1.06])
    color = np.array(conditions.light_color)
    scale, offset = color * contrast, color * (1 - contrast)
    return np.stack(
        [on_canvas * np.float32(s) + np.float32(o) for s, o in zip(scale, offset, strict=True)]
    )


def _heights(identity: Identity, pose: Pose) -> np.ndarray:
    width, height, depth = FACE_AXES
    distance = (_COLUMNS / width) ** 2 + (_ROWS[:, None] / height) ** 2
    # The floor keeps the slope at the silhouette finite.
    heights = depth * np.sqrt(np.maximum(1 - distance, 0.02))
    places, sizes, rises = (np.array(column) for column in zip(*_bumps(identity), strict=True))
    x, y = pose.level(on_face(places[:, :2], lift=places[:, 2])).T[..., None]
    wide, high = sizes.T[..., None]
    across, down = np.exp(-(((_COLUMNS - x) / wide) ** 2)), np.exp(-(((_ROWS - y) / high) ** 2))
    return (heights + (rises * down.T) @ across).astype(np.float32)


def _bumps(identity: Identity) -> list:
    """(x, y, lift), (width, height), rise of each bump, all in head units."""
    head, eye = identity.head, identity.eyes.spacing / 2
    nose, lift = head.nose_length, head.nose_lift
    bumps = [
        ((0.0, -0.75, 0.0), (0.7, 0.4), 0.08),
        ((0.0, 0.08, 0.1), (0.17, 0.3), 0.1),
        ((0.0, 0.4 * nose, 0.5 * lift), (0.15, 0.25), 0.1),
        ((0.0, nose - 0.12, lift), (0.15, 0.16), 0.55 * lift),
        ((0.0, nose + 0.2, 0.05), (0.06, 0.12), -0.03),
        ((0.0, head.mouth_depth - 0.07, 0.08), (0.3, 0.07), 0.05),
        ((0.0, head.mouth_depth + 0.1, 0.08), (0.24, 0.08), 0.07),
        ((0.0, head.mouth_depth + 0.27, 0.05), (0.22, 0.08), -0.06),
        ((0.0, head.chin_depth - 0.2, 0.1), (0.24, 0.2), 0.1),
    ]
    for side in SIDES:
        bumps += [
            ((side * 0.5, -0.36, 0.0), (0.36, 0.12), 0.05),
            ((side * eye, -0.02, 0.0), (0.3, 0.2), -0.13),
            ((side * eye, 0.0, 0.0), (0.2, 0.15), 0.07),
            ((side * 0.62, 0.5, 0.0), (0.32, 0.26), 0.1),
            ((side * head.nose_width * 0.72, nose - 0.06, 0.4 * lift), (0.09, 0.09), 0.09),
        ]
    return bumps
