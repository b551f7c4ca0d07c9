"""The Gans by name: the baseline, Reference ExGAN, Code ExGAN, and what Code ExGAN builds on."""

from exgan_tf.gans.autoencoder import EyeAutoencoder
from exgan_tf.gans.base import Gan, GanOptions
from exgan_tf.gans.baseline import BaselineGan
from exgan_tf.gans.code import CodeGan
from exgan_tf.gans.reference import ReferenceGan

GANS = {
    "baseline": BaselineGan,
    "reference": ReferenceGan,
    "code": CodeGan,
    "autoencoder": EyeAutoencoder,
}

__all__ = [
    "GANS",
    "BaselineGan",
    "CodeGan",
    "EyeAutoencoder",
    "Gan",
    "GanOptions",
    "ReferenceGan",
]
