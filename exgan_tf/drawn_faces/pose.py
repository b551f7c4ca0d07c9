"""From the head to the canvas: turn, lean, size and place of the head (orthographic)."""

import numpy as np

from exgan_tf.drawn_faces.anatomy import on_face
from exgan_tf.drawn_faces.conditions import Conditions
from exgan_tf.geometry import AffineTransform

_FACE_CENTER = (0.0, 0.36)  # A third of the way from the eyes to the mouth, in head units.


class Pose:
    """A map from head units to pixels of a square canvas.

    Attributes:
      unit: pixels in a head unit.
      plane: the last step, from the turned but still level head's (x, y) to the canvas.
    """

    def __init__(self, conditions: Conditions, side: int):
        self.unit = conditions.scale * side
        self._turn = _turn(conditions)
        roll = np.radians(conditions.roll)
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


def _turn(conditions: Conditions) -> np.ndarray:
    yaw, pitch = np.radians(conditions.yaw), np.radians(conditions.pitch)
    about_vertical = np.array(
        [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    )
    about_horizontal = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    return about_horizontal @ about_vertical
