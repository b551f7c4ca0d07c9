import pytest
from msgspec.structs import replace

from exgan_tf.metrics.intervals import Interval
from exgan_tf.report import comparisons


def test_an_interval_lies_where_its_numbers_are(evaluation):
    forest = comparisons.forests(evaluation)[0]
    ticks = {each["text"]: each["place"] for each in forest["ticks"]}
    unit = "\N{NO-BREAK SPACE}%"
    per_percent = (ticks[f"+50{unit}"] - ticks[f"0{unit}"]) / 50
    assert forest["zero"] == pytest.approx(ticks[f"0{unit}"], abs=0.01)
    (row,) = [row for each, row in forest["groups"]["baseline"] if each.method == "telea"]
    places = [row["low"], row["point"], 100 - row["right"]]
    found = [(place - forest["zero"]) / per_percent for place in places]
    assert found == pytest.approx([44.0 - 5.4, 44.0, 50.48], abs=0.1)


def test_all_of_an_axis_is_inside_and_holds_zero(evaluation):
    for forest in comparisons.forests(evaluation):
        assert 0 < forest["zero"] < 100
        for rows in forest["groups"].values():
            for _, row in rows:
                assert 0 < row["low"] <= row["point"] <= 100 - row["right"] < 100


def test_comparisons_without_an_interval_are_told_as_such(evaluation):
    unmeasured = [
        replace(
            each,
            interval=None,
            percent=None,
            percent_interval=None,
            difference=None,
            verdict="no difference shown",
        )
        for each in evaluation.paired
    ]
    drawn = comparisons.forests(replace(evaluation, paired=unmeasured))
    assert not any(forest["has_axis"] for forest in drawn)


def test_without_percents_the_axis_is_in_the_metrics_unit(evaluation):
    paired = [
        replace(each, percent=None, percent_interval=None, interval=Interval(0.1, 0.3))
        for each in evaluation.paired
        if each.metric == "masked_l1"
    ]
    forest = comparisons.forests(replace(evaluation, paired=paired))[0]
    assert not forest["in_percent"]
    assert "+0.1" in [each["text"] for each in forest["ticks"]]
