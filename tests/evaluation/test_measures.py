import numpy as np
import pytest

from exgan_tf.data import mask_names, masks
from exgan_tf.evaluation import measures, results
from exgan_tf.evaluation.measurement import keep_open_eyes


@pytest.mark.parametrize("mask", mask_names.NAMES)
def test_every_image_has_a_finite_number_of_each_measure_on_every_mask(batch, mask):
    seeds = np.stack([np.arange(7), np.arange(7)], axis=1)
    drawn = masks.draw_masks(mask, seeds=seeds, image_size=64, eye_boxes=batch["eye_boxes"])
    example = {**batch, "mask": drawn.numpy()}
    filled = np.where(example["mask"] > 0, example["reference"], example["image"])
    measured = measures.measure_images(example, filled)
    faces = {"identity_to_truth", "identity_to_reference"}
    assert measured.keys() == measures.PER_IMAGE.keys() - faces
    for name, values in measured.items():
        assert values.shape == (7,)
        assert np.isfinite(values).all(), name


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
def test_every_measure_says_what_it_is_and_has_its_place_in_the_file(name):
    measure = measures.MEASURES[name]
    assert measure.better in ("lower", "higher", "near_one")
    assert measure.label
    assert measure.description
    assert name in results.MethodResult.__struct_fields__
