import math

import numpy as np
import pytest

from exgan_tf.data import disturbance

SIZE = 32
# How many numbers each part of a disturbance has, in their order.
PARTS = {
    "amount": 1,
    "turn": 1,
    "scaling": 1,
    "shift": 2,
    "gamma": 1,
    "bends": 32,
    "cast": 3,
    "light": 9,
    "tint": 27,
}
BOTH = (disturbance.move, disturbance.relight)


@pytest.fixture
def images():
    """Three smooth pictures, nowhere quite black or white."""
    rows, columns = np.mgrid[:SIZE, :SIZE] / 5
    pictures = [
        np.stack([np.sin(rows + phase), np.cos(columns - phase), np.sin(rows + columns)], -1)
        for phase in range(3)
    ]
    return (0.6 * np.stack(pictures)).astype(np.float32)


def make(count=3, **parts):
    """Disturbances of which all is 0 but what is given."""
    values = [np.broadcast_to(parts.get(name, 0), [count, num]) for name, num in PARTS.items()]
    return np.concatenate(values, axis=-1).astype(np.float32)


def inner(images):
    """Without what comes from beyond the edge."""
    return np.asarray(images)[:, 6:-6, 6:-6]


def test_what_is_drawn_follows_the_seed_and_differs_between_images():
    drawn = disturbance.draw(200, seed=[3, 5]).numpy()
    assert drawn.shape == (200, sum(PARTS.values()))
    np.testing.assert_array_equal(disturbance.draw(200, seed=[3, 5]), drawn)
    assert not np.any(disturbance.draw(200, seed=[3, 6]) == drawn)
    assert not np.any(drawn[1:] == drawn[:-1])
    assert np.abs(drawn).max() <= 2
    assert abs(drawn.mean()) < 0.03 and 0.8 < drawn.std() < 0.95


@pytest.mark.parametrize("how", BOTH)
def test_a_disturbance_of_zeros_changes_nothing(images, how):
    np.testing.assert_allclose(how(images, make()), images, atol=1e-5)


@pytest.mark.parametrize("how", BOTH)
def test_disturbed_images_stay_in_range(images, how):
    drawn = disturbance.draw(3, seed=[0, 0]) * 3
    extreme = np.sign(images)
    disturbed = how(extreme, drawn).numpy()
    assert disturbed.shape == images.shape and disturbed.dtype == np.float32
    assert np.abs(disturbed).max() <= 1


def test_no_amount_leaves_everything_where_it_is(images):
    moving = make(turn=2, scaling=2, shift=2, bends=2)
    np.testing.assert_allclose(disturbance.move(images, moving), images, atol=1e-5)


@pytest.mark.parametrize("part", ["turn", "scaling", "shift", "bends"])
def test_each_movement_moves_and_half_the_amount_moves_less(images, part):
    whole, half = (
        np.abs(disturbance.move(images, make(amount=amount, **{part: 1})) - images).mean()
        for amount in (1, 0.5)
    )
    assert 0.001 < half < 0.8 * whole


def test_a_shift_is_at_most_five_pixels_of_128(images):
    # Two standard deviations to the right: 5 pixels of 128, 1.25 of 32; four fifths are one.
    shifted = disturbance.move(images, make(amount=1, shift=[1.6, 0]))
    np.testing.assert_allclose(inner(shifted), images[:, 6:-6, 7:-5], atol=1e-5)


def test_a_turn_leaves_the_middle_and_is_at_most_nine_degrees():
    columns, rows = np.meshgrid(np.arange(SIZE) - 15.5, np.arange(SIZE) - 15.5)
    ramp = np.stack([columns, rows, rows * 0], -1)[np.newaxis].astype(np.float32) / 40
    turned = disturbance.move(ramp, make(1, amount=1, turn=2))
    angle = math.radians(9)
    x = columns * math.cos(angle) - rows * math.sin(angle)
    y = columns * math.sin(angle) + rows * math.cos(angle)
    np.testing.assert_allclose(inner(turned)[..., 0], x[np.newaxis, 6:-6, 6:-6] / 40, atol=1e-4)
    np.testing.assert_allclose(inner(turned)[..., 1], y[np.newaxis, 6:-6, 6:-6] / 40, atol=1e-4)


def test_a_cast_multiplies_each_colour_from_black(images):
    dark = images / 2 - 0.4
    lit = disturbance.relight(dark, make(cast=[1, 0, -1])).numpy()
    factors = np.exp([0.12, 0, -0.12])
    np.testing.assert_allclose(lit + 1, (dark + 1) * factors, rtol=1e-4)


def test_gamma_is_a_power_of_the_brightness(images):
    lit = disturbance.relight(images, make(gamma=2)).numpy()
    np.testing.assert_allclose((lit + 1) / 2, ((images + 1) / 2) ** 1.4, rtol=1e-4)


@pytest.mark.parametrize(
    ("parts", "is_stronger"),
    [
        ({"light": [-1, 0, 1] * 3, "gamma": 1}, True),
        ({"cast": [1, 0, -1], "tint": [1, 0, 0, 0, 0, 0, -1, 0, 0] * 3}, False),
    ],
)
def test_contrast_counts_for_brightness_and_not_for_colors(images, parts, is_stronger):
    weak, strong = (
        np.abs(disturbance.relight(images, make(**parts), contrast=contrast) - images)
        for contrast in (1, 2)
    )
    if is_stronger:
        assert strong.mean() > 1.5 * weak.mean()
    else:
        np.testing.assert_array_equal(strong, weak)


def test_light_and_its_colour_change_from_side_to_side_and_smoothly():
    grey = np.zeros([1, SIZE, SIZE, 3], np.float32)
    lit = disturbance.relight(grey, make(1, light=[-1, 0, 1] * 3)).numpy()[0]
    assert lit[0, 0, 0] < -0.1 and lit[0, -1, 0] > 0.1
    assert np.abs(np.diff(lit, axis=1)).max() < 0.05
    np.testing.assert_allclose(lit, np.repeat(lit[..., :1], 3, axis=-1), atol=1e-6)
    tinted = disturbance.relight(grey, make(1, tint=[1, 0, 0, 0, 0, 0, -1, 0, 0] * 3)).numpy()[0]
    assert tinted[0, 0, 0] > 0.05 and tinted[0, -1, 0] < -0.05
    np.testing.assert_allclose(tinted[..., 1:], 0, atol=1e-6)


@pytest.mark.parametrize("how", BOTH)
@pytest.mark.parametrize("chosen", [[False, True, False], [False] * 3, [True] * 3])
def test_chosen_images_are_disturbed_alike_in_every_batch_and_others_not(images, how, chosen):
    drawn = disturbance.draw(3, seed=[1, 2])
    disturbed = disturbance.disturb_some(images, drawn, chosen, how=how)
    for index, is_chosen in enumerate(chosen):
        one = slice(index, index + 1)
        expected = how(images[one], drawn[one]) if is_chosen else images[one]
        np.testing.assert_allclose(disturbed[one], expected, atol=1e-6 * is_chosen)
