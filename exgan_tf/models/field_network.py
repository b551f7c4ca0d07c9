"""The network that makes fields of an eye strip, and the discriminator that judges strips.

Ours: a small U-Net (Ronneberger et al., 2015) without normalisation, which sees the strip at half
its resolution, its pixels laid out in channels. Its last layers begin such that the fields are
those of a copy: nothing moves, the light stays, and little is painted.
"""

import functools

import tensorflow as tf

from exgan_tf import fields
from exgan_tf.models import blocks, eye_strip

# All ours.
_CHANNELS = (32, 64, 128)
_DILATIONS = (1, 2, 1)  # Of the residual blocks at an eighth of the strip's resolution.
_JUDGING_CHANNELS = (48, 96, 192)
_FIRST_SHARE_LOGIT = 3.0  # A share of 0.95.
_LARGEST_FLOW = 9 / 128  # Of the image's side: 9 pixels of 128, a quarter of the eyes' distance.
# With more, the network takes the eyes' contrast away: the error falls, and the eyes blur.
_LARGEST_GAIN_CHANGE = 0.1
_LARGEST_BIAS = 0.2
_convolve = functools.partial(blocks.convolve, kernel=3, normalization="none")


def build_field_network(
    image_size: int, *, width: float = 1.0, reference: bool = True
) -> tf.keras.Model:
    """Builds the network that makes fields, for images of a multiple of 32 pixels.

    Returns:
      A model of `strip`, [B, h, w, 3], h and w being `eye_strip.strip_size(image_size)`, the hole
      0, which is grey, `mask`, [B, h, w, 1], and, if asked for, `reference`, [B, h, w, 3], the
      reference's strip in the image's light, to fields, [B, h / 2, w / 2, fields.NUM_CHANNELS].
    """
    inputs = _inputs(image_size, reference=reference)
    sources = tf.keras.layers.Concatenate()(list(inputs.values()))
    channels = [blocks.scale_channels(each, width) for each in _CHANNELS]
    features = _convolve(tf.nn.space_to_depth(sources, fields.SCALE), channels[0])
    features = _convolve(features, channels[0])
    way_down = [features]
    for each in channels[1:]:
        features = _convolve(features, each, stride=2)
        features = _convolve(features, each)
        way_down.append(features)
    for dilation in _DILATIONS:
        more = _convolve(features, channels[-1], dilation=dilation)
        features = features + _head(more, channels[-1])
    for level in reversed(range(len(channels) - 1)):
        features = tf.keras.layers.UpSampling2D(interpolation="bilinear")(features)
        features = tf.keras.layers.Concatenate()([features, way_down[level]])
        features = _convolve(features, channels[level])
        features = _convolve(features, channels[level])
        if level == 1:  # Light changes slowly: it is told at half of the fields' resolution.
            lights = _head(features, 4, zeros=True)
            lights = tf.keras.layers.UpSampling2D(interpolation="bilinear")(lights)
    return tf.keras.Model(inputs, _to_fields(lights, features, image_size), name="fields")


def _to_fields(lights, features, image_size):
    # One bias for all colours: each its own made every iris browner, as most are.
    gain, bias = tf.split(tf.tanh(tf.cast(lights, tf.float32)), [3, 1], axis=-1)
    rest = tf.cast(_head(features, 6, zeros=True), tf.float32)
    flow, share, paint = tf.split(rest, [2, 1, 3], axis=-1)
    return tf.concat(
        [
            tf.tanh(flow) * (_LARGEST_FLOW * image_size),
            1.0 + _LARGEST_GAIN_CHANGE * gain,
            tf.repeat(_LARGEST_BIAS * bias, 3, axis=-1),
            tf.sigmoid(share + _FIRST_SHARE_LOGIT),
            tf.tanh(paint),
        ],
        axis=-1,
    )


def build_strip_discriminator(
    image_size: int,
    *,
    width: float = 1.0,
    spectral_normalization: bool = True,
    reference: bool = True,
) -> tf.keras.Model:
    """Builds the network that tells true from filled strips, patch by patch, at two scales.

    At half the resolution a patch holds both eyes; at the full one a patch is as large as an eye.

    Returns:
      A model of the inputs of the field network, the strip true or filled, to "logits", [B, N], and
      "features", a list of what its layers gave.
    """
    inputs = _inputs(image_size, reference=reference)
    scale = tf.keras.layers.Concatenate()(list(inputs.values()))
    logits, features = [], []
    for i in range(2):
        if i:
            scale = tf.keras.layers.AveragePooling2D()(scale)
        layer = scale
        for channels in _JUDGING_CHANNELS:
            layer = blocks.convolve_downwards(
                layer,
                blocks.scale_channels(channels, width),
                kernel=4,
                spectral_normalization=spectral_normalization,
            )
            features.append(layer)
        last = blocks.constrain(
            tf.keras.layers.Conv2D(1, 3, padding="same"),
            spectral_normalization=spectral_normalization,
        )
        logits.append(tf.keras.layers.Flatten()(last(layer)))
    logits = tf.cast(tf.keras.layers.Concatenate()(logits), tf.float32)
    return tf.keras.Model(
        inputs, {"logits": logits, "features": features}, name="strip_discriminator"
    )


def _inputs(image_size, *, reference):
    channels = {"strip": 3, "mask": 1} | ({"reference": 3} if reference else {})
    return blocks.named_inputs(eye_strip.strip_size(image_size), channels)


def _head(features, channels, *, zeros=False):
    """A convolution without activation; with `zeros` its output begins as 0."""
    initializer = "zeros" if zeros else "he_normal"
    layer = tf.keras.layers.Conv2D(channels, 3, padding="same", kernel_initializer=initializer)
    return layer(features)
