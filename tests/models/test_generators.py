import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import generators

NARROW = 0.05


def images(size, channels):
    values = np.random.default_rng(0).uniform(-1, 1, [2, size, size, channels])
    return values.astype(np.float32)


@pytest.mark.parametrize("image_size", [32, 40, 56, 72])
def test_the_image_comes_out_in_its_own_size_and_range(image_size):
    network = generators.build_completion_network(image_size, width=NARROW)
    inputs = {"image": images(image_size, 3), "mask": np.abs(images(image_size, 1))}
    image = network(inputs).numpy()
    assert image.shape == (2, image_size, image_size, 3)
    assert image.dtype == np.float32
    assert np.abs(image).max() <= 1


def test_a_network_of_full_width_has_the_parameters_of_the_published_table():
    network = generators.build_completion_network(32, normalization="none")
    table = [(5, 4, 64), (3, 64, 128), (3, 128, 128), (3, 128, 256)]
    table += [(3, 256, 256)] * 8
    table += [(4, 256, 128), (3, 128, 128), (4, 128, 64), (3, 64, 32), (3, 32, 3)]
    num_published = sum(kernel**2 * before * after + after for kernel, before, after in table)
    assert network.count_params() == num_published


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, {"image", "mask"}),
        ({"reference": True}, {"image", "mask", "reference"}),
    ],
)
def test_inputs_are_named(options, names):
    network = generators.build_completion_network(32, width=NARROW, **options)
    assert set(network.input_names) == names


def test_skip_connections_reach_the_image_without_passing_the_quarter_size():
    network = generators.build_completion_network(
        32, width=NARROW, normalization="none", skip_connections=True
    )
    for layer in network.layers:
        if isinstance(layer, tf.keras.layers.Conv2DTranspose):
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    inputs = {"image": images(32, 3), "mask": np.ones([2, 32, 32, 1], np.float32)}
    before = network(inputs).numpy()
    inputs["image"][:, 16, 16] += 1
    difference = np.abs(network(inputs).numpy() - before).max(axis=(0, 3))
    assert difference[16, 16] > 1e-4
    assert difference[0, 0] == 0


@pytest.mark.parametrize("normalization", ["batch", "instance", "group", "none"])
def test_every_normalisation_builds(normalization):
    network = generators.build_completion_network(32, width=NARROW, normalization=normalization)
    assert network.output_shape == (None, 32, 32, 3)


def test_a_size_that_is_no_multiple_of_eight_is_refused():
    with pytest.raises(ValueError, match="image_size is 36"):
        generators.build_completion_network(36)


def test_the_share_of_the_reference_is_chosen_for_each_pixel():
    network = generators.build_completion_network(
        32, width=0.05, normalization="none", reference=True, copy_reference=True
    )
    inputs = {
        "image": tf.zeros([1, 32, 32, 3]),
        "mask": tf.ones([1, 32, 32, 1]),
        "reference": tf.random.stateless_uniform([1, 32, 32, 3], (0, 0), -1, 1),
    }
    share = next(layer for layer in network.layers if getattr(layer, "filters", 0) == 1)

    def difference_from_reference(sign):
        share.set_weights([np.zeros_like(share.kernel), np.full_like(share.bias, sign)])
        return network(inputs).numpy() - inputs["reference"]

    painted = difference_from_reference(-1e6)
    assert np.abs(painted).mean() > 0.1
    np.testing.assert_allclose(difference_from_reference(0), painted / 2, atol=1e-5)
    np.testing.assert_allclose(difference_from_reference(1e6), 0, atol=1e-5)
