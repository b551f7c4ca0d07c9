"""Which photograph gets which reference. Both rules read the same records."""

import tensorflow as tf


def training_pairs(
    record: dict, *, seed: tf.Tensor, closed_eyes: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Every usable photograph once, with a reference drawn among the others.

    Over the epochs this runs through the Cartesian product of photographs and references
    (paper, section on the reference ExGAN).

    Args:
      record: a decoded record of n photographs.
      seed: int64 [2]; another one for each epoch and identity.
      closed_eyes: whether photographs with closed eyes are usable too.

    Returns:
      Two int32 [m] tensors, indices of photographs and of their references; m is 0 if fewer than
      two photographs are usable.
    """
    usable = tf.cast(tf.where(_usable(record, closed_eyes))[:, 0], tf.int32)
    count = tf.size(usable)
    count = tf.where(count < 2, 0, count)
    step = tf.random.stateless_uniform([count], seed, 1, tf.maximum(count, 2), tf.int32)
    images = tf.range(count)
    references = (images + step) % tf.maximum(count, 1)
    return tf.gather(usable, images), tf.gather(usable, references)


def evaluation_pairs(record: dict, *, closed_eyes: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """The benchmark's rule: the next photograph is the reference, the last takes the first.

    Unless `closed_eyes`, photographs with closed eyes are passed over as references. A
    photograph that then has no reference at all is left out; every other one comes once.

    Args:
      record: a decoded record of n photographs.
      closed_eyes: whether photographs with closed eyes can be references, as published.

    Returns:
      Two int32 [m] tensors, indices of photographs and of their references, in order.
    """
    count = tf.size(record["names"])
    index = tf.range(count)
    away = (index[tf.newaxis, :] - index[:, tf.newaxis] - 1) % tf.maximum(count, 1)
    possible = _usable(record, closed_eyes)[tf.newaxis, :] & ~tf.eye(count, dtype=tf.bool)
    nearest = tf.argmin(tf.where(possible, away, count), axis=1, output_type=tf.int32)
    images = tf.cast(tf.where(tf.reduce_any(possible, axis=1))[:, 0], tf.int32)
    return images, tf.gather(nearest, images)


def count_pairs(eyes_closed, *, training: bool, closed_eyes: bool) -> int:
    """How many pairs the rules above make of an identity, of whose photographs `eyes_closed`."""
    num_usable = sum(closed_eyes or not closed for closed in eyes_closed)
    if num_usable < 2:
        return 0 if training or not num_usable else len(eyes_closed) - 1
    return num_usable if training else len(eyes_closed)


def _usable(record, closed_eyes):
    if closed_eyes:
        return tf.ones_like(record["eyes_closed"], tf.bool)
    return tf.equal(record["eyes_closed"], 0)
