"""Drawn conditions: what may change from one photograph of a person to the next."""

import dataclasses

import numpy as np
import pytest

from exgan_tf.drawn_faces import draw_conditions


def draw_many(count, *, closed_fraction):
    rng = np.random.default_rng(1)
    return [draw_conditions(rng, closed_fraction=closed_fraction) for _ in range(count)]


@pytest.mark.parametrize(
    ("closed_fraction", "low", "high"), [(0, 0, 0), (0.3, 90, 150), (1, 400, 400)]
)
def test_eyes_are_closed_as_often_as_asked(closed_fraction, low, high):
    conditions = draw_many(400, closed_fraction=closed_fraction)
    assert low <= sum(c.eyes_closed for c in conditions) <= high


@pytest.mark.parametrize("closed_fraction", [-0.1, 1.1, float("nan")])
def test_impossible_closed_fraction_is_refused(closed_fraction):
    with pytest.raises(ValueError, match="closed_fraction"):
        draw_conditions(np.random.default_rng(0), closed_fraction=closed_fraction)


def test_closed_fraction_changes_nothing_but_the_eyes():
    opened, closed = (draw_many(1, closed_fraction=fraction)[0] for fraction in (0.0, 1.0))
    assert dataclasses.replace(opened, eyes_closed=True) == closed


def test_light_comes_from_the_front_and_glasses_are_worn_now_and_then():
    conditions = draw_many(1000, closed_fraction=0.0)
    lights = np.array([each.light for each in conditions])
    np.testing.assert_allclose(np.linalg.norm(lights, axis=1), 1)
    assert (lights[:, 2] > 0).all()
    assert 40 <= sum(each.glasses is not None for each in conditions) <= 130
