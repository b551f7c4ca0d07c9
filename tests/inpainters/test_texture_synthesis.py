import numpy as np
import pytest

from exgan_tf import inpainters

DARK, LIGHT = np.array([[-0.8, -0.5, 0.1], [0.9, 0.3, -0.2]], np.float32)
SIZE = 40
HOLE = (slice(12, 26), slice(9, 27))  # Larger than a patch.


def fill(image, hole):
    mask = np.asarray(hole, np.float32)[np.newaxis, ..., np.newaxis]
    return inpainters.TextureSynthesis()({"image": image[np.newaxis], "mask": mask})[0]


def hole_at(part, shape=(SIZE, SIZE)):
    hole = np.zeros(shape, bool)
    hole[part] = True
    return hole


def two_colors(is_light):
    return np.where(is_light[..., np.newaxis], LIGHT, DARK)


ROWS, COLUMNS = np.mgrid[:SIZE, :SIZE]
TEXTURES = {
    "upright stripes": COLUMNS // 3 % 2 == 0,
    "level stripes": ROWS // 2 % 2 == 0,
    "slanting stripes": (ROWS + COLUMNS) // 3 % 2 == 0,
    "a checkerboard": (ROWS // 3 + COLUMNS // 3) % 2 == 0,
    "an edge": ROWS < 19,
    "a line": np.abs(ROWS - COLUMNS - 1) < 2,
    "two lines that cross": (np.abs(ROWS - 19) < 2) | (np.abs(COLUMNS - 18) < 2),
}


@pytest.mark.parametrize("texture", TEXTURES)
def test_a_regular_texture_is_continued_to_the_pixel(texture):
    image = two_colors(TEXTURES[texture])
    if texture == "two lines that cross":
        # Seen once more, as what is nowhere else in the image cannot be had.
        image = np.tile(image, (1, 2, 1))
    np.testing.assert_array_equal(fill(image, hole_at(HOLE, image.shape[:2])), image)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_half_an_image_is_continued_from_the_other(side):
    half = {"left": COLUMNS < 20, "right": COLUMNS >= 20, "top": ROWS < 20, "bottom": ROWS >= 20}
    image = two_colors(TEXTURES["slanting stripes"])
    np.testing.assert_array_equal(fill(image, half[side]), image)


def test_every_color_stands_in_the_image_already():
    image = np.random.default_rng(0).uniform(-1, 1, [SIZE, SIZE, 3]).astype(np.float32)
    hole = hole_at(HOLE)
    known = {tuple(color) for color in image[~hole]}
    assert {tuple(color) for color in fill(image, hole)[hole]} <= known


def test_a_hole_far_wider_than_the_search_is_filled():
    image = np.tile(two_colors(np.arange(12) // 2 % 2 == 0)[:, np.newaxis], (1, 300, 1))
    hole = hole_at((slice(None), slice(15, None)), image.shape[:2])
    np.testing.assert_array_equal(fill(image, hole), image)


def test_where_no_patch_is_known_the_nearest_pixel_is_repeated():
    image = np.random.default_rng(0).uniform(-1, 1, [7, 10, 3]).astype(np.float32)
    hole = np.ones([7, 10], bool)
    hole[:, [2, 7]] = False
    np.testing.assert_array_equal(fill(image, hole), image[:, [2] * 5 + [7] * 5])


def test_small_patches_do_where_there_are_no_large_ones():
    image = two_colors(COLUMNS % 2 == 0)[:9, :9]
    hole = hole_at((slice(None), slice(5, None)), (9, 9))
    hole[::4] = True
    np.testing.assert_array_equal(fill(image, hole), image)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 9), (11, 3), (4, 10)])
def test_tiny_images_are_filled_and_those_without_known_pixels_stay_grey(shape):
    image = np.broadcast_to(LIGHT, [*shape, 3]).copy()
    assert not fill(image, hole_at(..., shape)).any()
    np.testing.assert_array_equal(fill(image, hole_at((-1, slice(1, None)), shape)), image)
