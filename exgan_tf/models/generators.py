"""Generators: the completion network of Iizuka et al. (GLCIC, 2017), with or without an exemplar.

The layers are GLCIC's table: down to a quarter of the size, dilated convolutions there, and up
again. Where the exemplar comes in is ours, as the paper only says that it goes into the generator:
a reference lies beside the image at the input. Codes are first painted into a window for each eye,
laid where the eyes belong; from there they go the way of a reference. The switch `repeat_inputs`,
ours as well, lays all inputs once more beside the features that are back at full size: what has to
pass the quarter size alone was hardly used in short trainings on real faces.
"""

import tensorflow as tf

from exgan_tf.models import blocks, eye_windows
from exgan_tf.models.autoencoder import paint_windows

_DILATIONS = (2, 4, 8, 16)
_CODE_CHANNELS = 16  # Ours: what a code is painted with at the input.


def build_completion_network(
    image_size: int,
    *,
    width: float = 1.0,
    normalization: str = "batch",
    reference: bool = False,
    code_size: int = 0,
    repeat_inputs: bool = False,
) -> tf.keras.Model:
    """Builds the network that fills holes.

    Args:
      image_size: side of the images in pixels, a multiple of 8 from 32 to 512.
      width: multiplies the numbers of channels; 1 is GLCIC's.
      normalization: "batch" (GLCIC's), "instance", "group" or "none".
      reference: whether a reference image guides it.
      code_size: how many numbers describe an eye, if codes guide it; 0 if they do not.
      repeat_inputs: whether all inputs come in once more at full size; one convolution more.

    Returns:
      A model of these inputs, float32 unless stated, S being `image_size`:
        image: [B, S, S, 3] in [-1, 1], the hole 0, which is grey.
        mask: [B, S, S, 1], 1 = hole.
        reference: if asked for, [B, S, S, 3] in [-1, 1].
        codes: if asked for, [B, 2, code_size].
        eye_boxes: with codes, int32 [B, 2, 4], where the eyes shall lie.
      Its output is an image, float32 [B, S, S, 3] in [-1, 1]. The tanh that gives it is ours:
      GLCIC, whose images lie in [0, 1], has a sigmoid.

    Raises:
      ValueError: if an argument is out of range.
    """
    blocks.check_image_size(image_size)
    inputs = {"image": 3, "mask": 1}
    if reference:
        inputs["reference"] = 3
    inputs = {
        name: tf.keras.Input([image_size, image_size, channels], name=name)
        for name, channels in inputs.items()
    }
    sources = list(inputs.values())
    if code_size:
        inputs["codes"] = tf.keras.Input([2, code_size], name="codes")
        inputs["eye_boxes"] = tf.keras.Input([2, 4], dtype=tf.int32, name="eye_boxes")
        sources.append(
            _lay_codes(inputs["codes"], inputs["eye_boxes"], image_size=image_size, width=width)
        )
    options = {"width": width, "normalization": normalization}
    features = _understand(tf.keras.layers.Concatenate()(sources), **options)
    if repeat_inputs:
        features = tf.keras.layers.Concatenate()([features, *sources])
        features = _convolve(features, 64, **options)
    features = _convolve(features, 32, **options)
    colors = tf.keras.layers.Conv2D(3, 3, padding="same")(features)
    image = tf.keras.layers.Activation("tanh", dtype=tf.float32)(colors)
    return tf.keras.Model(inputs, image, name="completion")


def _lay_codes(codes, boxes, *, image_size, width):
    """What the codes say, laid at the eyes: [B, S, S, _CODE_CHANNELS]."""
    window = eye_windows.window_size(image_size)
    both = tf.reshape(codes, [-1, codes.shape[-1]])
    painted = paint_windows(both, window, channels=_CODE_CHANNELS, width=width / 4)
    painted = tf.reshape(painted, [-1, 2, window, window, _CODE_CHANNELS])
    return eye_windows.lay_windows(painted, boxes, image_size=image_size)


def _understand(features, *, width, normalization):
    """GLCIC's table but for its last two layers: [B, S, S, C] to [B, S, S, 64 * width]."""
    options = {"width": width, "normalization": normalization}
    features = _convolve(features, 64, kernel=5, **options)
    for channels in (128, 256):
        features = _convolve(features, channels, stride=2, **options)
        features = _convolve(features, channels, **options)
    features = _convolve(features, 256, **options)
    for dilation in _DILATIONS:
        features = _convolve(features, 256, dilation=dilation, **options)
    for _ in range(2):
        features = _convolve(features, 256, **options)
    features = _convolve_upwards(features, 128, **options)
    features = _convolve(features, 128, **options)
    return _convolve_upwards(features, 64, **options)


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
