"""The eye autoencoder as a trainer sees it: a Gan without a discriminator.

It is trained first, by itself; Code ExGAN takes its encoder over and freezes it.
"""

import tensorflow as tf

from exgan_tf import compositing, losses
from exgan_tf.gans import base
from exgan_tf.models import autoencoder, eye_windows


class AutoencoderOptions(base.GanOptions, frozen=True):
    """What can be chosen about the eye autoencoder.

    Attributes:
      code_size: how many numbers describe an eye, at least 2; as in the public attempt.
    """

    code_size: autoencoder.CodeSize = autoencoder.CODE_SIZE


class EyeAutoencoder(base.Gan):
    """One encoder of both eyes, and a decoder for each; looks at the eyes that it fills in.

    Its networks are "encoder", "left_decoder" and "right_decoder".
    """

    Options = AutoencoderOptions
    fills_holes = False
    input_names = ("image", "mask", "eye_boxes")

    def __init__(self, options: AutoencoderOptions):
        networks = autoencoder.build_eye_networks(options.image_size, code_size=options.code_size)
        super().__init__(options, networks=networks)

    def reconstruct(self, windows) -> tf.Tensor:
        """Encodes and decodes eyes.

        Args:
          windows: float32 [B, 2, W, W, 3] in [-1, 1], the left eye first.

        Returns:
          The same, as far as the codes tell; may overshoot [-1, 1].
        """
        codes = autoencoder.encode_windows(self.networks["encoder"], windows)
        return autoencoder.decode_windows(self.networks, codes)

    def complete(self, example: dict, *, training: bool) -> tf.Tensor:
        """As `Gan.complete`, with the image's own eyes, encoded and decoded: what codes keep."""
        del training
        image, boxes = example["image"], example["eye_boxes"]
        eyes = self.reconstruct(eye_windows.crop_windows(image, boxes))
        eyes = tf.clip_by_value(eyes, -1.0, 1.0)
        pasted = eye_windows.lay_windows(eyes, boxes, image_size=self.options.image_size)
        return compositing.composite(image, pasted, example["mask"])

    def generator_losses(self, example: dict, generated: dict, *, opinions=None) -> dict:
        """As `Gan.generator_losses`; "reconstruction" is the squared error of whole windows."""
        del opinions
        windows = eye_windows.crop_windows(example["image"], example["eye_boxes"])
        error = tf.reduce_mean(tf.math.squared_difference(self.reconstruct(windows), windows))
        l1 = losses.whole_image_l1(example["image"], generated["completed"])
        return {"reconstruction": error, "total": error, "whole_image_l1": l1}
