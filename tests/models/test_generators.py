import numpy as np
import tensorflow as tf

from exgan_tf.models import generators


def test_a_network_of_full_width_has_the_parameters_of_the_published_table():
    network = generators.build_completion_network(32, normalization="none")
    table = [(5, 4, 64), (3, 64, 128), (3, 128, 128), (3, 128, 256)]
    table += [(3, 256, 256)] * 8
    table += [(4, 256, 128), (3, 128, 128), (4, 128, 64), (3, 64, 32), (3, 32, 3)]
    num_published = sum(kernel**2 * before * after + after for kernel, before, after in table)
    assert network.count_params() == num_published


def test_skip_connections_reach_the_image_without_passing_the_quarter_size():
    network = generators.build_completion_network(
        32, width=0.05, normalization="none", skip_connections=True
    )
    for layer in network.layers:
        if isinstance(layer, tf.keras.layers.Conv2DTranspose):
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    image = np.random.default_rng(0).uniform(-1, 1, [1, 32, 32, 3]).astype(np.float32)
    mask = np.ones([1, 32, 32, 1], np.float32)
    before = network({"image": image, "mask": mask}).numpy()
    image[:, 16, 16] += 1
    after = network({"image": image, "mask": mask}).numpy()
    difference = np.abs(after - before).max(axis=(0, 3))
    assert difference[16, 16] > 1e-4
    assert difference[0, 0] == 0


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
