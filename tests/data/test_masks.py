import cv2
import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import mask_names, masks
from exgan_tf.metrics import pixel


def boxes(eyes, sizes, image_size=64):
    return masks.boxes_around(
        tf.constant(eyes, tf.float32), tf.constant(sizes, tf.float32), image_size=image_size
    ).numpy()


@pytest.mark.parametrize(
    ("eye", "size", "box"),
    [
        ([20.0, 30.0], [5.0, 7.0], [28, 17, 5, 7]),
        ([20.5, 30.5], [4.0, 6.0], [29, 18, 4, 6]),  # To half a pixel.
        ([0.0, 63.0], [11.0, 11.0], [58, 0, 6, 6]),  # Cut off at the border.
        ([20.0, 30.0], [0.2, 2.4], [29, 19, 3, 3]),  # Never too small to be measured.
        ([0.0, 0.0], [0.2, 0.2], [0, 0, 2, 2]),
        ([63.0, 63.0], [0.2, 0.2], [62, 62, 2, 2]),
        ([-0.4, 63.4], [0.2, 0.2], [62, 0, 2, 2]),
    ],
)
def test_a_box_is_centred_on_its_eye_and_inside_the_image(eye, size, box):
    np.testing.assert_array_equal(boxes(eye, size), box)


@pytest.mark.parametrize("eye", [[20.0, 30.0], [0.0, 0.0], [63.0, 31.0], [-0.4, 63.4]])
def test_in_the_smallest_hole_detail_can_be_measured(eye):
    image = np.zeros([1, 64, 64, 3], np.float32)
    mask = masks.boxes_to_mask(boxes([[eye]], [[[0.2, 0.2]]]), image_size=64)
    assert pixel.detail_energy_ratio(image, image, mask) == 1


def test_the_mask_is_one_exactly_inside_the_boxes():
    two = tf.constant([[[2, 3, 4, 5], [4, 5, 3, 6]]])
    expected = np.zeros((1, 16, 16, 1), np.float32)
    expected[0, 2:6, 3:8] = expected[0, 4:7, 5:11] = 1
    np.testing.assert_array_equal(masks.boxes_to_mask(two, image_size=16), expected)


def test_drawn_sides_follow_the_published_distribution_at_256_pixels():
    sides = masks.draw_box_sizes(20_000, image_size=256, seed=[1, 2]).numpy()
    assert sides.shape == (20_000, 2, 2)
    assert (sides.min(), sides.max()) == (48, 96)
    assert np.mean(sides == 48) == pytest.approx(0.516, abs=0.01)
    assert np.mean(sides == 96) == pytest.approx(0.0228, abs=0.003)
    sides = masks.draw_box_sizes(1_000, image_size=64, seed=[1, 2]).numpy()
    assert (sides.min(), sides.max()) == (12, 24)
    np.testing.assert_array_equal(sides, np.round(sides))


EYE_BOXES = [[20, 10, 14, 18], [20, 36, 14, 18]]
DRAWN = ["box", "ellipses", "strokes", "freehand", "random", "half", "any"]
# Share of the image that is hidden.
HALVES = ["checkerboard", "half", "left", "right", "top", "bottom"]
SHARES = {"random": 0.8, "central": 0.25, **dict.fromkeys(HALVES, 0.5)}


def draw(name, *, count=8, image_size=64, first_seed=0):
    seeds = np.stack([first_seed + np.arange(count), np.zeros(count)], axis=1).astype(np.int64)
    boxes = np.tile(np.array(EYE_BOXES, np.int32), (count, 1, 1))
    return masks.draw_masks(name, seeds=seeds, image_size=image_size, eye_boxes=boxes).numpy()


@pytest.mark.parametrize("name", mask_names.NAMES)
@pytest.mark.parametrize("image_size", [64, 77])
def test_every_mask_has_a_hole_and_leaves_known_pixels(name, image_size):
    drawn = draw(name, count=20, image_size=image_size)
    assert drawn.shape == (20, image_size, image_size, 1)
    assert drawn.dtype == np.float32
    assert set(np.unique(drawn)) == {0, 1}
    assert masks.describe_mask(name).startswith("hides ")
    shares = drawn.mean(axis=(1, 2, 3))
    assert 0.01 < shares.min() <= shares.max() < 0.85


@pytest.mark.parametrize("name", SHARES)
def test_masks_of_known_size_hide_that_much(name):
    np.testing.assert_allclose(draw(name).mean(axis=(1, 2, 3)), SHARES[name], atol=0.03)


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_seed_draws_the_same_mask_whatever_else_is_in_the_batch(name):
    many = draw(name)
    np.testing.assert_array_equal(draw(name, count=3, first_seed=2), many[2:5])
    assert len(np.unique(many, axis=0)) > 3


# "any" and "half" draw what the others do.
@pytest.mark.parametrize("name", ["any", "half", "freehand", "random", "checkerboard", "central"])
def test_masks_in_a_graph_are_those_drawn_eagerly(name):
    boxes = tf.constant([EYE_BOXES] * 3)
    dataset = tf.data.Dataset.from_tensors([[7, 1], [8, 1], [9, 1]]).map(
        lambda seeds: masks.draw_masks(
            name, seeds=tf.cast(seeds, tf.int64), image_size=32, eye_boxes=boxes
        )
    )
    (drawn,) = dataset
    eager = masks.draw_masks(name, seeds=[[7, 1], [8, 1], [9, 1]], image_size=32, eye_boxes=boxes)
    np.testing.assert_array_equal(drawn, eager)


def test_the_eyes_are_their_boxes():
    expected = masks.boxes_to_mask(tf.constant([EYE_BOXES] * 8), image_size=64)
    np.testing.assert_array_equal(draw("eyes"), expected)


def test_a_box_is_one_full_rectangle_of_the_sides_that_were_said_anywhere():
    drawn = draw("box", count=200)
    assert drawn.any(axis=(0, 3)).mean() > 0.95
    for mask in drawn[:60, ..., 0]:
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert mask.sum() == height * width
        assert 8 <= min(height, width) <= max(height, width) <= 32


@pytest.mark.parametrize(("name", "widths"), [("strokes", (4, 8)), ("freehand", (6.4, 10.7))])
def test_lines_are_as_thick_as_said_and_a_loop_is_in_one_piece(name, widths):
    for mask in draw(name, count=20)[..., 0].astype(np.uint8):
        padded = np.pad(mask, 1, mode="edge")
        widest = 2 * cv2.distanceTransform(padded, cv2.DIST_L2, 5).max()
        # Where lines cross or turn it is wider.
        assert widths[0] - 1 <= widest <= 4 * widths[1]
        assert name == "strokes" or cv2.connectedComponents(mask)[0] == 2


def test_sides_are_the_viewers():
    left, right, top, bottom = (
        draw(name)[0, ..., 0] for name in ("left", "right", "top", "bottom")
    )
    assert left[:, :32].all() and not left[:, 32:].any()
    assert top[:32].all() and not top[32:].any()
    np.testing.assert_array_equal(right, 1 - left)
    np.testing.assert_array_equal(bottom, 1 - top)


@pytest.mark.parametrize(
    ("name", "parts"),
    [("half", ["left", "right", "top", "bottom"]), ("any", ["eyes", "box", "ellipses", "strokes"])],
)
def test_a_choice_is_each_of_its_masks_about_as_often(name, parts):
    chosen = draw(name, count=200)
    drawn = [draw(part, count=200) for part in parts]
    same = [(chosen == each).all(axis=(1, 2, 3)) for each in drawn]
    assert np.all(np.sum(same, axis=0) == 1)
    for is_chosen, masks_of_part in zip(same, drawn, strict=True):
        assert 0.15 < is_chosen.mean() < 0.35
        # Those that were chosen are as large as others.
        shares = masks_of_part.mean(axis=(1, 2, 3))
        assert shares[is_chosen].mean() == pytest.approx(shares.mean(), rel=0.2)


def test_the_checkerboard_has_eight_squares_a_side():
    board = draw("checkerboard")[0, ..., 0]
    assert not board[:8, :8].any()
    assert board[:8, 8:16].all()
    np.testing.assert_array_equal(board[8:], 1 - board[:-8])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "nose"}, "mask is 'nose'; expected one of eyes, box, .*, any"),
        ({"image_size": 4}, "image_size is 4"),
        ({"seeds": [1, 2]}, "seeds has the shape"),
        ({"eye_boxes": [[1, 2, 3, 4]]}, "eye_boxes has the shape"),
    ],
)
def test_arguments_that_cannot_be_are_named(changes, message):
    settings = {"name": "box", "seeds": [[1, 2]], "image_size": 32, "eye_boxes": [EYE_BOXES]}
    settings.update(changes)
    name = settings.pop("name")
    with pytest.raises(ValueError, match=message):
        masks.draw_masks(name, **settings)
