"""What the networks are built of: convolutions with their normalisation, and the width rule.

The layers obey Keras's global precision policy; what leaves a network is float32 all the same.
All that is used of TensorFlow Addons is behind this module, so that leaving it is easy.
"""

import functools
import math
import typing
import warnings
from typing import Literal

import tensorflow as tf

from exgan_tf import resampling

MIN_IMAGE_SIZE = 32
MAX_IMAGE_SIZE = 512
MIN_CHANNELS = 8  # Ours: what a very narrow network keeps.
Normalization = Literal["batch", "instance", "group", "none"]
NORMALIZATIONS = typing.get_args(Normalization)
LEAKINESS = 0.2  # Of the discriminators' ReLU; DCGAN's.
_CHANNELS_PER_GROUP = 16  # Ours: 4 groups at a quarter of GLCIC's width, 16 at its full one.


def check_image_size(image_size: int) -> None:
    """Raises ValueError unless networks can be built for images of this side, in pixels."""
    if not MIN_IMAGE_SIZE <= image_size <= MAX_IMAGE_SIZE or image_size % 8:
        raise ValueError(
            f"image_size is {image_size}; expected a multiple of 8 from {MIN_IMAGE_SIZE} to "
            f"{MAX_IMAGE_SIZE}"
        )


def scale_channels(channels: int, width: float) -> int:
    """The number of channels of a layer in a network `width` times as wide, at least 8."""
    return max(MIN_CHANNELS, round(channels * width))


def named_inputs(size, channels: dict) -> dict:
    """Inputs of a model by name, Keras tensors [B, *size, channels]."""
    return {name: tf.keras.Input([*size, num], name=name) for name, num in channels.items()}


def convolve(
    inputs, channels: int, *, kernel: int, stride: int = 1, dilation: int = 1, normalization: str
) -> tf.Tensor:
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
    convolution = DilatedConv2D(
        channels,
        kernel,
        strides=stride,
        dilation_rate=dilation,
        padding="same",
        use_bias=normalization == "none",
        kernel_initializer="he_normal",
    )
    return tf.keras.layers.ReLU()(_normalize(convolution(inputs), normalization))


def convolve_upwards(inputs, channels: int, *, kernel: int, normalization: str) -> tf.Tensor:
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
    normalization: str = "none",
    spectral_normalization: bool = False,
) -> tf.Tensor:
    """Convolution, normalisation and leaky ReLU; arguments and result as of `convolve`."""
    convolution = tf.keras.layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding="same",
        use_bias=normalization == "none",
        kernel_initializer="he_normal",
    )
    features = constrain(convolution, spectral_normalization=spectral_normalization)(inputs)
    return leaky_relu(_normalize(features, normalization))


def project(inputs, size: int, channels: int, *, normalization: str) -> tf.Tensor:
    """Dense layer to [B, size, size, channels], normalisation and ReLU, as DCGAN's starts."""
    dense = tf.keras.layers.Dense(
        size * size * channels,
        use_bias=normalization == "none",
        kernel_initializer="he_normal",
    )
    features = tf.keras.layers.Reshape([size, size, channels])(dense(inputs))
    return tf.keras.layers.ReLU()(_normalize(features, normalization))


def leaky_relu(features) -> tf.Tensor:
    """The discriminators' ReLU of a Keras tensor, float32 of the same shape."""
    # On CPUs the gradient of TensorFlow's in bfloat16 takes four times as long as in float32, with
    # the casts (measured).
    return tf.keras.layers.LeakyReLU(LEAKINESS, dtype=tf.float32)(features)


class DilatedConv2D(tf.keras.layers.Conv2D):
    """A convolution that dilates its kernel, where Keras rearranges pixels around a dense one.

    On CPUs a step of the reference Gan in bfloat16 takes a fifth less time so (measured).
    """

    def convolution_op(self, inputs, kernel) -> tf.Tensor:
        """As Keras's, which offers it to be overridden."""
        if max(self.dilation_rate) == 1 or not _dilated_kernels_have_gradients(inputs.dtype):
            return super().convolution_op(inputs, kernel)
        return tf.nn.conv2d(inputs, kernel, self.strides, "SAME", dilations=self.dilation_rate)


@functools.cache
def _dilated_kernels_have_gradients(dtype: tf.DType) -> bool:
    """Not on CPUs in float16, nor in TensorFlow that is built, or told, to do without oneDNN."""
    with tf.init_scope():
        try:
            tf.raw_ops.Conv2DBackpropInput(
                input_sizes=[1, 4, 4, 1],
                filter=tf.ones([3, 3, 1, 1], dtype),
                out_backprop=tf.ones([1, 4, 4, 1], dtype),
                strides=[1, 1, 1, 1],
                dilations=[1, 2, 2, 1],
                padding="SAME",
            )
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return False
    return True


class _SpectralKernel:
    """Divides a layer's kernel by its spectral norm (Miyato et al., 2018).

    The norm is the largest singular value of the kernel laid out as a matrix [inputs, channels],
    estimated from one power iteration a step: `iterate`, so that all passes of a step, over true
    and over filled images, see the same weights. The gradient flows through the norm; the kernel
    itself is left as the optimizer made it. Keras's own wrapper in TensorFlow 2.15 fails inside
    `tf.function`, Addons' overwrites the kernel at each pass.
    """

    def build(self, input_shape):
        super().build(input_shape)
        # Mirrored variables: every replica computes the same from the same kernel.
        self.direction = self.add_weight(
            "direction",
            shape=[self.kernel.shape[-1]],
            initializer="random_normal",
            dtype=tf.float32,
            trainable=False,
            experimental_autocast=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    def iterate(self):
        """Improves the estimate of the direction in which the kernel is largest."""
        matrix = self._matrix(self.kernel)
        left = tf.math.l2_normalize(tf.linalg.matvec(matrix, self.direction))
        right = tf.linalg.matvec(matrix, left, transpose_a=True)
        self.direction.assign(tf.math.l2_normalize(right))

    def _divide(self, kernel):
        kernel = tf.convert_to_tensor(kernel)  # In the precision of the computation.
        matrix = self._matrix(kernel)
        direction = tf.math.l2_normalize(self.direction)
        image = tf.linalg.matvec(matrix, direction)
        norm = tf.reduce_sum(tf.stop_gradient(tf.math.l2_normalize(image)) * image)
        return kernel / tf.cast(norm, kernel.dtype)

    @staticmethod
    def _matrix(kernel) -> tf.Tensor:
        return tf.cast(tf.reshape(kernel, [-1, kernel.shape[-1]]), tf.float32)


class SpectralConv2D(_SpectralKernel, tf.keras.layers.Conv2D):
    """A convolution whose kernel has a spectral norm of 1."""

    def convolution_op(self, inputs, kernel) -> tf.Tensor:
        """As Keras's, which offers it to be overridden."""
        return super().convolution_op(inputs, self._divide(kernel))


class SpectralDense(_SpectralKernel, tf.keras.layers.Dense):
    """A dense layer without activation whose kernel has a spectral norm of 1."""

    def call(self, inputs) -> tf.Tensor:
        """From inputs [B, N] to [B, units]."""
        kernel = self._divide(tf.cast(self.kernel, self.compute_dtype))
        return tf.matmul(inputs, kernel) + tf.cast(self.bias, self.compute_dtype)


def constrain(layer, *, spectral_normalization: bool) -> tf.keras.layers.Layer:
    """A `Conv2D` or `Dense` that is not built yet, or one like it of a spectral norm of 1."""
    if not spectral_normalization:
        return layer
    spectral: dict = {tf.keras.layers.Conv2D: SpectralConv2D, tf.keras.layers.Dense: SpectralDense}
    return spectral[type(layer)].from_config(layer.get_config())


def to_logits(layer, features, *, spectral_normalization: bool) -> tf.Tensor:
    """The logits, float32 whatever the precision, that a last layer gives of features."""
    logits = constrain(layer, spectral_normalization=spectral_normalization)(features)
    return tf.keras.layers.Activation("linear", dtype=tf.float32)(logits)


def iterate_spectral_norms(network: tf.keras.Model) -> None:
    """Improves the estimated spectral norms of a network by one power iteration: once a step."""
    for layer in network.layers:
        if isinstance(layer, _SpectralKernel):
            layer.iterate()


def warp(images, transforms) -> tf.Tensor:
    """Warps images, bilinearly; what lies outside the source is repeated from its edge.

    Args:
      images: float32 [B, H, W, C].
      transforms: float32 [B, 2, 3], in pixels: takes a place (x, y, 1) of the result to the place
        of the source whose value it gets.

    Returns:
      float32 [B, H, W, C].
    """
    height, width, channels = images.shape[1:]
    places = resampling.affine_places(transforms, height=height, width=width)
    with warnings.catch_warnings():
        # Addons announces the end of its life at import; the pins of this project allow for that.
        # Here, as it takes half a second.
        warnings.simplefilter("ignore")
        import tensorflow_addons as tfa
    # Its `transform` would do all this in one call, but XLA cannot compile it.
    places = tf.reshape(places, [-1, height * width, 2])
    warped = tfa.image.interpolate_bilinear(images, places, indexing="xy")
    return tf.reshape(warped, [-1, height, width, channels])


def num_halvings(size: int) -> int:
    """How many convolutions of stride 2 take `size` pixels to about 4."""
    return max(1, round(math.log2(size / 4)))


def _normalize(inputs, normalization):
    if normalization == "none":
        return inputs
    if normalization == "batch":
        # Statistics over all replicas, so that their number changes nothing; in float32, as the
        # layer takes E(x^2) - E(x)^2, of which bfloat16 would leave nothing.
        layer = tf.keras.layers.BatchNormalization(synchronized=True, dtype=tf.float32)
        return layer(inputs)
    if normalization not in ("instance", "group"):
        raise ValueError(
            f"normalization is {normalization!r}; expected one of {', '.join(NORMALIZATIONS)}"
        )
    groups = -1  # As many as channels.
    if normalization == "group":
        channels = inputs.shape[-1]
        groups = max(1, channels // _CHANNELS_PER_GROUP)
        while channels % groups:
            groups -= 1
    return tf.keras.layers.GroupNormalization(groups=groups)(inputs)
