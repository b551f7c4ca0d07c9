import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import fields
from exgan_tf.models import eye_strip, field_network

SIZE = 32


def strips(*names):
    generator = np.random.default_rng(0)
    height, width = eye_strip.strip_size(SIZE)
    channels = {"strip": 3, "mask": 1, "reference": 3}
    return {
        name: tf.constant(generator.uniform(-1, 1, [2, height, width, channels[name]]), tf.float32)
        for name in names
    }


def test_it_begins_as_a_copy():
    network = field_network.build_field_network(SIZE, width=0.1)
    found = fields.split(network(strips("strip", "mask", "reference")))
    np.testing.assert_array_equal(found.flow, np.zeros([2, 8, 12, 2]))
    np.testing.assert_array_equal(found.gain, np.ones([2, 8, 12, 3]))
    np.testing.assert_array_equal(found.bias, np.zeros([2, 8, 12, 3]))
    np.testing.assert_allclose(found.share, np.full([2, 8, 12, 1], 0.953), atol=1e-3)


@pytest.mark.parametrize("reference", [True, False])
def test_a_reference_is_an_input_where_it_is_asked_for(reference):
    network = field_network.build_field_network(SIZE, width=0.1, reference=reference)
    judge = field_network.build_strip_discriminator(SIZE, width=0.1, reference=reference)
    names = {"strip", "mask", *["reference"] * reference}
    assert set(network.input) == set(judge.input) == names


def test_every_patch_of_both_scales_is_judged():
    judge = field_network.build_strip_discriminator(SIZE, width=0.1)
    opinion = judge(strips("strip", "mask", "reference"))
    # 16 x 24 pixels, halved three times; and 8 x 12.
    assert opinion["logits"].shape == (2, 2 * 3 + 1 * 2)
    assert len(opinion["features"]) == 6
