"""The eye autoencoder: the compressing function C of Code ExGAN, from an eye's window to a code.

After the public attempt at the code variant: 256 numbers an eye, one encoder for both eyes,
separate decoders for the left and the right one, L2 loss. The layers are ours. The encoder is
trained first, by itself, and frozen then.
"""

import math

import tensorflow as tf

from exgan_tf.models import blocks, eye_windows

CODE_SIZE = 256  # For each eye; the public attempt's.
_CHANNELS = (128, 256, 512, 512, 512, 512)  # Ours, after each halving of a window.


def build_eye_encoder(
    image_size: int, *, width: float = 1.0, code_size: int = CODE_SIZE
) -> tf.keras.Model:
    """Builds the network that compresses one eye.

    Args:
      image_size: side in pixels of the images that windows are cut from, a multiple of 8 from 32
        to 512.
      width: multiplies the numbers of channels.
      code_size: how many numbers describe an eye, at least 2.

    Returns:
      A model of the input `window`, float32 [N, W, W, 3] in [-1, 1], W being the size of an eye
      window, to a code, float32 [N, code_size], of mean 0 and variance 1 over its numbers: so its
      scale is the same for every encoder, whatever the training made of it.

    Raises:
      ValueError: if an argument is out of range.
    """
    blocks.check_image_size(image_size)
    if code_size < 2:
        raise ValueError(f"code_size is {code_size}, at least 2 is wanted")
    size = eye_windows.window_size(image_size)
    window = features = tf.keras.Input([size, size, 3], name="window")
    for channels in _CHANNELS[: blocks.num_halvings(size)]:
        features = blocks.convolve(
            features,
            blocks.scale_channels(channels, width),
            kernel=4,
            stride=2,
            normalization="none",
        )
    code = tf.keras.layers.Dense(code_size)(tf.keras.layers.Flatten()(features))
    code = tf.keras.layers.LayerNormalization(center=False, scale=False, dtype=tf.float32)(code)
    return tf.keras.Model({"window": window}, code, name="eye_encoder")


def build_eye_decoder(
    image_size: int, *, width: float = 1.0, code_size: int = CODE_SIZE
) -> tf.keras.Model:
    """Builds the network that paints one eye from its code.

    Args:
      image_size: as for `build_eye_encoder`.
      width: multiplies the numbers of channels.
      code_size: how many numbers describe an eye.

    Returns:
      A model of the input `code`, float32 [N, code_size], to a window, float32 [N, W, W, 3] in
      [-1, 1].

    Raises:
      ValueError: if `image_size` is out of range.
    """
    blocks.check_image_size(image_size)
    size = eye_windows.window_size(image_size)
    code = tf.keras.Input([code_size], name="code")
    colors = paint_windows(code, size, channels=3, width=width)
    window = tf.keras.layers.Activation("tanh", dtype=tf.float32)(colors)
    return tf.keras.Model({"code": code}, window, name="eye_decoder")


def paint_windows(code, size: int, *, channels: int, width: float):
    """A dense layer and transposed convolutions up to a window.

    Args:
      code: Keras tensor [N, code_size].
      size: side of the window, in pixels.
      channels: number of output channels.
      width: multiplies the numbers of channels in between.

    Returns:
      Keras tensor [N, size, size, channels], of any range.
    """
    stack = _CHANNELS[: blocks.num_halvings(size)]
    stack = [blocks.scale_channels(num, width) for num in reversed(stack)]
    start = math.ceil(size / 2 ** len(stack))
    features = tf.keras.layers.Dense(start * start * stack[0], kernel_initializer="he_normal")(code)
    features = tf.keras.layers.ReLU()(tf.keras.layers.Reshape([start, start, stack[0]])(features))
    for num in stack[1:] + stack[-1:]:
        features = blocks.convolve_upwards(features, num, kernel=4, normalization="none")
    surplus = features.shape[1] - size
    features = tf.keras.layers.Cropping2D(((0, surplus), (0, surplus)))(features)
    return tf.keras.layers.Conv2D(channels, 3, padding="same")(features)


def encode_windows(encoder: tf.keras.Model, windows) -> tf.Tensor:
    """Encodes the eyes of a batch, float32 [B, 2, W, W, 3], to codes, float32 [B, 2, code_size]."""
    codes = encoder({"window": tf.reshape(windows, [-1, *windows.shape[2:]])})
    return tf.reshape(codes, [-1, 2, codes.shape[-1]])
