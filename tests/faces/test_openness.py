import numpy as np
import pytest

from exgan_tf.faces import landmarks
from exgan_tf.faces.openness import (
    lid_rises,
    looks_laughing,
    measure_each_eye,
    measure_openness,
)

EYES = landmarks.LEFT_EYE, landmarks.RIGHT_EYE


@pytest.fixture
def opened(draw_person):
    """The landmarks of a face with open eyes, float64 [68, 2]."""
    return draw_person(3, closed=False).landmarks.astype(float)


def outline(upper, lower):
    """Landmarks with two eyes, 30 pixels wide and 60 apart, lids so far below the corners."""
    points = np.zeros((68, 2))
    for eye, left in zip(EYES, (0, 60), strict=True):
        points[eye] = np.transpose([[0, 10, 20, 30, 20, 10], [0, upper, upper, 0, lower, lower]])
        points[eye] += (left, 0)
    return points


def test_open_and_closed_eyes_are_told_apart(opened, draw_person):
    assert measure_openness(opened) > 0.8
    assert measure_openness(draw_person(3, closed=True).landmarks) < 0.2


def test_the_size_of_the_face_does_not_matter(opened):
    assert measure_openness(opened * 5 + 30) == pytest.approx(measure_openness(opened), abs=1e-4)


@pytest.mark.parametrize(
    ("lower_lids", "mouth", "laughing"), [(1, 70, True), (4, 70, False), (1, 55, False)]
)
def test_a_laugh_widens_the_mouth_and_lifts_the_lower_lids(lower_lids, mouth, laughing):
    points = outline(0, lower_lids)
    points[54, 0] = mouth
    assert looks_laughing(points) == looks_laughing(-3 * points) == laughing


def test_a_lid_over_the_corners_rises_and_one_under_them_falls():
    points = outline(-6, 4)
    np.testing.assert_allclose(lid_rises(points), 6 / 60)
    np.testing.assert_allclose(lid_rises(points @ [[0, 1], [-1, 0]]), 6 / 60)
    np.testing.assert_allclose(lid_rises(points * [1, -1]), -6 / 60)
    np.testing.assert_array_equal(lid_rises(np.zeros((68, 2))), 0)


def test_each_eye_is_scored_by_itself(opened):
    lids, corners = opened[42:48], opened[[42, 45]].mean(axis=0)
    lids[[1, 2], 1] = corners[1]  # The lid of the viewer's right eye falls to its corners.
    scores = measure_each_eye(opened)
    assert scores.left > 0.8 and scores.right < 0.2


def test_a_laugh_that_lifts_the_lower_lids_closes_no_eyes(opened):
    for eye in EYES:
        lower, corners = opened[eye][[4, 5]], opened[eye][[0, 3]].mean(axis=0)
        opened[eye][[4, 5]] = lower + 0.9 * (corners - lower.mean(axis=0))
    assert measure_openness(opened) > 0.5


@pytest.mark.parametrize("height", [-1e6, 1e6])
def test_landmarks_far_from_any_eye_have_a_score_too(opened, height):
    opened[[37, 38, 43, 44], 1] += height
    assert measure_openness(opened) == pytest.approx(float(height < 0), abs=1e-6)
