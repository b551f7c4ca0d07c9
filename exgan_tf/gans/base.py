"""What all Gans share: their options, and what a trainer and an exporter ask of them.

A Gan is a generator and a discriminator of one task: fill the hole of `example["image"]`.
Everywhere `example` is a batch as `data.examples` describes it, of which what lies in the hole is
not looked at. A new Gan says only what its networks are given, by the two `_inputs` methods.
"""

from typing import Any, Literal

import tensorflow as tf

from exgan_tf import compositing, losses, option_types
from exgan_tf.models import blocks, eye_windows


class GanOptions(option_types.Options, frozen=True):
    """What can be chosen about every Gan.

    Attributes:
      image_size: side of the images in pixels, a multiple of 8 from 32 to 512.
    """

    image_size: int

    def __post_init__(self):
        """Raises ValueError if an option is out of range."""
        super().__post_init__()
        blocks.check_image_size(self.image_size)


class AdversarialOptions(GanOptions, frozen=True):
    """What can be chosen about every Gan that has a discriminator.

    Attributes:
      width: factor for the channels of all networks; 1 is the published width.
      spectral_normalization: whether the discriminator's kernels keep a spectral norm of 1.
      adversarial_loss: kind of the adversarial loss: "non_saturating" (the paper's) or "hinge".
    """

    width: option_types.Positive = 1.0
    spectral_normalization: bool = False
    adversarial_loss: Literal["non_saturating", "hinge"] = "non_saturating"


class CompletionOptions(AdversarialOptions, frozen=True):
    """What can be chosen about every Gan that learns to fill holes.

    Attributes:
      adversarial_weight: weight of the adversarial term in the generator's total loss. The
        default is ours: the term's gradient on the image is then about half of that of the
        reconstruction.
      reconstruction_weight: weight of the reconstruction term, a mean over the hole in [0, 2]; for
        Pix2Pix over the image.
    """

    adversarial_weight: option_types.NonNegative = 0.005
    reconstruction_weight: option_types.NonNegative = 1.0


class Gan(tf.Module):
    """A generator that fills holes and a discriminator that judges the result.

    Attributes:
      Options: class of its options.
      options: those it was built with.
      networks: name -> model: "generator", "discriminator", and what else there is.
      input_names: keys of an example that `complete` reads.
      fills_holes: whether it is of use by itself, and not only as a part of another Gan.
      takes_over: name of the Gan whose trained networks it needs before it is trained, or None.
      adversarial_only: whether it learns from its discriminator alone, so that there is no stage of
        reconstruction.
      find_fields: a function of an example as `Inpainter.find_fields`, or None.
      paint_faces: a function that paints faces from noise and landmarks, or None.
    """

    Options: type[GanOptions] = GanOptions
    options: Any  # Of the class's own `Options`.
    input_names: tuple[str, ...] = ("image", "mask")
    fills_holes = True
    takes_over: str | None = None
    adversarial_only = False
    find_fields: Any = None
    paint_faces: Any = None

    def __init__(self, options: GanOptions, *, networks: dict):
        """Keeps the networks; build a Gan inside the scope of the strategy that trains it."""
        super().__init__(name=type(self).__name__)
        if type(options) is not self.Options:
            raise ValueError(
                f"options are {type(options).__name__}; expected {self.Options.__name__}"
            )
        self.options = options
        self.networks = networks

    @property
    def generator_variables(self) -> list:
        """What the generator's optimizer trains: all networks but the discriminator."""
        return [
            variable
            for name, network in self.networks.items()
            if name != "discriminator"
            for variable in network.trainable_variables
        ]

    @property
    def discriminator_variables(self) -> list:
        """What the discriminator's optimizer trains; nothing without a discriminator."""
        discriminator = self.networks.get("discriminator")
        return discriminator.trainable_variables if discriminator else []

    def drop_discriminator(self) -> None:
        """Forgets the discriminator, which only training needs."""
        self.networks = {
            name: network for name, network in self.networks.items() if name != "discriminator"
        }

    def complete(self, example: dict, *, training: bool) -> tf.Tensor:
        """Fills the holes; in training batch normalisation goes by this batch.

        Returns:
          float32 [B, S, S, 3] in [-1, 1], equal to the image, bit for bit, outside the hole.
        """
        completed = self.networks["generator"](self._generator_inputs(example), training=training)
        if not training:
            # Not in training, where a clipped value would get no gradient.
            completed = tf.clip_by_value(completed, -1.0, 1.0)
        return compositing.composite(example["image"], completed, example["mask"])

    def paint(self, example: dict) -> tf.Tensor:
        """What is blended into the holes: entire images, or, here, those of `complete`.

        Returns:
          float32 [B, S, S, 3] in [-1, 1].
        """
        return self.complete(example, training=False)

    def generate(self, example: dict) -> dict:
        """What the generator makes of a batch in training.

        Returns:
          Tensors by name, for `judge` and the losses: "completed", float32 [B, S, S, 3], what
          `complete` gives in training, and whatever else a Gan's losses need.
        """
        return {"completed": self.complete(example, training=True)}

    def judge(self, example: dict, generated: dict) -> dict:
        """The discriminator's logits of the true images and of those that `generate` completed.

        Returns:
          "real_logits" and "fake_logits", float32 [B, 1], or [B, h, w, 1] if patches are judged:
          positive says real; and whatever else a Gan's losses need.
        """
        real, fake = (
            self.networks["discriminator"](
                self._discriminator_inputs(example, image), training=True
            )
            for image in (example["image"], generated["completed"])
        )
        return {"real_logits": real, "fake_logits": fake}

    def generator_losses(self, example: dict, generated: dict, *, opinions=None) -> dict:
        """What the generator minimises, "total", and its terms.

        Args:
          example: the batch.
          generated: what `generate` made of it.
          opinions: what `judge` says of that; None leaves the adversarial term out.

        Returns:
          name -> float32 scalar, each a mean over the batch: "reconstruction", "adversarial" if it
          takes part, both without their weights; "total", their weighted sum; and, to look at,
          "whole_image_l1", the paper's.
        """
        image, completed, options = example["image"], generated["completed"], self.options
        terms = {"reconstruction": self._reconstruction(example, completed)}
        total = options.reconstruction_weight * terms["reconstruction"]
        if opinions is not None:
            terms["adversarial"] = self._adversarial_loss.generator_loss(opinions["fake_logits"])
            total += options.adversarial_weight * terms["adversarial"]
        l1 = losses.whole_image_l1(image, completed)
        return {**terms, "total": total, "whole_image_l1": l1}

    def discriminator_losses(self, opinions: dict) -> dict:
        """What the discriminator minimises, given what `judge` says.

        Returns:
          name -> float32 scalar, each a mean over the batch: "discriminator"; "total", the same;
          and, to look at, "real_logit" and "fake_logit".
        """
        real_logits, fake_logits = opinions["real_logits"], opinions["fake_logits"]
        loss = self._adversarial_loss.discriminator_loss(real_logits, fake_logits)
        return {
            "discriminator": loss,
            "real_logit": tf.reduce_mean(real_logits),
            "fake_logit": tf.reduce_mean(fake_logits),
            "total": loss,
        }

    @property
    def _adversarial_loss(self):
        return losses.ADVERSARIAL_LOSSES[self.options.adversarial_loss]

    def _reconstruction(self, example, completed):
        return losses.reconstruction_loss(example["image"], completed, example["mask"])

    def _generator_inputs(self, example):
        """The generator's inputs by name; the hole is grey."""
        grey = tf.zeros([], example["image"].dtype)
        masked = compositing.composite(example["image"], grey, example["mask"])
        return {"image": masked, "mask": example["mask"]}

    def _discriminator_inputs(self, example, image):
        """The discriminator's inputs by name, for an image that has `example`'s hole."""
        boxes = eye_windows.boxes_to_judge(example["mask"], example["eye_boxes"])
        return {"image": image, "eyes": eye_windows.crop_windows(image, boxes)}
