import numpy as np
import pytest

from exgan_tf.evaluation import measures
from exgan_tf.evaluation.measurement import keep_open_eyes


def test_every_image_has_a_finite_number_of_each_measure(batch):
    example = keep_open_eyes(batch)
    measured = measures.measure_images(example, example["reference"])
    faces = {"identity_to_truth", "identity_to_reference"}
    assert measured.keys() == measures.PER_IMAGE.keys() - faces
    for values in measured.values():
        assert values.shape == (6,)
        assert np.isfinite(values).all()


def test_the_truth_is_better_than_noise_in_every_measure_of_one_direction(batch):
    example = keep_open_eyes(batch)
    noise = np.random.default_rng(0).uniform(-1, 1, example["image"].shape).astype(np.float32)
    filled = np.where(example["mask"] > 0, noise, example["image"])
    truth, noisy = (measures.measure_images(example, each) for each in (example["image"], filled))
    for name in truth.keys() - {"detail_energy"}:
        is_lower = truth[name].mean() < noisy[name].mean()
        assert is_lower == (measures.MEASURES[name].better == "lower"), name
    np.testing.assert_allclose(truth["detail_energy"], 1)
    assert (noisy["detail_energy"] > 1).all()


@pytest.mark.parametrize("name", measures.MEASURES)
def test_every_measure_says_which_way_is_better(name):
    measure = measures.MEASURES[name]
    assert measure.better in ("lower", "higher", "near_one")
    assert measure.label
    assert measure.description
