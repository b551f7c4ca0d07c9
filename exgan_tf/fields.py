"""Fields: what a network says of every place of an eye strip, and what they make of photographs.

The network does not paint eyes, it says where in the reference they come from, and in which light:

  flow    2 numbers, pixels of the strip: how far from the same place of the reference's strip the
          place lies whose colours are taken (appearance flow, Zhou et al., 2016).
  gain    3 numbers, one a colour: what those colours, from black, are multiplied by.
  bias    3 numbers: what is added to them then, grey but for the light at the border of the hole.
  share   in [0, 1]: how much is taken of what was moved and lit so; the rest is painted.
  paint   3 numbers, RGB, black -1: for what the reference does not show. It may overshoot 1.

All are smooth in comparison with a photograph, so they may be made at one resolution and used at
any other: what is fine in the result comes from the reference's own pixels. They are made at half
the strip's resolution; as one tensor, float32 [B, h, w, NUM_CHANNELS], they are in the order above.
"""

from typing import NamedTuple

import tensorflow as tf

from exgan_tf import resampling

CHANNELS = (2, 3, 3, 1, 3)
NUM_CHANNELS = sum(CHANNELS)
# What `compose` needs to know beside the fields.
CONTEXT = ("light_gain", "strip_to_image", "strip_to_reference")
SCALE = 2  # Pixels of the strip that a field's cell is wide.
# Of the filter that takes a reference's pixels, as between pixels every filter blurs: OpenCV's.
# On London's faces fine detail is 0.72 of the truth's so, 0.67 with -0.6; the L1 is 0.7 % larger.
SLOPE = -0.75


class Fields(NamedTuple):
    """Fields by name, each float32 [B, h, w, channels]."""

    flow: tf.Tensor
    gain: tf.Tensor
    bias: tf.Tensor
    share: tf.Tensor
    paint: tf.Tensor


def join(here: Fields) -> tf.Tensor:
    """The tensor of some fields: the inverse of `split`."""
    return tf.concat([*here], axis=-1)


def split(fields) -> Fields:
    """The fields of a tensor by name."""
    return Fields(*tf.split(fields, CHANNELS, axis=-1))


def sample(fields, places) -> Fields:
    """Fields at places, float32 [B, H, W, 2] of (x, y) in pixels of the strip.

    Each is float32 [B, H, W, channels].
    """
    # Cells cover areas: their centres lie between the pixels that they cover.
    return split(resampling.sample_bilinear(fields, (places + 0.5) / SCALE - 0.5))


def light(colors, here: Fields) -> tf.Tensor:
    """Colours, float32 [B, H, W, 3] in [-1, 1], by `gain` and `bias`; they may leave the range."""
    return (colors + 1.0) * here.gain - 1.0 + here.bias


def mend(moved, here: Fields) -> tf.Tensor:
    """Mixes what was moved and lit, float32 [B, H, W, 3], with the paint."""
    return here.paint + here.share * (moved - here.paint)


def mirror(fields) -> tf.Tensor:
    """The fields of mirrored strips, of those of the strips themselves."""
    here = split(tf.reverse(fields, [2]))
    return join(here._replace(flow=here.flow * tf.constant([-1.0, 1.0])))


def without_share(fields) -> tf.Tensor:
    """Fields of which nothing is taken from a reference."""
    here = split(fields)
    return join(here._replace(share=tf.zeros_like(here.share)))


def relight(fields, light) -> tf.Tensor:
    """Fields that give what they gave in a light, float32 [B, h, w, 3], that multiplies colours."""
    here = split(fields)
    return join(
        here._replace(
            gain=here.gain * light,
            bias=here.bias * light,
            paint=(here.paint + 1.0) * light - 1.0,
        )
    )


def compose(fields, reference, *, light_gain, places, strip_to_reference) -> tf.Tensor:
    """What fields make of a reference, on any grid.

    Args:
      fields: float32 [B, h, w, NUM_CHANNELS].
      reference: [B, H, W, 3], RGB, float32 in [-1, 1] or uint8.
      light_gain: float32 [B, 1, 1, 3]: brings the reference into the image's light, see
        `compositing.brightness_gain`.
      places: float32 [B, height, width, 2], where the pixels of the result lie in the strip, (x, y)
        in its pixels.
      strip_to_reference: float32 [B, 2, 3], takes pixels of the strip to those of `reference`.

    Returns:
      float32 [B, height, width, 3]; may overshoot [-1, 1].
    """
    here = sample(fields, places)
    sources = resampling.apply_affine(strip_to_reference, places + here.flow)
    reference = tf.convert_to_tensor(reference)
    moved = resampling.sample_cubic(reference, sources, slope=SLOPE)
    if reference.dtype == tf.uint8:
        moved = moved / 127.5 - 1.0
    return mend(light((moved + 1.0) * light_gain - 1.0, here), here)
