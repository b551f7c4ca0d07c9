"""The discriminator: GLCIC's global and local stacks, told apart from real by one joint logit.

The global stack sees the whole face, the local one each eye's window at its own scale; left and
right eye share its weights. What the exemplar says goes into both.

Ours: no batch normalisation, unlike GLCIC, as batches of real and of generated images would
give themselves away by their statistics. Spectral normalisation, as an option, and leaky ReLUs
have become usual since GLCIC.
"""

import tensorflow as tf

from exgan_tf.models import blocks, eye_windows

_CHANNELS = (64, 128, 256, 512, 512, 512, 512)  # GLCIC's, and one more for 512 pixels.
_KERNEL, _DENSE = 5, 1024  # GLCIC's.


def build_discriminator(
    image_size: int,
    *,
    width: float = 1.0,
    spectral_normalization: bool = False,
    reference: bool = False,
    code_size: int = 0,
) -> tf.keras.Model:
    """Builds the network that tells real from in-painted images.

    Returns:
      A model of `image`, [B, S, S, 3], and `eyes`, [B, 2, W, W, 3], W being the size of an eye
      window, left first; with `reference` of `reference` and `reference_eyes`, the same of it; and
      unless `code_size` is 0 of `codes`, [B, 2, code_size]; to a logit, [B, 1].
    """
    window = eye_windows.window_size(image_size)
    faces, eyes = {"image": 3}, {"eyes": 3}
    if reference:
        faces["reference"] = eyes["reference_eyes"] = 3
    faces = blocks.named_inputs([image_size] * 2, faces)
    eyes = blocks.named_inputs([2, window, window], eyes)
    codes = blocks.named_inputs([2], {"codes": code_size} if code_size else {})
    # Of mean 0 and variance 1: their scale is whatever the autoencoder's training made.
    scale = tf.keras.layers.LayerNormalization(center=False, scale=False, dtype=tf.float32)
    scaled_codes = [scale(code) for code in codes.values()]
    options = {"width": width, "spectral_normalization": spectral_normalization}

    face = _join([*faces.values()])
    face_codes = [tf.keras.layers.Flatten()(code) for code in scaled_codes]
    opinions = [_judge(face, face_codes, **options)]

    # The eyes of a face become examples of their own, so that both go through the same layers.
    eye = _split_eyes(_join([*eyes.values()]))
    eye_codes = [_split_eyes(code) for code in scaled_codes]
    opinion = _judge(eye, eye_codes, **options)
    opinions.append(tf.reshape(opinion, [-1, 2 * opinion.shape[-1]]))

    logit = blocks.to_logits(
        tf.keras.layers.Dense(1), _join(opinions), spectral_normalization=spectral_normalization
    )
    return tf.keras.Model({**faces, **eyes, **codes}, logit, name="discriminator")


def _join(tensors):
    return tf.keras.layers.Concatenate()(tensors)


def _split_eyes(tensor):
    return tf.reshape(tensor, [-1, *tensor.shape[2:]])


def _judge(images, codes, *, width, spectral_normalization):
    """Stride-2 convolutions to about 4 x 4, then a dense layer that sees the codes as well."""
    features = images
    for num in _CHANNELS[: blocks.num_halvings(images.shape[1])]:
        features = blocks.convolve_downwards(
            features,
            blocks.scale_channels(num, width),
            kernel=_KERNEL,
            spectral_normalization=spectral_normalization,
        )
    dense = tf.keras.layers.Dense(
        blocks.scale_channels(_DENSE, width), kernel_initializer="he_normal"
    )
    dense = blocks.constrain(dense, spectral_normalization=spectral_normalization)
    features = _join([tf.keras.layers.Flatten()(features), *codes])
    return blocks.leaky_relu(dense(features))
