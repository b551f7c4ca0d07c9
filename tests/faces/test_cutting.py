import numpy as np
import pytest

from exgan_tf.faces import cutting
from exgan_tf.geometry import Point


def dot(size, *, x, y):
    """A black photo with a white square of 5 x 5 pixels around (x, y)."""
    photo = np.zeros((size, size, 3), np.uint8)
    photo[y - 2 : y + 3, x - 2 : x + 3] = 255
    return photo


def center_of_light(photo):
    light = photo[..., 0].astype(float)
    rows, columns = np.indices(light.shape)
    return np.array([(columns * light).sum(), (rows * light).sum()]) / light.sum()


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_scaling_moves_points_as_it_moves_pixels(factor):
    scaled, transform = cutting.scale_photo(dot(60, x=20, y=31), factor)
    assert center_of_light(scaled) == pytest.approx(transform((20, 31)), abs=0.1)


def test_scaling_leaves_at_least_one_pixel():
    scaled, _ = cutting.scale_photo(np.zeros((1, 900, 3), np.uint8), 0.01)
    assert scaled.shape == (1, 9, 3)


@pytest.mark.parametrize("degrees", [45.0, -45.0])
def test_rotating_keeps_the_corners_in_the_photo(degrees):
    rotated, transform = cutting.rotate_photo(dot(60, x=3, y=3), degrees)
    assert center_of_light(rotated) == pytest.approx(transform((3, 3)), abs=0.1)


@pytest.mark.parametrize("scaled_side", [20, 80])
@pytest.mark.parametrize("degrees", [0.0, 30.0])
def test_a_cut_out_shows_points_where_its_transform_says(scaled_side, degrees):
    photo = dot(120, x=66, y=50)
    copy, transform = cutting.cut_out(
        photo, Point(60, 55), face_side=40, degrees=degrees, scaled_side=scaled_side
    )
    assert copy.shape == (2 * scaled_side, 2 * scaled_side, 3)
    assert center_of_light(copy) == pytest.approx(transform((66, 50)), abs=0.3)
    assert transform((60, 55)) == pytest.approx([scaled_side - 0.5] * 2)


def test_a_face_at_the_edge_is_cut_out_with_the_edge_repeated():
    photo = np.full((50, 50, 3), 200, np.uint8)
    copy, _ = cutting.cut_out(photo, Point(0, 0), face_side=30, degrees=0.0, scaled_side=30)
    assert copy.min() == 200


def test_a_face_outside_the_photo_is_refused():
    photo = np.zeros((50, 50, 3), np.uint8)
    with pytest.raises(ValueError, match="outside the photo"):
        cutting.cut_out(photo, Point(500, 0), face_side=30, degrees=0.0, scaled_side=30)
