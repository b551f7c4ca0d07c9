import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import masks
from exgan_tf.models import blocks, eye_windows

SIZE = 32
WINDOW = 12


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(-1, 1, [2, SIZE, SIZE, 3]).astype(np.float32)


def boxes(left, right):
    return tf.constant([[left, right]] * 2, tf.int32)


@pytest.mark.parametrize(("size", "window"), [(32, 12), (64, 24), (128, 48), (256, 96), (40, 15)])
def test_a_window_is_three_eighths_of_the_side(size, window):
    assert eye_windows.window_size(size) == window


def test_windows_equal_array_slices(images):
    # The middles of the first two boxes are at rows 14 and 13.5, columns 8 and 23.5; the third is
    # as large as mask boxes get.
    two = tf.constant([[[10, 5, 8, 6], [10, 19, 7, 9]], [[9, 2, 12, 12], [12, 15, 8, 8]]])
    crops = eye_windows.crop_windows(images, two).numpy()
    np.testing.assert_array_equal(crops[0], [images[0, 8:20, 2:14], images[0, 7:19, 17:29]])
    np.testing.assert_array_equal(crops[1], [images[1, 9:21, 2:14], images[1, 10:22, 13:25]])


def test_a_window_over_the_border_is_moved_inside(images):
    crops = eye_windows.crop_windows(images, boxes([0, 0, 4, 4], [28, 29, 4, 3])).numpy()
    np.testing.assert_array_equal(crops[:, 0], images[:, :WINDOW, :WINDOW])
    np.testing.assert_array_equal(crops[:, 1], images[:, -WINDOW:, -WINDOW:])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_windows_are_the_same_inside_a_graph(images, jit_compile):
    places = boxes([10, 5, 8, 6], [10, 19, 7, 9])
    crop = tf.function(eye_windows.crop_windows, jit_compile=jit_compile)
    np.testing.assert_array_equal(crop(images, places), eye_windows.crop_windows(images, places))


def test_the_gradient_of_windows_returns_to_their_pixels(images):
    source = tf.Variable(images)
    with tf.GradientTape() as tape:
        crops = eye_windows.crop_windows(source, boxes([8, 2, 12, 12], [8, 18, 12, 12]))
        total = tf.reduce_sum(crops[:, 0]) + 2 * tf.reduce_sum(crops[:, 1])
    expected = np.zeros_like(images)
    expected[:, 8:20, 2:14] = 1
    expected[:, 8:20, 18:30] = 2
    np.testing.assert_array_equal(tf.convert_to_tensor(tape.gradient(total, source)), expected)


def test_windows_laid_back_give_the_image_there_and_nothing_elsewhere(images):
    places = boxes([8, 2, 12, 12], [8, 18, 12, 12])
    crops = eye_windows.crop_windows(images, places)
    laid = eye_windows.lay_windows(crops, places, image_size=SIZE).numpy()
    expected = np.zeros_like(images)
    expected[:, 8:20, 2:14] = images[:, 8:20, 2:14]
    expected[:, 8:20, 18:30] = images[:, 8:20, 18:30]
    np.testing.assert_array_equal(laid, expected)


def test_overlapping_windows_are_averaged():
    crops = np.stack([np.full([2, WINDOW, WINDOW, 1], value, np.float32) for value in (1, 3)], 1)
    places = boxes([8, 4, 12, 12], [8, 12, 12, 12])
    laid = eye_windows.lay_windows(crops, places, image_size=SIZE).numpy()[0, 10, :, 0]
    np.testing.assert_array_equal(laid, [0] * 4 + [1] * 8 + [2] * 4 + [3] * 8 + [0] * 8)


def picture(*, left, right):
    """A bright dot, 3 x 3 pixels, at each of two places (row, column); the left one red."""
    image = np.zeros([1, 64, 64, 3], np.float32)
    for channel, (row, column) in enumerate([left, right]):
        image[0, row - 1 : row + 2, column - 1 : column + 2, channel] = 1
    return image


def dot(image, channel):
    """Where the dot of one colour lies: (row, column)."""
    weights = image[0, :, :, channel] / image[0, :, :, channel].sum()
    rows, columns = np.mgrid[:64, :64]
    return (rows * weights).sum(), (columns * weights).sum()


@pytest.mark.parametrize(
    ("left", "right"),
    [((32, 18), (27, 43)), ((25, 17), (35, 41)), ((40, 26), (38, 39)), ((28, 15), (30, 48))],
)
def test_the_eyes_of_a_reference_come_to_lie_on_the_target(left, right):
    def around(places):
        return tf.constant([[[row - 3, column - 4, 7, 9] for row, column in places]])

    target = (32, 18), (27, 43)
    source = picture(left=left, right=right)
    transform = eye_windows.transform_between(around(target), around([left, right]))
    moved = blocks.warp(source, transform).numpy()
    np.testing.assert_allclose(dot(moved, 0), target[0], atol=0.15)
    np.testing.assert_allclose(dot(moved, 1), target[1], atol=0.15)


EYES = [[[10, 4, 8, 8], [10, 19, 8, 9]]]


def test_a_local_discriminator_looks_at_the_eyes_where_they_are_the_hole():
    mask = masks.boxes_to_mask(tf.constant(EYES), image_size=32)
    np.testing.assert_array_equal(eye_windows.boxes_to_judge(mask, tf.constant(EYES)), EYES)
    others = [[[9, 5, 8, 8], [11, 20, 8, 8]]]
    judged = eye_windows.boxes_to_judge(mask, tf.constant(others), otherwise=tf.constant(EYES))
    np.testing.assert_array_equal(judged, others)


def test_a_local_discriminator_follows_another_hole():
    hole = np.zeros([1, 32, 32, 1], np.float32)
    hole[:, 20:31, 2:13] = 1
    hole[:, 22:27, 21:28] = 1
    judged = eye_windows.boxes_to_judge(tf.constant(hole), tf.constant(EYES))
    np.testing.assert_array_equal(judged, [[[25, 7, 1, 1], [24, 24, 1, 1]]])
