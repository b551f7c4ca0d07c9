import json

import numpy as np
import pytest

from exgan_tf.metrics import distribution


def draw_features(count, *, num_features=8, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(size=[num_features, num_features])
    return rng.normal(size=[count, num_features]) @ mixing * (1 + shift) + shift


def nuclear_norm_formula(one, other):
    """The Frechet distance by singular values of the samples, without any covariance."""
    rows = [(each - each.mean(0)) / np.sqrt(len(each) - 1) for each in (one, other)]
    means = ((one.mean(0) - other.mean(0)) ** 2).sum()
    singular_values = np.linalg.svd(rows[0] @ rows[1].T, compute_uv=False)
    return means + (rows[0] ** 2).sum() + (rows[1] ** 2).sum() - 2 * singular_values.sum()


def test_the_distance_agrees_with_an_independent_formula():
    one, other = draw_features(60), draw_features(90, seed=1, shift=0.3)
    expected = nuclear_norm_formula(one, other)
    assert distribution.frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)


def test_the_distance_of_numbers_is_that_of_two_normal_distributions():
    one, other = np.array([[0.0], [2.0]] * 50), np.array([[3.0], [9.0]] * 50)
    deviations = one.std(ddof=1), other.std(ddof=1)
    expected = 5**2 + (deviations[0] - deviations[1]) ** 2
    assert distribution.frechet_distance(one, other) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [(2, 2), (5, 5), (40, 40), (5, 50), (50, 5)])
def test_fewer_samples_than_features_warn_and_stay_finite(counts):
    one = draw_features(counts[0], num_features=40)
    other = draw_features(counts[1], num_features=40, seed=1, shift=0.2)
    message = f"{min(counts)} samples of 40 features"
    with pytest.warns(distribution.FewSamplesWarning, match=message):
        distance = distribution.frechet_distance(one, other)
    assert distance == pytest.approx(nuclear_norm_formula(one, other), rel=1e-6)
    json.dumps(distance, allow_nan=False)


def test_a_set_is_not_apart_from_its_other_order_and_rounding_makes_no_distance_negative():
    sets = [draw_features(9, seed=seed) for seed in range(20)]
    distances = [distribution.frechet_distance(each, each[::-1]) for each in sets]
    assert 0 <= min(distances) <= max(distances) < 1e-7


def test_the_distance_grows_with_the_shift_and_is_symmetric():
    features = draw_features(200)
    near, far = (draw_features(200, seed=1, shift=shift) for shift in (0.1, 0.5))
    distance = distribution.frechet_distance(features, near)
    assert distance < distribution.frechet_distance(features, far)
    assert distance == pytest.approx(distribution.frechet_distance(near, features))


def test_features_that_never_vary_have_a_distance():
    one, other = np.zeros([20, 3]), np.ones([20, 3])
    assert distribution.frechet_distance(one, other) == pytest.approx(3)


@pytest.mark.parametrize(
    ("features", "complaint"),
    [
        (np.zeros([1, 8]), r"features has the shape \(1, 8\)"),
        (np.zeros([5, 0]), r"features has the shape \(5, 0\)"),
        (np.zeros([8]), r"features has the shape \(8,\)"),
        (np.full([5, 8], np.nan), "features holds values that are not finite"),
        (np.zeros([5, 7]), "the two sets have 8 and 7 features"),
    ],
)
def test_what_has_no_distance_is_refused(features, complaint):
    with pytest.raises(ValueError, match=complaint):
        distribution.frechet_distance(draw_features(20), features)
