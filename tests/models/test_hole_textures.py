import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import hole_textures

SIZE = 16


def random_images(count):
    return np.random.default_rng(0).uniform(-1, 1, [count, SIZE, SIZE, 3]).astype(np.float32)


def right_half(count):
    mask = np.zeros([count, SIZE, SIZE, 1], np.float32)
    mask[:, :, SIZE // 2 :] = 1
    return mask


@pytest.fixture
def image():
    return random_images(8)


@pytest.fixture
def mask():
    """The right half is the hole."""
    return right_half(8)


def holes(filled):
    return filled.numpy()[:, :, SIZE // 2 :]


@pytest.mark.parametrize("texture", hole_textures.HOLE_TEXTURES)
def test_known_pixels_stay_and_what_lies_in_the_hole_is_not_looked_at(texture, image, mask):
    before = hole_textures.fill_holes(image, mask, texture=texture).numpy()
    np.testing.assert_array_equal(before[:, :, : SIZE // 2], image[:, :, : SIZE // 2])
    spoiled = np.where(mask > 0, np.nan, image).astype(np.float32)
    after = hole_textures.fill_holes(spoiled, mask, texture=texture)
    np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize(("texture", "value"), [("grey", 0), ("white", 1)])
def test_plain_textures_have_their_value(texture, value, image, mask):
    assert np.all(holes(hole_textures.fill_holes(image, mask, texture=texture)) == value)


def test_noise_is_spread_evenly_over_all_values(image, mask):
    noise = holes(hole_textures.fill_holes(image, mask, texture="noise"))
    counts, _ = np.histogram(noise, bins=4, range=(-1, 1))
    np.testing.assert_allclose(counts / noise.size, 0.25, atol=0.02)
    assert np.abs(noise).max() <= 1


@pytest.mark.parametrize("texture", ["noise", "any"])
def test_an_image_has_the_same_texture_in_every_batch_and_graph(texture, image, mask):
    together = hole_textures.fill_holes(image, mask, texture=texture)
    alone = hole_textures.fill_holes(image[7:8], mask[7:8], texture=texture)
    np.testing.assert_array_equal(alone, together[7:8])
    graph = tf.function(hole_textures.fill_holes)
    np.testing.assert_array_equal(graph(image, mask, texture=texture), together)


def test_xla_compiles_it(image, mask):
    compiled = tf.function(hole_textures.fill_holes, jit_compile=True)
    filled = compiled(image[:4], mask[:4], texture="any")
    again = compiled(image[:4], mask[:4], texture="any")
    np.testing.assert_array_equal(filled, again)
    np.testing.assert_array_equal(filled[:, :, : SIZE // 2], image[:4, :, : SIZE // 2])


def test_a_last_bit_of_the_image_changes_no_noise(image, mask):
    levels = np.round((image + 1) * 127.5)
    photo = (levels / 127.5 - 1).astype(np.float32)
    before = holes(hole_textures.fill_holes(photo, mask, texture="noise"))
    moved = np.nextafter(photo, np.float32(0))
    np.testing.assert_array_equal(
        holes(hole_textures.fill_holes(moved, mask, texture="noise")), before
    )


def test_images_and_masks_have_noise_of_their_own(image, mask):
    noise = holes(hole_textures.fill_holes(image[:2], mask[:2], texture="noise"))
    assert np.abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.2
    swapped = image[:1].copy()
    swapped[:, [0, 1]] = swapped[:, [1, 0]]
    other = holes(hole_textures.fill_holes(swapped, mask[:1], texture="noise"))
    assert np.any(other != noise[:1])
    larger = mask[:1].copy()
    larger[:, 0] = 1
    other = holes(hole_textures.fill_holes(image[:1], larger, texture="noise"))
    assert np.any(other != noise[:1])


def test_each_image_draws_one_of_all_textures():
    filled = holes(hole_textures.fill_holes(random_images(60), right_half(60), texture="any"))
    noise = np.ptp(filled, axis=(1, 2, 3)) > 0
    kinds = np.where(noise, 2, filled[:, 0, 0, 0])
    assert set(kinds) == {0, 1, 2}
    assert np.bincount(kinds.astype(int)).min() > 10  # Of 20 expected.


def test_an_unknown_texture_is_refused(image, mask):
    with pytest.raises(ValueError, match="'black'; expected one of grey, white, noise, any"):
        hole_textures.fill_holes(image, mask, texture="black")
