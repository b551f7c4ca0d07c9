"""The eye strip: both eyes of a face with what is around them, levelled, at one scale.

A strip is 3/4 of the image's side wide and half of it high, the middle between the eyes in its
middle and the eyes 9/32 of the image's side apart, which is about what they are in images aligned
as published. Boxes are int32 [B, 2, 4]: (top, left, height, width) in pixels, the viewer's left eye
first. All shapes are fixed, as XLA wants them.
"""

import tensorflow as tf

from exgan_tf.models import eye_windows

_EYE_DISTANCE = 9 / 32  # Ours: 36 pixels of 128; the median of LFW, aligned as published, is 35.


def strip_size(image_size: int) -> tuple[int, int]:
    """Height and width of a strip in pixels, for images of `image_size`, a multiple of 8."""
    return image_size // 2, image_size * 3 // 4


def strip_to_image(boxes, *, image_size: int) -> tf.Tensor:
    """The similarity transform that takes a strip to the eyes of an image.

    Args:
      boxes: int32 [B, 2, 4], the boxes of the image's eyes.
      image_size: side of the image in pixels, by which the strip is sized.

    Returns:
      float32 [B, 2, 3]: takes (x, y, 1) in pixels of the strip to (x, y) in pixels of the image.
      Boxes with one centre give a strip that is neither turned nor scaled.
    """
    height, width = strip_size(image_size)
    centers = eye_windows.box_centers(boxes)
    step = (centers[:, 1] - centers[:, 0]) / (_EYE_DISTANCE * image_size)
    nowhere = tf.reduce_all(tf.abs(step) < 1e-3, axis=-1, keepdims=True)
    step = tf.where(nowhere, tf.constant([1.0, 0.0]), step)
    x, y = tf.unstack(step, axis=-1)
    turn = tf.stack([tf.stack([x, -y], -1), tf.stack([y, x], -1)], 1)
    middle = tf.constant([(width - 1) / 2, (height - 1) / 2])
    shift = tf.reduce_mean(centers, 1) - tf.linalg.matvec(turn, middle)
    return tf.concat([turn, shift[..., tf.newaxis]], -1)


def invert(transforms) -> tf.Tensor:
    """The inverse of affine maps, float32 [B, 2, 3]."""
    a, b, c, d = (transforms[:, i, j] for i in (0, 1) for j in (0, 1))
    determinant = a * d - b * c
    inverse = tf.stack([tf.stack([d, -b], -1), tf.stack([-c, a], -1)], 1)
    inverse /= determinant[:, tf.newaxis, tf.newaxis]
    shift = -tf.reduce_sum(inverse * transforms[:, tf.newaxis, :, 2], axis=-1)
    return tf.concat([inverse, shift[..., tf.newaxis]], -1)
