import cv2
import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import resampling

EVERY_FILTER = pytest.mark.parametrize(
    "sample", [resampling.sample_bilinear, resampling.sample_cubic], ids=lambda each: each.__name__
)
HEIGHT, WIDTH = 9, 12


@pytest.fixture
def images():
    values = np.random.default_rng(0).uniform(-1, 1, [2, HEIGHT, WIDTH, 3])
    return values.astype(np.float32)


@pytest.fixture
def inner_places():
    """Places of a grid of 4 x 5 whose 16 pixels all lie within the images."""
    places = np.random.default_rng(1).uniform(2, [WIDTH - 3, HEIGHT - 3], [2, 4, 5, 2])
    return places.astype(np.float32)


def grid(**shift):
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    places = np.stack([columns + shift.get("x", 0), rows + shift.get("y", 0)], axis=-1)
    return np.stack([places] * 2).astype(np.float32)


def picture(function):
    """An image of one channel, its value at (x, y) given by a function."""
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return np.stack([function(columns, rows)] * 2)[..., np.newaxis].astype(np.float32)


@EVERY_FILTER
def test_at_whole_pixels_the_image_comes_back(sample, images):
    np.testing.assert_array_equal(sample(images, grid()), images)


def test_the_cubic_filter_samples_a_quadratic_exactly(inner_places):
    def function(x, y):
        return 0.1 * x * x - 0.2 * x * y + 0.05 * y * y

    sampled = resampling.sample_cubic(picture(function), inner_places)
    x, y = inner_places[..., :1], inner_places[..., 1:]
    np.testing.assert_allclose(sampled, function(x, y), atol=1e-5)


@EVERY_FILTER
def test_outside_the_edge_is_repeated_however_far_away(sample, images):
    sampled = sample(images, grid(x=-2.0 * WIDTH)).numpy()
    np.testing.assert_allclose(sampled, np.repeat(images[:, :, :1], WIDTH, axis=2), atol=1e-6)
    sampled = sample(images, grid(y=2.0 * HEIGHT)).numpy()
    np.testing.assert_allclose(sampled, np.repeat(images[:, -1:], HEIGHT, axis=1), atol=1e-6)
    places = np.float32([[[[1e30, -1e30], [-1e9, 4]]]] * 2)
    expected = np.stack([images[:, 0, -1], images[:, 4, 0]], axis=1)
    np.testing.assert_allclose(sample(images, places)[:, 0], expected, atol=1e-6)


def test_the_bilinear_filter_is_opencvs(images):
    places = np.random.default_rng(2).uniform(-3, WIDTH + 3, [2, 7, 7, 2]).astype(np.float32)
    # OpenCV rounds places to 1/32 of a pixel.
    places = np.round(places * 32) / 32
    expected = [
        cv2.remap(image, here, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for image, here in zip(images, places, strict=True)
    ]
    np.testing.assert_allclose(resampling.sample_bilinear(images, places), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("slope", "expected"),
    [(-0.5, [1, 9 / 16, 0, -1 / 16, 0]), (-0.75, [1, 0.59375, 0, -0.09375, 0])],
    ids=["Catmull and Rom", "OpenCV"],
)
def test_the_cubic_filter_is_that_of_keys(slope, expected):
    line = np.zeros([1, 1, 9, 1], np.float32)
    line[0, 0, 4] = 1
    distances = np.array([0, 0.5, 1, 1.5, 2], np.float32)
    places = np.stack([4 + distances, np.zeros(5, np.float32)], axis=-1)[np.newaxis, np.newaxis]
    weights = resampling.sample_cubic(line, places, slope=slope).numpy().ravel()
    np.testing.assert_allclose(weights, expected, atol=1e-6)


@EVERY_FILTER
def test_the_gradient_reaches_the_places(sample, images, inner_places):
    weights = np.random.default_rng(3).normal(size=[2, 4, 5, 3]).astype(np.float32)
    # Away from whole pixels, where the bilinear filter has a corner.
    inner_places = np.floor(inner_places) + 0.2 + 0.6 * (inner_places % 1)
    variable = tf.Variable(inner_places)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(sample(images, variable) * weights)
    gradient = tape.gradient(total, variable).numpy()
    step = 1e-2
    for axis in range(2):
        move = np.float32(np.eye(2)[axis] * step)
        later, earlier = (
            (sample(images, inner_places + sign * move).numpy() * weights).sum(-1)
            for sign in (1, -1)
        )
        np.testing.assert_allclose(gradient[..., axis], (later - earlier) / (2 * step), atol=2e-3)


@EVERY_FILTER
def test_a_place_that_is_no_number_spoils_nothing_else_and_xla_samples_the_same(sample, images):
    places = grid(x=0.25)
    expected = sample(images, places).numpy()
    compiled = tf.function(sample, jit_compile=True)
    same = compiled(tf.constant(images), tf.constant(places))
    np.testing.assert_allclose(same, expected, atol=1e-6)
    places[0, 3, 4] = np.nan, np.inf
    sampled = sample(images, places).numpy()
    sampled[0, 3, 4] = expected[0, 3, 4]
    np.testing.assert_array_equal(sampled, expected)


def test_an_affine_map_takes_pixels_of_a_grid_to_their_places():
    transforms = np.array([[[1, 2, 3], [4, 5, 6]], [[1, 0, 0], [0, 1, 7]]], np.float32)
    places = resampling.affine_places(transforms, height=2, width=3).numpy()
    assert places.shape == (2, 2, 3, 2)
    np.testing.assert_array_equal(places[:, 0, 0], [[3, 6], [0, 7]])
    np.testing.assert_array_equal(places[0, 1, 2], [1 * 2 + 2 * 1 + 3, 4 * 2 + 5 * 1 + 6])
