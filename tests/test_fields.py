import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import fields, images, resampling

HEIGHT, WIDTH = 4, 6  # Of the fields; the strip is 8 x 12.
IDENTITY = np.eye(2, 3, dtype=np.float32)[np.newaxis]
NO_GAIN = np.ones([1, 1, 1, 3], np.float32)


def make_fields(*, flow=(0, 0), gain=(1, 1, 1), bias=(0, 0, 0), share=1, paint=(0, 0, 0)):
    """The same fields everywhere; those of a copy unless something else is said."""
    values = np.array([*flow, *gain, *bias, share, *paint], np.float32)
    return tf.constant(np.tile(values, [1, HEIGHT, WIDTH, 1]))


def random_fields():
    values = np.random.default_rng(1).uniform(0, 1, [1, HEIGHT, WIDTH, fields.NUM_CHANNELS])
    return tf.constant(values, tf.float32)


@pytest.fixture
def reference():
    values = np.random.default_rng(0).uniform(-1, 1, [1, 2 * HEIGHT, 2 * WIDTH, 3])
    return values.astype(np.float32)


def compose(made, reference, *, to_strip=IDENTITY, light_gain=NO_GAIN, strip_to_reference=IDENTITY):
    """What fields make of a reference, on a grid of its size."""
    height, width = reference.shape[1:3]
    places = resampling.affine_places(np.float32(to_strip), height=height, width=width)
    return fields.compose(
        made,
        reference,
        light_gain=np.float32(light_gain),
        places=places,
        strip_to_reference=np.float32(strip_to_reference),
    ).numpy()


def one_color(made, color):
    """What fields make of a reference of one colour, in the middle."""
    reference = np.tile(np.float32(color), [1, 2 * HEIGHT, 2 * WIDTH, 1])
    return compose(made, reference)[0, HEIGHT, WIDTH]


def test_the_channels_are_in_the_order_that_is_written_down():
    joined = np.arange(12, dtype=np.float32).reshape([1, 1, 1, 12])
    here = fields.split(joined)
    assert [field.numpy().ravel().tolist() for field in here] == [
        [0, 1],
        [2, 3, 4],
        [5, 6, 7],
        [8],
        [9, 10, 11],
    ]
    np.testing.assert_array_equal(fields.join(here), joined)


def test_fields_of_a_copy_give_the_reference(reference):
    np.testing.assert_allclose(compose(make_fields(), reference), reference, atol=1e-6)


def test_a_reference_of_8_bits_is_as_good_as_its_image():
    photo = np.random.default_rng(0).integers(0, 256, [1, 8, 12, 3], dtype=np.uint8)
    made = random_fields()
    np.testing.assert_allclose(
        compose(made, photo), compose(made, images.to_image(photo)), atol=1e-5
    )


def test_a_flow_of_whole_pixels_shifts(reference):
    moved = compose(make_fields(flow=(2, 1)), reference)
    np.testing.assert_allclose(moved[:, :-1, :-2], reference[:, 1:, 2:], atol=1e-6)


def test_gain_counts_from_black():
    lit = one_color(make_fields(gain=(0.5, 1.0, 1.5)), [0.2, -0.4, -1.0])
    # From black 1.2, 0.6 and 0; times the gain 0.6, 0.6 and 0.
    np.testing.assert_allclose(lit, [-0.4, -0.4, -1.0], atol=1e-6)


def test_bias_is_added_after_the_gain():
    lit = one_color(make_fields(gain=(0.5, 0.5, 0.5), bias=(0.1, -0.1, 0.3)), [0.2, 0.2, 0.2])
    np.testing.assert_allclose(lit, [-0.3, -0.5, -0.1], atol=1e-6)


def test_the_light_of_the_image_comes_first():
    made = make_fields(gain=(0.5, 0.5, 0.5), bias=(0.1, 0.1, 0.1))
    reference = np.full([1, 2 * HEIGHT, 2 * WIDTH, 3], -0.5, np.float32)
    lit = compose(made, reference, light_gain=NO_GAIN * [2.0, 1.0, 0.5])
    # From black 0.5; in the image's light 1, 0.5 and 0.25; half of it, and 0.1.
    np.testing.assert_allclose(lit[0, 3, 3], [-0.4, -0.65, -0.775], atol=1e-6)


def test_paint_takes_what_the_share_leaves():
    mended = one_color(make_fields(share=0.25, paint=(0.8, 0.0, -0.4)), [0.4, -0.8, 0.0])
    # A quarter of the reference, three quarters of the paint.
    np.testing.assert_allclose(mended, [0.7, -0.2, -0.3], atol=1e-6)


def test_without_a_share_paint_alone_is_left(reference):
    made = fields.without_share(make_fields(share=0.9, paint=(0.8, 0.0, -0.4)))
    expected = np.broadcast_to(np.float32([0.8, 0.0, -0.4]), reference.shape)
    np.testing.assert_allclose(compose(made, reference), expected, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_light_multiplies_all_that_is_filled_from_black(reference, share):
    made = make_fields(share=share, bias=(0.1, 0.0, -0.1), paint=(0.2, 0.2, 0.2))
    light = np.tile(np.float32([0.5, 1.0, 1.5]), [1, HEIGHT, WIDTH, 1])
    expected = (compose(made, reference) + 1) * np.float32([0.5, 1.0, 1.5]) - 1
    relit = compose(fields.relight(made, light), reference)
    np.testing.assert_allclose(relit, expected, atol=1e-6)


def test_a_cells_centre_lies_between_the_pixels_it_covers():
    made = random_fields()
    # Cell (2, 1) covers columns 4 and 5, rows 2 and 3.
    here = fields.join(fields.sample(made, np.array([[[[4.5, 2.5]]]], np.float32)))
    np.testing.assert_allclose(here[0, 0, 0], made[0, 1, 2], atol=1e-6)


def test_on_the_strips_own_grid_sampling_is_resizing():
    made = random_fields()
    places = resampling.affine_places(tf.constant(IDENTITY), height=2 * HEIGHT, width=2 * WIDTH)
    resized = tf.image.resize(made, [2 * HEIGHT, 2 * WIDTH])
    np.testing.assert_allclose(fields.join(fields.sample(made, places)), resized, atol=1e-5)


def smooth(height, width, *, scale):
    """A smooth picture; `scale` pixels of it cover what one covers at a scale of 1."""
    rows, columns = np.mgrid[:height, :width]
    x, y = (columns + 0.5) / scale - 0.5, (rows + 0.5) / scale - 0.5
    waves = [np.sin(x / 5), np.cos(y / 4), np.sin((x + y) / 7)]
    return 0.5 * np.stack(waves, -1)[np.newaxis].astype(np.float32)


def test_the_same_comes_out_at_twice_the_resolution():
    made = random_fields()
    once = compose(made, smooth(2 * HEIGHT, 2 * WIDTH, scale=1))
    twice = compose(
        made,
        smooth(4 * HEIGHT, 4 * WIDTH, scale=2),
        # Pixels of twice the resolution are half as wide: their centres lie a quarter beside.
        to_strip=[[[0.5, 0, -0.25], [0, 0.5, -0.25]]],
        strip_to_reference=[[[2, 0, 0.5], [0, 2, 0.5]]],
    )
    averaged = tf.nn.avg_pool2d(twice, 2, 2, "VALID").numpy()
    # Beyond the edge each repeats its own.
    inner = (slice(None), slice(2, -4), slice(2, -4))
    np.testing.assert_allclose(averaged[inner], once[inner], atol=0.02)


def test_mirrored_fields_make_the_mirrored_picture(reference):
    made = random_fields()
    expected = compose(made, reference)[:, :, ::-1]
    np.testing.assert_allclose(
        compose(fields.mirror(made), reference[:, :, ::-1]), expected, atol=1e-5
    )
    np.testing.assert_array_equal(fields.mirror(fields.mirror(made)), made)
