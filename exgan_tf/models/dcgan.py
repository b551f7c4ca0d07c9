"""DCGAN (Radford et al., 2016), with or without a facial map beside the noise.

The layers are DCGAN's: from 4 x 4 pixels up by 5x5 transposed convolutions with ReLUs, and down to
4 x 4 by 5x5 convolutions with leaky ReLUs; what leaves the generator and the discriminator's first
layer are not normalised. The published networks are for 64 pixels; others have layers more or less
on the side of 4 x 4, and none has more channels than the published ones.

How the map comes in is ours, as Lahiri et al. (2017) only say that both networks see it. The
discriminator has it beside the image. In the generator features of strided convolutions down from
the map lie beside those of the way up, at half and at a quarter of the size alone: lines move what
is near them, and the coarse features, so what a face looks like, are left to the noise. With
features of the map at every size hardly anything was: after 500 steps on drawn faces the noise
changed a pixel by 0.04 and the map by 0.20 (standard deviations); so it is 0.21 and 0.03.

He's initialisation is ours as well.
"""

import collections

import tensorflow as tf

from exgan_tf.models import blocks, face_map

NOISE_SIZE = 100  # DCGAN's.
IMAGE_SIZES = (32, 64, 128, 256, 512)
_KERNEL = 5  # DCGAN's.
_START_SIZE = 4  # Pixels; DCGAN's.
_CHANNELS = (128, 256, 512, 1024)  # DCGAN's, of 32 to 4 pixels in images of 64.
_MAP_SHARE = 0.25  # Ours: channels that come from the map, to one that comes from the noise.
_NUM_MAP_SIZES = 2  # Ours: at how many sizes, the finest ones, the map comes in.


def build_dcgan_generator(
    image_size: int, *, width: float = 1.0, normalization: str = "batch", guided: bool = True
) -> tf.keras.Model:
    """Builds the network that paints faces.

    Returns:
      A model of `z`, [B, 100] in [-1, 1], and, if guided, `face_map`, [B, S, S, 3], as
      `face_map.draw_face_map` draws it, to an image, [B, S, S, 3].

    Raises:
      ValueError: if `image_size` is none of `IMAGE_SIZES`.
    """
    channels = _channels(image_size, width=width)
    inputs = blocks.named_inputs([], {"z": NOISE_SIZE})
    beside = collections.defaultdict(list)
    if guided:
        inputs |= blocks.named_inputs([image_size] * 2, {"face_map": face_map.NUM_CHANNELS})
        map_channels = _channels(image_size, width=_MAP_SHARE * width)[:_NUM_MAP_SIZES]
        # Not normalised: maps of faces are much alike, and should stay so.
        for features in _go_down(inputs["face_map"], map_channels, normalization="none"):
            beside[features.shape[1]].append(features)
    options = {"normalization": normalization}
    features = blocks.project(inputs["z"], _START_SIZE, channels[-1], **options)
    for num in reversed(channels[:-1]):
        features = _join([features, *beside[features.shape[1]]])
        features = blocks.convolve_upwards(features, num, kernel=_KERNEL, **options)
    features = _join([features, *beside[features.shape[1]]])
    colors = tf.keras.layers.Conv2DTranspose(3, _KERNEL, strides=2, padding="same")(features)
    image = tf.keras.layers.Activation("tanh", dtype=tf.float32)(colors)
    return tf.keras.Model(inputs, image, name="dcgan_generator")


def build_dcgan_discriminator(
    image_size: int,
    *,
    width: float = 1.0,
    normalization: str = "batch",
    spectral_normalization: bool = False,
    guided: bool = True,
) -> tf.keras.Model:
    """Builds the network that tells photographs from painted faces.

    Its first layer is not normalised, as DCGAN's.

    Returns:
      A model of `image` and, if guided, `face_map`, [B, S, S, 3], to a logit, [B, 1].

    Raises:
      ValueError: if `image_size` is none of `IMAGE_SIZES`.
    """
    channels = {"image": 3} | ({"face_map": face_map.NUM_CHANNELS} if guided else {})
    inputs = blocks.named_inputs([image_size] * 2, channels)
    *_, features = _go_down(
        _join([*inputs.values()]),
        _channels(image_size, width=width),
        normalization=normalization,
        spectral_normalization=spectral_normalization,
    )
    logit = blocks.to_logits(
        tf.keras.layers.Dense(1),
        tf.keras.layers.Flatten()(features),
        spectral_normalization=spectral_normalization,
    )
    return tf.keras.Model(inputs, logit, name="dcgan_discriminator")


def _channels(image_size, *, width):
    """The channels of the features of each size, from half of the image's down to 4 pixels."""
    if image_size not in IMAGE_SIZES:
        raise ValueError(
            f"image_size is {image_size}; expected one of {', '.join(map(str, IMAGE_SIZES))}, as a "
            "DCGAN doubles 4 pixels again and again"
        )
    levels = range(blocks.num_halvings(image_size))
    table = [_CHANNELS[min(level, len(_CHANNELS) - 1)] for level in levels]
    return [blocks.scale_channels(channels, width) for channels in table]


def _join(tensors):
    return tf.keras.layers.Concatenate()(tensors) if len(tensors) > 1 else tensors[0]


def _go_down(features, sizes, *, normalization, spectral_normalization=False):
    """The features of each size, the largest first."""
    levels = []
    for channels in sizes:
        features = blocks.convolve_downwards(
            features,
            channels,
            kernel=_KERNEL,
            normalization=normalization if levels else "none",
            spectral_normalization=spectral_normalization,
        )
        levels.append(features)
    return levels
