import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import disturbance


@pytest.fixture
def images():
    return tf.random.stateless_uniform([4, 32, 32, 3], [0, 0], -1.0, 1.0)


def test_the_same_seed_disturbs_alike():
    first, again = (disturbance.draw(4, seed=[1, 2]) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(disturbance.draw(4, seed=[1, 3]) - first).max() > 0.1


def test_nothing_drawn_changes_nothing(images):
    nothing = tf.zeros_like(disturbance.draw(4, seed=[0, 0]))
    np.testing.assert_allclose(disturbance.disturb(images, nothing), images, atol=1e-3)


def test_images_stay_images(images):
    disturbed = disturbance.disturb(images, disturbance.draw(4, seed=[0, 0]))
    assert disturbed.shape == images.shape
    assert np.abs(disturbed).max() <= 1
    assert np.abs(disturbed - images).mean() > 0.02


def test_those_that_were_not_chosen_stay_bit_for_bit(images):
    chosen = tf.constant([True, False, True, False])
    drawn = disturbance.draw(4, seed=[0, 0])
    some = disturbance.disturb_some(images, drawn, chosen).numpy()
    np.testing.assert_array_equal(some[1::2], images[1::2])
    np.testing.assert_allclose(some[::2], disturbance.disturb(images, drawn)[::2], atol=1e-6)
