"""Sampling images at places between their pixels, with TensorFlow; gradients reach the places.

Convention: images float32 [B, H, W, C]; places float32 [B, h, w, 2] of (x, y) in pixels, whose
centres lie on whole numbers; affine maps float32 [B, 2, 3], which take (x, y, 1) to (x, y). What is
sampled is float32 [B, h, w, C]; what lies outside an image is repeated from its edge. Addons'
`dense_image_warp` has no cubic filter, and takes flows on the image's own grid alone.
"""

import tensorflow as tf


def affine_places(transforms, *, height: int, width: int) -> tf.Tensor:
    """Where affine maps take the pixels of a grid: places [B, height, width, 2]."""
    columns = tf.range(width, dtype=tf.float32)[:, tf.newaxis]
    rows = tf.range(height, dtype=tf.float32)[:, tf.newaxis, tf.newaxis]
    right, down, start = _unstack(transforms)
    return right * columns + down * rows + start


def apply_affine(transforms, places) -> tf.Tensor:
    """Takes places, [B or 1, h, w, 2], through affine maps."""
    right, down, start = _unstack(transforms)
    return right * places[..., :1] + down * places[..., 1:] + start


def _unstack(transforms):
    """Where steps to the right and down lead, and the first place, [B, 1, 1, 2] each."""
    # Not a matrix product: GPUs round its factors to 10 bits, a quarter of a pixel.
    return tf.unstack(transforms[:, tf.newaxis, tf.newaxis], axis=-1)


def sample_bilinear(images, places) -> tf.Tensor:
    """Samples images with a bilinear filter: each value is a mean of the four pixels around it."""
    return _sample(images, places, lambda fraction: [1.0 - fraction, fraction], first=0)


def sample_cubic(images, places, *, slope: float = -0.5) -> tf.Tensor:
    """Samples images with a cubic filter (Keys, 1981).

    It keeps more of the fine detail than the bilinear one, and may overshoot the range.

    Args:
      images: float32 or uint8.
      places: in pixels of `images`.
      slope: of the filter one pixel aside, Keys's a. The default is the filter of Catmull and Rom,
        which gives smooth pictures exactly; what is steeper is sharper.
    """

    def weigh(t):
        return [
            slope * t * (1 - t) ** 2,
            ((slope + 2) * t - (slope + 3)) * t * t + 1,
            ((slope + 2) * (1 - t) - (slope + 3)) * (1 - t) ** 2 + 1,
            slope * (1 - t) * t * t,
        ]

    return _sample(images, places, weigh, first=-1)


def _sample(images, places, weigh, *, first):
    """Sums pixels by the weights along both axes; `first` is the offset of the first of them."""
    height, width = tf.shape(images)[1], tf.shape(images)[2]
    start = tf.floor(places)
    column_weights, row_weights = (weigh(each) for each in tf.split(places - start, 2, axis=-1))
    # A place that is no number, or far outside, is still some place.
    left, top = tf.unstack(tf.cast(tf.clip_by_value(start, -1e6, 1e6), tf.int32), axis=-1)
    columns = [tf.clip_by_value(left + first + i, 0, width - 1) for i in range(len(column_weights))]
    pixels = tf.reshape(images, [-1, images.shape[-1]])
    example = tf.range(tf.shape(images)[0])[:, tf.newaxis, tf.newaxis] * height
    total = 0.0
    for i, row_weight in enumerate(row_weights):
        row = (example + tf.clip_by_value(top + first + i, 0, height - 1)) * width
        line = tf.add_n(
            [
                tf.cast(tf.gather(pixels, row + column), tf.float32) * weight
                for column, weight in zip(columns, column_weights, strict=True)
            ]
        )
        total += line * row_weight
    return total
