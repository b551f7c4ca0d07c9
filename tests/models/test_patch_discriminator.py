import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import patch_discriminator


@pytest.mark.parametrize(("image_size", "patch"), [(32, 16), (64, 16), (128, 34), (256, 70)])
def test_a_logit_sees_a_patch_of_the_published_size(image_size, patch):
    network = patch_discriminator.build_patch_discriminator(
        image_size, width=0.02, normalization="none"
    )
    generator = np.random.default_rng(0)
    inputs = {
        name: tf.constant(generator.uniform(-1, 1, [1, *tensor.shape[1:]]), tf.float32)
        for name, tensor in network.input.items()
    }
    middle = network.output_shape[1] // 2
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        logit = network(inputs)[0, middle, middle, 0]
    for gradient in tape.gradient(logit, inputs).values():
        rows, columns = np.nonzero(np.any(gradient[0], axis=-1))
        assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (patch, patch)
