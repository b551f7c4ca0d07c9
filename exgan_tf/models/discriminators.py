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
_DENSE = 1024


def build_discriminator(
    image_size: int,
    *,
    width: float = 1.0,
    spectral_normalization: bool = False,
    reference: bool = False,
    code_size: int = 0,
) -> tf.keras.Model:
    """Builds the network that tells real from in-painted images.

    Args:
      image_size: side of the images in pixels, a multiple of 8 from 32 to 512.
      width: multiplies the numbers of channels; 1 is GLCIC's.
      spectral_normalization: whether each layer's kernel is kept at a spectral norm of 1.
      reference: whether it judges beside a reference image.
      code_size: how many numbers describe an eye, if it judges beside codes; 0 if it does not.

    Returns:
      A model of these inputs, float32 unless stated, S being `image_size` and W an eye window's:
        image: [B, S, S, 3] in [-1, 1].
        eyes: [B, 2, W, W, 3], its eye windows, left first.
        reference, reference_eyes: if asked for, the same of the reference.
        codes: if asked for, [B, 2, code_size].
      Its output is the logit of "real", float32 [B, 1].

    Raises:
      ValueError: if `image_size` is out of range.
    """
    blocks.check_image_size(image_size)
    window = eye_windows.window_size(image_size)
    faces = _inputs(["image"] + ["reference"] * reference, [image_size, image_size, 3])
    eyes = _inputs(["eyes"] + ["reference_eyes"] * reference, [2, window, window, 3])
    codes = _inputs(["codes"] * bool(code_size), [2, code_size])
    scaled_codes = [_scale_codes(code) for code in codes.values()]
    options = {"width": width, "spectral_normalization": spectral_normalization}

    face = _join([*faces.values()])
    face_codes = [tf.keras.layers.Flatten()(code) for code in scaled_codes]
    opinions = [_judge(face, face_codes, **options)]

    # The eyes of a face become examples of their own, so that both go through the same layers.
    eye = _split_eyes(_join([*eyes.values()]))
    eye_codes = [_split_eyes(code) for code in scaled_codes]
    opinion = _judge(eye, eye_codes, **options)
    opinions.append(tf.reshape(opinion, [-1, 2 * opinion.shape[-1]]))

    logit = blocks.constrain(
        tf.keras.layers.Dense(1), spectral_normalization=spectral_normalization
    )(_join(opinions))
    logit = tf.keras.layers.Activation("linear", dtype=tf.float32)(logit)
    return tf.keras.Model({**faces, **eyes, **codes}, logit, name="discriminator")


def _inputs(names, shape):
    return {name: tf.keras.Input(shape, name=name) for name in names}


def _join(tensors):
    return tf.keras.layers.Concatenate()(tensors)


def _split_eyes(tensor):
    return tf.reshape(tensor, [-1, *tensor.shape[2:]])


def _scale_codes(codes):
    """Codes of mean 0 and variance 1: their scale is whatever the autoencoder's training made."""
    return tf.keras.layers.LayerNormalization(center=False, scale=False, dtype=tf.float32)(codes)


def _judge(images, codes, *, width, spectral_normalization):
    """Stride-2 convolutions to about 4 x 4, then a dense layer that sees the codes as well."""
    channels = _CHANNELS[: blocks.num_halvings(images.shape[1])]
    features = blocks.judge(
        images,
        [blocks.scale_channels(num, width) for num in channels],
        spectral_normalization=spectral_normalization,
    )
    dense = tf.keras.layers.Dense(
        blocks.scale_channels(_DENSE, width), kernel_initializer="he_normal"
    )
    dense = blocks.constrain(dense, spectral_normalization=spectral_normalization)
    features = _join([tf.keras.layers.Flatten()(features), *codes])
    return blocks.leaky_relu(dense(features))
