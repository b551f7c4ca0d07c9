"""What is true of every network that can be built at several sizes."""

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import blocks
from exgan_tf.models.dcgan import build_dcgan_discriminator, build_dcgan_generator
from exgan_tf.models.discriminators import build_discriminator
from exgan_tf.models.field_network import build_strip_discriminator
from exgan_tf.models.generators import build_completion_network
from exgan_tf.models.patch_discriminator import build_patch_discriminator
from exgan_tf.models.unet import build_unet

NARROW = 0.05


def noise_for(network):
    """name -> two examples of what the network reads, float32 in [-1, 1]."""
    generator = np.random.default_rng(0)
    return {
        name: generator.uniform(-1, 1, [2, *tensor.shape[1:]]).astype(np.float32)
        for name, tensor in network.input.items()
    }


@pytest.mark.parametrize(
    ("build", "options", "sizes"),
    [
        (build_completion_network, {}, (32, 40)),
        (build_unet, {}, (32, 40, 96)),
        (build_dcgan_generator, {"guided": True}, (32, 64)),
        (build_dcgan_generator, {"guided": False}, (32, 64)),
    ],
)
def test_images_come_out_in_their_size_and_range(build, options, sizes):
    for size in sizes:
        network = build(size, width=NARROW, **options)
        image = network(noise_for(network)).numpy()
        assert (image.shape, image.dtype) == ((2, size, size, 3), np.float32)
        assert np.abs(image).max() <= 1


@pytest.mark.parametrize(
    ("build", "options", "shapes"),
    [
        (build_discriminator, {}, {32: (1,), 40: (1,)}),
        (build_dcgan_discriminator, {"guided": True}, {32: (1,), 64: (1,)}),
        (build_dcgan_discriminator, {"guided": False}, {32: (1,), 64: (1,)}),
        (build_patch_discriminator, {}, {32: (16, 16, 1), 40: (20, 20, 1), 96: (24, 24, 1)}),
    ],
)
def test_a_discriminator_gives_a_logit_for_each_image_or_patch(build, options, shapes):
    for size, shape in shapes.items():
        network = build(size, width=NARROW, **options)
        logits = network(noise_for(network))
        assert (logits.shape, logits.dtype) == ((2, *shape), np.float32)


EYES = {"reference": True, "code_size": 8, "spectral_normalization": False}


@pytest.mark.parametrize(
    ("build", "options", "names"),
    [
        (build_completion_network, {}, "image mask"),
        (build_completion_network, {"reference": True}, "image mask reference"),
        (build_unet, {}, "image mask"),
        (build_dcgan_generator, {}, "z face_map"),
        (build_dcgan_generator, {"guided": False}, "z"),
        (build_dcgan_discriminator, {}, "image face_map"),
        (build_dcgan_discriminator, {"guided": False}, "image"),
        (build_discriminator, EYES, "image eyes reference reference_eyes codes"),
        (build_patch_discriminator, {"normalization": "none"}, "image source mask"),
    ],
)
def test_every_input_that_is_named_counts(build, options, names):
    network = build(32, width=NARROW, **options)
    inputs = noise_for(network)
    assert {*inputs} == {*names.split()}
    before = network(inputs)
    for name in inputs:
        changed = network({**inputs, name: -inputs[name]})
        assert np.any(changed != before), name


@pytest.mark.parametrize(
    "build",
    [
        build_completion_network,
        build_unet,
        build_dcgan_generator,
        build_dcgan_discriminator,
        build_patch_discriminator,
    ],
)
def test_layers_are_normalised_as_asked_for(build):
    kinds = {
        normalization: {
            type(layer)
            for layer in build(32, width=NARROW, normalization=normalization).layers
            if "Normalization" in type(layer).__name__
        }
        for normalization in ("batch", "group", "none")
    }
    layers = tf.keras.layers
    assert kinds == {
        "batch": {layers.BatchNormalization},
        "group": {layers.GroupNormalization},
        "none": set(),
    }


@pytest.mark.parametrize("build", [build_patch_discriminator, build_strip_discriminator])
@pytest.mark.parametrize("wanted", [True, False])
def test_spectral_normalisation_is_of_every_kernel_or_of_none(build, wanted):
    network = build(32, width=NARROW, spectral_normalization=wanted)
    convolutions = [layer for layer in network.layers if hasattr(layer, "kernel")]
    assert convolutions
    assert {isinstance(layer, blocks.SpectralConv2D) for layer in convolutions} == {wanted}


@pytest.mark.parametrize("build", [build_dcgan_generator, build_dcgan_discriminator])
@pytest.mark.parametrize("size", [16, 40, 96])
def test_a_size_that_cannot_be_doubled_to_is_refused(build, size):
    with pytest.raises(ValueError, match=f"image_size is {size}; .* 32, 64, 128, 256, 512"):
        build(size)
