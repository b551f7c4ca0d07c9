"""The Gans by name: the baseline, both ExGANs and what Code ExGAN builds on, and neighbours."""

from typing import Any

from exgan_tf.gans.autoencoder import AutoencoderOptions, EyeAutoencoder
from exgan_tf.gans.base import Gan, GanOptions
from exgan_tf.gans.baseline import BaselineGan, BaselineOptions
from exgan_tf.gans.code import CodeGan, CodeOptions
from exgan_tf.gans.flow import FlowGan, FlowOptions
from exgan_tf.gans.keypoint import KeypointGan, KeypointOptions
from exgan_tf.gans.pix2pix import Pix2pixGan, Pix2pixOptions
from exgan_tf.gans.reference import ReferenceGan, ReferenceOptions

GANS: dict[str, Any] = {
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
    "AutoencoderOptions",
    "BaselineGan",
    "BaselineOptions",
    "CodeGan",
    "CodeOptions",
    "EyeAutoencoder",
    "FlowGan",
    "FlowOptions",
    "Gan",
    "GanOptions",
    "KeypointGan",
    "KeypointOptions",
    "Pix2pixGan",
    "Pix2pixOptions",
    "ReferenceGan",
    "ReferenceOptions",
]
