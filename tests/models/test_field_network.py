import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import fields
from exgan_tf.models import field_network

EVERY_EXEMPLAR = pytest.mark.parametrize("reference", [True, False])


def strips(*, image_size=32, reference=True, count=2):
    """Noise of the shapes that the networks take."""
    generator = np.random.default_rng(0)
    shape = [count, image_size // 2, image_size * 3 // 4]
    inputs = {
        "strip": generator.uniform(-1, 1, [*shape, 3]).astype(np.float32),
        "mask": (generator.uniform(size=[*shape, 1]) < 0.3).astype(np.float32),
    }
    if reference:
        inputs["reference"] = generator.uniform(-1, 1, [*shape, 3]).astype(np.float32)
    return inputs


@EVERY_EXEMPLAR
@pytest.mark.parametrize(("image_size", "width"), [(32, 0.2), (96, 0.05)])
def test_at_half_the_strips_resolution_the_fields_are_those_of_a_copy(image_size, width, reference):
    network = field_network.build_field_network(image_size, width=width, reference=reference)
    made = network(strips(image_size=image_size, reference=reference))
    assert made.shape == (2, image_size // 4, image_size * 3 // 8, fields.NUM_CHANNELS)
    here = fields.split(made)
    expected = {"flow": 0.0, "gain": 1.0, "bias": 0.0, "share": 0.9526, "paint": 0.0}
    for name, value in expected.items():
        np.testing.assert_allclose(getattr(here, name), value, atol=1e-4, err_msg=name)


def test_fields_stay_in_their_ranges():
    network = field_network.build_field_network(64, width=0.05)
    for variable in network.trainable_variables:
        if variable.shape[-1] in (4, 6):  # The heads.
            variable.assign(tf.random.stateless_normal(variable.shape, [0, 0]) * 100)
    here = fields.split(network(strips(image_size=64)))
    assert np.abs(here.flow).max() == pytest.approx(9 / 128 * 64, rel=1e-3)
    assert np.abs(here.gain - 1).max() == pytest.approx(0.1, rel=1e-3)
    assert np.abs(here.bias).max() == pytest.approx(0.2, rel=1e-3)
    assert (np.min(here.share), np.max(here.share)) == pytest.approx((0, 1), abs=1e-3)
    assert np.abs(here.paint).max() == pytest.approx(1, rel=1e-3)


@EVERY_EXEMPLAR
def test_the_discriminator_judges_patches_of_two_scales(reference):
    network = field_network.build_strip_discriminator(64, width=0.05, reference=reference)
    opinion = network(strips(image_size=64, reference=reference))
    # Of 32 x 48 pixels, an eighth of each side; and of the strip at half of its resolution.
    assert opinion["logits"].shape == (2, 4 * 6 + 2 * 3)
    shapes = [tuple(each.shape[1:3]) for each in opinion["features"]]
    assert shapes == [(16, 24), (8, 12), (4, 6), (8, 12), (4, 6), (2, 3)]
