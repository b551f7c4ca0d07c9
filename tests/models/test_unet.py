import itertools

import numpy as np
import tensorflow as tf

from exgan_tf.models import unet

NARROW = 0.05


def test_it_has_the_parameters_of_the_published_table():
    network = unet.build_unet(256, width=1 / 8, normalization="none", attention=False)
    down = [8, 16, 32, 64, 64, 64, 64, 64]
    up = [64, 64, 64, 64, 32, 16, 8]
    before_up = [64, 128, 128, 128, 128, 64, 32]  # Beside the way down but for the first.
    table = [*itertools.pairwise([4, *down]), *zip(before_up, up, strict=True), (16, 3)]
    num_published = sum(4 * 4 * before * after + after for before, after in table)
    assert network.count_params() == num_published


def test_one_image_alone_gets_through_the_innermost_pixel():
    network = unet.build_unet(32, width=NARROW, normalization="instance")
    innermost = next(layer for layer in network.layers if layer.output_shape[1:3] == (1, 1))
    image = tf.random.stateless_uniform([1, 32, 32, 3], [0, 0], -1, 1)
    features = tf.keras.Model(network.inputs, innermost.output)(
        {"image": image, "mask": tf.ones([1, 32, 32, 1])}
    )
    assert np.ptp(features) > 0.01


def test_a_pixel_reaches_every_other_one():
    network = unet.build_unet(64, width=0.1, normalization="none", attention=False)
    image = tf.random.stateless_uniform([1, 64, 64, 3], [0, 0], -1, 1)
    with tf.GradientTape() as tape:
        tape.watch(image)
        corner = network({"image": image, "mask": tf.ones([1, 64, 64, 1])})[0, 63, 63, 0]
    assert np.all(np.any(tape.gradient(corner, image), axis=-1))


def test_attention_can_be_left_out():
    with_it, without = (
        unet.build_unet(32, width=NARROW, attention=attention) for attention in (True, False)
    )
    assert any("gamma" in v.name and v.shape == [] for v in with_it.trainable_variables)
    assert len(with_it.trainable_variables) == len(without.trainable_variables) + 5
