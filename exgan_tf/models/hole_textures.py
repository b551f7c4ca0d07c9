"""What a hole is filled with before a network sees it: grey, white or noise.

What is random here is a pure function of an image's own known pixels and mask: the same image comes
out the same in whatever batch and on however many devices, a run that stopped goes on exactly, and
evaluation repeats itself. Training draws its masks anew in each epoch, and so the textures too.
(XLA, which may compile a training step, draws other numbers than TensorFlow's own kernels.)
"""

import math
import typing
from typing import Literal

import tensorflow as tf

from exgan_tf import compositing

HoleTexture = Literal["grey", "white", "noise", "any"]
HOLE_TEXTURES = typing.get_args(HoleTexture)
_GREY, _WHITE = 0.0, 1.0


def fill_holes(image, mask, *, texture: str) -> tf.Tensor:
    """Fills holes with a texture.

    Args:
      image: float32 [B, S, S, 3] in [-1, 1]; what lies in the hole is not looked at.
      mask: float32 [B, S, S, 1], 1 = hole.
      texture: "grey", 0; "white", 1; "noise", each value drawn evenly from [-1, 1); or "any", for
        which each image draws one of these three, all as likely.

    Returns:
      float32 [B, S, S, 3] in [-1, 1], equal to the image, bit for bit, outside the hole.

    Raises:
      ValueError: if there is no such texture.
    """
    if texture not in HOLE_TEXTURES:
        raise ValueError(f"texture is {texture!r}; expected one of {', '.join(HOLE_TEXTURES)}")
    if texture == "white":
        return compositing.composite(image, _WHITE, mask)
    grey = compositing.composite(image, _GREY, mask)
    if texture == "grey":
        return grey
    draw = _draw_noise if texture == "noise" else _draw_any
    drawn = tf.map_fn(
        lambda seed: draw(image.shape[1:], seed),
        _content_seeds(grey, mask),
        fn_output_signature=tf.float32,
    )
    return compositing.composite(image, drawn, mask)


def _content_seeds(image, mask):
    """A seed for each image, int64 [B, 2], from its 8-bit values and its mask."""
    # Rounded, so that a last bit that another device computes otherwise changes nothing.
    levels = tf.cast(tf.round((image + 1.0) * 127.5), tf.int64)
    values = tf.concat([levels, tf.cast(mask, tf.int64)], axis=-1)
    values = tf.reshape(values, [-1, math.prod(values.shape[1:])])
    # The second sum tells apart images of the same values in other places.
    places = tf.range(1, values.shape[1] + 1, dtype=tf.int64)
    return tf.stack([tf.reduce_sum(values, axis=1), tf.reduce_sum(values * places, axis=1)], axis=1)


def _draw_noise(shape, seed):
    # The algorithm is named, as it would otherwise go by the device.
    return tf.random.stateless_uniform(shape, seed, minval=-1.0, maxval=1.0, alg="philox")


def _draw_any(shape, seed):
    noise_seed, choice_seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    choice = tf.random.stateless_uniform([], choice_seed, alg="philox")
    plain = tf.where(choice < 1 / 3, _GREY, _WHITE)
    return tf.where(choice < 2 / 3, plain, _draw_noise(shape, noise_seed))
