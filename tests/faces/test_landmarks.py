import dataclasses
import math

import numpy as np
import pytest

from exgan_tf import drawn_faces
from exgan_tf.faces import landmarks


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(0)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=0.0)
    return drawn_faces.draw_photograph(drawn_faces.draw_identity(rng), conditions)


def test_the_viewers_left_eye_comes_first(drawn):
    left, right = landmarks.eye_centers(drawn.landmarks)
    distance = math.dist(drawn.annotation.eye_left, drawn.annotation.eye_right)
    assert math.dist(left, drawn.annotation.eye_left) < 0.1 * distance
    assert math.dist(right, drawn.annotation.eye_right) < 0.1 * distance


def test_the_mouth_is_where_it_was_drawn(drawn):
    distance = math.dist(drawn.annotation.eye_left, drawn.annotation.eye_right)
    center = landmarks.mouth_center(drawn.landmarks)
    assert math.dist(center, drawn.annotation.mouth_center) < 0.15 * distance


def test_the_face_width_grows_with_the_face(drawn):
    width = landmarks.face_width(drawn.landmarks)
    assert landmarks.face_width(3 * drawn.landmarks + 100) == pytest.approx(3 * width)
    assert width == pytest.approx(drawn.annotation.face_width, rel=0.15)


def test_a_symmetric_face_is_its_own_mirror_image():
    rng = np.random.default_rng(0)
    conditions = dataclasses.replace(
        drawn_faces.draw_conditions(rng, closed_fraction=0.0),
        yaw=0.0,
        pitch=0.0,
        roll=0.0,
        place=(0.5, 0.5),
    )
    points = drawn_faces.draw_photograph(
        drawn_faces.draw_identity(rng), conditions, size=64
    ).landmarks
    mirrored = points[landmarks.MIRRORED] * [-1, 1] + [63, 0]
    np.testing.assert_allclose(mirrored, points, atol=1e-3)


def test_mirroring_twice_changes_nothing():
    np.testing.assert_array_equal(landmarks.MIRRORED[landmarks.MIRRORED], np.arange(68))


def test_roll_is_positive_where_the_right_eye_is_lower():
    face = np.zeros((68, 2))
    face[landmarks.RIGHT_EYE] = (10, 10)
    assert landmarks.roll(face) == pytest.approx(45)
