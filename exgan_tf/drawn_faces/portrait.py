"""What the painters work on: a person on a canvas, under the conditions of one photograph.

A pose leads from the head to the canvas: turn, lean, size and place (orthographic). The light on
the head is that of a height map of the turned face, lit from one side. It is computed level, in
head units, where its bumps are products of a row and a column; only the finished light is mapped
onto the canvas.
"""

import cv2
import numpy as np

from exgan_tf.drawn_faces.anatomy import FACE_AXES, SIDES, on_face
from exgan_tf.drawn_faces.conditions import Conditions
from exgan_tf.drawn_faces.identity import Identity
from exgan_tf.drawn_faces.painting import Canvas
from exgan_tf.geometry import AffineTransform

_FACE_CENTER = (0.0, 0.36)  # A third of the way from the eyes to the mouth, in head units.
_STEP = 1 / 28  # Head units between grid points: finer than the narrowest bump.
_COLUMNS = np.arange(-2.3, 2.3, _STEP, np.float32)
_ROWS = np.arange(-2.3, 2.6, _STEP, np.float32)
_WRAP = 0.35  # Skin scatters light past the terminator; this far, as a share of the cosine.
_HOLLOW = 0.12  # Head units within which a hollow's rim keeps light from it.


class Pose:
    """A map from head units to pixels of a square canvas.

    Attributes:
      unit: pixels in a head unit.
      plane: the last step, from the turned but still level head's (x, y) to the canvas.
    """

    def __init__(self, conditions: Conditions, side: int):
        self.unit = conditions.scale * side
        yaw, pitch, roll = np.radians([conditions.yaw, conditions.pitch, conditions.roll])
        about_vertical = np.array(
            [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        )
        about_horizontal = np.array(
            [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
        )
        self._turn = about_horizontal @ about_vertical
        cosine, sine = self.unit * np.cos(roll), self.unit * np.sin(roll)
        linear = np.array([[cosine, -sine], [sine, cosine]])
        center = self.level(on_face(_FACE_CENTER))
        # Pixel i of a canvas covers i to i + 1, and its centre counts as i.
        offset = np.array(conditions.place) * side - 0.5 - linear @ center
        self.plane = AffineTransform(np.column_stack([linear, offset]))

    def level(self, points) -> np.ndarray:
        """Turns points of the head, [..., 3], and looks at them before the lean: (x, y), units."""
        return np.asarray(points) @ self._turn[:2].T

    def __call__(self, points) -> np.ndarray:
        """Where points of the head, [..., 3] in head units, lie on the canvas: [..., 2], pixels."""
        return self.plane(self.level(points))


class Portrait(Canvas):
    """A canvas whose unit is the head's, and whose curves may also be [n, 3] on the head.

    Attributes:
      identity: who is drawn.
      conditions: how.
      pose: from the head to the canvas.
      light: that on the head, float32 [3, side, side]; 1 is the colour as it is.
    """

    def __init__(self, identity: Identity, conditions: Conditions, side: int):
        self.identity, self.conditions = identity, conditions
        self.pose = Pose(conditions, side)
        super().__init__(side, unit=self.pose.unit)
        self.light = self._find_light()

    def place(self, points) -> np.ndarray:
        """Where points, [..., 3] on the head or [..., 2] in pixels, are on the canvas."""
        return self.pose(points) if np.shape(points)[-1] == 3 else np.asarray(points)

    def _find_light(self):
        conditions, heights = self.conditions, self._find_heights()
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
        grid = AffineTransform([[_STEP, 0.0, _COLUMNS[0]], [0.0, _STEP, _ROWS[0]]])
        on_canvas = cv2.warpAffine(
            brightness.astype(np.float32),
            grid.then(self.pose.plane).matrix,
            (self.side, self.side),
            borderMode=cv2.BORDER_REPLICATE,
        )
        # Shadows on skin turn warm, as red light goes deepest into it.
        contrast, color = np.array([0.93, 1.03, 1.06]), np.array(conditions.light_color)
        scale, offset = color * contrast, color * (1 - contrast)
        return np.stack(
            [on_canvas * np.float32(s) + np.float32(o) for s, o in zip(scale, offset, strict=True)]
        )

    def _find_heights(self):
        width, height, depth = FACE_AXES
        distance = (_COLUMNS / width) ** 2 + (_ROWS[:, None] / height) ** 2
        # The floor keeps the slope at the silhouette finite.
        heights = depth * np.sqrt(np.maximum(1 - distance, 0.02))
        x, y, lift, wide, high, rises = np.array(_list_bumps(self.identity)).T
        x, y = self.pose.level(on_face(np.column_stack([x, y]), lift=lift)).T[..., None]
        across = np.exp(-(((_COLUMNS - x) / wide[:, None]) ** 2))
        down = np.exp(-(((_ROWS - y) / high[:, None]) ** 2))
        return (heights + (rises * down.T) @ across).astype(np.float32)


def _list_bumps(identity: Identity) -> list:
    """(x, y, lift, width, height, rise) of each bump of a face, all in head units."""
    head, eye = identity.head, identity.eyes.spacing / 2
    nose, mouth, lift = head.nose_length, head.mouth_depth, head.nose_lift
    bumps = [
        (0.0, -0.75, 0.0, 0.7, 0.4, 0.08),
        (0.0, 0.08, 0.1, 0.17, 0.3, 0.1),
        (0.0, 0.4 * nose, 0.5 * lift, 0.15, 0.25, 0.1),
        (0.0, nose - 0.12, lift, 0.15, 0.16, 0.55 * lift),
        (0.0, nose + 0.2, 0.05, 0.06, 0.12, -0.03),
        (0.0, mouth - 0.07, 0.08, 0.3, 0.07, 0.05),
        (0.0, mouth + 0.1, 0.08, 0.24, 0.08, 0.07),
        (0.0, mouth + 0.27, 0.05, 0.22, 0.08, -0.06),
        (0.0, head.chin_depth - 0.2, 0.1, 0.24, 0.2, 0.1),
    ]
    for side in SIDES:
        bumps += [
            (side * 0.5, -0.36, 0.0, 0.36, 0.12, 0.05),
            (side * eye, -0.02, 0.0, 0.3, 0.2, -0.13),
            (side * eye, 0.0, 0.0, 0.2, 0.15, 0.07),
            (side * 0.62, 0.5, 0.0, 0.32, 0.26, 0.1),
            (side * head.nose_width * 0.72, nose - 0.06, 0.4 * lift, 0.09, 0.09, 0.09),
        ]
    return bumps
