"""What the painters work on: a person on a canvas, under the conditions of one photograph."""

import numpy as np

from exgan_tf.drawn_faces.conditions import Conditions
from exgan_tf.drawn_faces.identity import Identity
from exgan_tf.drawn_faces.painting import Canvas
from exgan_tf.drawn_faces.pose import Pose
from exgan_tf.drawn_faces.relief import head_light


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
        self.light = head_light(identity, conditions, self.pose, side)
        super().__init__(side, unit=self.pose.unit)

    def place(self, points) -> np.ndarray:
        """Where points, [..., 3] on the head or [..., 2] in pixels, are on the canvas."""
        return self.pose(points) if np.shape(points)[-1] == 3 else np.asarray(points)
