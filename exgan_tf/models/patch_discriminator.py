"""The PatchGAN discriminator of Pix2Pix (Isola et al., 2017, appendix 6.1.2).

It judges each patch of an image by itself, beside what the generator was given. Patches have 70
pixels in images of 256, as the paper's. Ours: in smaller images the patch stays about a quarter of
the side, by the paper's own smaller discriminators: 34 pixels at 128, and 16 at 64; at 32 they are
16 as well, and at 512 142. A patch of 70 would see all of a small image. Ours too: a logit for each
place of the last features, 32 x 32 at 64 to 256 pixels, as the layers pad to the same size.
"""

import math

import tensorflow as tf

from exgan_tf.models import blocks

_CHANNELS = (64, 128, 256, 512, 512)  # The paper's, and one more for 512 pixels.
_KERNEL = 4  # The paper's.


def build_patch_discriminator(
    image_size: int,
    *,
    width: float = 1.0,
    normalization: str = "instance",
    spectral_normalization: bool = False,
) -> tf.keras.Model:
    """Builds the network that tells real from in-painted patches.

    All but its first layer and the last are normalised; "instance" is Pix2Pix's at batch size 1.

    Returns:
      A model of `image`, [B, S, S, 3], the one to judge, `source`, [B, S, S, 3], the generator's,
      with its hole, and `mask`, [B, S, S, 1], to logits, [B, s, s, 1], s being S halved as often as
      the table of channels goes: 32 for 64, 128 and 256 pixels.
    """
    inputs = blocks.named_inputs([image_size] * 2, {"image": 3, "source": 3, "mask": 1})
    features = tf.keras.layers.Concatenate()(list(inputs.values()))
    # So many that the patch is about a quarter of the image.
    num_halvings = max(1, round(math.log2(image_size / 32)))
    for level in range(num_halvings + 1):
        features = blocks.convolve_downwards(
            features,
            blocks.scale_channels(_CHANNELS[level], width),
            kernel=_KERNEL,
            stride=2 if level < num_halvings else 1,
            normalization=normalization if level else "none",
            spectral_normalization=spectral_normalization,
        )
    logits = blocks.to_logits(
        tf.keras.layers.Conv2D(1, _KERNEL, padding="same"),
        features,
        spectral_normalization=spectral_normalization,
    )
    return tf.keras.Model(inputs, logits, name="patch_discriminator")
