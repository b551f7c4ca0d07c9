"""How well a face shows its eyes: near, sharp, turned to the camera, lit, uncovered.

All of it is measured on a copy of the face of one size, so that photographs compare.
"""

import dataclasses
import math

import cv2
import numpy as np

from exgan_tf.faces import landmarks
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.faces.openness import EVEN

_FACE_SIDE = 120  # Ours: pixels of the copy's face, the size at which landmarks are read too.
_NOSE_TIP = 30
# Ours: how far the tip of the nose lies before the eyes, over their distance.
_NOSE_DEPTH = 0.5
# Boxes around points of the copy, over the eye distance: the eye with its lids; the cheeks, a
# whole eye distance below the eyes' line less the mouth.
_EYE_WIDTH, _EYE_HEIGHT = 0.6, 0.36
_CHEEK_DROP, _CHEEK_SIDE = 0.55, 0.3

# Ours: eyes of faces 60 pixels wide, the smallest that are promised to be found, are 22 apart.
MIN_EYE_DISTANCE = 20.0
# Ours: beyond it the farther eye begins to hide behind the nose; 3.4 % of LFW's faces are.
MAX_TURN = 35.0
# Ours: of the 14 faces below it in 700 of LFW, 8 wear dark glasses and the eyes of the others lie
# in deep shadow; open eyes in even light are at 0.7, the darkest of London at 0.57.
_DARK_EYES = 0.36
# Ours, of 350 faces with open eyes of LFW, portraits and London: an iris lies this much, over half
# the width of the eye, outside the middle of the eye's corners. Of a face that looks at the camera
# while it is turned to the right, both lie this much to the left for each degree. Chosen on 67 of
# these faces, 15 of which, as was told by eye, look elsewhere: of 84 % of the pairs of such a face
# and one that looks at the camera the first has the larger gaze.
_IRIS_OUTSIDE = 0.117
_IRIS_PER_DEGREE = 0.006


@dataclasses.dataclass(frozen=True)
class FaceQuality:
    """What one photograph shows of a face.

    Attributes:
      eye_distance: pixels between the eyes' centres, in the photo.
      sharpness: spread of the brightness' second derivative around the eyes, relative to the
        brightness; above 0. A face smaller than the copy counts as the less sharp.
      turn: degrees by which the head is turned, positive to the viewer's right; rough.
      side_light: how much brighter the viewer's right cheek is than the left, over their mean.
      brightness: of the cheeks, in [0, 1].
      eye_brightness: of the eyes with their lids over that of the cheeks: low behind dark glasses.
      gaze: how far to the viewer's right of the camera the open eyes look, to all appearance: how
        far the irises lie aside, over half the width of an eye. 0 where nothing is known.
    """

    eye_distance: float
    sharpness: float
    turn: float
    side_light: float
    brightness: float
    eye_brightness: float
    gaze: float = 0.0


def measure_quality(photo: np.ndarray, face: DetectedFace) -> FaceQuality:
    """Measures how well a face shows its eyes; a ValueError if it is outside the photo."""
    copy, transform = face.cut_out(photo, side=_FACE_SIDE)
    gray = cv2.cvtColor(copy, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    points = transform(face.landmarks)
    left, right = np.array(landmarks.eye_centers(points))
    distance = float(np.linalg.norm(right - left))
    eyes = [_box(gray, eye, _EYE_WIDTH * distance, _EYE_HEIGHT * distance) for eye in (left, right)]
    drop = np.array([0, _CHEEK_DROP * distance])
    side = _CHEEK_SIDE * distance
    cheeks = [float(np.median(_box(gray, eye + drop, side, side))) for eye in (left, right)]
    brightness = max(sum(cheeks) / 2, 1 / 255)
    across = right - left
    nose = (points[_NOSE_TIP] - (left + right) / 2) @ across / (across @ across)
    turn = math.degrees(math.atan(nose / _NOSE_DEPTH))
    return FaceQuality(
        eye_distance=face.eye_distance,
        sharpness=float(np.mean([cv2.Laplacian(e, cv2.CV_32F).std() for e in eyes])) / brightness,
        turn=turn,
        side_light=(cheeks[1] - cheeks[0]) / brightness,
        brightness=brightness,
        eye_brightness=float(np.median(eyes)) / brightness,
        gaze=_gaze(face, turn),
    )


def find_flaw(quality: FaceQuality) -> str | None:
    """Why the eyes of a face can neither be seen well nor be replaced; None if they can.

    What reasons of a kind have in common comes before a colon.
    """
    if quality.eye_distance < MIN_EYE_DISTANCE:
        return (
            f"too small: the eyes are {quality.eye_distance:.0f} pixels apart, "
            f"{MIN_EYE_DISTANCE:.0f} at least"
        )
    if abs(quality.turn) > MAX_TURN:
        return f"turned away: by about {abs(quality.turn):.0f} degrees, {MAX_TURN:.0f} at most"
    if quality.eye_brightness < _DARK_EYES:
        return "sunglasses, or eyes in deep shadow"
    return None


def _gaze(face, turn):
    if face.irises is None:
        return 0.0
    offsets = []
    sides = (landmarks.LEFT_EYE, landmarks.RIGHT_EYE), face.irises, face.openness, (1, -1)
    for eye, iris, opened, outside in zip(*sides, strict=True):
        corners = face.landmarks[eye][[0, 3]]
        across = corners[1] - corners[0]
        if opened >= EVEN and across.any():
            aside = (iris - corners.mean(axis=0)) @ across / (across @ across / 2)
            offsets.append(aside + outside * _IRIS_OUTSIDE)
    return float(np.mean(offsets)) + _IRIS_PER_DEGREE * turn if offsets else 0.0


def _box(gray, center, width, height):
    """The pixels around a point of the copy; the nearest ones where it lies outside."""
    half_width, half_height = max(1, round(width / 2)), max(1, round(height / 2))
    rows = np.clip(round(center[1]) + np.arange(-half_height, half_height + 1), 0, len(gray) - 1)
    columns = np.clip(round(center[0]) + np.arange(-half_width, half_width + 1), 0, len(gray) - 1)
    return gray[np.ix_(rows, columns)]
