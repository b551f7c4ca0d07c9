import re

import pytest

from exgan_tf.report import plots
from exgan_tf.report.curves import Curve

WIDTH, HEIGHT = 360, 194.4  # Points, of the drawing.


def points(drawing, color):
    """The places of a curve, from the left, whatever else has its colour."""
    path = re.search(rf'd="([^"]*)" style="fill: none; stroke: {re.escape(color)}', drawing)[1]
    return [tuple(map(float, place)) for place in re.findall(r"[ML] (\S+) (\S+)", path)]


@pytest.mark.parametrize("values", [(0.5, 0.5, 0.5), (0.0, 0.0), (-1.0, 1e-9), (1e-6, 1e6)])
def test_any_curve_stays_inside_its_drawing(values):
    curve = Curve(tuple(range(len(values))), values)
    for x, y in points(plots.draw_curves({0: curve}, label="loss"), plots.color(0)):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_lower_values_are_drawn_lower_and_later_ones_to_the_right():
    drawing = plots.draw_curves({1: Curve((0, 10), (2.0, 1.0))}, label="loss")
    (first_x, first_y), (last_x, last_y) = points(drawing, plots.color(1))
    assert first_x < last_x
    assert first_y < last_y


def test_a_single_point_is_drawn():
    assert "training step" in plots.draw_curves({0: Curve((1,), (0.5,))}, label="loss")


def test_a_wide_range_above_zero_is_drawn_logarithmically():
    assert plots.is_logarithmic({0: Curve((0, 1), (0.01, 10.0))})
    assert not plots.is_logarithmic({0: Curve((0, 1), (9.0, 10.0))})
    assert not plots.is_logarithmic({0: Curve((0, 1), (0.0, 10.0))})


def test_more_curves_than_colours_differ_by_their_dashes():
    styles = {(plots.color(index), plots.dash(index)) for index in range(plots.MAX_CURVES)}
    assert len(styles) == plots.MAX_CURVES


def test_labels_are_escaped():
    drawing = plots.draw_curves({0: Curve((0, 1), (1.0, 2.0))}, label='"><b>')
    assert 'aria-label="&#34;&gt;&lt;b&gt;"' in drawing
