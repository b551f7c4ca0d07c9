"""Putting the known pixels back: the step before every loss and metric that reads a whole image.

Also Poisson blending, which fills a hole with part of another image, without a seam (Perez et al.,
2003). OpenCV's `seamlessClone` does not serve for holes: along the edge of its mask it keeps the
gradients of the destination, which in a hole are those of grey (a hole of 16 x 18 pixels in a
bright image stays grey as a whole, measured), and it works on 8 bits.

Convention: images and sources float32 [B, H, W, C], RGB in [-1, 1]; masks float32 [B, H, W, 1],
1 = hole, 0 = known; what an image holds in the hole is not looked at. This module stands apart from
`images`, which worker processes import without TensorFlow.
"""

import tensorflow as tf

_TOLERANCE = 1e-6  # Ours: residual over right side; what is left is far below an 8-bit level.
# Ours, of `match_edge`: four smoothings come within 0.015 of Poisson blending, on average, in the
# holes of LFW faces at 64 and 128 pixels, where without any shift 0.25 was missing; sixteen, within
# 0.006, take three times as long.
_NUM_SMOOTHINGS = 4
_COARSEST = 4  # Pixels, ours.
# Ours, of `brightness_gain`: coloured light can take nearly all of a colour away, but what is
# nearly black cannot be made bright.
_SMALLEST_GAIN, _LARGEST_GAIN = 0.03, 2.5


def composite(image, completed, mask) -> tf.Tensor:
    """Takes the hole from `completed` and all else, bit for bit, from `image`.

    Chosen, not blended: what `completed` holds at a known pixel, be it NaN, cannot leak in, and no
    gradient reaches it there. `completed` may have any shape that broadcasts to the image's; the
    result has the image's shape and dtype.
    """
    return tf.where(mask > 0, completed, image)


@tf.function(reduce_retracing=True, autograph=False)
def blend_poisson(image, source, mask) -> tf.Tensor:
    """Fills holes with the gradients of a source, such that nothing jumps at their edges.

    The result is the source plus a correction: at the known pixels around the hole what the source
    lacks there, and in the hole harmonic, each value the mean of its neighbours. The border of the
    image asks for nothing, so a hole without any known pixel beside it gets the source itself.
    The blend may overshoot the range of both; outside the hole it is `image`, bit for bit.
    """
    hole = mask > 0
    lacking = tf.where(hole, 0.0, image - source)
    rows, columns = _bounding_range(hole, axis=1), _bounding_range(hole, axis=2)

    def crop(values):
        return values[:, rows[0] : rows[1], columns[0] : columns[1]]

    correction = _solve(
        unknown=crop(tf.cast(hole, tf.float32)),
        num_neighbors=crop(_sum_neighbors(tf.ones_like(lacking[:1]))),
        known_sum=crop(_sum_neighbors(lacking)),
    )
    height, width = tf.unstack(tf.shape(image, tf.int64)[1:3])
    margins = [[0, 0], [rows[0], height - rows[1]], [columns[0], width - columns[1]], [0, 0]]
    return composite(image, source + tf.pad(correction, margins), mask)


def _solve(*, unknown, num_neighbors, known_sum):
    """Solves for unknowns each of which is the mean of its neighbours, by conjugate gradients.

    Each example is solved by itself: one that is done stays as it is while others go on. Places
    have `num_neighbors`, of which the known ones sum to `known_sum`.
    """
    residual = known_sum * unknown
    square = _dot(residual, residual)
    goal = square * _TOLERANCE**2

    def is_unsolved(solution, residual, direction, square):
        return tf.reduce_any(square > goal)

    def improve(solution, residual, direction, square):
        change = (num_neighbors * direction - _sum_neighbors(direction)) * unknown
        step = tf.math.divide_no_nan(square, _dot(direction, change))
        step = tf.where(square > goal, step, 0.0)
        solution, residual = solution + step * direction, residual - step * change
        next_square = _dot(residual, residual)
        direction = residual + tf.math.divide_no_nan(next_square, square) * direction
        return solution, residual, direction, next_square

    start = (tf.zeros_like(residual), residual, residual, square)
    # In exact arithmetic that many steps would always do.
    most = tf.size(unknown[0])
    return tf.while_loop(is_unsolved, improve, start, maximum_iterations=most)[0]


def _dot(left, right):
    """The scalar product of each example: float32 [B, 1, 1, 1]."""
    return tf.reduce_sum(left * right, axis=[1, 2, 3], keepdims=True)


def _sum_neighbors(values, padding="CONSTANT"):
    """The sum of each place's four neighbours, of [B, h, w, C]; what is outside counts as 0."""
    padded = tf.pad(values, [[0, 0], [1, 1], [1, 1], [0, 0]], padding)
    vertical = padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1]
    return vertical + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]


def _bounding_range(hole, *, axis):
    """int64 start and stop, along an axis, of the smallest part that holds all holes."""
    others = [other for other in range(4) if other != axis]
    places = tf.where(tf.reduce_any(hole, axis=others))[:, 0]
    # Without any hole one place is as good as another.
    places = tf.cond(tf.size(places) > 0, lambda: places, lambda: tf.zeros([1], tf.int64))
    return tf.reduce_min(places), tf.reduce_max(places) + 1


def match_edge(image, source, mask) -> tf.Tensor:
    """Shifts the colours of a source in the hole so that it meets the image at the hole's edge.

    It stands in for Poisson blending where that takes too long, as in every step of a training:
    what the source lacks at the known pixels around the hole is continued into it smoothly, from
    coarse to fine, instead of harmonically. The result is the source, shifted in the hole, which
    may overshoot the range of both; a gradient reaches the source.
    """
    edge = tf.nn.max_pool2d(mask, 3, 1, "SAME") * (1 - mask)
    lacking = composite(tf.zeros_like(image), image - source, edge)
    return source + mask * continue_smoothly(lacking, edge)


def edge_brightness(image, mask, *, ring_width: int) -> tf.Tensor:
    """How bright an image is in a ring around its holes: farther away are hair and background.

    Returns:
      float32 [B, 1, 1, 3], the mean of each colour up to `ring_width` pixels from the holes, from
      black, in [0, 2]; 0 where nothing is known.
    """
    side = 2 * ring_width + 1
    # One axis after the other: a fifth of the time at 13 pixels (measured).
    near = tf.nn.max_pool2d(tf.nn.max_pool2d(mask, [side, 1], 1, "SAME"), [1, side], 1, "SAME")
    ring = near * (1 - mask)
    total = tf.reduce_sum(tf.where(ring > 0, image + 1.0, 0.0), axis=[1, 2], keepdims=True)
    return tf.math.divide_no_nan(total, tf.reduce_sum(ring, axis=[1, 2], keepdims=True))


def brightness_gain(ours, theirs) -> tf.Tensor:
    """The factors that bring the brightness `theirs` to `ours`, both as of `edge_brightness`.

    Returns:
      float32 [B, 1, 1, 3] in [0.03, 2.5]; 1 where one of them is 0.
    """
    gain = tf.where(tf.logical_and(ours > 0, theirs > 0), ours / tf.maximum(theirs, 1e-4), 1.0)
    return tf.clip_by_value(gain, _SMALLEST_GAIN, _LARGEST_GAIN)


def continue_smoothly(values, known) -> tf.Tensor:
    """Fills what is not known from the means of what is known around, from coarse to fine.

    Values, float32 [B, H, W, C], have to be 0 where `known`, float32 [B, H, W, 1], is 0, and stay
    where it is 1. If nothing is known, all is 0.
    """
    height, width = values.shape[1:3]
    if height % 2 or width % 2 or min(height, width) <= _COARSEST:
        total = tf.reduce_sum(values, axis=[1, 2], keepdims=True)
        count = tf.reduce_sum(known, axis=[1, 2], keepdims=True)
        mean = tf.math.divide_no_nan(total, count)
        return composite(mean + tf.zeros_like(values), values, known)
    count = tf.nn.avg_pool2d(known, 2, 2, "VALID")
    coarse = tf.math.divide_no_nan(tf.nn.avg_pool2d(values, 2, 2, "VALID"), count)
    coarse = continue_smoothly(coarse, tf.cast(count > 0, values.dtype))
    filled = tf.image.resize(coarse, [height, width])
    for _ in range(_NUM_SMOOTHINGS):
        filled = _mean_neighbors(composite(filled, values, known))
    return composite(filled, values, known)


@tf.custom_gradient
def _mean_neighbors(values):
    """The mean of the four neighbours of each place; at the border the place itself stands in.

    What a place gives to another it gets from it, so the gradient is the same mean; TensorFlow's
    own takes eight times as long (measured).
    """

    def mean(values):
        return _sum_neighbors(values, "SYMMETRIC") / 4

    return mean(values), mean
