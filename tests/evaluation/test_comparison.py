import msgspec
import numpy as np
import pytest

from exgan_tf.evaluation import comparison, measures

NUM_PEOPLE = 20


class Measured:
    """A measurement of two methods whose values are given; all others are 1."""

    def __init__(self, *, num_people=NUM_PEOPLE, **values):
        self.identities = np.repeat([f"person {i}" for i in range(num_people)], 2).tolist()
        self._values = values

    def values(self, name):
        ones = np.ones(len(self.identities))
        return {
            measure: ones * self._values.get(measure, {}).get(name, 1)
            for measure in measures.PER_IMAGE
        }

    def seconds_per_image(self, name):
        return 0.5

    def over_all_images(self, name):
        return dict.fromkeys(measures.OVER_ALL_IMAGES), {"fid": "none"}


def summarize(methods, measured):
    summaries, paired = msgspec.to_builtins(comparison.summarize_methods(measured, methods, seed=0))
    return summaries, {each["metric"]: each for each in paired}


@pytest.mark.parametrize(
    ("measure", "factor", "verdict"),
    [
        ("masked_l1", 0.5, "better"),
        ("masked_l1", 2.0, "worse"),
        ("ssim", 0.5, "worse"),
        ("ssim", 2.0, "better"),
        ("ssim", 1.0, "no difference shown"),
    ],
)
def test_the_verdict_knows_which_way_is_better(methods, measure, factor, verdict):
    spread = np.random.default_rng(0).uniform(0.9, 1.1, 2 * NUM_PEOPLE)
    _, paired = summarize(methods, Measured(**{measure: {"grey": 1, "copy": factor * spread}}))
    found = paired[measure]
    assert found["verdict"] == verdict
    low, high = found["interval"]
    assert low <= found["difference"] <= high
    assert found["percent"] == pytest.approx(100 * found["difference"])
    assert (low <= 0 <= high) == (verdict == "no difference shown")


def test_one_person_shows_no_difference_however_large(methods):
    measured = Measured(num_people=1, masked_l1={"grey": 1, "copy": 0.1})
    _, paired = summarize(methods, measured)
    assert paired["masked_l1"]["verdict"] == "no difference shown"


def test_a_difference_within_people_counts_although_people_differ_more(methods):
    people = np.repeat(np.random.default_rng(0).uniform(1, 100, NUM_PEOPLE), 2)
    measured = Measured(masked_l1={"grey": people, "copy": people - 0.5})
    summaries, paired = summarize(methods, measured)
    assert paired["masked_l1"]["verdict"] == "better"
    low, high = summaries["copy"]["intervals"]["masked_l1"]
    assert low < summaries["grey"]["masked_l1"] < high


def test_each_method_is_compared_with_all_before_it(methods):
    three = {**methods, "late": methods["grey"]}
    _, paired = comparison.summarize_methods(Measured(), three, seed=0)
    pairs = list(dict.fromkeys((each.method, each.against) for each in paired))
    assert pairs == [("copy", "grey"), ("late", "grey"), ("late", "copy")]
    compared = {each.metric for each in paired}
    assert compared == measures.PER_IMAGE.keys() - {"detail_energy"}


def test_ratios_are_averaged_geometrically(methods):
    ratios = np.tile([0.5, 2.0], NUM_PEOPLE)
    summaries, _ = summarize(methods, Measured(detail_energy={"copy": ratios}))
    assert summaries["copy"]["detail_energy"] == pytest.approx(1)
    assert summaries["copy"]["intervals"]["detail_energy"] == pytest.approx([1, 1])


def test_a_percentage_of_nothing_is_missing(methods):
    _, paired = summarize(methods, Measured(masked_l1={"grey": 0, "copy": 1}))
    assert paired["masked_l1"]["percent"] is None
    assert paired["masked_l1"]["percent_interval"] is None


def test_a_summary_holds_every_measure(methods):
    summaries, _ = summarize(methods, Measured())
    for summary in summaries.values():
        assert measures.MEASURES.keys() <= summary.keys()
        assert summary["intervals"].keys() == measures.PER_IMAGE.keys()
        assert summary["num_images"] == 2 * NUM_PEOPLE
        assert summary["notes"] == {"fid": "none"}
