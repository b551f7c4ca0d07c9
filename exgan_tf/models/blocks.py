"""What the networks are built of: convolutions with their normalisation, and the width rule.

The layers obey Keras's global precision policy; what leaves a network is float32 all the same.
All that is used of TensorFlow Addons is behind this module, so that leaving it is easy.
"""

import math
import warnings

import tensorflow as tf

with warnings.catch_warnings():
    # Addons announces the end of its life at import; the pins of this project heed it.
    warnings.simplefilter("ignore")
    import tensorflow_addons as tfa

MIN_IMAGE_SIZE = 32
MAX_IMAGE_SIZE = 512
MIN_CHANNELS = 8  # Ours: what a very narrow network keeps.
NORMALIZATIONS = ("batch", "instance", "group", "none")
LEAKINESS = 0.2  # Of the discriminators' ReLU; DCGAN's.
_CHANNELS_PER_GROUP = 16  # Ours: 4 groups at a quarter of GLCIC's width, 16 at its full one.


def check_image_size(image_size: int):
    """Raises ValueError unless networks can be built for images of this side, in pixels."""
    if not MIN_IMAGE_SIZE <= image_size <= MAX_IMAGE_SIZE or image_size % 8:
        raise ValueError(
            f"image_size is {image_size}; a multiple of 8 from {MIN_IMAGE_SIZE} to "
            f"{MAX_IMAGE_SIZE} is wanted"
        )


def scale_channels(channels: int, width: float) -> int:
    """The number of channels of a layer in a network `width` times as wide, at least 8."""
    return max(MIN_CHANNELS, round(channels * width))


def convolve(
    inputs, channels: int, *, kernel: int, stride: int = 1, dilation: int = 1, normalization: str
):
    """Convolution, normalisation and ReLU, with same padding.

    Args:
      inputs: Keras tensor [B, H, W, C].
      channels: number of output channels.
      kernel: side of the kernel, in pixels.
      stride: how many pixels the kernel moves on.
      dilation: distance in pixels of the kernel's taps.
      normalization: one of `NORMALIZATIONS`.

    Returns:
      Keras tensor [B, H / stride, W / stride, channels].
    """
    convolution = tf.keras.layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        dilation_rate=dilation,
        padding="same",
        use_bias=normalization == "none",
        kernel_initializer="he_normal",
    )
    return tf.keras.layers.ReLU()(_normalize(convolution(inputs), normalization))


def convolve_upwards(inputs, channels: int, *, kernel: int, normalization: str):
    """Transposed convolution to twice the size, normalisation and ReLU; otherwise as `convolve`."""
    convolution = tf.keras.layers.Conv2DTranspose(
        channels,
        kernel,
        strides=2,
        padding="same",
        use_bias=normalization == "none",
        kernel_initializer="he_normal",
    )
    return tf.keras.layers.ReLU()(_normalize(convolution(inputs), normalization))


def convolve_downwards(
    inputs,
    channels: int,
    *,
    kernel: int,
    stride: int = 2,
    normalization: str,
    spectral_normalization: bool = False,
):
    """Convolution, normalisation and leaky ReLU, as Pix2Pix has them; otherwise as `convolve`."""
    convolution = tf.keras.layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding="same",
        use_bias=normalization == "none",
        kernel_initializer="he_normal",
    )
    features = constrain(convolution, spectral_normalization=spectral_normalization)(inputs)
    return tf.keras.layers.LeakyReLU(LEAKINESS)(_normalize(features, normalization))


def project(inputs, size: int, channels: int, *, normalization: str):
    """Dense layer to a square of features, normalisation and ReLU, as DCGAN's generator starts.

    Args:
      inputs: Keras tensor [B, N].
      size: side of the square, in pixels.
      channels: number of output channels.
      normalization: one of `NORMALIZATIONS`.

    Returns:
      Keras tensor [B, size, size, channels].
    """
    dense = tf.keras.layers.Dense(
        size * size * channels,
        use_bias=normalization == "none",
        kernel_initializer="he_normal",
    )
    features = tf.keras.layers.Reshape([size, size, channels])(dense(inputs))
    return tf.keras.layers.ReLU()(_normalize(features, normalization))


def judge(inputs, channels: list, *, spectral_normalization: bool):
    """A discriminator's stack: 5x5 convolutions of stride 2, each with a leaky ReLU.

    Args:
      inputs: Keras tensor [B, H, W, C].
      channels: output channels of each convolution.
      spectral_normalization: whether to keep each kernel's spectral norm at 1.

    Returns:
      Keras tensor [B, h, w, channels[-1]].
    """
    for num in channels:
        convolution = tf.keras.layers.Conv2D(
            num, 5, strides=2, padding="same", kernel_initializer="he_normal"
        )
        inputs = tf.keras.layers.LeakyReLU(LEAKINESS)(
            constrain(convolution, spectral_normalization=spectral_normalization)(inputs)
        )
    return inputs


def constrain(layer, *, spectral_normalization: bool):
    """The layer itself, or wrapped so that each training pass scales its kernel to norm 1.

    The norm is the largest singular value of the kernel laid out as a matrix [inputs, channels],
    estimated by one power iteration a pass (Miyato et al., 2018). Keras's own wrapper in
    TensorFlow 2.15 fails inside `tf.function`.

    Args:
      layer: a convolution or dense layer, not built yet.
      spectral_normalization: whether to wrap it.

    Returns:
      A layer.
    """
    return tfa.layers.SpectralNormalization(layer) if spectral_normalization else layer


def warp(images, transforms) -> tf.Tensor:
    """Warps images, bilinearly; what lies outside the source is repeated from its edge.

    Args:
      images: float32 [B, H, W, C].
      transforms: float32 [B, 2, 3], in pixels: takes a place (x, y, 1) of the result to the place
        of the source whose value it gets.

    Returns:
      float32 [B, H, W, C].
    """
    height, width = images.shape[1:3]
    rows, columns = tf.meshgrid(tf.range(height), tf.range(width), indexing="ij")
    places = tf.stack([columns, rows, tf.ones_like(rows)], axis=-1)
    places = tf.cast(tf.reshape(places, [1, -1, 1, 3]), tf.float32)
    # Not a matrix product: GPUs round its factors to 10 bits, a quarter of a pixel.
    source = tf.reduce_sum(places * transforms[:, tf.newaxis], axis=-1)
    # Addons's `transform` would do all this in one call, but XLA cannot compile it.
    warped = tfa.image.interpolate_bilinear(images, source, indexing="xy")
    return tf.reshape(warped, [-1, *images.shape[1:]])


def num_halvings(size: int) -> int:
    """How many convolutions of stride 2 take `size` pixels to about 4."""
    return max(1, round(math.log2(size / 4)))


def _normalize(inputs, normalization):
    if normalization not in NORMALIZATIONS:
        raise ValueError(f"normalization is {normalization!r}; one of {NORMALIZATIONS} is wanted")
    if normalization == "batch":
        # Statistics over all replicas, so that their number changes nothing; in float32, as the
        # layer takes E(x^2) - E(x)^2, of which bfloat16 would leave nothing.
        layer = tf.keras.layers.BatchNormalization(synchronized=True, dtype=tf.float32)
        inputs = layer(inputs)
    elif normalization == "instance":
        inputs = tf.keras.layers.GroupNormalization(groups=-1)(inputs)
    elif normalization == "group":
        inputs = tf.keras.layers.GroupNormalization(groups=_num_groups(inputs.shape[-1]))(inputs)
    return inputs


def _num_groups(channels):
    """The number of groups nearest to 16 channels each that divides the channels."""
    groups = max(1, channels // _CHANNELS_PER_GROUP)
    while channels % groups:
        groups -= 1
    return groups
