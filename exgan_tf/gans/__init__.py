"""The Gans by name: the baseline, both ExGANs and what Code ExGAN builds on, and neighbours."""

from exgan_tf.gans.autoencoder import EyeAutoencoder
from exgan_tf.gans.base import Gan, GanOptions
from exgan_tf.gans.baseline import BaselineGan
from exgan_tf.gans.code import CodeGan
from exgan_tf.gans.flow import FlowGan
from exgan_tf.gans.keypoint import KeypointGan
from exgan_tf.gans.pix2pix import Pix2pixGan
from exgan_tf.gans.reference import ReferenceGan

GANS = {
    "baseline": BaselineGan,
    "reference": ReferenceGan,
    "code": CodeGan,
    "autoencoder": EyeAutoencoder,
    "flow": FlowGan,
    "pix2pix": Pix2pixGan,
    "keypoint": KeypointGan,
}

__all__ = [
    "GANS",
    "BaselineGan",
    "CodeGan",
    "EyeAutoencoder",
    "FlowGan",
    "Gan",
    "GanOptions",
    "KeypointGan",
    "Pix2pixGan",
    "ReferenceGan",
]
