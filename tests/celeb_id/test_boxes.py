import numpy as np
import pytest

from exgan_tf.celeb_id import boxes


def test_box_sides_follow_the_published_distribution():
    drawn = [boxes.draw_box_sizes(str(index), seed=0) for index in range(10_000)]
    sides = np.array([(each.w, each.h) for both in drawn for each in both])
    assert (sides.min(), sides.max()) == (48, 96)
    # Half of the normal distribution is clipped to 48, and what is cut off below 49.
    assert np.mean(sides == 48) == pytest.approx(0.516, abs=0.01)
    assert np.mean(sides == 96) == pytest.approx(0.0228, abs=0.003)
    assert abs(np.corrcoef(sides.T)[0, 1]) < 0.03
