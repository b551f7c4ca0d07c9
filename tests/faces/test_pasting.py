import numpy as np
import pytest

from exgan_tf.faces.pasting import paste_back, paste_hole
from exgan_tf.geometry import AffineTransform, Box

IDENTITY = AffineTransform([[1, 0, 0], [0, 1, 0]])


def turned(degrees, scale, shift):
    angle = np.radians(degrees)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return AffineTransform([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]])


def flat(color, size=64):
    return np.full((size, size, 3), color, np.float32)


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)


def test_only_the_box_changes(photo):
    pasted, changed = paste_back(photo, flat(0), IDENTITY, boxes=[Box(20, 30, 16, 24)])
    np.testing.assert_array_equal(pasted[~changed], photo[~changed])
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 35, 30, 53)
    assert (pasted[26:30, 38:46] == 0).all()


@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_a_smooth_picture_comes_back_where_it_came_from(scale):
    def slope(rows, columns):
        return np.stack([rows, columns, rows + columns / 2], axis=-1)

    photo = slope(*np.mgrid[0:120, 0:160]).astype(np.uint8)
    transform = turned(17, scale, (-20 * scale, 15 * scale))
    size = int(140 * scale)
    places = transform.inverse()(np.stack(np.mgrid[0:size, 0:size][::-1], axis=-1))
    patch = slope(places[..., 1], places[..., 0]).astype(np.float32)
    box = Box(int(60 * scale), int(50 * scale), int(40 * scale), int(50 * scale))
    pasted, changed = paste_back(photo, patch, transform, boxes=[box])
    assert changed.sum() > 800
    assert np.abs(pasted.astype(int) - photo).max() <= 1


def test_the_edge_is_soft(photo):
    photo[:] = 100
    pasted, _ = paste_back(photo, flat(200), IDENTITY, boxes=[Box(10, 10, 40, 40)])
    assert np.abs(np.diff(pasted[30, :, 0].astype(int))).max() < 40
    assert pasted[30, 30, 0] == 200


def test_two_boxes_that_overlap_are_pasted_as_one(photo):
    one, two = Box(10, 10, 30, 30), Box(10, 25, 30, 30)
    together, changed = paste_back(photo, flat(50), IDENTITY, boxes=[one, two])
    swapped, _ = paste_back(photo, flat(50), IDENTITY, boxes=[two, one])
    np.testing.assert_array_equal(together, swapped)
    separately = [paste_back(photo, flat(50), IDENTITY, boxes=[box])[1] for box in (one, two)]
    np.testing.assert_array_equal(changed, np.any(separately, axis=0))


def test_a_box_beyond_the_border_is_cut_off(photo):
    shifted = AffineTransform([[1, 0, 20], [0, 1, 20]])
    pasted, changed = paste_back(photo, flat(50), shifted, boxes=[Box(0, 0, 40, 40)])
    assert changed[:19, :19].any() and not changed[20:].any()
    assert pasted.shape == photo.shape


def test_a_hole_is_pasted_exactly_pixel_for_pixel(photo):
    rng = np.random.default_rng(1)
    patch = rng.integers(0, 256, (64, 64, 3)).astype(np.float32)
    hole = rng.integers(0, 2, (64, 64), np.uint8)
    pasted, changed = paste_hole(photo, patch, IDENTITY, hole=hole)
    np.testing.assert_array_equal(changed, np.pad(hole, [(0, 56), (0, 96)]) > 0)
    np.testing.assert_array_equal(pasted[~changed], photo[~changed])
    np.testing.assert_array_equal(pasted[changed], patch[hole > 0])


@pytest.mark.parametrize("scale", [0.4, 2.5])
def test_a_hole_of_a_turned_face_comes_back_where_it_came_from(photo, scale):
    transform = turned(20, scale, (-10 * scale, 10 * scale))
    size = int(60 * scale)
    hole = np.zeros((size, size), np.uint8)
    hole[size // 4 : size // 2, size // 4 : size // 2] = 1
    _, changed = paste_hole(photo, flat(200, size), transform, hole=hole)
    assert changed.sum() == pytest.approx(hole.sum() / scale**2, rel=0.6)
    places = transform(np.argwhere(changed)[:, ::-1])
    margin = 3 * max(scale, 1)
    assert places.min() > size // 4 - 0.5 - margin
    assert places.max() < size // 2 - 0.5 + margin


def test_a_hole_over_all_of_a_turned_face_changes_nothing_beyond_it(photo):
    transform = turned(30, 1.0, (-20, 30))
    _, changed = paste_hole(photo, flat(0), transform, hole=np.ones((64, 64)))
    places = transform(np.argwhere(changed)[:, ::-1])
    assert -1 < places.min() <= places.max() < 64


@pytest.mark.parametrize(("right", "down"), [(500, 0), (0, 500)])
def test_what_is_all_outside_the_photo_changes_nothing(photo, right, down):
    far = AffineTransform([[1, 0, right], [0, 1, down]])
    for pasted, changed in (
        paste_back(photo, flat(0), far, boxes=[Box(0, 0, 40, 40)]),
        paste_hole(photo, flat(0), far, hole=np.ones((64, 64))),
    ):
        assert not changed.any()
        np.testing.assert_array_equal(pasted, photo)
