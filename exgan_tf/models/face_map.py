"""The facial map that guides a generator: a face's landmarks drawn as lines, in three channels.

The channels are jaw and brows, eyes, nose and mouth: a mirror exchanges none of them. Which
landmarks a channel has, and how wide the lines are, is ours; Lahiri et al. (2017) only say that the
map is drawn from dlib's 68 landmarks and has three channels.
"""

import tensorflow as tf

NUM_CHANNELS = 3
_LINES_PER_WIDTH = 64  # Ours: how many lines side by side an image is wide.

# Chains of landmarks in dlib's order, for each channel; a closed one ends where it began.
_CHAINS = (
    (range(17), range(17, 22), range(22, 27)),
    ((*range(36, 42), 36), (*range(42, 48), 42)),
    (range(27, 31), range(31, 36), (*range(48, 60), 48), (*range(60, 68), 60)),
)


def draw_face_map(landmarks, image_size: int) -> tf.Tensor:
    """Draws landmarks as lines of a 64th of the image's side, at least a pixel wide.

    Args:
      landmarks: float32 [B, 68, 2] of (x, y) in pixels, in dlib's order, pixel centres being whole
        numbers; finite, but may lie outside the image.
      image_size: side of the map, S, in pixels.

    Returns:
      float32 [B, S, S, 3] in [-1, 1]: 1 on a line, -1 away from it, and between at its edges.
    """
    half_width = max(1.0, image_size / _LINES_PER_WIDTH) / 2
    squares = [_squared_distance(landmarks, chains, image_size) for chains in _CHAINS]
    distance = tf.sqrt(tf.stack(squares, axis=-1))
    # A pixel counts as covered as far as its centre is inside, counted over one pixel's width.
    return 2.0 * tf.clip_by_value(half_width + 0.5 - distance, 0.0, 1.0) - 1.0


def _squared_distance(landmarks, chains, image_size):
    """float32 [B, S, S]: from each pixel to the nearest line of some chains, squared."""
    start = tf.gather(landmarks, [point for chain in chains for point in chain[:-1]], axis=1)
    stop = tf.gather(landmarks, [point for chain in chains for point in chain[1:]], axis=1)
    pixels = tf.range(image_size, dtype=tf.float32)
    # The way from each line's start to each pixel, [B, n, S] along one axis.
    x, y = (pixels - start[..., axis, tf.newaxis] for axis in (0, 1))
    x, y = x[:, :, tf.newaxis, :], y[..., tf.newaxis]
    u, v = tf.unstack((stop - start)[:, :, tf.newaxis, tf.newaxis], axis=-1)
    # How far along the line its nearest place lies; a line without length is its start.
    along = tf.math.divide_no_nan(u * x + v * y, u * u + v * v)
    along = tf.clip_by_value(along, 0.0, 1.0)
    squared = tf.math.squared_difference(x, along * u) + tf.math.squared_difference(y, along * v)
    return tf.reduce_min(squared, axis=1)
