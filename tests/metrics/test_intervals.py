import numpy as np
import pytest

from exgan_tf.metrics import intervals


def bootstrap(identities, seed=0, **values):
    return intervals.IdentityBootstrap(identities, values, seed=seed)


def test_the_interval_of_independent_values_is_the_known_one():
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    low, high = bootstrap(range(400), value=values).mean_interval("value").ends
    error = 1.96 * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - error, abs=0.03)
    assert high == pytest.approx(values.mean() + error, abs=0.03)


def test_photographs_that_repeat_each_other_do_not_narrow_the_interval():
    values = np.random.default_rng(1).normal(size=50)
    once = bootstrap(range(50), value=values)
    repeated = bootstrap(np.repeat(range(50), 4), value=np.repeat(values, 4))
    assert repeated.num_identities == 50
    assert repeated.mean_interval("value").ends == pytest.approx(once.mean_interval("value").ends)


def test_a_person_with_more_photographs_counts_more():
    comparison = bootstrap(["a", "a", "a", "b"], own=[1, 1, 1, 5.0], other=[0, 0, 0, 0.0])
    assert comparison.compare("own", "other").difference == pytest.approx(2.0)


def test_a_comparison_is_paired():
    others = np.random.default_rng(2).uniform(1, 9, 60)
    comparison = bootstrap(range(60), own=others - 0.1, other=others).compare("own", "other")
    assert comparison.difference == pytest.approx(-0.1)
    assert comparison.interval.ends == pytest.approx((-0.1, -0.1))
    assert comparison.interval.excludes_zero()
    assert not intervals.Interval(0.0, 1.0).excludes_zero()
    assert not intervals.Interval(-1.0, 0.0).excludes_zero()
    assert comparison.percent == pytest.approx(-10 / others.mean())
    low, high = comparison.percent_interval.ends
    assert low < comparison.percent < high < 0


def test_there_is_no_percentage_of_what_may_be_zero():
    comparison = bootstrap(["a", "b"], own=[1, 2.0], other=[0, 2.0]).compare("own", "other")
    assert comparison.difference == pytest.approx(0.5)
    assert (comparison.percent, comparison.percent_interval) == (None, None)


def test_chance_alone_rarely_excludes_zero():
    rng = np.random.default_rng(3)
    excluded = [
        bootstrap(range(40), own=rng.normal(5, 1, 40), other=rng.normal(5, 1, 40))
        .compare("own", "other")
        .interval.excludes_zero()
        for _ in range(40)
    ]
    assert sum(excluded) <= 7  # 2 are expected.


def test_the_same_seed_gives_the_same_interval_and_no_photograph_none():
    values = np.arange(20.0)
    first, again, other = (bootstrap(range(20), seed=seed, value=values) for seed in (5, 5, 6))
    assert first.mean_interval("value") == again.mean_interval("value")
    assert first.mean_interval("value") != other.mean_interval("value")
    with pytest.raises(ValueError, match="at least one photograph"):
        bootstrap([], value=[])
