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


@EVERY_GAN
def test_known_pixels_come_back_bit_for_bit_also_of_a_partial_batch(name, build_gan, example):
    gan = build_gan(name)
    completed = gan.complete(example, training=False).numpy()
    known = np.broadcast_to(example["mask"] == 0, completed.shape)
    np.testing.assert_array_equal(completed[known], example["image"].numpy()[known])
    one = {key: value[1:] for key, value in example.items()}
    np.testing.assert_allclose(gan.complete(one, training=False), completed[1:], atol=1e-5)


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


@pytest.mark.parametrize(
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
def test_both_networks_look_at_the_reference_or_neither(name, looks, build_gan, example):
    gan = build_gan(name)
    other = {**example, "reference": -example["reference"]}
    completed, after = (gan.complete(each, training=False) for each in (example, other))
    change = np.abs(after - completed).max()
    assert change > 1e-5 if looks else change == 0
    before, after = (
        gan.judge(each, gan.generate(each))["real_logits"].numpy() for each in (example, other)
    )
    assert (before != after).any() == looks


@EVERY_ADVERSARIAL_GAN
def test_a_gradient_reaches_every_trainable_variable_in_a_graph(name, build_gan, example):
    gan = build_gan(name, **({"perceptual_weight": 0.1} if name == "code" else {}))

    def check():
        with tf.GradientTape(persistent=True) as tape:
            generated = gan.generate(example)
            opinions = gan.judge(example, generated)
            generator_loss = gan.generator_losses(example, generated, opinions=opinions)["total"]
            discriminator_loss = gan.discriminator_losses(opinions)["total"]
        for loss, variables in (
            (generator_loss, gan.generator_variables),
            (discriminator_loss, gan.discriminator_variables),
        ):
            gradients = tape.gradient(loss, variables)
            assert variables
            assert not [v.name for v, g in zip(variables, gradients, strict=True) if g is None]

    tf.function(check, autograph=False).get_concrete_function()


@pytest.mark.parametrize(
    ("name", "options"), [("reference", {"match_reference": True}), ("flow", {})]
)
def test_xla_finds_the_same_losses_around_the_generator(
    name, options, build_gan, example, monkeypatch
):
    gan = build_gan(name, **options)
    size = gan.networks["generator"].output_shape[1:]

    def stand_in(inputs, training):  # Compiling the network itself would take longest.
        return tf.zeros([2, *size]) + sum(map(tf.reduce_mean, inputs.values()))

    monkeypatch.setitem(gan.networks, "generator", stand_in)

    def find_losses():
        return gan.generator_losses(example, gan.generate(example))

    compiled = tf.function(find_losses, jit_compile=True, autograph=False)()
    for term, loss in find_losses().items():
        np.testing.assert_allclose(compiled[term], loss, rtol=1e-3)


@EVERY_GAN
def test_variables_are_told_apart_and_all_in_a_checkpoint(name, build_gan, tmp_path):
    gan = build_gan(name)
    generator = {id(variable) for variable in gan.generator_variables}
    assert generator.isdisjoint(id(variable) for variable in gan.discriminator_variables)
    assert all(variable.trainable for variable in gan.generator_variables)
    kept = [variable.numpy() for variable in gan.variables]
    path = tf.train.Checkpoint(gan=gan).save(tmp_path / "checkpoint")
    for variable in gan.variables:
        variable.assign(tf.zeros_like(variable))
    tf.train.Checkpoint(gan=gan).restore(path).assert_consumed()
    for variable, value in zip(gan.variables, kept, strict=True):
        np.testing.assert_array_equal(variable, value)


@EVERY_GAN
def test_bfloat16_computes_but_images_and_losses_are_float32(name, build_gan, example):
    options = build_gan(name).options
    tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        gan = gans.GANS[name](options)
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    completed = gan.complete(example, training=True)
    generated, opinions, terms = gan.generate(example), None, {}
    if gan.discriminator_variables:
        opinions = gan.judge(example, generated)
        terms = gan.discriminator_losses(opinions)
    terms |= gan.generator_losses(example, generated, opinions=opinions)
    assert completed.dtype == generated["completed"].dtype == tf.float32
    assert {term.dtype for term in terms.values()} == {tf.float32}
    assert np.isfinite(list(terms.values())).all()
    if name not in PAINTING:
        known = np.broadcast_to(example["mask"] == 0, completed.shape)
        np.testing.assert_array_equal(completed.numpy()[known], example["image"].numpy()[known])
    assert all(variable.dtype == tf.float32 for variable in gan.trainable_variables)


@EVERY_ADVERSARIAL_GAN
def test_without_its_discriminator_a_gan_completes_as_before(name, build_gan, example):
    gan = build_gan(name, spectral_normalization=True)  # Of its own, to be cut down.
    before = gan.complete(example, training=False)
    gan.drop_discriminator()
    assert bool(gan.discriminator_variables) == (name == "keypoint")  # It needs it to search.
    np.testing.assert_array_equal(gan.complete(example, training=False), before)
