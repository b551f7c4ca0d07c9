import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import resampling
from exgan_tf.models import eye_strip

BOXES = tf.constant([[[50, 30, 24, 24], [54, 70, 24, 30]], [[40, 40, 20, 20], [40, 80, 20, 20]]])


def test_the_eyes_lie_level_in_the_middle_of_the_strip():
    height, width = eye_strip.strip_size(128)
    assert (height, width) == (64, 96)
    # 36 pixels of 128 apart.
    eyes = np.float32([[[[47.5 - 18, 31.5], [47.5 + 18, 31.5]]]] * 2)
    found = resampling.apply_affine(eye_strip.strip_to_image(BOXES, image_size=128), eyes)
    np.testing.assert_allclose(found[:, 0], eye_strip.box_centers(BOXES), atol=1e-4)


def test_an_inverse_takes_back():
    transforms = eye_strip.strip_to_image(BOXES, image_size=128)
    places = np.random.default_rng(0).uniform(0, 90, [2, 1, 5, 2]).astype(np.float32)
    there = resampling.apply_affine(transforms, places)
    back = resampling.apply_affine(eye_strip.invert(transforms), there)
    np.testing.assert_allclose(back, places, atol=1e-3)


def test_eyes_in_one_place_give_a_strip_that_is_only_shifted():
    boxes = tf.constant([[[50, 50, 24, 24], [50, 50, 24, 24]]])
    transform = eye_strip.strip_to_image(boxes, image_size=128)
    np.testing.assert_allclose(transform[0, :, :2], np.eye(2), atol=1e-6)
    assert np.isfinite(eye_strip.invert(transform)).all()


@pytest.mark.parametrize("size", [32, 64, 256])
def test_the_strip_grows_with_the_image(size):
    assert eye_strip.strip_size(size) == (size // 2, size * 3 // 4)
