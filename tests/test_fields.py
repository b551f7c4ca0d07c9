import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import fields

IDENTITY = np.eye(2, 3, dtype=np.float32)[np.newaxis]


def build(height=8, width=8, **changes):
    """Fields of a copy, with one value everywhere where `changes` says so."""
    values = {"flow": [0, 0], "gain": [1] * 3, "bias": [0] * 3, "share": [1], "paint": [0] * 3}
    values |= changes
    return fields.join(
        fields.Fields(
            **{
                name: np.broadcast_to(np.float32(value), [1, height, width, len(value)])
                for name, value in values.items()
            }
        )
    )


def compose(made, reference, **changes):
    size = reference.shape[1]
    options = {
        "light_gain": np.ones([1, 1, 1, 3], np.float32),
        "to_strip": IDENTITY,
        "strip_to_reference": IDENTITY,
        "height": size,
        "width": size,
        **changes,
    }
    return fields.compose(made, reference, **options).numpy()


@pytest.fixture
def reference():
    return np.random.default_rng(0).uniform(-0.5, 0.5, [1, 16, 16, 3]).astype(np.float32)


def test_fields_come_apart_as_they_were_joined():
    made = np.random.default_rng(0).uniform(size=[2, 3, 4, fields.NUM_CHANNELS]).astype(np.float32)
    np.testing.assert_array_equal(fields.join(fields.split(made)), made)


def test_fields_of_a_copy_give_the_reference(reference):
    np.testing.assert_allclose(compose(build(), reference), reference, atol=1e-6)


def test_a_flow_says_from_how_far_aside_colors_come(reference):
    moved = compose(build(flow=[2, -1]), reference)
    np.testing.assert_allclose(moved[:, 1:, :-2], reference[:, :-1, 2:], atol=1e-6)


def test_gain_counts_from_black_and_bias_is_added(reference):
    lit = compose(build(gain=[0.5] * 3, bias=[0.1] * 3), reference)
    np.testing.assert_allclose(lit, (reference + 1) / 2 - 1 + 0.1, atol=1e-6)


def test_the_light_of_the_image_comes_first(reference):
    lit = compose(build(), reference, light_gain=np.full([1, 1, 1, 3], 0.5, np.float32))
    np.testing.assert_allclose(lit, (reference + 1) / 2 - 1, atol=1e-6)


def test_what_is_not_taken_is_painted(reference):
    mended = compose(build(share=[0.25], paint=[0.8, 0, -0.8]), reference)
    expected = 0.25 * reference + 0.75 * np.float32([0.8, 0, -0.8])
    np.testing.assert_allclose(mended, expected, atol=1e-6)


def test_without_a_share_nothing_is_taken(reference):
    painted = compose(fields.without_share(build(paint=[0.5] * 3)), reference)
    np.testing.assert_allclose(painted, 0.5, atol=1e-6)


def test_a_color_is_added_to_copy_and_paint_alike(reference):
    made = build(share=[0.5], paint=[0.2] * 3)
    color = np.full([1, 8, 8, 3], 0.1, np.float32)
    more = compose(fields.add_color(made, color), reference)
    np.testing.assert_allclose(more, compose(made, reference) + 0.1, atol=1e-6)


def test_fields_of_mirrored_strips_are_mirrored_back(reference):
    made = np.random.default_rng(1).uniform(-1, 1, [1, 8, 8, fields.NUM_CHANNELS])
    made = tf.constant(made, tf.float32)
    np.testing.assert_allclose(fields.mirror(fields.mirror(made)), made, atol=1e-6)
    mirrored = compose(fields.mirror(made), reference[:, :, ::-1])
    np.testing.assert_allclose(mirrored, compose(made, reference)[:, :, ::-1], atol=1e-4)


def test_the_same_fields_serve_any_resolution():
    slopes = np.mgrid[:32, :32].sum(axis=0)[np.newaxis, ..., np.newaxis].astype(np.float32)
    fine = np.repeat(slopes / 100 - 0.5, 3, axis=-1)
    coarse = fine.reshape(1, 16, 2, 16, 2, 3).mean(axis=(2, 4))
    made = build(flow=[0.5, 1.5], gain=[0.9] * 3)
    # Twice as fine, pixels cover a quarter of the area.
    to_strip = np.float32([[[0.5, 0, -0.25], [0, 0.5, -0.25]]])
    to_fine = np.float32([[[2, 0, 0.5], [0, 2, 0.5]]])
    large = compose(made, fine, to_strip=to_strip, strip_to_reference=to_fine, height=32, width=32)
    small = compose(made, coarse)
    reduced = large.reshape(1, 16, 2, 16, 2, 3).mean(axis=(2, 4))
    middle = np.s_[:, 2:-4, 2:-4]
    np.testing.assert_allclose(reduced[middle], small[middle], atol=1e-4)
