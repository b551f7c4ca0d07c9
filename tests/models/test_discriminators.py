import numpy as np
import pytest

from exgan_tf.models import discriminators


def build(image_size):
    return discriminators.build_discriminator(image_size, width=0.02, spectral_normalization=False)


def test_both_eyes_are_judged_by_the_same_layers():
    network = build(32)
    # The last layer sees the face's features, then the left eye's, then the right one's.
    last = next(v for v in reversed(network.trainable_variables) if "kernel" in v.name)
    kernel = last.numpy()
    num = kernel.shape[0] // 3
    kernel[2 * num :] = kernel[num : 2 * num]
    last.assign(kernel)
    generator = np.random.default_rng(0)
    image = generator.uniform(-1, 1, [1, 32, 32, 3]).astype(np.float32)
    eyes = generator.uniform(-1, 1, [1, 2, 12, 12, 3]).astype(np.float32)
    swapped = network({"image": image, "eyes": eyes[:, ::-1]})
    np.testing.assert_allclose(swapped, network({"image": image, "eyes": eyes}), rtol=1e-4)


@pytest.mark.parametrize(("image_size", "num_convolutions"), [(32, 3 + 2), (128, 5 + 4)])
def test_smaller_images_have_fewer_convolutions(image_size, num_convolutions):
    kernels = [v for v in build(image_size).trainable_variables if len(v.shape) == 4]
    assert len(kernels) == num_convolutions
