"""Generators: the completion network of Iizuka et al. (GLCIC, 2017), with or without an exemplar.

The layers are GLCIC's table: down to a quarter of the size, dilated convolutions there, and up
again. Where the exemplar comes in is ours, as the paper only says that it goes into the generator:
a picture of it lies beside the image at the input. The switch `skip_connections`, ours as well,
lays the features of the way down, and at last the inputs themselves, beside those of the way up,
as a U-Net does (Ronneberger et al., 2015): what of the exemplar had to pass the quarter size and
the dilated layers was hardly used in short trainings. `copy_reference`, ours too, lets the network
choose pixel by pixel how much of the reference itself to take, as fine detail is easier to take
than to paint.
"""

import tensorflow as tf

from exgan_tf.models import blocks

_DILATIONS = (2, 4, 8, 16)
# Ours, before the softsign, a share of 0.2: a fifth of a blended reference and four of a trained
# baseline's filling had the lowest L1 on LFW.
_FIRST_SHARE_SIGN = -1.5


def build_completion_network(
    image_size: int,
    *,
    width: float = 1.0,
    normalization: str = "batch",
    reference: bool = False,
    skip_connections: bool = False,
    copy_reference: bool = False,
) -> tf.keras.Model:
    """Builds the network that fills holes.

    Args:
      image_size: side of the images in pixels, a multiple of 8 from 32 to 512.
      width: multiplies the numbers of channels; 1 is GLCIC's.
      normalization: "batch" (GLCIC's), "instance", "group" or "none".
      reference: whether a reference, or a picture painted after its code, guides it.
      skip_connections: whether features of the way down lie beside those of the way up.
      copy_reference: whether the reference itself is mixed into what is painted, with a share that
        the network says for each pixel.

    Returns:
      A model of these inputs, float32 unless stated, S being `image_size`:
        image: [B, S, S, 3] in [-1, 1], the hole 0, which is grey.
        mask: [B, S, S, 1], 1 = hole.
        reference: if asked for, [B, S, S, 3] in [-1, 1].
      Its output is an image, float32 [B, S, S, 3] in [-1, 1]. The tanh that gives it is ours:
      GLCIC, whose images lie in [0, 1], has a sigmoid.

    Raises:
      ValueError: if an argument is out of range.
    """
    blocks.check_image_size(image_size)
    if copy_reference and not reference:
        raise ValueError("copy_reference is True, but reference is False: both are wanted")
    inputs = {"image": 3, "mask": 1}
    if reference:
        inputs["reference"] = 3
    inputs = {
        name: tf.keras.Input([image_size, image_size, channels], name=name)
        for name, channels in inputs.items()
    }
    options = {"width": width, "normalization": normalization}
    sources = tf.keras.layers.Concatenate()(list(inputs.values()))
    features = _understand(sources, skip_connections=skip_connections, **options)
    if skip_connections:
        # The inputs themselves once more, and a convolution for all that comes together here.
        features = _convolve(tf.keras.layers.Concatenate()([features, sources]), 64, **options)
    features = _convolve(features, 32, **options)
    colors = tf.keras.layers.Conv2D(3, 3, padding="same")(features)
    image = tf.keras.layers.Activation("tanh", dtype=tf.float32)(colors)
    if copy_reference:
        image = _mix_in(inputs["reference"], image, features)
    return tf.keras.Model(inputs, image, name="completion")


def _mix_in(reference, painted, features):
    """Takes a share of the reference at each pixel, and of what was painted the rest."""
    sign = tf.keras.layers.Conv2D(
        1,
        3,
        padding="same",
        kernel_initializer="zeros",
        bias_initializer=tf.keras.initializers.Constant(_FIRST_SHARE_SIGN),
    )(features)
    # A sigmoid was driven so far out by one training of three that no gradient came back.
    sign = tf.keras.layers.Activation("softsign", dtype=tf.float32)(sign)
    return painted + (0.5 + 0.5 * sign) * (tf.cast(reference, tf.float32) - painted)


def _understand(features, *, skip_connections, width, normalization):
    """GLCIC's table but for its last two layers: [B, S, S, C] to [B, S, S, 64 * width or more]."""
    options = {"width": width, "normalization": normalization}
    features = _convolve(features, 64, kernel=5, **options)
    way_down = [features]
    for channels in (128, 256):
        features = _convolve(features, channels, stride=2, **options)
        features = _convolve(features, channels, **options)
        way_down.append(features)

    def beside_way_down(features):
        if not skip_connections:
            return features
        return tf.keras.layers.Concatenate()([features, way_down.pop()])

    features = _convolve(features, 256, **options)
    for dilation in _DILATIONS:
        features = _convolve(features, 256, dilation=dilation, **options)
    features = beside_way_down(features)
    for _ in range(2):
        features = _convolve(features, 256, **options)
    features = beside_way_down(_convolve_upwards(features, 128, **options))
    features = _convolve(features, 128, **options)
    return beside_way_down(_convolve_upwards(features, 64, **options))


def _convolve(features, channels, *, width, normalization, kernel=3, stride=1, dilation=1):
    return blocks.convolve(
        features,
        blocks.scale_channels(channels, width),
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        normalization=normalization,
    )


def _convolve_upwards(features, channels, *, width, normalization):
    return blocks.convolve_upwards(
        features, blocks.scale_channels(channels, width), kernel=4, normalization=normalization
    )
