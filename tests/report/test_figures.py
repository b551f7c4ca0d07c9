import re

import pytest

from exgan_tf.report import figures


def places(markup, name):
    return [float(place) for place in re.findall(rf' {name}="(-?[\d.]+)%"', markup)]


def test_an_interval_lies_where_its_numbers_are():
    axis = figures.Axis(-50.0, 50.0)
    drawn = figures.draw_interval(-25.0, (-30.0, -20.0), axis=axis, verdict="better")
    assert places(drawn, "cx") == [25.0]
    assert {50.0, 20.0, 30.0} == set(places(drawn, "x1"))
    assert 'class="better"' in drawn


def test_an_axis_of_intervals_always_holds_zero():
    axis = figures.interval_axis([(5.0, 9.0), (6.0, 7.0)])
    assert axis.low < 0.0 and axis.high > 9.0
    assert figures.interval_axis([]).low < 0.0


@pytest.mark.parametrize("values", [(0.5,), (0.5, 0.5, 0.5), (0.0, 0.0), (-1.0, 1e-9), (1e-6, 1e6)])
def test_any_curve_stays_inside_its_drawing(values):
    line = figures.Line("a", 0, tuple(range(len(values))), values)
    drawn = figures.draw_curves([line], title="loss", summary="a ends")
    points = re.search('points="([^"]*)"', drawn)[1]
    numbers = [float(number) for number in re.split("[ ,]", points)]
    assert all(0.0 <= number <= 100.0 for number in numbers)


def test_lower_values_are_drawn_lower():
    line = figures.Line("a", 0, (0, 10), (2.0, 1.0))
    drawn = figures.draw_curves([line], title="loss", summary="a ends")
    first, last = re.search('points="([^"]*)"', drawn)[1].split()
    assert float(first.split(",")[1]) < float(last.split(",")[1])


def test_a_wide_range_above_zero_is_drawn_logarithmically():
    wide, narrow = (
        figures.draw_curves([figures.Line("a", 0, (0, 1), ends)], title="loss", summary="")
        for ends in ((0.01, 10.0), (9.0, 10.0))
    )
    assert "logarithmic scale" in wide
    assert "logarithmic scale" not in narrow


def test_more_curves_than_colours_differ_by_their_dashes():
    labels = {str(index): index for index in range(2 * figures.NUM_COLORS)}
    styles = re.findall('<line class="([^"]*)"', figures.draw_legend(labels))
    assert len(set(styles)) == len(labels)
