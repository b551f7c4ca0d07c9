import cv2
import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import resampling

SAMPLERS = pytest.mark.parametrize(
    "sample", [resampling.sample_bilinear, resampling.sample_cubic], ids=["bilinear", "cubic"]
)


@pytest.fixture
def image():
    return np.random.default_rng(0).uniform(-1, 1, [1, 9, 12, 3]).astype(np.float32)


def grid(height, width):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows], axis=-1)[np.newaxis].astype(np.float32)


@SAMPLERS
def test_whole_pixels_come_back(sample, image):
    np.testing.assert_allclose(sample(image, grid(9, 12)), image, atol=1e-6)


@SAMPLERS
def test_a_ramp_is_met_between_the_pixels(sample):
    ramp = (grid(8, 8) @ np.float32([[2.0], [-3.0]])).astype(np.float32)
    places = grid(4, 4) + np.float32([2.3, 1.6])
    np.testing.assert_allclose(sample(ramp, places), places @ [[2.0], [-3.0]], atol=1e-5)


def test_the_cubic_filter_meets_a_parabola_too():
    parabola = np.square(grid(8, 8)[..., :1])
    places = grid(3, 3) + np.float32([2.25, 2.5])
    found = resampling.sample_cubic(parabola, places)
    np.testing.assert_allclose(found, np.square(places[..., :1]), atol=1e-4)


def test_the_bilinear_filter_is_opencvs(image):
    places = np.random.default_rng(1).uniform(0, 8, [1, 5, 7, 2]).astype(np.float32)
    expected = cv2.remap(image[0], places[0], None, cv2.INTER_LINEAR)
    # OpenCV rounds places to a 32nd of a pixel.
    np.testing.assert_allclose(resampling.sample_bilinear(image, places)[0], expected, atol=0.04)


@SAMPLERS
def test_the_edge_is_repeated_outside(sample, image):
    outside = np.float32([[[[-40.0, 4.0], [99.0, 99.0], [np.float32(1e30), 0.0]]]])
    expected = image[0, [4, 8, 0], [0, 11, 11]]
    np.testing.assert_allclose(sample(image, outside)[0, 0], expected, atol=1e-5)


@SAMPLERS
def test_a_gradient_reaches_the_places(sample, image):
    places = tf.constant(grid(3, 3) + np.float32([2.4, 3.3]))
    step = tf.constant([0.01, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(places)
        total = tf.reduce_sum(sample(image, places))
    slope = tf.reduce_sum(sample(image, places + step) - sample(image, places - step)) / 0.02
    np.testing.assert_allclose(
        tf.reduce_sum(tape.gradient(total, places)[..., 0]), slope, rtol=0.01
    )


def test_an_affine_map_is_applied_to_every_pixel():
    transforms = np.float32([[[0, -2, 5], [3, 0, 1]]])
    places = resampling.affine_places(transforms, height=2, width=3)
    np.testing.assert_array_equal(places[0, 1, 2], [-2 * 1 + 5, 3 * 2 + 1])
    assert places.shape == (1, 2, 3, 2)
