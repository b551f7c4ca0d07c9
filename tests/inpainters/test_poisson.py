import numpy as np
import pytest

from exgan_tf.inpainters import poisson

SHAPE = (20, 26)


@pytest.fixture
def image():
    return np.random.default_rng(0).uniform(-1, 1, [*SHAPE, 3])


def hole_of(*boxes):
    hole = np.zeros(SHAPE, bool)
    for top, left, height, width in boxes:
        hole[top : top + height, left : left + width] = True
    return hole


HOLES = {
    "one": hole_of((4, 5, 8, 9)),
    "two": hole_of((4, 3, 8, 9), (6, 15, 7, 6)),
    "overlapping": hole_of((4, 3, 8, 9), (6, 9, 9, 8)),
    "at an edge": hole_of((0, 5, 6, 9)),
    "in a corner": hole_of((12, 20, 8, 6)),
    "all but a pixel": ~hole_of((7, 7, 1, 1)),
}
each_hole = pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES)


@each_hole
def test_an_image_blended_into_itself_is_itself(image, hole):
    np.testing.assert_allclose(poisson.blend(image, image, hole), image, atol=1e-6)


@each_hole
def test_a_source_of_other_brightness_takes_that_of_the_image(image, hole):
    blended = poisson.blend(image, image - [0.5, -0.3, 0.1], hole)
    np.testing.assert_allclose(blended, image, atol=1e-4)


@each_hole
def test_the_solution_is_that_of_the_whole_linear_system(image, hole):
    source = np.random.default_rng(1).uniform(-1, 1, image.shape)
    blended = poisson.blend(image, source, hole)
    for row, column in np.argwhere(hole):
        sums = np.zeros(3)
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            place = row + down, column + right
            if 0 <= place[0] < SHAPE[0] and 0 <= place[1] < SHAPE[1]:
                here = blended[row, column] - blended[place]
                sums += here - (source[row, column] - source[place])
        np.testing.assert_allclose(sums, 0, atol=1e-4)


def test_a_smooth_ramp_is_continued_from_the_edge():
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    ramp = np.stack([rows / 20, columns / 26, (rows - columns) / 46], axis=-1)
    blended = poisson.blend(ramp, np.zeros_like(ramp), HOLES["two"])
    np.testing.assert_allclose(blended, ramp, atol=1e-5)


def test_what_the_image_holds_in_the_hole_is_not_looked_at(image):
    hole = HOLES["two"]
    spoiled = np.where(hole[..., np.newaxis], np.nan, image)
    np.testing.assert_array_equal(
        poisson.blend(spoiled, image / 2, hole), poisson.blend(image, image / 2, hole)
    )


def test_where_nothing_is_known_the_source_comes_as_it_is(image):
    everything = np.ones(SHAPE, bool)
    np.testing.assert_array_equal(poisson.blend(image * 0, image, everything), image)


def test_known_pixels_stay(image):
    hole = HOLES["overlapping"]
    np.testing.assert_array_equal(poisson.blend(image, -image, hole)[~hole], image[~hole])
