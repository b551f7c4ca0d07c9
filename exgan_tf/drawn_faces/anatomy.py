"""Where the parts of a face lie: curves on the turned-to-front head, and the 68 landmarks.

Points are float64 [..., 3] of (x, y, z) in head units, x to the viewer's right, y downwards, z to
the viewer; the origin is inside the head, between and behind the eyes. A `side` is -1 for the
viewer's left and 1 for the right; what comes in pairs runs from the middle of the face outwards.
"""

from typing import NamedTuple

import numpy as np

from exgan_tf.drawn_faces.conditions import Conditions
from exgan_tf.drawn_faces.identity import Brows, Eyes, Head, Identity
from exgan_tf.drawn_faces.painting import resample, spline

# Half-axes of the ellipsoid the face lies on, in head units; ours, a little larger than a skull.
FACE_AXES = (1.22, 2.0, 1.02)
SIDES = (-1, 1)
CURVE_POINTS = 31  # Landmarks, at thirds, sixths and tenths of a curve, then fall on its points.
_ANGLES = np.linspace(0.0, 2 * np.pi, 24, endpoint=False)
CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)  # Of radius 1, [24, 2].


class EyeCurves(NamedTuple):
    """One eye; each curve runs from the inner to the outer corner, [n, 3]."""

    center: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    fold: np.ndarray


class MouthCurves(NamedTuple):
    """The lips; each curve runs from the viewer's left to the right, [n, 3]."""

    upper_outside: np.ndarray
    upper_inside: np.ndarray
    lower_inside: np.ndarray
    lower_outside: np.ndarray


def on_face(points, *, lift=0.0) -> np.ndarray:
    """Lays (x, y) points, [..., 2], on the face; `lift` is how far over it, in head units."""
    points = np.asarray(points, np.float64)
    distance = (points[..., 0] / FACE_AXES[0]) ** 2 + (points[..., 1] / FACE_AXES[1]) ** 2
    depth = FACE_AXES[2] * np.sqrt(np.maximum(1.0 - distance, 0.0)) + lift
    return np.concatenate([points, depth[..., None]], axis=-1)


def at_depth(points, depth: float) -> np.ndarray:
    """Puts (x, y) points, [..., 2], on a plane before or behind the middle of the head."""
    return np.insert(np.asarray(points, np.float64), 2, depth, axis=-1)


def mirrored(points, side: int) -> np.ndarray:
    """Points made for the viewer's right, moved to the given side."""
    return np.asarray(points, np.float64) * np.array([side, 1.0, 1.0])[: np.shape(points)[-1]]


def whole_curve(half) -> np.ndarray:
    """Points from the middle to the viewer's right, preceded by their mirror images."""
    return np.concatenate([mirrored(half[:0:-1], -1), half])


def whole_outline(half) -> np.ndarray:
    """Points from middle to middle by the viewer's right, closed by their mirror images."""
    return np.concatenate([half, mirrored(half[-2:0:-1], -1)])


def eye_curves(eyes: Eyes, conditions: Conditions, *, side: int) -> EyeCurves:
    """The eye on one side, open or closed as the conditions have it."""
    along = np.linspace(-1.0, 1.0, CURVE_POINTS)
    peak = np.where(along > eyes.peak, along - eyes.peak, eyes.peak - along)
    peak /= np.where(along > eyes.peak, 1 - eyes.peak, 1 + eyes.peak)
    upper = -eyes.upper * conditions.openness * (1 - peak**eyes.roundness)
    # Cheeks pushed up by a smile lift the lower lid.
    drop = eyes.lower * (1 - 0.22 * conditions.smile)
    lower = drop * (1 - np.abs(along) ** (0.4 + 0.7 * eyes.roundness))
    fold = upper - eyes.fold / eyes.width * (1 - 0.35 * along**2)
    if conditions.eyes_closed:
        fold = 0.7 * fold + 0.3 * lower
        lower = 0.6 * lower
        upper = lower
    angle = np.radians(eyes.tilt)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    level = (np.column_stack([along / 2, height]) * eyes.width for height in (upper, lower, fold))
    upper, lower, fold, center = (
        on_face(mirrored(points @ turn.T + [eyes.spacing / 2, 0.0], side), lift=-0.06)
        for points in (*level, np.zeros((1, 2)))
    )
    return EyeCurves(center[0], upper, lower, fold)


def brow_curve(brows: Brows, conditions: Conditions, *, side: int) -> np.ndarray:
    """The middle line of the brow on one side, [n, 3], from its head to its tail."""
    along = np.linspace(-1.0, 1.0, 17)
    x = 0.55 + 0.37 * along
    rise = brows.arch * (1 - (along - 0.25) ** 2) + 0.37 * along * np.tan(np.radians(brows.tilt))
    y = -brows.height - conditions.brow_raise - rise + brows.arch / 2
    return on_face(mirrored(np.column_stack([x, y]), side), lift=0.02)


def mouth_curves(head: Head, conditions: Conditions) -> MouthCurves:
    """The lips, as the expression has them."""
    smile = conditions.smile
    along = np.linspace(-1.0, 1.0, CURVE_POINTS)
    x = along * head.mouth_width * (1 + 0.2 * smile)
    middle = head.mouth_depth + 0.02 * np.exp(-((along / 0.25) ** 2)) - 0.01
    middle = middle + smile * (0.05 - 0.14 * along**2)
    gap = conditions.mouth_open * (1 - along**2)
    upper_inside, lower_inside = middle - 0.3 * gap, middle + 0.7 * gap
    bow = 1 - 0.24 * np.exp(-((along / 0.14) ** 2))
    upper = head.upper_lip * (1 - 0.2 * smile) * (1 - np.abs(along) ** 1.7) * bow
    lower = head.lower_lip * (1 - 0.15 * smile) * (1 - np.abs(along) ** 2.4)
    heights = (upper_inside - upper, upper_inside, lower_inside, lower_inside + lower)
    return MouthCurves(*(on_face(np.column_stack([x, y]), lift=0.08) for y in heights))


def head_outline(head: Head) -> np.ndarray:
    """The silhouette of the bare head, a closed curve [n, 3] from the crown clockwise."""
    angle = np.radians([0.0, 22.0, 45.0, 68.0, 90.0])
    x = [0.0, 0.52, 0.92, 1.06, head.cheek, 0.65 * head.cheek + 0.35 * head.jaw]
    skull = np.column_stack([x, [-1.66, -1.55, -1.15, -0.55, 0.1, 0.6]])
    jaw = np.column_stack(
        [head.jaw * np.cos(angle) ** head.chin, 1.0 + (head.chin_depth - 1.0) * np.sin(angle)]
    )
    outline = whole_outline(np.concatenate([skull, jaw]))
    # The jaw lies in front of the axis the head turns about; the rest of the silhouette on it.
    depth = 0.42 * np.clip((outline[:, 1:] - 0.4) / 1.3, 0.0, 1.0)
    return spline(np.concatenate([outline, depth], axis=-1), closed=True)


def nose_bridge(head: Head) -> np.ndarray:
    """The line of the nose, [4, 3], from the brows to the tip."""
    bridge = [(0.0, y) for y in np.linspace(0.0, head.nose_length - 0.09, 4)]
    return on_face(bridge, lift=np.linspace(0.06, head.nose_lift, 4))


def nose_base(head: Head) -> np.ndarray:
    """Where the nose meets the lip, [5, 3], from left to right."""
    x = np.array([-0.8, -0.4, 0.0, 0.4, 0.8]) * head.nose_width
    y = head.nose_length + np.array([-0.01, 0.035, 0.055, 0.035, -0.01])
    lift = head.nose_lift * np.array([0.35, 0.5, 0.6, 0.5, 0.35])
    return on_face(np.column_stack([x, y]), lift=lift)


def landmarks(identity: Identity, conditions: Conditions) -> np.ndarray:
    """The face's 68 points, [68, 3], in the order of the iBUG 300-W set that dlib follows."""
    head, outline = identity.head, head_outline(identity.head)
    left_brow, right_brow = (
        resample(brow_curve(identity.brows, conditions, side=side), 5) for side in SIDES
    )
    # Of each eye: inner corner, upper lid outwards, outer corner, lower lid inwards.
    eyes = (eye_curves(identity.eyes, conditions, side=side) for side in SIDES)
    left_eye, right_eye = (
        np.concatenate([eye.upper[[0, 10, 20, 30]], eye.lower[[20, 10]]]) for eye in eyes
    )
    mouth = mouth_curves(head, conditions)
    outer, inner = [0, 5, 12, 15, 18, 25, 30], [3, 10, 15, 20, 27]  # Of `CURVE_POINTS`.
    return np.concatenate(
        [
            resample(outline[outline[:, 1] > -0.02], 17)[::-1],
            left_brow[::-1],
            right_brow,
            nose_bridge(head),
            nose_base(head),
            # The left eye starts at its outer corner, the right one at its inner; both clockwise.
            left_eye[[3, 2, 1, 0, 5, 4]],
            right_eye,
            mouth.upper_outside[outer],
            mouth.lower_outside[outer[-2:0:-1]],
            mouth.upper_inside[inner],
            mouth.lower_inside[inner[-2:0:-1]],
        ]
    )
