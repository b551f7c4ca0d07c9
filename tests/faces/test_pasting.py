import numpy as np
import pytest

from exgan_tf.faces.pasting import paste_back
from exgan_tf.geometry import AffineTransform, Box


def turned(degrees, scale, shift):
    angle = np.radians(degrees)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return AffineTransform([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]])


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)


def test_only_the_box_changes(photo):
    patch = np.zeros((64, 64, 3), np.float32)
    identity = AffineTransform([[1, 0, 0], [0, 1, 0]])
    pasted, changed = paste_back(photo, patch, identity, boxes=[Box(20, 30, 16, 24)])
    np.testing.assert_array_equal(pasted[~changed], photo[~changed])
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 35, 30, 53)
    assert (pasted[26:30, 38:46] == 0).all()


@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0, 3.0])
def test_a_smooth_picture_comes_back_where_it_came_from(scale):
    rows, columns = np.mgrid[0:120, 0:160].astype(np.float32)
    photo = np.stack([rows, columns, rows + columns / 2], axis=-1).astype(np.uint8)
    transform = turned(17, scale, (-20 * scale, 15 * scale))
    size = int(140 * scale)
    places = transform.inverse()(np.stack(np.mgrid[0:size, 0:size][::-1], axis=-1))
    patch = np.stack(
        [places[..., 1], places[..., 0], places[..., 1] + places[..., 0] / 2], axis=-1
    ).astype(np.float32)
    box = Box(int(60 * scale), int(50 * scale), int(40 * scale), int(50 * scale))
    pasted, changed = paste_back(photo, patch, transform, boxes=[box])
    assert changed.sum() > 800
    assert np.abs(pasted.astype(int) - photo).max() <= 1


def test_the_edge_is_soft(photo):
    flat = np.full_like(photo, 100)
    patch = np.full((64, 64, 3), 200, np.float32)
    identity = AffineTransform([[1, 0, 0], [0, 1, 0]])
    pasted, _ = paste_back(flat, patch, identity, boxes=[Box(10, 10, 40, 40)])
    steps = np.diff(pasted[30, :, 0].astype(int))
    assert np.abs(steps).max() < 40
    assert pasted[30, 30, 0] == 200


def test_two_boxes_that_overlap_are_pasted_as_one(photo):
    patch = np.full((64, 64, 3), 50, np.float32)
    identity = AffineTransform([[1, 0, 0], [0, 1, 0]])
    one, two = Box(10, 10, 30, 30), Box(10, 25, 30, 30)
    together, changed = paste_back(photo, patch, identity, boxes=[one, two])
    swapped, _ = paste_back(photo, patch, identity, boxes=[two, one])
    np.testing.assert_array_equal(together, swapped)
    separately = paste_back(photo, patch, identity, boxes=[one])[1]
    separately |= paste_back(photo, patch, identity, boxes=[two])[1]
    np.testing.assert_array_equal(changed, separately)


def test_a_box_beyond_the_border_is_cut_off(photo):
    patch = np.full((64, 64, 3), 50, np.float32)
    shifted = AffineTransform([[1, 0, 20], [0, 1, 20]])
    pasted, changed = paste_back(photo, patch, shifted, boxes=[Box(0, 0, 40, 40)])
    assert changed[:19, :19].any()
    assert not changed[20:].any()
    assert pasted.shape == photo.shape


def test_a_box_that_is_all_outside_changes_nothing(photo):
    patch = np.zeros((64, 64, 3), np.float32)
    far = AffineTransform([[1, 0, 500], [0, 1, 500]])
    pasted, changed = paste_back(photo, patch, far, boxes=[Box(0, 0, 40, 40)])
    assert not changed.any()
    np.testing.assert_array_equal(pasted, photo)
