import math

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import losses

REAL = np.array([[2.0], [0.0]], np.float32)
FAKE = np.array([[-1.0], [3.0]], np.float32)


def softplus(x):
    return math.log1p(math.exp(x))


GENERATOR_LOSSES = {"non_saturating": (softplus(1) + softplus(-3)) / 2, "hinge": -1.0}
DISCRIMINATOR_LOSSES = {
    "non_saturating": (softplus(-2) + softplus(0)) / 2 + (softplus(-1) + softplus(3)) / 2,
    "hinge": (0 + 1) / 2 + (0 + 4) / 2,
}


@pytest.mark.parametrize("kind", losses.ADVERSARIAL_LOSSES)
def test_adversarial_losses_equal_the_numbers_worked_out_by_hand_finite_and_float32(kind):
    pair = losses.ADVERSARIAL_LOSSES[kind]
    assert float(pair.generator_loss(FAKE)) == pytest.approx(GENERATOR_LOSSES[kind], rel=1e-6)
    loss = pair.discriminator_loss(REAL, FAKE)
    assert float(loss) == pytest.approx(DISCRIMINATOR_LOSSES[kind], rel=1e-6)
    far = np.array([[1e4], [-1e4]], np.float32)
    assert np.isfinite([pair.generator_loss(far), pair.discriminator_loss(far, -far)]).all()
    logits = tf.constant(REAL, tf.bfloat16)
    assert pair.generator_loss(logits).dtype == tf.float32
    assert pair.discriminator_loss(logits, logits).dtype == tf.float32


def holes():
    """Two images of zeros; the hole of the first has one pixel, that of the second four."""
    mask = np.zeros([2, 4, 4, 1], np.float32)
    mask[0, 1, 1] = 1
    mask[1, :2, :2] = 1
    return np.zeros([2, 4, 4, 3], np.float32), mask


def test_reconstruction_is_the_mean_over_each_hole_whatever_its_size():
    image, mask = holes()
    completed = image.copy()
    completed[0, 1, 1] = [0.3, -0.6, 0.0]
    completed[1, 0, 0] = [1.2, 0.0, 0.0]
    loss = losses.reconstruction_loss(image, completed, mask)
    assert float(loss) == pytest.approx((0.9 / 3 + 1.2 / 12) / 2, rel=1e-6)
    # It looks at the hole alone, and counts as 0 without one.
    assert float(losses.reconstruction_loss(image, image + (1 - mask), mask)) == 0
    mask[0] = 0
    assert float(losses.reconstruction_loss(image, image + 0.5, mask)) == pytest.approx(0.25)


def test_losses_of_bfloat16_images_and_codes_are_computed_in_float32():
    image = tf.constant(np.zeros([1, 2, 2, 3]), tf.bfloat16)
    mask = np.ones([1, 2, 2, 1], np.uint8)
    values = [
        losses.reconstruction_loss(image, image + 1, mask),
        losses.whole_image_l1(image, image + 1),
        losses.perceptual_loss(image[0], image[0] + 1),
    ]
    assert [value.dtype for value in values] == [tf.float32] * 3
    np.testing.assert_allclose(values, [1, 0.5, np.sqrt(3)], rtol=1e-6)


def test_coarse_reconstruction_is_of_cells_and_not_of_pixels():
    image = np.zeros([1, 8, 8, 3], np.float32)
    mask = np.ones([1, 8, 8, 1], np.float32)
    checkered = image.copy()
    checkered[:, ::2, ::2] = checkered[:, 1::2, 1::2] = 1
    checkered[:, ::2, 1::2] = checkered[:, 1::2, ::2] = -1
    assert float(losses.coarse_reconstruction_loss(image, checkered, mask)) == 0
    brighter = image + np.float32([0.1, 0.2, 0.3])
    loss = losses.coarse_reconstruction_loss(image, brighter, mask)
    assert float(loss) == pytest.approx(0.2)


def test_coarse_reconstruction_is_a_mean_over_each_hole_whatever_its_size():
    image = np.zeros([2, 8, 8, 3], np.float32)
    mask = np.zeros([2, 8, 8, 1], np.float32)
    mask[0, :2, :4] = 1  # Half of a cell.
    mask[1, :4] = 1  # Two cells.
    completed = image + mask * 0.5
    completed[1, :4, 4:] = -0.25
    loss = losses.coarse_reconstruction_loss(image, completed, mask)
    assert float(loss) == pytest.approx((0.5 + (0.5 + 0.25) / 2) / 2)
    assert float(losses.coarse_reconstruction_loss(image, completed, 0 * mask)) == 0


def test_bending_is_the_mean_second_difference_along_both_axes_and_across():
    rows, columns = np.mgrid[:5, :7].astype(np.float32)
    nothing = np.zeros_like(rows)
    for first, expected in (
        (rows**2, 2 / 2),  # The second number of the flow, which is 0, halves all means.
        (3 * columns**2, 6 / 2),
        (rows * columns, 1 / 2),
        (2 + 0.5 * rows - columns, 0),  # An affine flow costs nothing.
    ):
        flow = np.stack([first, nothing], axis=-1)[np.newaxis]
        assert float(losses.bending_loss(flow)) == pytest.approx(expected, abs=1e-6)


def test_feature_matching_is_the_mean_of_the_layers_means():
    real = [np.zeros([1, 2, 2, 3], np.float32), np.ones([1, 4], np.float32)]
    fake = [real[0] + 0.5, real[1] - np.float32([0, 0, 2, 0])]
    assert float(losses.feature_matching_loss(real, fake)) == pytest.approx((0.5 + 0.5) / 2)


def test_no_gradient_of_feature_matching_flows_through_the_truth():
    real, fake = tf.Variable([[1.0, 2.0]]), tf.Variable([[0.0, 4.0]])
    with tf.GradientTape() as tape:
        loss = losses.feature_matching_loss([real], [fake])
    gradients = tape.gradient(loss, [real, fake])
    assert gradients[0] is None
    np.testing.assert_allclose(gradients[1], [[-0.5, 0.5]])


def test_whole_image_l1_is_on_a_scale_of_one():
    image = np.full([1, 2, 2, 3], -1, np.float32)
    completed = image.copy()
    completed[0, 0, 0] = 1
    assert float(losses.whole_image_l1(image, completed)) == pytest.approx(0.25)


def test_perceptual_loss_is_the_mean_euclidean_distance_of_the_eyes_codes():
    codes = tf.Variable(np.zeros([1, 2, 4], np.float32))
    completed = np.array([[[3, 0, 4, 0], [0, 1, 0, 0]]], np.float32)
    assert float(losses.perceptual_loss(codes, completed)) == pytest.approx((5 + 1) / 2)
    with tf.GradientTape() as tape:
        loss = losses.perceptual_loss(0 * completed, codes)
    assert np.isfinite(tape.gradient(loss, codes)).all()
