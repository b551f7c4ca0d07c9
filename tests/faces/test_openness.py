import numpy as np
import pytest

from exgan_tf import drawn_faces
from exgan_tf.faces.openness import (
    eye_aspect_ratio,
    lid_rises,
    looks_laughing,
    measure_each_eye,
    measure_openness,
)


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


@pytest.mark.parametrize(
    ("lower_lids", "mouth", "laughing"), [(1, 70, True), (4, 70, False), (1, 55, False)]
)
def test_a_laugh_widens_the_mouth_and_lifts_the_lower_lids(lower_lids, mouth, laughing):
    points = np.zeros((68, 2))
    for start, left in ((36, 0.0), (42, 60.0)):
        points[start : start + 6, 0] = left + np.array([0, 10, 20, 30, 20, 10])
        points[start + 4 : start + 6, 1] = lower_lids
    points[54, 0] = mouth
    assert looks_laughing(points) == looks_laughing(-3 * points) == laughing


def test_the_aspect_ratio_is_lid_opening_over_width():
    eye = np.array([[0, 0], [3, -2], [6, -2], [9, 0], [6, 1], [3, 1]], float)
    assert eye_aspect_ratio(eye) == pytest.approx(3 / 9)


def test_an_eye_without_width_is_closed():
    assert eye_aspect_ratio(np.zeros((6, 2))) == 0


def test_a_lid_over_the_corners_rises_and_one_under_them_falls():
    points = np.zeros((68, 2))
    for start, left in ((36, 0.0), (42, 60.0)):
        points[start : start + 6] = [
            (left, 0),
            (left + 10, -6),
            (left + 20, -6),
            (left + 30, 0),
            (left + 20, 4),
            (left + 10, 4),
        ]
    rises = lid_rises(points)
    np.testing.assert_allclose(rises, 6 / 60)
    turned = points @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    np.testing.assert_allclose(lid_rises(turned), rises)
    points[:, 1] *= -1
    np.testing.assert_allclose(lid_rises(points), -rises)


def test_each_eye_is_scored_by_itself():
    points = draw_landmarks(closed_fraction=0.0).astype(float)
    lids, corners = points[42:48], points[[42, 45]].mean(axis=0)
    lids[[1, 2], 1] = corners[1]  # The lid of the viewer's right eye falls to its corners.
    scores = measure_each_eye(points)
    assert scores.left > 0.8 and scores.right < 0.2


def test_a_laugh_that_lifts_the_lower_lids_closes_no_eyes():
    points = draw_landmarks(closed_fraction=0.0).astype(float)
    for eye in (slice(36, 42), slice(42, 48)):
        lower, corners = points[eye][[4, 5]], points[eye][[0, 3]].mean(axis=0)
        points[eye][[4, 5]] = lower + 0.9 * (corners - lower.mean(axis=0))
    assert measure_openness(points).opened > 0.5


def test_eyes_in_one_place_have_no_rise():
    np.testing.assert_array_equal(lid_rises(np.zeros((68, 2))), 0)


@pytest.mark.parametrize("height", [-1e6, 1e6])
def test_landmarks_far_from_any_eye_have_a_score_too(height):
    points = draw_landmarks(closed_fraction=0.0)
    points[[37, 38, 43, 44], 1] += height
    scores = measure_openness(points)
    assert scores.opened == pytest.approx(float(height < 0), abs=1e-6)
    assert scores.opened + scores.closed == pytest.approx(1)
