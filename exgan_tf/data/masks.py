"""Mask boxes around eyes, and the masks they make. 1 = hole."""

import tensorflow as tf

from exgan_tf.data import celeb_id


def draw_box_sizes(count, *, image_size: int, seed: tf.Tensor) -> tf.Tensor:
    """Draws box sizes for training from the published distribution.

    Args:
      count: number of faces.
      image_size: side of the images in pixels; the published sides, made for 256, are scaled.
      seed: int64 [2], as the stateless random functions take it.

    Returns:
      float32 [count, 2, 2]: for the left and the right eye (height, width) in whole pixels.
    """
    normal = tf.random.stateless_normal(
        [count, 2, 2], seed, celeb_id.BOX_SIDE_MEAN, celeb_id.BOX_SIDE_STDDEV
    )
    sides = tf.floor(tf.clip_by_value(tf.abs(normal), celeb_id.BOX_SIDE_MIN, celeb_id.BOX_SIDE_MAX))
    return tf.floor(sides * (image_size / celeb_id.BOX_IMAGE_SIZE) + 0.5)


def boxes_around(eyes: tf.Tensor, box_sizes: tf.Tensor, *, image_size: int) -> tf.Tensor:
    """The pixel boxes centred on eyes, cut off at the border of the image.

    Args:
      eyes: float32 [..., 2], (x, y) in pixels, inside the image.
      box_sizes: float32 [..., 2], (height, width) in pixels; rounded, at least 1.
      image_size: side of the image, in pixels.

    Returns:
      int32 [..., 4]: (top, left, height, width), inside the image, never empty.
    """
    sizes = tf.maximum(tf.floor(box_sizes + 0.5), 1.0)
    start = tf.floor(tf.reverse(eyes, [-1]) - (sizes - 1.0) / 2.0 + 0.5)
    end = tf.clip_by_value(start + sizes, 1.0, float(image_size))
    start = tf.clip_by_value(start, 0.0, float(image_size - 1))
    return tf.cast(tf.concat([start, end - start], axis=-1), tf.int32)


def boxes_to_mask(boxes: tf.Tensor, *, image_size: int) -> tf.Tensor:
    """The mask that is 1 inside any of the boxes of an image.

    Args:
      boxes: int32 [B, n, 4], (top, left, height, width) in pixels.
      image_size: side of the image, in pixels.

    Returns:
      float32 [B, image_size, image_size, 1], each value 0 or 1.
    """
    top, left, height, width = tf.unstack(boxes, axis=-1)

    def inside(start, length):
        place = tf.range(image_size)
        after = place >= start[..., tf.newaxis]
        return tf.cast(after & (place < (start + length)[..., tf.newaxis]), tf.float32)

    # Number of boxes over each pixel.
    covers = tf.matmul(inside(top, height), inside(left, width), transpose_a=True)
    return tf.minimum(covers, 1.0)[..., tf.newaxis]
