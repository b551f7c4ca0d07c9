import numpy as np
import pytest

from exgan_tf.data import drawn_faces
from exgan_tf.faces.openness import eye_aspect_ratio, measure_openness


def draw_landmarks(*, closed_fraction):
    rng = np.random.default_rng(3)
    identity = drawn_faces.draw_identity(rng)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=closed_fraction)
    return drawn_faces.draw_photograph(identity, conditions).landmarks


def test_open_eyes_are_reported_open():
    assert measure_openness(draw_landmarks(closed_fraction=0.0)).opened > 0.8


def test_closed_eyes_are_reported_closed():
    assert measure_openness(draw_landmarks(closed_fraction=1.0)).closed > 0.8


def test_the_scores_sum_to_one():
    scores = measure_openness(draw_landmarks(closed_fraction=0.0))
    assert scores.opened + scores.closed == pytest.approx(1)


def test_the_size_of_the_face_does_not_matter():
    points = draw_landmarks(closed_fraction=0.0)
    assert measure_openness(points * 5 + 30) == pytest.approx(measure_openness(points), abs=1e-4)


def test_the_aspect_ratio_is_lid_opening_over_width():
    eye = np.array([[0, 0], [3, -2], [6, -2], [9, 0], [6, 1], [3, 1]], float)
    assert eye_aspect_ratio(eye) == pytest.approx(3 / 9)


def test_an_eye_without_width_is_closed():
    assert eye_aspect_ratio(np.zeros((6, 2))) == 0
