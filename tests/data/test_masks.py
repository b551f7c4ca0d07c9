import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import masks


def boxes(eyes, sizes, image_size=64):
    return masks.boxes_around(
        tf.constant(eyes, tf.float32), tf.constant(sizes, tf.float32), image_size=image_size
    ).numpy()


def test_an_odd_box_is_centred_on_its_eye():
    np.testing.assert_array_equal(boxes([20.0, 30.0], [5.0, 7.0]), [28, 17, 5, 7])


def test_an_even_box_is_centred_to_half_a_pixel():
    np.testing.assert_array_equal(boxes([20.5, 30.5], [4.0, 6.0]), [29, 18, 4, 6])


def test_a_box_over_the_border_is_cut_off():
    np.testing.assert_array_equal(boxes([0.0, 63.0], [11.0, 11.0]), [58, 0, 6, 6])


@pytest.mark.parametrize("eye", [[0.0, 0.0], [63.0, 63.0], [-0.4, 63.4]])
def test_a_box_is_never_empty(eye):
    top, left, height, width = boxes(eye, [0.2, 0.2])
    assert height == width == 1
    assert 0 <= top < 64
    assert 0 <= left < 64


def test_the_mask_is_one_exactly_inside_the_boxes():
    two = tf.constant([[[2, 3, 4, 5], [10, 11, 3, 2]]])
    expected = np.zeros((1, 16, 16, 1), np.float32)
    expected[0, 2:6, 3:8] = expected[0, 10:13, 11:13] = 1
    np.testing.assert_array_equal(masks.boxes_to_mask(two, image_size=16), expected)


def test_overlapping_boxes_make_a_mask_of_ones():
    two = tf.constant([[[2, 2, 6, 6], [4, 4, 6, 6]]])
    assert set(np.unique(masks.boxes_to_mask(two, image_size=16))) == {0, 1}


def test_drawn_sides_follow_the_published_distribution_at_256_pixels():
    sides = masks.draw_box_sizes(20_000, image_size=256, seed=[1, 2]).numpy()
    assert sides.shape == (20_000, 2, 2)
    assert (sides.min(), sides.max()) == (48, 96)
    assert np.mean(sides == 48) == pytest.approx(0.516, abs=0.01)
    assert np.mean(sides == 96) == pytest.approx(0.0228, abs=0.003)


def test_drawn_sides_shrink_with_the_image():
    sides = masks.draw_box_sizes(1_000, image_size=64, seed=[1, 2]).numpy()
    assert (sides.min(), sides.max()) == (12, 24)
    np.testing.assert_array_equal(sides, np.round(sides))
