"""The U-Net generator of Pix2Pix (Isola et al., 2017, appendix 6.1.1), with self-attention.

The layers are the paper's: 4x4 convolutions of stride 2 with leaky ReLUs down to one pixel,
transposed ones with ReLUs up again, each level beside that of the way down. The first and the
innermost are not normalised; of the innermost, whose one pixel would become 0, the paper's errata
says so. Ours:

- No dropout. The paper's, its only noise, is drawn anew at each pass, in use as well; here a run
  that stopped goes on with the same bits, and an image is always filled in the same way.
- He's initialisation, of a deviation of 0.016 to 0.044 for most layers at full width, where the
  paper has 0.02 for all; it suits other widths too.
- A size that is no power of two ends at its odd part, as 96 pixels at 3.
- The self-attention lies at a quarter of the size on the way up, where a place has both what the
  whole image says and the detail of the way down.

The transposed convolutions paint checkerboards at first: on drawn faces of 64 pixels they are plain
after 300 steps of 8, and gone but for a trace after 1,000. A last layer that enlarges first and
convolves then only made them coarser, so the paper's stays.
"""

import tensorflow as tf

from exgan_tf.models import attention as attentions
from exgan_tf.models import blocks

_CHANNELS = (64, 128, 256, 512)  # The paper's; further levels are as the last.
_KERNEL = 4  # The paper's.
_ATTENTION_SCALE = 4  # Ours, as SAGAN's: features of 32 pixels for images of 128.


def build_unet(
    image_size: int,
    *,
    width: float = 1.0,
    normalization: str = "instance",
    attention: bool = True,
) -> tf.keras.Model:
    """Builds the network that fills holes; "instance" is Pix2Pix's normalisation at batch size 1.

    Returns:
      A model of `image`, [B, S, S, 3], the hole filled with whatever texture, and `mask`,
      [B, S, S, 1], to an image, [B, S, S, 3].
    """
    inputs = blocks.named_inputs([image_size] * 2, {"image": 3, "mask": 1})
    features = tf.keras.layers.Concatenate()(list(inputs.values()))
    *way_down, features = _go_down(features, width=width, normalization=normalization)
    for level in reversed(way_down):
        convolved = blocks.convolve_upwards(
            features, level.shape[-1], kernel=_KERNEL, normalization=normalization
        )
        features = tf.keras.layers.Concatenate()([convolved, level])
        if attention and features.shape[1] == image_size // _ATTENTION_SCALE:
            features = attentions.attend(features)
    colors = tf.keras.layers.Conv2DTranspose(3, _KERNEL, strides=2, padding="same")(features)
    image = tf.keras.layers.Activation("tanh", dtype=tf.float32)(colors)
    return tf.keras.Model(inputs, image, name="unet")


def _go_down(features, *, width, normalization):
    """The features of each level, the largest first."""
    levels = []
    while features.shape[1] % 2 == 0:
        channels = _CHANNELS[min(len(levels), len(_CHANNELS) - 1)]
        is_innermost = features.shape[1] // 2 % 2 == 1
        features = blocks.convolve_downwards(
            features,
            blocks.scale_channels(channels, width),
            kernel=_KERNEL,
            normalization=normalization if levels and not is_innermost else "none",
        )
        levels.append(features)
    return levels
