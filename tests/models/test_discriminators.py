import numpy as np
import pytest

from exgan_tf.models import discriminators

NARROW = 0.02


def random(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)


def build(image_size=32, **options):
    return discriminators.build_discriminator(image_size, width=NARROW, **options)


@pytest.mark.parametrize("image_size", [32, 40, 64])
def test_one_logit_for_each_image(image_size):
    window = image_size * 3 // 8
    inputs = {
        "image": random(2, image_size, image_size, 3),
        "eyes": random(2, 2, window, window, 3),
    }
    logits = build(image_size)(inputs)
    assert logits.shape == (2, 1)
    assert logits.dtype == np.float32


@pytest.mark.parametrize("changed", ["image", "eyes", "reference", "reference_eyes", "codes"])
def test_every_input_counts(changed):
    inputs = {
        "image": random(1, 32, 32, 3),
        "eyes": random(1, 2, 12, 12, 3),
        "reference": random(1, 32, 32, 3),
        "reference_eyes": random(1, 2, 12, 12, 3),
        "codes": random(1, 2, 8),
    }
    network = build(reference=True, code_size=8, spectral_normalization=False)
    before = network(inputs).numpy()
    assert network(inputs).numpy() == before
    assert network({**inputs, changed: -inputs[changed]}).numpy() != before


def test_both_eyes_are_judged_by_the_same_layers():
    network = build(spectral_normalization=False)
    # The last layer sees the face's features, then the left eye's, then the right one's.
    last = next(v for v in reversed(network.trainable_variables) if "kernel" in v.name)
    kernel = last.numpy()
    num = kernel.shape[0] // 3
    kernel[2 * num :] = kernel[num : 2 * num]
    last.assign(kernel)
    eyes = random(1, 2, 12, 12, 3)
    inputs = {"image": random(1, 32, 32, 3), "eyes": eyes}
    swapped = network({**inputs, "eyes": eyes[:, ::-1]})
    np.testing.assert_allclose(swapped, network(inputs), rtol=1e-4)


@pytest.mark.parametrize(
    ("image_size", "num_convolutions"), [(32, 3 + 2), (64, 4 + 3), (128, 5 + 4), (256, 6 + 5)]
)
def test_smaller_images_have_fewer_convolutions(image_size, num_convolutions):
    network = build(image_size, spectral_normalization=False)
    kernels = [v for v in network.trainable_variables if len(v.shape) == 4]
    assert len(kernels) == num_convolutions


def test_a_size_that_is_no_multiple_of_eight_is_refused():
    with pytest.raises(ValueError, match="image_size is 100"):
        build(100)
