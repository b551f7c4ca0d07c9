"""FID and Inception score: all that is used of TF-GAN is behind this module.

The network is a SavedModel that is called with images, float32 [B, 299, 299, 3] in [-1, 1], and
returns a dict with "pool_3", the features, and "logits". TF-GAN's own is on TensorFlow Hub: 2,048
features and 1,008 classes.

Before the network, images are rounded to 8 bits, as a picture file would hold them, and resized
with `tf.image.resize`, bilinear with antialiasing; the result is not rounded again. Antialiasing
makes a difference above 299 pixels only.
"""

import functools
import os
import socket
import warnings
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from exgan_tf import images as image_conversion
from exgan_tf.metrics import distribution, pixel

with warnings.catch_warnings():
    # Both of them, and TensorFlow Probability, warn of distutils and pkg_resources at import.
    warnings.simplefilter("ignore")
    import tensorflow_gan as tfgan
    import tensorflow_hub as hub

DEFAULT_SOURCE = tfgan.eval.INCEPTION_TFHUB
_SIDE = tfgan.eval.INCEPTION_DEFAULT_IMAGE_SIZE
RESIZE_FILTER = f"tf.image.resize bilinear, antialias=True, to {_SIDE} x {_SIDE}"
QUANTIZATION = "8 bits before resizing, none after it"

_FEATURES, _LOGITS = tfgan.eval.INCEPTION_FINAL_POOL, tfgan.eval.INCEPTION_OUTPUT
# Ours: how long a server may keep silent; TensorFlow Hub itself would wait for ever.
_SERVER_TIMEOUT_SECONDS = 15.0
# Ours: e^-600 is still a number in float64, and nothing beside a probability.
_MIN_LOG_PROBABILITY = -600.0


class InceptionUnavailableError(ValueError):
    """The network cannot be had, or is not one; the message is one line that says why."""


def load_extractor(source=DEFAULT_SOURCE) -> Callable:
    """Loads the network.

    Args:
      source: the folder of a SavedModel, or a handle of TensorFlow Hub (https://...), which is
        downloaded once into the folder that the environment variable TFHUB_CACHE_DIR names.

    Returns:
      A function of images, float [B, S, S, 3] in [-1, 1] of any size, that returns the features,
      float32 [B, F], and the logits, float32 [B, K]; ValueError if given something else.

    Raises:
      InceptionUnavailableError: if the network cannot be had, or is not as this module says.
    """
    source = str(source)
    if source.startswith("http://"):
        raise InceptionUnavailableError(
            f"{source!r}: a SavedModel is a program, which anybody on the way could exchange: "
            "give it as https://..."
        )
    is_handle = source.startswith("https://")
    if not is_handle and not os.path.isdir(source):
        raise InceptionUnavailableError(
            f"{source!r} is neither a folder nor a TensorFlow Hub handle, https://..."
        )
    timeout = socket.getdefaulttimeout()
    try:
        socket.setdefaulttimeout(_SERVER_TIMEOUT_SECONDS)  # TensorFlow Hub has no option for it.
        network = hub.load(source) if is_handle else tf.saved_model.load(source)
    # Network, archive and SavedModel raise nearly anything where something is amiss.
    except Exception as error:
        raise InceptionUnavailableError(f"cannot load {source}: {_one_line(error)}") from error
    finally:
        socket.setdefaulttimeout(timeout)
    _check_network(network, source)
    return functools.partial(_extract, network)


def fid(features, other_features) -> float:
    """The Frechet Inception distance (Heusel et al., 2017); LOW is good.

    It is TF-GAN's, with unbiased covariances. Where there are no more samples than features it is
    `distribution.frechet_distance`, which agrees with TF-GAN's but for what TF-GAN's threshold of
    1e-10 does to the many eigenvalues that are 0 there, and stays real and finite.

    Arguments, result, warning and errors are as for `distribution.frechet_distance`.
    """
    features = distribution.check_features(features, "features")
    other_features = distribution.check_features(other_features, "other_features")
    num_features = features.shape[1]
    few = min(len(features), len(other_features)) <= num_features
    if few or other_features.shape[1] != num_features:
        return distribution.frechet_distance(features, other_features)
    distance = tfgan.eval.frechet_classifier_distance_from_activations(features, other_features)
    return float(max(distance.numpy(), 0.0))


def inception_score(logits) -> float:
    """The Inception score (Salimans et al., 2016), by TF-GAN over all images at once; HIGH is good.

    Args:
      logits: float [N, K], as an extractor computes them.

    Returns:
      A number from 1 to K.

    Raises:
      ValueError: if there are fewer than two images, or values that are not finite.
    """
    logits = distribution.check_features(logits, "logits")
    # A class of probability 0 for all images would make TF-GAN's formula 0 * infinity.
    logits = np.maximum(logits - logits.max(axis=1, keepdims=True), _MIN_LOG_PROBABILITY)
    return float(tfgan.eval.classifier_score_from_logits(tf.constant(logits)))


def _extract(network, images):
    photos = image_conversion.to_photo(pixel.check_images(images, "images"))
    rounded = image_conversion.to_image(photos)
    outputs = network(tf.image.resize(rounded, [_SIDE, _SIDE], antialias=True))
    # TF-GAN's pool_3 has two more axes, of length 1.
    return tuple(outputs[key].numpy().reshape(len(photos), -1) for key in (_FEATURES, _LOGITS))


def _check_network(network, source):
    count = 2
    rule = f"it must map [B, {_SIDE}, {_SIDE}, 3] to {_FEATURES!r} and {_LOGITS!r}"
    try:
        outputs = network(tf.zeros([count, _SIDE, _SIDE, 3]))
        shapes = {key: tuple(outputs[key].shape) for key in (_FEATURES, _LOGITS)}
    # A SavedModel may hold anything, which raises anything when it is called as Inception.
    except Exception as error:
        raise InceptionUnavailableError(
            f"{source} is not Inception: {rule} ({_one_line(error)})"
        ) from error
    for key, shape in shapes.items():
        if len(shape) < 2 or shape[0] != count or int(np.prod(shape)) != count * max(shape[1:]):
            raise InceptionUnavailableError(
                f"{source} is not Inception: {rule}, one vector each; {key!r} has the shape "
                f"{shape} for {count} images"
            )


def _one_line(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
