import numpy as np
import tensorflow as tf

from exgan_tf import compositing

IMAGE = np.random.default_rng(0).uniform(-1, 1, [1, 4, 4, 3]).astype(np.float32)
MASK = np.zeros([1, 4, 4, 1], np.float32)
MASK[0, 1:3, 2] = 1


def test_the_hole_is_filled_and_the_rest_is_kept_bit_for_bit():
    completed = -IMAGE / 3
    result = compositing.composite(IMAGE, completed, MASK).numpy()
    expected = IMAGE.copy()
    expected[0, 1:3, 2] = completed[0, 1:3, 2]
    np.testing.assert_array_equal(result, expected)


def test_nan_at_a_known_pixel_does_not_leak_in():
    completed = np.where(MASK > 0, 0.25, np.nan).astype(np.float32)
    result = compositing.composite(IMAGE, np.repeat(completed, 3, -1), MASK).numpy()
    np.testing.assert_array_equal(result, np.where(MASK > 0, np.float32(0.25), IMAGE))


def test_gradient_reaches_what_fills_the_hole_only():
    completed = tf.Variable(IMAGE)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(compositing.composite(IMAGE, completed, MASK))
    expected = np.repeat(MASK, 3, -1)
    np.testing.assert_array_equal(tape.gradient(total, completed), expected)
