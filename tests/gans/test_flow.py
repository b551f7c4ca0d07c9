"""What the flow Gan has of its own."""

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import fields, gans, losses

LEVEL = [[[12, 5, 8, 8], [12, 19, 8, 8]]] * 2


@pytest.fixture
def level(example):
    """Examples whose eyes and whose reference's eyes lie in the same places."""
    boxes = tf.constant(LEVEL)
    return {**example, "eye_boxes": boxes, "reference_eye_boxes": boxes}


def hole_of(example):
    return np.broadcast_to(example["mask"] > 0, example["image"].shape)


def test_it_begins_with_a_copy_of_the_reference(level, build_gan):
    # Light and border are what they should be already.
    example = {**level, "reference": level["image"]}
    completed = build_gan("flow").complete(example, training=False).numpy()
    hole = hole_of(example)
    # But for the paint that every place has a twentieth of, and what the hole hides of the border.
    assert np.abs(completed - example["image"])[hole].mean() < 0.15


def test_a_reference_in_another_light_is_brought_to_the_images(build_gan, level):
    gan = build_gan("flow")
    smooth = tf.image.resize(tf.image.resize(level["image"], [4, 4]), [32, 32]) / 2
    dark = (smooth + 1) * tf.constant([0.8, 0.6, 0.5]) - 1
    found = gan.find_fields({**level, "image": smooth, "reference": dark})
    np.testing.assert_allclose(found["light_gain"][:, 0, 0], [[1.25, 1 / 0.6, 2.0]] * 2, rtol=0.01)


def test_what_lies_in_the_hole_does_not_tell_the_light(build_gan, level):
    gan = build_gan("flow")
    before = gan.find_fields(level)
    hidden = tf.where(level["mask"] > 0, np.nan, level["image"])
    after = gan.find_fields({**level, "image": hidden})
    for name in ("fields", *fields.GEOMETRY):
        np.testing.assert_array_equal(before[name], after[name])


def test_without_an_exemplar_it_is_its_own_baseline(build_gan, level):
    gan = build_gan("flow", exemplar=False)
    assert gan.input_names == ("image", "mask", "eye_boxes")
    alone = {name: level[name] for name in gan.input_names}
    completed = gan.complete(alone, training=False)
    np.testing.assert_array_equal(completed, gan.complete(level, training=False))
    np.testing.assert_array_equal(fields.split(gan.find_fields(alone)["fields"]).share, 0.0 * 1)


def test_the_stage_of_reconstruction_learns_from_what_was_moved(build_gan, level):
    gan = build_gan("flow")
    generated = gan.generate(level)
    terms = gan.generator_losses(level, generated)
    moved = losses.reconstruction_loss(generated["truth"], generated["moved"], generated["mask"])
    assert terms["reconstruction"] == moved
    assert "adversarial" not in terms


def test_training_and_use_fill_alike(build_gan, level):
    # The same places but for the grid they are looked at on: the eyes are 14 pixels apart, the
    # strip's 9; so on smooth pictures.
    gan = build_gan("flow")
    smooth = tf.image.resize(tf.image.resize(level["image"], [4, 4]), [32, 32])
    reference = tf.image.resize(tf.image.resize(level["reference"], [4, 4]), [32, 32])
    example = {**level, "image": smooth, "reference": reference}
    generated, completed = gan.generate(example), gan.complete(example, training=False)
    hole = hole_of(example)
    strip_hole = np.broadcast_to(generated["mask"] > 0, generated["completed"].shape)
    np.testing.assert_allclose(
        completed.numpy()[hole].mean(), generated["completed"].numpy()[strip_hole].mean(), atol=0.05
    )


def test_an_image_size_that_cannot_be_halved_often_enough_is_refused():
    with pytest.raises(ValueError, match="image_size is 40; FlowGan takes multiples of 32"):
        gans.FlowGan(gans.GanOptions(40))


def test_true_and_filled_strips_are_judged_in_one_pass(build_gan, level):
    gan = build_gan("flow")
    opinions = gan.judge(level, gan.generate(level))
    assert opinions["real_logits"].shape == opinions["fake_logits"].shape == (2, 8)
    same = {**gan.generate(level)}
    same["completed"] = same["truth"]
    opinions = gan.judge(level, same)
    np.testing.assert_allclose(opinions["real_logits"], opinions["fake_logits"], atol=1e-5)
    assert opinions["feature_matching"] < 1e-6
