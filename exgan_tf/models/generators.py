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

import functools

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

    Returns:
      A model of `image`, [B, S, S, 3], the hole 0, which is grey, `mask`, [B, S, S, 1], and with
      `reference` of it, or of a picture painted after its code, [B, S, S, 3]; to an image,
      [B, S, S, 3]. The tanh that gives it is ours: GLCIC, whose images lie in [0, 1], has a
      sigmoid.
    """
    channels = {"image": 3, "mask": 1} | ({"reference": 3} if reference else {})
    inputs = blocks.named_inputs([image_size] * 2, channels)
    scale = functools.partial(blocks.scale_channels, width=width)
    convolve = functools.partial(blocks.convolve, kernel=3, normalization=normalization)
    enlarge = functools.partial(blocks.convolve_upwards, kernel=4, normalization=normalization)
    sources = tf.keras.layers.Concatenate()(list(inputs.values()))
    features = convolve(sources, scale(64), kernel=5)
    way_down = [features]
    for num in (128, 256):
        features = convolve(features, scale(num), stride=2)
        features = convolve(features, scale(num))
        way_down.append(features)

    def beside_way_down(features):
        if not skip_connections:
            return features
        return tf.keras.layers.Concatenate()([features, way_down.pop()])

    features = convolve(features, scale(256))
    for dilation in _DILATIONS:
        features = convolve(features, scale(256), dilation=dilation)
    features = beside_way_down(features)
    for _ in range(2):
        features = convolve(features, scale(256))
    features = beside_way_down(enlarge(features, scale(128)))
    features = convolve(features, scale(128))
    features = beside_way_down(enlarge(features, scale(64)))
    if skip_connections:
        # The inputs themselves once more, and a convolution for all that comes together here.
        features = convolve(tf.keras.layers.Concatenate()([features, sources]), scale(64))
    features = convolve(features, scale(32))
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
