"""Code ExGAN: a code of each eye of the reference goes into generator and discriminator.

How a code goes into the generator is ours: the decoders that were trained with the encoder paint an
eye after it, which is laid where the hole's eye belongs, and go on learning as a part of the
generator. On drawn faces, after 900 steps of 16 on one seed, the validation's masked L1 was 0.0559
so and 0.0583 with decoders that were frozen.
"""

import tensorflow as tf

from exgan_tf import compositing, losses, option_types
from exgan_tf.gans import base, baseline
from exgan_tf.models import autoencoder, eye_windows


class CodeOptions(baseline.BaselineOptions, frozen=True):
    """What can be chosen about Code ExGAN.

    Attributes:
      code_size: how many numbers describe an eye; as in the autoencoder.
      match_reference: whether the exemplar's colours are first shifted to meet the image's at the
        edge of the hole, and the generator mixes the exemplar itself into what it paints, by a
        share that it chooses for each pixel; ours.
      perceptual_weight: weight of the perceptual term. The published celebrity figures come from a
        model without it.
    """

    code_size: autoencoder.CodeSize = autoencoder.CODE_SIZE
    match_reference: bool = False
    perceptual_weight: option_types.NonNegative = 0.0


class CodeGan(base.Gan):
    """Fills holes by the face around them and what a frozen encoder says of the reference's eyes.

    The networks "encoder", "left_decoder" and "right_decoder" are those of an `EyeAutoencoder` of
    the same image size and code size; restore their weights before training. The encoder stays as
    it is. It is part of the Gan, so that an exported model takes photographs and not codes.
    """

    Options = CodeOptions
    takes_over = "autoencoder"
    input_names = ("image", "mask", "eye_boxes", "reference", "reference_eye_boxes")

    def __init__(self, options: CodeOptions):
        eye_networks = autoencoder.build_eye_networks(
            options.image_size, code_size=options.code_size
        )
        eye_networks["encoder"].trainable = False
        networks = baseline.build_networks(
            options, copy_reference=options.match_reference, code_size=options.code_size
        )
        super().__init__(options, networks={**networks, **eye_networks})

    def generator_losses(self, example: dict, generated: dict, *, opinions=None) -> dict:
        """As `Gan.generator_losses`, with "perceptual" if its weight is not 0."""
        terms = super().generator_losses(example, generated, opinions=opinions)
        if not self.options.perceptual_weight:
            return terms
        completed_codes = self._encode(generated["completed"], example["eye_boxes"])
        perceptual = losses.perceptual_loss(self._reference_codes(example), completed_codes)
        total = terms.pop("total") + self.options.perceptual_weight * perceptual
        return {**terms, "perceptual": perceptual, "total": total}

    def _generator_inputs(self, example):
        eyes = autoencoder.decode_windows(self.networks, self._reference_codes(example))
        painted = eye_windows.lay_windows(
            eyes, example["eye_boxes"], image_size=self.options.image_size
        )
        inputs = super()._generator_inputs(example)
        if self.options.match_reference:
            painted = self._match(example, inputs["image"], painted)
        return {**inputs, "reference": painted}

    def _match(self, example, masked, painted):
        """The painted eyes in the image's light; where a hole leaves the windows, grey in it."""
        boxes = example["eye_boxes"]
        windows = eye_windows.crop_windows(tf.ones_like(example["mask"]), boxes)
        covered = eye_windows.lay_windows(windows, boxes, image_size=self.options.image_size)
        source = compositing.composite(masked, painted, covered)
        matched = compositing.match_edge(masked, source, example["mask"])
        return compositing.composite(painted, matched, example["mask"])

    def _discriminator_inputs(self, example, image):
        return {
            **super()._discriminator_inputs(example, image),
            "codes": self._reference_codes(example),
        }

    def _reference_codes(self, example):
        return self._encode(example["reference"], example["reference_eye_boxes"])

    def _encode(self, image, boxes):
        return autoencoder.encode_windows(
            self.networks["encoder"], eye_windows.crop_windows(image, boxes)
        )
