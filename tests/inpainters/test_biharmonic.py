import numpy as np
import pytest

from exgan_tf import inpainters


def fill(image, hole):
    mask = np.asarray(hole, np.float32)[np.newaxis, ..., np.newaxis]
    return inpainters.Biharmonic()({"image": image[np.newaxis], "mask": mask})[0]


def hole_inside(size, margin):
    hole = np.zeros([size, size], bool)
    hole[margin:-margin, margin:-margin] = True
    return hole


ROWS, COLUMNS = np.mgrid[:128, :128] / 64 - 1
SURFACES = {
    "a ramp": 0.5 * ROWS - 0.4 * COLUMNS,
    "a saddle": ROWS * COLUMNS,
    "a bent ramp": (ROWS + COLUMNS + 2) ** 2 / 8 - 1,
}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("margin", [50, 4])
def test_a_smooth_surface_is_continued_exactly(surface, margin):
    channels = [SURFACES[surface], -SURFACES[surface], 0.5 * SURFACES[surface]]
    image = np.stack(channels, axis=-1).astype(np.float32)
    np.testing.assert_allclose(fill(image, hole_inside(128, margin)), image, atol=1e-5)


def test_no_channel_leaves_the_range_of_the_known_pixels():
    image = np.random.default_rng(0).uniform(-1, 1, [32, 32, 3]).astype(np.float32)
    hole = hole_inside(32, 6)
    image *= np.array([0.2, 0.5, 0.9], np.float32)
    filled, known = fill(image, hole)[hole], image[~hole]
    assert np.all((known.min(axis=0) <= filled) & (filled <= known.max(axis=0)))


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (2, 9), (11, 3)])
def test_tiny_images_are_filled_and_those_without_known_pixels_stay_grey(shape):
    image = np.full([*shape, 3], 0.3, np.float32)
    hole = np.zeros(shape)
    hole[-1, 1:] = 1
    assert not fill(image, np.ones(shape)).any()
    np.testing.assert_allclose(fill(image, hole), image, atol=1e-5)
