"""Drawn conditions: what may change from one photograph of a person to the next."""

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
    assert opened.eyes_closed is False and closed.eyes_closed is True
    assert (opened.noise_seed, opened.light, opened.yaw) == (
        closed.noise_seed,
        closed.light,
        closed.yaw,
    )


def test_light_is_a_direction_from_the_front():
    for conditions in draw_many(50, closed_fraction=0.0):
        assert np.linalg.norm(conditions.light) == pytest.approx(1.0)
        assert conditions.light[2] > 0


def test_glasses_are_worn_now_and_then():
    worn = sum(c.glasses is not None for c in draw_many(1000, closed_fraction=0.0))
    assert 40 <= worn <= 130
