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


@pytest.fixture(params=["convolution", "dense"])
def spectral(request):
    """A network of one layer whose kernel is divided by its norm, that kernel, and an input."""
    if request.param == "dense":
        inputs, layer = tf.keras.Input([6]), tf.keras.layers.Dense(5, use_bias=True)
    else:
        inputs, layer = tf.keras.Input([4, 4, 3]), tf.keras.layers.Conv2D(5, 2)
    layer = blocks.constrain(layer, spectral_normalization=True)
    model = tf.keras.Model(inputs, layer(inputs))
    layer.kernel.assign(3.0 * layer.kernel)
    batch = np.random.default_rng(0).normal(size=[2, *inputs.shape[1:]]).astype(np.float32)
    return model, layer, batch


def iterate(model, times=300):
    for _ in range(times):
        blocks.iterate_spectral_norms(model)


def norm_of(kernel):
    return np.linalg.svd(kernel.numpy().reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def test_a_kernel_is_divided_by_its_spectral_norm_and_left_as_it_is(spectral):
    model, layer, batch = spectral
    iterate(model)
    before, norm = layer.kernel.numpy(), norm_of(layer.kernel)
    found = model(batch, training=True).numpy()
    np.testing.assert_array_equal(layer.kernel, before)
    layer.kernel.assign(before / norm)
    np.testing.assert_allclose(model(batch).numpy(), found, atol=1e-4)
    layer.kernel.assign(before * 7)
    np.testing.assert_allclose(model(batch).numpy(), found, atol=1e-4)


def test_all_passes_of_a_step_see_the_same_weights(spectral):
    model, _, batch = spectral
    first = model(batch, training=True)
    np.testing.assert_array_equal(model(batch, training=True), first)
    iterate(model, times=1)
    assert np.abs(model(batch, training=True) - first).max() > 1e-6


def test_the_gradient_flows_through_the_norm(spectral):
    model, layer, batch = spectral
    iterate(model)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(batch, training=True) ** 2)
    gradient = tape.gradient(loss, layer.kernel).numpy()
    # What only makes the kernel larger changes nothing (Miyato et al., equation 8).
    along = np.sum(gradient * layer.kernel.numpy())
    assert abs(along) < 1e-3 * np.linalg.norm(gradient) * np.linalg.norm(layer.kernel)
    assert np.linalg.norm(gradient) > 0.01


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
