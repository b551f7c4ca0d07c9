import dataclasses
import math

import numpy as np
import pytest

from exgan_tf import drawn_faces
from exgan_tf.faces import landmarks


@pytest.fixture(scope="module")
def drawn(draw_person):
    return draw_person(0, closed=False)


def test_the_eyes_are_where_they_were_drawn(drawn):
    truth, (left, right) = drawn.annotation, landmarks.eye_centers(drawn.landmarks)
    distance = math.dist(truth.eye_left, truth.eye_right)
    assert math.dist(left, truth.eye_left) < 0.1 * distance
    assert math.dist(right, truth.eye_right) < 0.1 * distance


def test_the_face_width_grows_with_the_face(drawn):
    width = landmarks.face_width(drawn.landmarks)
    assert landmarks.face_width(3 * drawn.landmarks + 100) == pytest.approx(3 * width)
    assert width == pytest.approx(drawn.annotation.face_width, rel=0.15)


def test_a_symmetric_face_is_its_own_mirror_image():
    rng = np.random.default_rng(0)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=0.0)
    level = dataclasses.replace(conditions, yaw=0.0, pitch=0.0, roll=0.0, place=(0.5, 0.5))
    identity = drawn_faces.draw_identity(rng)
    points = drawn_faces.draw_photograph(identity, level, size=64).landmarks
    mirrored = points[landmarks.MIRRORED] * [-1, 1] + [63, 0]
    np.testing.assert_allclose(mirrored, points, atol=1e-3)


def test_roll_is_positive_where_the_right_eye_is_lower():
    face = np.zeros((68, 2))
    face[landmarks.RIGHT_EYE] = (10, 10)
    assert landmarks.roll(face) == pytest.approx(45)


@pytest.mark.parametrize(("stretch", "is_similarity"), [(1.3, False), (2.0, True)])
def test_a_fit_that_would_stretch_the_face_too_much_is_a_similarity(drawn, stretch, is_similarity):
    target = drawn.landmarks * [stretch, 1]
    transform = landmarks.fit_affine(drawn.landmarks, target)
    (a, b, _), (c, d, _) = transform.matrix
    assert np.allclose([a, b], [d, -c]) == is_similarity
    assert np.allclose(transform(drawn.landmarks), target, atol=0.01) != is_similarity
