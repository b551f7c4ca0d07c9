"""Losses: adversarial pairs, reconstruction, perceptual.

Every loss takes tensors, not networks, and returns a float32 scalar: the mean over the examples
it was given; of logits, float [B, 1], or [B, h, w, 1] of patches, over all patches too. Logits are
those of "real": positive says real. Images are float [B, H, W, 3] in [-1, 1], `image` the ground
truth and `completed` the in-painted one; masks are float [B, H, W, 1], 1 = hole, and an example
without a hole counts as 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

# Ours: below a code distance of 1e-3, where the gradient of the norm would blow up, there is none.
_SMALLEST_SQUARED_DISTANCE = 1e-6


def non_saturating_generator_loss(fake_logits) -> tf.Tensor:
    """-log D(fake): Goodfellow's form of log(1 - D(fake)), with the same fixed point."""
    return tf.reduce_mean(tf.nn.softplus(-_float32(fake_logits)))


def non_saturating_discriminator_loss(real_logits, fake_logits) -> tf.Tensor:
    """-log D(real) - log(1 - D(fake)), as in the paper; 2 log 2 for one that cannot tell."""
    real, fake = _float32(real_logits), _float32(fake_logits)
    return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))


def hinge_generator_loss(fake_logits) -> tf.Tensor:
    """-D(fake), of either sign: the generator's side of the hinge loss (Lim & Ye, 2017)."""
    return -tf.reduce_mean(_float32(fake_logits))


def hinge_discriminator_loss(real_logits, fake_logits) -> tf.Tensor:
    """max(0, 1 - D(real)) + max(0, 1 + D(fake)) (Lim & Ye, 2017); 2 for one that cannot tell."""
    real, fake = _float32(real_logits), _float32(fake_logits)
    return tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake))


class AdversarialLoss(NamedTuple):
    """The two sides of one adversarial game."""

    generator_loss: Callable
    discriminator_loss: Callable


ADVERSARIAL_LOSSES = {
    "non_saturating": AdversarialLoss(
        non_saturating_generator_loss, non_saturating_discriminator_loss
    ),
    "hinge": AdversarialLoss(hinge_generator_loss, hinge_discriminator_loss),
}


def reconstruction_loss(image, completed, mask) -> tf.Tensor:
    """Mean absolute difference, in [0, 2], over the values of each example's hole.

    For holes of one size this is the paper's ||G(z, r) - x||_1 but for a constant. Dividing by the
    hole is ours: the weight of the term then depends neither on the size of the image nor on how
    large its boxes happened to be drawn.
    """
    return masked_mean(tf.abs(_float32(completed) - _float32(image)), mask)


def masked_mean(values, mask) -> tf.Tensor:
    """Mean over the values, float [B, H, W, C], of each example's hole, and then the examples."""
    values, mask = _float32(values), _float32(mask)
    total = tf.reduce_sum(values * mask, axis=[1, 2, 3])
    num_values = tf.reduce_sum(mask, axis=[1, 2, 3]) * values.shape[-1]
    return tf.reduce_mean(tf.math.divide_no_nan(total, num_values))


def coarse_reconstruction_loss(image, completed, mask, *, cell: int = 4) -> tf.Tensor:
    """`reconstruction_loss` of images whose cells are averaged: colours and places, no detail.

    In an adversarial stage it asks for the right eyes where the loss of each pixel asks for blurred
    ones. Ours.

    Args:
      image: the ground truth.
      completed: equal to `image` outside the hole.
      mask: the hole.
      cell: side of a cell, in pixels.

    Returns:
      float32 scalar in [0, 2].
    """
    image, completed, mask = (
        tf.nn.avg_pool2d(_float32(each), cell, cell, "SAME") for each in (image, completed, mask)
    )
    difference = tf.reduce_sum(tf.abs(completed - image), axis=[1, 2, 3])
    num_values = tf.reduce_sum(mask, axis=[1, 2, 3]) * image.shape[-1]
    return tf.reduce_mean(tf.math.divide_no_nan(difference, num_values))


def bending_loss(flow) -> tf.Tensor:
    """How much a flow, float [B, H, W, 2], bends, in its unit of length.

    That is the mean absolute second difference along both axes and across. An affine flow costs
    nothing, so faces may turn and come nearer.
    """
    flow = _float32(flow)
    down = flow[:, 1:] - flow[:, :-1]
    right = flow[:, :, 1:] - flow[:, :, :-1]
    bends = (down[:, 1:] - down[:, :-1], right[:, :, 1:] - right[:, :, :-1])
    across = down[:, :, 1:] - down[:, :, :-1]
    return sum(tf.reduce_mean(tf.abs(each)) for each in (*bends, across))


def feature_matching_loss(real_features, fake_features) -> tf.Tensor:
    """Mean absolute difference of a discriminator's features, lists of float tensors, by layer.

    Salimans et al., 2016; on paired images as Wang et al., 2018. No gradient flows through those of
    the ground truth.
    """
    return tf.add_n(
        [
            tf.reduce_mean(tf.abs(_float32(fake) - tf.stop_gradient(_float32(real))))
            for real, fake in zip(real_features, fake_features, strict=True)
        ]
    ) / len(real_features)


def whole_image_l1(image, completed) -> tf.Tensor:
    """The L1 that the paper reports, in [0, 1]: over the entire image, of values in [0, 1]."""
    return tf.reduce_mean(tf.abs(_float32(completed) - _float32(image))) / 2.0


def perceptual_loss(codes, completed_codes) -> tf.Tensor:
    """The paper's ||C(G(z, c)) - c||_2, each eye's code, float [B, 2, code_size], by itself.

    It is the mean Euclidean distance; a distance below 1e-3 counts as 1e-3.
    """
    squared = tf.reduce_sum(
        tf.math.squared_difference(_float32(completed_codes), _float32(codes)), axis=-1
    )
    return tf.reduce_mean(tf.sqrt(tf.maximum(squared, _SMALLEST_SQUARED_DISTANCE)))


def _float32(tensor):
    return tf.cast(tensor, tf.float32)
