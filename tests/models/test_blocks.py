import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import blocks


@pytest.mark.parametrize("image_size", [24, 36, 520, 0])
def test_an_image_size_that_cannot_be_built_is_refused(image_size):
    with pytest.raises(ValueError, match=f"image_size is {image_size}; a multiple of 8"):
        blocks.check_image_size(image_size)


@pytest.mark.parametrize("image_size", range(32, 513, 8))
def test_every_multiple_of_eight_up_to_512_can_be_built(image_size):
    blocks.check_image_size(image_size)


@pytest.mark.parametrize(
    ("size", "num"), [(256, 6), (128, 5), (64, 4), (32, 3), (96, 5), (48, 4), (24, 3), (12, 2)]
)
def test_halvings_end_at_about_four_pixels(size, num):
    assert blocks.num_halvings(size) == num


@pytest.mark.parametrize(("width", "channels"), [(1, 256), (0.25, 64), (2, 512), (0.001, 8)])
def test_width_scales_the_channels_down_to_eight(width, channels):
    assert blocks.scale_channels(256, width) == channels


def layers_of(normalization):
    inputs = tf.keras.Input([8, 8, 16])
    outputs = blocks.convolve(inputs, 32, kernel=3, normalization=normalization)
    return tf.keras.Model(inputs, outputs)


@pytest.mark.parametrize("normalization", ["instance", "group"])
def test_an_example_is_normalised_by_itself(normalization):
    model = layers_of(normalization)
    batch = np.random.default_rng(0).normal(size=[4, 8, 8, 16]).astype(np.float32)
    together = model(batch, training=True)
    np.testing.assert_allclose(model(batch[:1], training=True), together[:1], atol=1e-5)


def test_batch_normalisation_goes_by_the_batch():
    model = layers_of("batch")
    batch = np.random.default_rng(0).normal(size=[4, 8, 8, 16]).astype(np.float32)
    together = model(batch, training=True)
    assert np.abs(model(batch[:1], training=True) - together[:1]).max() > 0.01


@pytest.mark.parametrize("channels", [8, 12, 16, 48, 96])
@pytest.mark.parametrize("normalization", blocks.NORMALIZATIONS)
def test_every_normalisation_takes_any_number_of_channels(normalization, channels):
    inputs = tf.keras.Input([8, 8, 3])
    outputs = blocks.convolve(inputs, channels, kernel=3, normalization=normalization)
    assert outputs.shape == (None, 8, 8, channels)


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match="normalization is 'layer'; one of"):
        layers_of("layer")


def test_spectral_normalisation_brings_a_kernel_to_norm_one():
    inputs = tf.keras.Input([8, 8, 4])
    model = tf.keras.Model(inputs, blocks.judge(inputs, [8], spectral_normalization=True))
    batch = np.ones([1, 8, 8, 4], np.float32)
    for _ in range(20):
        model(batch, training=True)
    kernel = next(v for v in model.trainable_variables if "kernel" in v.name)
    norms = np.linalg.svd(kernel.numpy().reshape(-1, 8), compute_uv=False)
    assert norms[0] == pytest.approx(1, abs=0.02)


def test_judging_without_spectral_normalisation_leaves_kernels_alone():
    inputs = tf.keras.Input([8, 8, 4])
    model = tf.keras.Model(inputs, blocks.judge(inputs, [8], spectral_normalization=False))
    before = [weight.copy() for weight in model.get_weights()]
    model(np.ones([1, 8, 8, 4], np.float32), training=True)
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_warping_shifts_by_the_transform():
    image = np.random.default_rng(0).uniform(-1, 1, [1, 8, 8, 3]).astype(np.float32)
    transform = np.array([[[1, 0, 2], [0, 1, 1]]], np.float32)
    warped = blocks.warp(image, transform).numpy()
    np.testing.assert_allclose(warped[:, :7, :6], image[:, 1:, 2:], atol=1e-6)
    np.testing.assert_allclose(warped[:, 7, 7], image[:, 7, 7], atol=1e-6)
