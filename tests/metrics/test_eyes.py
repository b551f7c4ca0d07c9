import numpy as np
import pytest

from exgan_tf.geometry import Point
from exgan_tf.metrics import eyes

SIZE = 64
BOXES = np.array([[[20, 12, 13, 16], [22, 40, 12, 12]]] * 2)
BROWN, BLUE = np.array([0.35, 0.2, 0.1]), np.array([0.3, 0.45, 0.7])


def draw_eyes(left, right):
    """Two images with an iris of the given colour, in [0, 1], around each box's centre."""
    images = np.full([2, SIZE, SIZE, 3], 0.8)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    for image, boxes in zip(images, BOXES, strict=True):
        for (top, iris_left, height, width), color in zip(boxes, (left, right), strict=True):
            center = Point(iris_left + (width - 1) / 2, top + (height - 1) / 2)
            distance = np.hypot(columns - center.x, rows - center.y)
            image[distance < 3.5] = color
            image[distance < 1] = 0.02
    return (images * 2 - 1).astype(np.float32)


def to_lab(color):
    """sRGB to CIE L*a*b* under D65, from the standards' formulas."""
    linear = np.where(color > 0.04045, ((color + 0.055) / 1.055) ** 2.4, color / 12.92)
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(matrix) @ linear / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_iris_color_is_that_around_the_pupil():
    colors = eyes.iris_color(draw_eyes(BROWN, BLUE), BOXES)
    assert colors.shape == (2, 2, 3)
    assert colors.dtype == np.float64
    np.testing.assert_allclose(colors[0], [to_lab(BROWN), to_lab(BLUE)], atol=0.3)


def test_a_highlight_does_not_change_the_color():
    images = draw_eyes(BROWN, BLUE)
    before = eyes.iris_color(images, BOXES)
    images[:, 24:26, 20:22] = 1
    np.testing.assert_allclose(eyes.iris_color(images, BOXES), before, atol=0.3)


@pytest.mark.parametrize("other", [BROWN, BLUE])
def test_eyes_of_two_colors_differ_by_delta_e(other):
    expected = np.linalg.norm(to_lab(BROWN) - to_lab(other))
    difference = eyes.iris_color_difference(draw_eyes(BROWN, other), BOXES)
    np.testing.assert_allclose(difference, [expected] * 2, atol=0.5)


def test_one_wrong_eye_is_half_the_error_of_two():
    truth = draw_eyes(BROWN, BROWN)
    none, one, two = (
        eyes.iris_color_error(truth, draw_eyes(*colors), BOXES)
        for colors in ((BROWN, BROWN), (BROWN, BLUE), (BLUE, BLUE))
    )
    np.testing.assert_array_equal(none, [0, 0])
    np.testing.assert_allclose(one, [np.linalg.norm(to_lab(BROWN) - to_lab(BLUE)) / 2] * 2, atol=1)
    np.testing.assert_allclose(two, 2 * one, rtol=1e-6)


def test_an_image_gets_the_same_number_in_any_batch():
    images = draw_eyes(BROWN, BLUE)
    images[1] *= 0.5
    both = eyes.iris_color_difference(images, BOXES)
    alone = [eyes.iris_color_difference(images[i : i + 1], BOXES[i : i + 1])[0] for i in range(2)]
    np.testing.assert_array_equal(both, alone)


def test_irises_smaller_than_a_pixel_have_a_color():
    # Centred between the pixels, so that none is within the radius.
    boxes = np.array([[[5, 2, 4, 4], [5, 6, 4, 4]]])
    image = np.full([1, 32, 32, 3], 0.5, np.float32)
    assert np.isfinite(eyes.iris_color(image, boxes)).all()


def test_what_a_network_overshoots_by_has_no_color():
    white = np.ones([1, SIZE, SIZE, 3], np.float32)
    colors = [eyes.iris_color(image, BOXES[:1]) for image in (white, 1.5 * white)]
    np.testing.assert_array_equal(*colors)


def test_windows_are_the_pixels_around_each_eye_moved_inside_at_the_border():
    images = draw_eyes(BROWN, BLUE)
    crops = eyes.crop_eyes(images, np.stack([BOXES[0], [[0, 0, 4, 4], [60, 58, 4, 6]]]))
    assert crops.dtype == np.float32
    np.testing.assert_array_equal(crops[0], [images[0, 14:38, 8:32], images[0, 16:40, 34:58]])
    np.testing.assert_array_equal(crops[1], [images[1, :24, :24], images[1, 40:, 40:]])


@pytest.mark.parametrize("measure", [eyes.iris_color, eyes.crop_eyes])
def test_boxes_of_another_batch_are_refused(measure):
    with pytest.raises(ValueError, match=r"eye_boxes has the shape \(1, 2, 4\)"):
        measure(draw_eyes(BROWN, BLUE), BOXES[:1])


def test_eye_pixels_have_a_row_for_each_eye():
    pixels = eyes.eye_pixels(draw_eyes(BROWN, BLUE), BOXES)
    assert pixels.shape == (4, 3 * eyes.EYE_PIXELS_SIDE**2)
    assert np.abs(pixels).max() <= 1
