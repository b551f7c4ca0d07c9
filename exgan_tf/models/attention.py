"""Self-attention over the places of an image (Zhang et al., SAGAN, 2019, section 3).

Each place asks all others for what they hold, however far away: an eye can look like the other one.
That keys and values are pooled, and that values have more channels, is of the authors' code.
Ours: no spectral normalisation, which all their layers have.
"""

import tensorflow as tf

_QUERY_FRACTION = 8  # SAGAN's: queries and keys have an eighth of the channels,
_VALUE_FRACTION = 2  # and the values half of them.


def attend(inputs) -> tf.Tensor:
    """Adds to the features of each place what it finds elsewhere: x + gamma * attention(x).

    gamma is a number that is learned and starts at 0, so that at first nothing is added.

    Args:
      inputs: Keras tensor [B, H, W, C], H and W at least 2; an odd last row or column is not
        pooled, and so not looked at by the others.

    Returns:
      Keras tensor of the same shape.
    """
    height, width, channels = inputs.shape[1:]
    queries = _project(inputs, channels // _QUERY_FRACTION)
    keys = _pool(_project(inputs, channels // _QUERY_FRACTION))
    values = _pool(_project(inputs, channels // _VALUE_FRACTION))
    # In float32: bfloat16 would leave the softmax over some thousand places two digits.
    found = tf.keras.layers.Attention(dtype=tf.float32)(
        [_flatten(queries), _flatten(values), _flatten(keys)]
    )
    found = tf.keras.layers.Reshape([height, width, values.shape[-1]])(found)
    return tf.keras.layers.Add()([inputs, _Gain()(_project(found, channels))])


class _Gain(tf.keras.layers.Layer):
    """Multiplies by a number that is learned, gamma; 0 at first."""

    def build(self, input_shape):
        self.gamma = self.add_weight(name="gamma", shape=[], initializer="zeros")
        super().build(input_shape)

    def call(self, inputs):
        return inputs * self.gamma


def _project(features, channels):
    return tf.keras.layers.Conv2D(channels, 1, use_bias=False)(features)


def _pool(features):
    return tf.keras.layers.MaxPooling2D(2)(features)


def _flatten(features):
    return tf.keras.layers.Reshape([-1, features.shape[-1]])(features)
