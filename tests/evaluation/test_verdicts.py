import numpy as np
import pytest

from exgan_tf.evaluation import verdicts
from exgan_tf.metrics.intervals import IdentityBootstrap

NUM_PEOPLE = 20
SPREAD = np.random.default_rng(0).uniform(0.9, 1.1, NUM_PEOPLE)


def compare(own, other, *, better, people=None):
    people = [f"person {i}" for i in range(NUM_PEOPLE)] if people is None else people
    bootstrap = IdentityBootstrap(people, {"own": own, "other": other})
    return verdicts.compare(bootstrap, "own", "other", better=better)


@pytest.mark.parametrize(
    ("factor", "better", "verdict"),
    [
        (0.5, "lower", verdicts.BETTER),
        (2.0, "lower", verdicts.WORSE),
        (0.5, "higher", verdicts.WORSE),
        (2.0, "higher", verdicts.BETTER),
        (1.0, "higher", verdicts.UNDECIDED),
    ],
)
def test_the_verdict_knows_which_way_is_better(factor, better, verdict):
    found = compare(factor * SPREAD, np.ones(NUM_PEOPLE), better=better)
    assert found["verdict"] == verdict
    low, high = found["interval"]
    assert low <= found["difference"] <= high
    assert found["percent"] == pytest.approx(100 * found["difference"])


def test_one_person_shows_no_difference_however_large():
    found = compare(SPREAD, 2 * SPREAD, better="lower", people=["one"] * NUM_PEOPLE)
    assert found["verdict"] == verdicts.UNDECIDED


def test_percents_of_nothing_are_left_out():
    found = compare(SPREAD, np.zeros(NUM_PEOPLE), better="lower")
    assert (found["percent"], found["percent_interval"]) == (None, None)
    assert found["verdict"] == verdicts.WORSE
