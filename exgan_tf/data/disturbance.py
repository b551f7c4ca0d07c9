"""Disturbing references, so that a network learns what moving and lighting are.

Ours. A photograph that serves as its own reference is turned, scaled, shifted and bent as another
photograph of the same face might be, and lit in another way: what has to be moved and lit back is
then known exactly. Nothing bends more finely than a hole is wide, as nobody could know that from
outside the hole; and some are hardly moved, so that it can be learnt when a copy is to be trusted.
Other references may be lit in another way alone, as lamps are of any colour, and so may the images:
more strongly, as news photographs show few faces half in shadow or in the evening sun.
"""

import math

import tensorflow as tf

from exgan_tf import option_types, resampling

_MAX_TURN = math.radians(9)
_MAX_SCALING = 0.15
_MAX_SHIFT = 5 / 128  # Of the image's side.
_BENDS = 4  # Points of the elastic grid along each axis: 43 of 128 pixels apart.
_BEND_SIZE = 1.2 / 128  # Standard deviation of each point, of the image's side.
_MAX_GAMMA = 1.4
_COLOR_CAST = 0.12  # Standard deviation of the logarithm of each colour's factor.
_LIGHTS = 3  # Points of the grid of light along each axis.
_LIGHT_SIZE = 0.2  # Standard deviation of the logarithm of each point's factor.
_TINT_SIZE = 0.08  # The same of each point and colour: lamps differ from side to side.
# Numbers that each of them takes.
_SIZES = (1, 1, 1, 2, 1, 2 * _BENDS**2, 3, _LIGHTS**2, 3 * _LIGHTS**2)


class DisturbanceOptions(option_types.Options, frozen=True):
    """Which training pairs are disturbed; all ours.

    Attributes:
      self_pairs: share of the training pairs whose reference is the photograph itself, disturbed:
        they teach moving, relighting, and when to copy.
      num_self_pair_steps: number of steps at the start in which all pairs are self pairs.
      relit_references: share of the other training references that are relit.
      relit_images: share of the training images that are relit, more strongly; a reference that is
        the photograph itself is disturbed from its own light, not the image's.
    """

    self_pairs: option_types.Share = 0.0
    num_self_pair_steps: option_types.NonNegativeCount = 0
    relit_references: option_types.Share = 0.0
    relit_images: option_types.Share = 0.0


def draw(count, *, seed) -> tf.Tensor:
    """Draws how photographs are disturbed, by a seed, int64 [2].

    Returns:
      float32 [count, N], normally distributed within two standard deviations.
    """
    return tf.random.stateless_truncated_normal([count, sum(_SIZES)], seed)


def disturb_some(images, disturbances, chosen, *, how) -> tf.Tensor:
    """Disturbs the images of a batch that are `chosen`, bool [B], by `move` or `relight`."""
    places = tf.where(chosen)
    disturbed = how(tf.gather_nd(images, places), tf.gather_nd(disturbances, places))
    return tf.tensor_scatter_nd_update(images, places, disturbed)


def move(images, disturbances) -> tf.Tensor:
    """Turns, scales, shifts and bends images.

    Args:
      images: float32 [B, S, S, 3], RGB in [-1, 1].
      disturbances: float32 [B, N], from `draw`.

    Returns:
      float32 [B, S, S, 3] in [-1, 1].
    """
    size = images.shape[1]
    amount, turn, scaling, shift, _, bends, *_ = tf.split(disturbances, _SIZES, axis=-1)
    amount = tf.minimum(tf.abs(amount), 1.0)  # Of all that moves.
    turn, scaling, shift, bends = (amount * each for each in (turn, scaling, shift, bends))
    bends = tf.reshape(bends, [-1, _BENDS, _BENDS, 2]) * (_BEND_SIZE * size)
    bends = tf.image.resize(bends, [size, size], tf.image.ResizeMethod.BICUBIC)
    places = _similarity_places(turn, scaling, shift, size=size) + bends
    return tf.clip_by_value(resampling.sample_cubic(images, places), -1.0, 1.0)


def relight(images, disturbances, *, contrast: float = 1.0) -> tf.Tensor:
    """Lights images in another way: brighter or darker, in other colours, from another side.

    Args:
      images: as of `move`.
      disturbances: as of `move`.
      contrast: how much more than a reference the image gets darker and brighter, as a whole and
        from side to side; its colours change as a reference's do.
    """
    *_, gamma, _, cast, light, tint = tf.split(disturbances, _SIZES, axis=-1)
    light = tf.reshape(light * (contrast * _LIGHT_SIZE), [-1, _LIGHTS, _LIGHTS, 1])
    light += tf.reshape(tint * _TINT_SIZE, [-1, _LIGHTS, _LIGHTS, 3])
    light = tf.image.resize(light, images.shape[1:3], tf.image.ResizeMethod.BICUBIC)
    gain = tf.exp(light + cast[:, tf.newaxis, tf.newaxis] * _COLOR_CAST)
    exponent = contrast * gamma[..., tf.newaxis, tf.newaxis] * (math.log(_MAX_GAMMA) / 2)
    # From black, and not from grey; a hair above it, where a power has a slope.
    brightness = tf.pow(tf.maximum((images + 1) / 2, 1e-4), tf.exp(exponent)) * gain
    return tf.clip_by_value(brightness * 2 - 1, -1.0, 1.0)


def _similarity_places(turn, scaling, shift, *, size):
    """Where each pixel comes from, float32 [B, size, size, 2]; about the middle of the image."""
    # What is drawn lies within two standard deviations.
    angle, scale = turn[:, 0] * (_MAX_TURN / 2), tf.exp(scaling[:, 0] * (_MAX_SCALING / 2))
    x, y = scale * tf.cos(angle), scale * tf.sin(angle)
    matrix = tf.stack([tf.stack([x, -y], -1), tf.stack([y, x], -1)], 1)
    middle = tf.constant([(size - 1) / 2, (size - 1) / 2])
    shift = middle + shift * (_MAX_SHIFT * size / 2) - tf.linalg.matvec(matrix, middle)
    transform = tf.concat([matrix, shift[..., tf.newaxis]], -1)
    return resampling.affine_places(transform, height=size, width=size)
