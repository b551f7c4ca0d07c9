import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import blocks, patch_discriminator

NARROW = 0.02


def build(image_size=32, **options):
    options = {"width": NARROW, "normalization": "none", **options}
    return patch_discriminator.build_patch_discriminator(image_size, **options)


def random_inputs(size):
    generator = np.random.default_rng(0)
    channels = {"image": 3, "source": 3, "mask": 1}
    return {
        name: tf.constant(generator.uniform(-1, 1, [2, size, size, num]), tf.float32)
        for name, num in channels.items()
    }


@pytest.mark.parametrize(("image_size", "side"), [(32, 16), (40, 20), (64, 32), (96, 24)])
def test_a_logit_for_each_patch(image_size, side):
    logits = build(image_size)(random_inputs(image_size))
    assert logits.shape == (2, side, side, 1)
    assert logits.dtype == np.float32


@pytest.mark.parametrize(("image_size", "patch"), [(32, 16), (64, 16), (128, 34), (256, 70)])
def test_a_logit_sees_a_patch_of_the_published_size(image_size, patch):
    network, inputs = build(image_size), random_inputs(image_size)
    middle = network.output_shape[1] // 2
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        logit = network(inputs)[0, middle, middle, 0]
    for gradient in tape.gradient(logit, inputs).values():
        rows, columns = np.nonzero(np.any(gradient[0], axis=-1))
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (patch, patch)


@pytest.mark.parametrize("changed", ["image", "source", "mask"])
def test_every_input_counts(changed):
    network, inputs = build(), random_inputs(32)
    before = network(inputs).numpy()
    inputs[changed] = -inputs[changed]
    assert np.all(network(inputs).numpy() != before)


def test_spectral_normalisation_is_of_every_kernel():
    network = build(spectral_normalization=True)
    convolutions = [layer for layer in network.layers if hasattr(layer, "kernel")]
    assert convolutions
    assert all(isinstance(layer, blocks.SpectralConv2D) for layer in convolutions)


@pytest.mark.parametrize("normalization", ["batch", "instance", "group", "none"])
def test_every_normalisation_builds(normalization):
    assert build(normalization=normalization).output_shape == (None, 16, 16, 1)


def test_a_size_that_is_no_multiple_of_eight_is_refused():
    with pytest.raises(ValueError, match="image_size is 100"):
        build(100)
