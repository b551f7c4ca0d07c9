import numpy as np
import pytest

from exgan_tf.models import dcgan

NARROW = 0.02


def random(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("image_size", [32, 64, 128])
def test_a_face_comes_out_in_its_size_and_range(image_size, guided):
    network = dcgan.build_dcgan_generator(image_size, width=NARROW, guided=guided)
    inputs = {"z": random(2, 100)}
    if guided:
        inputs["face_map"] = random(2, image_size, image_size, 3)
    assert set(network.input_names) == set(inputs)
    image = network(inputs).numpy()
    assert (image.shape, image.dtype) == ((2, image_size, image_size, 3), np.float32)
    assert np.abs(image).max() <= 1


@pytest.mark.parametrize("guided", [True, False])
@pytest.mark.parametrize("image_size", [32, 64, 128])
def test_one_logit_for_each_image(image_size, guided):
    network = dcgan.build_dcgan_discriminator(image_size, width=NARROW, guided=guided)
    inputs = {"image": random(2, image_size, image_size, 3)}
    if guided:
        inputs["face_map"] = random(2, image_size, image_size, 3)
    assert set(network.input_names) == set(inputs)
    logits = network(inputs)
    assert (logits.shape, logits.dtype) == ((2, 1), np.float32)


@pytest.mark.parametrize("changed", ["z", "face_map"])
def test_both_noise_and_map_count_for_the_generator(changed):
    network = dcgan.build_dcgan_generator(32, width=NARROW)
    inputs = {"z": random(2, 100), "face_map": random(2, 32, 32, 3)}
    before = network(inputs).numpy()
    inputs[changed] = -inputs[changed]
    assert np.abs(network(inputs) - before).max() > 1e-3


@pytest.mark.parametrize("changed", ["image", "face_map"])
def test_both_image_and_map_count_for_the_discriminator(changed):
    network = dcgan.build_dcgan_discriminator(32, width=NARROW)
    inputs = {"image": random(2, 32, 32, 3), "face_map": random(2, 32, 32, 3)}
    before = network(inputs).numpy()
    inputs[changed] = -inputs[changed]
    assert np.abs(network(inputs) - before).max() > 1e-3


def test_at_64_pixels_the_layers_are_those_of_the_published_networks():
    # A sixteenth of their channels. No biases but where nothing is normalised; a channel that is
    # normalised has four numbers instead.
    up = 100 * 4 * 4 * 64 + 25 * (64 * 32 + 32 * 16 + 16 * 8) + 25 * 8 * 3 + 3
    up += 4 * (64 + 32 + 16 + 8)
    assert dcgan.build_dcgan_generator(64, width=1 / 16, guided=False).count_params() == up
    down = 25 * (3 * 8 + 8 * 16 + 16 * 32 + 32 * 64) + 8 + 4 * 4 * 64 + 1
    down += 4 * (16 + 32 + 64)
    assert dcgan.build_dcgan_discriminator(64, width=1 / 16, guided=False).count_params() == down


@pytest.mark.parametrize("normalization", ["batch", "instance", "group", "none"])
def test_every_normalisation_builds(normalization):
    generator = dcgan.build_dcgan_generator(32, width=NARROW, normalization=normalization)
    assert generator.output_shape == (None, 32, 32, 3)
    discriminator = dcgan.build_dcgan_discriminator(32, width=NARROW, normalization=normalization)
    assert discriminator.output_shape == (None, 1)


@pytest.mark.parametrize("build", [dcgan.build_dcgan_generator, dcgan.build_dcgan_discriminator])
@pytest.mark.parametrize("image_size", [16, 40, 96])
def test_a_size_that_does_not_come_from_doubling_four_is_refused(build, image_size):
    with pytest.raises(ValueError, match=f"image_size is {image_size}; .* 32, 64, 128, 256, 512"):
        build(image_size)
