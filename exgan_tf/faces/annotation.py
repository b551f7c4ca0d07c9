"""What is known about the face in one photograph, before alignment."""

import dataclasses

import numpy as np

from exgan_tf.geometry import Point


@dataclasses.dataclass(frozen=True)
class FaceAnnotation:
    """The face in one photograph, in that photograph's pixels.

    The fields are those of the published `celeb_params.json`, where an eye, the mouth and both
    scores may be unknown (None), and the landmarks, which are ours.

    Attributes:
      eye_left, eye_right: centres of the eyes.
      face_center, face_width, face_height: of the face box; the sides are above 0.
      roll: the angle that levels the eyes.
      eyes_opened, eyes_closed: how surely they are; finite, in [0, 1] by this project's own tools.
    """

    eye_left: Point | None
    eye_right: Point | None
    mouth_center: Point | None
    face_center: Point
    face_width: float
    face_height: float
    roll: float
    eyes_opened: float | None = None
    eyes_closed: float | None = None
    landmarks: np.ndarray | None = dataclasses.field(default=None, compare=False)
