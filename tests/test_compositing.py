import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import compositing

IMAGE = np.random.default_rng(0).uniform(-1, 1, [1, 4, 4, 3]).astype(np.float32)
MASK = np.zeros([1, 4, 4, 1], np.float32)
MASK[0, 1:3, 2] = 1


def test_the_hole_is_filled_and_the_rest_is_kept_bit_for_bit():
    completed = np.where(MASK > 0, -IMAGE / 3, np.float32(np.nan))
    result = compositing.composite(IMAGE, completed, MASK).numpy()
    expected = IMAGE.copy()
    expected[0, 1:3, 2] = completed[0, 1:3, 2]
    np.testing.assert_array_equal(result, expected)


def test_gradient_reaches_what_fills_the_hole_only():
    completed = tf.Variable(IMAGE)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(compositing.composite(IMAGE, completed, MASK))
    expected = np.repeat(MASK, 3, -1)
    np.testing.assert_array_equal(tape.gradient(total, completed), expected)


SHAPE = (20, 26)


@pytest.fixture
def image():
    values = np.random.default_rng(0).uniform(-1, 1, [*SHAPE, 3])
    return values.astype(np.float32)


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


def mask_of(hole):
    return hole[np.newaxis, ..., np.newaxis].astype(np.float32)


def blend(image, source, hole):
    """One image with one hole, blended."""
    blended = compositing.blend_poisson(image[np.newaxis], source[np.newaxis], mask_of(hole))
    return blended[0].numpy()


@pytest.mark.parametrize("hole", HOLES.values(), ids=HOLES)
def test_the_solution_is_that_of_the_whole_linear_system(image, hole):
    source = np.random.default_rng(1).uniform(-1, 1, image.shape).astype(np.float32)
    blended = blend(image, source, hole)
    added = np.pad(blended - source, [(1, 1), (1, 1), (0, 0)], mode="edge")
    around = added[:-2, 1:-1] + added[2:, 1:-1] + added[1:-1, :-2] + added[1:-1, 2:]
    # Beyond the border a place stands for its neighbour, as if that asked for nothing.
    np.testing.assert_allclose((4 * added[1:-1, 1:-1] - around)[hole], 0, atol=1e-4)


def test_known_pixels_stay_and_what_the_image_holds_in_the_hole_is_not_looked_at(image):
    hole = HOLES["overlapping"]
    spoiled = np.where(hole[..., np.newaxis], np.float32(np.nan), image)
    blended = blend(image, -image, hole)
    np.testing.assert_array_equal(blend(spoiled, -image, hole), blended)
    np.testing.assert_array_equal(blended[~hole], image[~hole])


def test_where_nothing_is_known_or_no_hole_images_come_as_they_are(image):
    np.testing.assert_array_equal(blend(image * 0, image, np.ones(SHAPE, bool)), image)
    np.testing.assert_array_equal(blend(image, -image, np.zeros(SHAPE, bool)), image)


def test_each_image_of_a_batch_is_blended_by_itself(image):
    masks = np.stack([*HOLES.values(), np.zeros(SHAPE, bool)])[..., np.newaxis].astype(np.float32)
    batch = np.stack([image * scale for scale in np.linspace(0.1, 1, len(masks), dtype=np.float32)])
    together = compositing.blend_poisson(batch, -batch, masks)
    alone = [
        compositing.blend_poisson(*(each[np.newaxis] for each in one))[0]
        for one in zip(batch, -batch, masks, strict=True)
    ]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def match(image, source, hole):
    matched = compositing.match_edge(image[np.newaxis], source[np.newaxis], mask_of(hole))
    return matched[0].numpy()


def square_hole_of(side):
    hole = np.zeros((side, side), bool)
    hole[side // 4 : side // 2, side // 4 : side // 2] = True
    return hole


@pytest.mark.parametrize("side", [16, 24])
def test_matching_takes_an_even_difference_away_and_leaves_what_is_around(side):
    source = np.random.default_rng(0).uniform(-1, 1, [side, side, 3]).astype(np.float32)
    image, hole = source + np.float32([0.5, -0.25, 0.125]), square_hole_of(side)
    expected = np.where(hole[..., np.newaxis], image, source)
    np.testing.assert_allclose(match(image, source, hole), expected, atol=1e-6)


def test_matching_comes_close_to_poisson_blending():
    rows, columns = np.mgrid[:32, :32] / 32
    light = np.stack([rows, columns, rows * columns], axis=-1).astype(np.float32)
    hole, source = square_hole_of(32), np.zeros_like(light)
    matched, blended = match(light, source, hole), blend(light, source, hole)
    np.testing.assert_allclose(matched[hole], blended[hole], atol=0.05)


def test_matching_looks_at_nothing_in_the_hole_and_lets_a_gradient_through():
    hole = square_hole_of(16)
    source = np.random.default_rng(0).uniform(-1, 1, [16, 16, 3]).astype(np.float32)
    spoiled = np.where(hole[..., np.newaxis], np.float32(np.nan), -source)
    np.testing.assert_array_equal(match(spoiled, source, hole), match(-source, source, hole))
    variable = tf.Variable(source[np.newaxis])
    with tf.GradientTape() as tape:
        matched = compositing.match_edge(-source[np.newaxis], variable, mask_of(hole))
        total = tf.reduce_sum(matched * mask_of(hole))
    gradient = tape.gradient(total, variable)[0].numpy()
    np.testing.assert_array_equal(gradient[hole], 1)
    # Each unit that is added to the whole edge is taken away in the whole hole.
    assert gradient[~hole].sum() == pytest.approx(-3 * hole.sum(), rel=1e-4)


def test_matching_without_any_known_pixel_or_without_a_hole_gives_the_source():
    source = np.random.default_rng(0).uniform(-1, 1, [16, 16, 3]).astype(np.float32)
    for hole in (np.ones((16, 16), bool), np.zeros((16, 16), bool)):
        np.testing.assert_array_equal(match(-source, source, hole), source)


def gain_of(image, source, hole, *, ring_width=2):
    """One image's gains, one for each colour."""
    ours, theirs = (
        compositing.edge_brightness(each[np.newaxis], mask_of(hole), ring_width=ring_width)
        for each in (image, source)
    )
    gain = compositing.brightness_gain(ours, theirs)
    assert ours.shape == gain.shape == (1, 1, 1, 3)
    return gain.numpy().ravel()


@pytest.fixture
def dim():
    """An image in which no colour is brighter than a quarter."""
    values = np.random.default_rng(0).uniform(-0.9, -0.5, [16, 16, 3])
    return values.astype(np.float32)


def brightened(image, *factors):
    """An image of another light: its colours multiplied from black."""
    return ((image + 1) * np.float32(factors) - 1).astype(np.float32)


def test_brightness_counts_from_black():
    image = np.broadcast_to(np.float32([-1, -0.5, 1]), [16, 16, 3])
    mask = mask_of(square_hole_of(16))
    brightness = compositing.edge_brightness(image[np.newaxis], mask, ring_width=2)
    np.testing.assert_allclose(brightness.numpy().ravel(), [0, 0.5, 2], rtol=1e-6)


def test_each_colour_has_a_gain_of_its_own_from_three_hundredths_to_two_and_a_half(dim):
    hole = square_hole_of(16)
    source = brightened(dim, 0.5, 1.0, 1.25)
    np.testing.assert_allclose(gain_of(dim, source, hole), [2, 1, 0.8], rtol=1e-5)
    np.testing.assert_allclose(gain_of(dim, brightened(dim, 0.1, 0.1, 0.1), hole), 2.5)
    np.testing.assert_allclose(gain_of(brightened(dim, 0.01, 0.01, 0.01), dim, hole), 0.03)


def test_light_is_told_neither_in_the_hole_nor_far_from_it(dim):
    source, hole = brightened(dim, 0.5, 0.5, 0.5), square_hole_of(16)
    spoiled = np.where(hole[..., np.newaxis], np.float32(np.nan), dim)
    far = np.ones_like(hole)
    far[2:10, 2:10] = False  # The ring is two pixels wide around a hole of 4:8, 4:8.
    spoiled = np.where(far[..., np.newaxis], np.float32(1), spoiled)
    np.testing.assert_allclose(gain_of(spoiled, source, hole), 2, rtol=1e-5)
    assert gain_of(spoiled, source, hole, ring_width=3).min() > 2.1


def test_where_nothing_is_known_or_all_is_black_the_gain_is_one(dim):
    for hole in (np.ones((16, 16), bool), np.zeros((16, 16), bool)):
        np.testing.assert_array_equal(gain_of(dim, brightened(dim, 0.5, 0.5, 0.5), hole), 1)
    np.testing.assert_array_equal(gain_of(dim, np.full_like(dim, -1), square_hole_of(16)), 1)


def continue_smoothly(values, known):
    values = values[np.newaxis].astype(np.float32) * mask_of(known)
    return compositing.continue_smoothly(values, mask_of(known))[0].numpy()


@pytest.mark.parametrize("shape", [(16, 24), (24, 16), (8, 40), (6, 10), (5, 7)])
def test_one_value_is_continued_everywhere_whatever_the_shape(shape):
    known = np.zeros(shape, bool)
    np.testing.assert_array_equal(continue_smoothly(np.ones([*shape, 2]), known), 0)
    known[1, 2] = True
    np.testing.assert_allclose(continue_smoothly(np.full([*shape, 2], 0.7), known), 0.7, rtol=1e-5)


def test_what_is_known_stays_and_the_rest_lies_between():
    values = np.random.default_rng(0).uniform(-1, 1, [16, 24, 3]).astype(np.float32)
    known = np.random.default_rng(1).uniform(size=[16, 24]) < 0.2
    continued = continue_smoothly(values, known)
    np.testing.assert_array_equal(continued[known], values[known])
    assert np.all(continued <= values[known].max(axis=0) + 1e-6)
    assert np.all(continued >= values[known].min(axis=0) - 1e-6)


def test_what_is_continued_comes_from_nearby():
    values = np.zeros([16, 32, 1], np.float32)
    values[:, 16:] = 1
    known = np.zeros([16, 32], bool)
    known[:, [0, -1]] = True
    continued = continue_smoothly(values, known)[8, :, 0]
    assert continued[4] < 0.3 < 0.7 < continued[-5]
    np.testing.assert_allclose(continued, 1 - continued[::-1], atol=1e-5)
