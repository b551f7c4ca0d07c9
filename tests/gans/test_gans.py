"""What is true of every Gan."""

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import gans

EVERY_GAN = pytest.mark.parametrize("name", gans.GANS)
EVERY_ADVERSARIAL_GAN = pytest.mark.parametrize(
    "name", [name for name in gans.GANS if name != "autoencoder"]
)
PAINTING = {"keypoint"}  # In training these paint entire images.
WHETHER_IT_LOOKS = pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("baseline", False),
        ("reference", True),
        ("code", True),
        ("flow", True),
        ("pix2pix", False),
        ("keypoint", False),
    ],
)


@EVERY_GAN
def test_known_pixels_come_back_bit_for_bit(name, build_gan, example):
    completed = build_gan(name).complete(example, training=False).numpy()
    known = np.broadcast_to(example["mask"] == 0, completed.shape)
    np.testing.assert_array_equal(completed[known], example["image"].numpy()[known])


@EVERY_ADVERSARIAL_GAN
def test_known_pixels_survive_a_generator_that_gives_nan(name, build_gan, example):
    gan = build_gan(name, adversarial_loss="hinge")  # Of its own, to be spoiled.
    bias = gan.generator_variables[-1]
    bias.assign(np.full(bias.shape, np.nan))
    completed = gan.complete(example, training=False).numpy()
    known = np.broadcast_to(example["mask"] == 0, completed.shape)
    np.testing.assert_array_equal(completed[known], example["image"].numpy()[known])
    assert np.isnan(completed[~known]).all()


@EVERY_ADVERSARIAL_GAN
def test_what_lies_in_the_hole_is_not_looked_at(name, build_gan, example):
    gan = build_gan(name)
    before = gan.complete(example, training=False)
    example["image"] = tf.where(example["mask"] > 0, np.nan, example["image"])
    after = gan.complete(example, training=False)
    np.testing.assert_array_equal(after, before)


@WHETHER_IT_LOOKS
def test_the_reference_changes_the_result_of_those_that_look_at_it(name, looks, build_gan, example):
    gan = build_gan(name)
    before = gan.complete(example, training=False)
    example["reference"] = -example["reference"]
    change = np.abs(gan.complete(example, training=False) - before).max()
    assert change > 1e-5 if looks else change == 0


@WHETHER_IT_LOOKS
def test_the_discriminator_judges_beside_the_reference(name, looks, build_gan, example):
    gan = build_gan(name)
    before = gan.judge(example, gan.generate(example))["real_logits"].numpy()
    example["reference"] = -example["reference"]
    after = gan.judge(example, gan.generate(example))["real_logits"].numpy()
    assert (before != after).any() == looks


@EVERY_ADVERSARIAL_GAN
def test_a_gradient_reaches_every_trainable_variable(name, build_gan, example):
    gan = build_gan(name, **({"perceptual_weight": 0.1} if name == "code" else {}))
    with tf.GradientTape(persistent=True) as tape:
        generated = gan.generate(example)
        opinions = gan.judge(example, generated)
        generator_loss = gan.generator_losses(example, generated, opinions=opinions)["total"]
        discriminator_loss = gan.discriminator_losses(opinions)["total"]
    pairs = [
        (generator_loss, gan.generator_variables),
        (discriminator_loss, gan.discriminator_variables),
    ]
    for loss, variables in pairs:
        missing = [v.name for v, g in zip(variables, tape.gradient(loss, variables)) if g is None]
        assert variables
        assert not missing


@EVERY_GAN
def test_variables_are_told_apart(name, build_gan):
    gan = build_gan(name)
    generator = {id(variable) for variable in gan.generator_variables}
    discriminator = {id(variable) for variable in gan.discriminator_variables}
    assert not generator & discriminator
    assert all(variable.trainable for variable in gan.generator_variables)


@EVERY_GAN
def test_every_network_is_in_a_checkpoint(name, build_gan, tmp_path):
    gan = build_gan(name)
    kept = [variable.numpy() for variable in gan.variables]
    path = tf.train.Checkpoint(gan=gan).save(tmp_path / "checkpoint")
    for variable in gan.variables:
        variable.assign(tf.zeros_like(variable))
    tf.train.Checkpoint(gan=gan).restore(path).assert_consumed()
    for variable, value in zip(gan.variables, kept):
        np.testing.assert_array_equal(variable, value)


@EVERY_GAN
def test_bfloat16_computes_but_images_and_losses_are_float32(name, example):
    tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        gan = gans.GANS[name](gans.GANS[name].Options(32))
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    completed = gan.complete(example, training=True)
    generated = gan.generate(example)
    opinions = gan.judge(example, generated) if gan.discriminator_variables else None
    terms = gan.generator_losses(example, generated, opinions=opinions)
    if gan.discriminator_variables:
        terms.update(gan.discriminator_losses(opinions))
    assert completed.dtype == generated["completed"].dtype == tf.float32
    assert {term.dtype for term in terms.values()} == {tf.float32}
    assert np.isfinite(list(terms.values())).all()
    if name not in PAINTING:
        known = np.broadcast_to(example["mask"] == 0, completed.shape)
        np.testing.assert_array_equal(completed.numpy()[known], example["image"].numpy()[known])
    assert all(variable.dtype == tf.float32 for variable in gan.trainable_variables)


@EVERY_GAN
def test_a_partial_last_batch_is_completed_like_the_rest(name, build_gan, example):
    gan = build_gan(name)
    one = {key: value[1:] for key, value in example.items()}
    both = gan.complete(example, training=False)
    np.testing.assert_allclose(gan.complete(one, training=False), both[1:], atol=1e-5)


@EVERY_ADVERSARIAL_GAN
def test_without_its_discriminator_a_gan_completes_as_before(name, build_gan, example):
    gan = build_gan(name, spectral_normalization=True)  # Of its own, to be cut down.
    before = gan.complete(example, training=False)
    gan.drop_discriminator()
    assert bool(gan.discriminator_variables) == (name == "keypoint")  # It needs it to search.
    np.testing.assert_array_equal(gan.complete(example, training=False), before)
