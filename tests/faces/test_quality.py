import dataclasses

import cv2
import numpy as np
import pytest

from exgan_tf import drawn_faces
from exgan_tf.faces.detect import BlazeFaceDetector, DetectedFace
from exgan_tf.faces.quality import find_flaw, measure_quality
from exgan_tf.geometry import Box


def draw(**changes):
    """A photo and the face in it."""
    rng = np.random.default_rng(1)
    identity = drawn_faces.draw_identity(rng)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=0.0)
    level = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0, "glasses": None, "noise": 0.0}
    conditions = dataclasses.replace(conditions, **{**level, **changes})
    drawn = drawn_faces.draw_photograph(identity, conditions)
    return drawn.photo, DetectedFace(drawn.landmarks.astype(float), Box(0, 0, 320, 320), score=1.0)


def test_a_good_portrait_has_no_flaw():
    assert find_flaw(measure_quality(*draw())) is None


def test_a_blurred_face_is_less_sharp():
    photo, face = draw()
    blurred = cv2.GaussianBlur(photo, (0, 0), 3)
    assert measure_quality(blurred, face).sharpness < 0.5 * measure_quality(photo, face).sharpness


def test_the_turn_has_the_sign_of_the_heads():
    right, left = (measure_quality(*draw(yaw=yaw)).turn for yaw in (15.0, -15.0))
    assert right > 5 > -5 > left


def test_the_gaze_has_the_sign_of_the_irises_and_is_nothing_where_they_are_unknown():
    drawn = [draw(gaze=(x, 0.0)) for x in (0.12, -0.12)]
    right, left = (measure_quality(photo, BlazeFaceDetector()(photo)[0]).gaze for photo, _ in drawn)
    assert right > 0.1 > -0.1 > left
    assert measure_quality(*drawn[0]).gaze == 0


def test_light_from_the_right_makes_the_right_cheek_brighter():
    lit = (draw(light=(x, -0.3, 0.5), ambient=0.5) for x in (0.8, -0.8))
    right, left = (measure_quality(*each).side_light for each in lit)
    assert right > 0.03 > -0.03 > left


def test_size_does_not_change_what_is_measured():
    photo, face = draw()
    larger = cv2.resize(photo, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    moved = dataclasses.replace(face, landmarks=face.landmarks * 3 + 1)
    small, large = measure_quality(photo, face), measure_quality(larger, moved)
    assert large.eye_distance == pytest.approx(3 * small.eye_distance)
    assert large.turn == pytest.approx(small.turn, abs=0.5)
    assert large.eye_brightness == pytest.approx(small.eye_brightness, abs=0.03)


def test_dark_glasses_are_a_flaw():
    photo, face = draw()
    for eye in (face.eye_left, face.eye_right):
        cv2.ellipse(photo, (round(eye.x), round(eye.y)), (28, 20), 0, 0, 360, (15, 15, 15), -1)
    assert "sunglasses" in find_flaw(measure_quality(photo, face))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"eye_distance": 10.0}, "too small: the eyes are 10 pixels apart"),
        ({"turn": -50.0}, "turned away: by about 50 degrees"),
    ],
)
def test_small_and_turned_faces_are_named(changes, message):
    assert message in find_flaw(dataclasses.replace(measure_quality(*draw()), **changes))
