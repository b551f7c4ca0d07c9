"""What all Gans share: their options, and the three methods that a trainer and an exporter use.

A Gan is a generator and a discriminator of one task: fill the hole of `example["image"]`, where
an example is a batch as `data.examples` describes it. A new Gan says only what its networks are
given, by the two `_inputs` methods.
"""

import dataclasses
import math

import tensorflow as tf

from exgan_tf import compositing, losses
from exgan_tf.models import (
    autoencoder,
    blocks,
    discriminators,
    eye_windows,
    generators,
    hole_textures,
)

_NOT_EVERYWHERE = frozenset(
    {
        "skip_connections",
        "perceptual_weight",
        "align_reference",
        "match_reference",
        "code_size",
        "attention",
        "hole_texture",
        "guided",
        "search_steps",
        "search_learning_rate",
        "prior_weight",
        "exemplar",
        "coarse_weight",
        "feature_matching_weight",
        "bending_weight",
        "match_border",
        "paint_weight",
    }
)


@dataclasses.dataclass(frozen=True)
class GanOptions:
    """What can be chosen about a Gan.

    Attributes:
      image_size: side of the images in pixels, a multiple of 8 from 32 to 512.
      width: multiplies the numbers of channels of all networks; 1 is the published network's.
      normalization: of the generator, and of Pix2Pix's and keypoint's discriminator: "batch"
        (GLCIC's), "instance", "group" or "none".
      skip_connections: whether the generator's features of the way down lie beside those of the way
        up, in the baseline, Reference and Code ExGAN; ours.
      spectral_normalization: whether the discriminator's kernels keep a spectral norm of 1.
      adversarial_loss: "non_saturating" (the paper's) or "hinge".
      adversarial_weight: of the adversarial term in the generator's total. The default is ours: the
        term's gradient on the image is then about half of the reconstruction's.
      reconstruction_weight: of the reconstruction term, a mean over the hole in [0, 2]; Pix2Pix's
        over the image.
      perceptual_weight: of the perceptual term; only Code ExGAN has one.
      align_reference: whether the reference's eyes are laid on the hole's first; only Reference
        ExGAN does.
      match_reference: whether the exemplar's colours are shifted first, so that at the edge of the
        hole they meet the image's, and the generator then mixes the exemplar itself into what it
        paints, with a share that it chooses for each pixel; for Reference and Code ExGAN; ours.
      code_size: how many numbers describe an eye; for Code ExGAN.
      attention: whether the generator has a self-attention; for Pix2Pix.
      hole_texture: what holes are filled with before the generator sees them: "grey", "white",
        "noise", or "any", for which each image draws one; for Pix2Pix.
      guided: whether both networks see a map of the face's landmarks; for the keypoint Gan.
      search_steps: of the search for a face that fits, for each image; for the keypoint Gan.
      search_learning_rate: of the search's Adam; for the keypoint Gan.
      prior_weight: of the discriminator's opinion in the search, beside a sum of differences; for
        the keypoint Gan.
      exemplar: whether the flow Gan sees the reference; without, it is its own baseline and paints.
      coarse_weight: of the reconstruction of cells of 4 x 4 pixels, averaged; for the flow Gan.
      feature_matching_weight: of the difference between true and filled strips in the
        discriminator's features; for the flow Gan.
      bending_weight: of the bending of the flow, in pixels; for the flow Gan.
      paint_weight: of the share of the hole that is painted and not copied; for the flow Gan.
      match_border: whether what the filled strip lacks at the edge of the hole is added to it,
        continued smoothly into the hole; for the flow Gan.
    """

    image_size: int
    width: float = 1.0
    normalization: str = "batch"
    skip_connections: bool = False
    spectral_normalization: bool = False
    adversarial_loss: str = "non_saturating"
    adversarial_weight: float = 0.005
    reconstruction_weight: float = 1.0
    perceptual_weight: float = 0.0
    align_reference: bool = False
    match_reference: bool = False
    code_size: int = autoencoder.CODE_SIZE
    attention: bool = True
    hole_texture: str = "grey"
    guided: bool = True
    search_steps: int = 1500
    search_learning_rate: float = 0.01
    prior_weight: float = 0.1
    exemplar: bool = True
    coarse_weight: float = 0.7
    feature_matching_weight: float = 0.4
    bending_weight: float = 0.1
    paint_weight: float = 0.05
    match_border: bool = True

    def __post_init__(self):
        """Raises ValueError if an option is out of range."""
        blocks.check_image_size(self.image_size)
        if not 0 < self.width < math.inf:
            raise ValueError(f"width is {self.width}; more than 0 is wanted, 1 is GLCIC's")
        _check_choice("normalization", self.normalization, blocks.NORMALIZATIONS)
        _check_choice("adversarial_loss", self.adversarial_loss, losses.ADVERSARIAL_LOSSES)
        _check_choice("hole_texture", self.hole_texture, hole_textures.HOLE_TEXTURES)
        for name in (
            "adversarial_weight",
            "reconstruction_weight",
            "perceptual_weight",
            "prior_weight",
            "coarse_weight",
            "feature_matching_weight",
            "bending_weight",
            "paint_weight",
        ):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; 0 or more is wanted")
        if self.code_size < 2:
            raise ValueError(f"code_size is {self.code_size}; at least 2 is wanted")
        if self.search_steps < 1:
            raise ValueError(f"search_steps is {self.search_steps}; at least 1 is wanted")
        if not 0 < self.search_learning_rate < math.inf:
            raise ValueError(
                f"search_learning_rate is {self.search_learning_rate}; more than 0 is wanted"
            )


class Gan(tf.Module):
    """A generator that fills holes and a discriminator that judges the result.

    Attributes:
      options: the `GanOptions` it was built with.
      networks: name -> model: "generator", "discriminator", and what else there is.
      own_options: names of those options that not every Gan has, but this one does.
      input_names: keys of an example that `complete` reads, without those of the eye boxes that
        it does not need.
      gives_fields: whether it has `find_fields`, so that it can fill photographs of any size.
      adversarial_only: whether it learns from its discriminator alone, so that there is no stage of
        reconstruction.
    """

    own_options = frozenset()
    adversarial_only = False
    gives_fields = False
    input_names = ("image", "mask")

    def __init__(self, options: GanOptions, *, networks: dict):
        """Keeps the networks; build a Gan inside the scope of the strategy that trains it.

        Args:
          options: what was chosen.
          networks: name -> model.

        Raises:
          ValueError: if an option was chosen that this Gan does not have.
        """
        super().__init__(name=type(self).__name__)
        for field in dataclasses.fields(options):
            value = getattr(options, field.name)
            if field.name in _NOT_EVERYWHERE - self.own_options and value != field.default:
                raise ValueError(
                    f"{field.name} is {value}, but {self.name} has no such option: "
                    f"leave it at {field.default}"
                )
        self.options = options
        self.networks = networks

    @property
    def generator_variables(self) -> list:
        """What the generator's optimizer trains."""
        return [
            variable
            for name, network in self.networks.items()
            if name != "discriminator"
            for variable in network.trainable_variables
        ]

    @property
    def discriminator_variables(self) -> list:
        """What the discriminator's optimizer trains; nothing without a discriminator."""
        if "discriminator" not in self.networks:
            return []
        return self.networks["discriminator"].trainable_variables

    def drop_discriminator(self):
        """Forgets the discriminator, which only training needs."""
        self.networks = {
            name: network for name, network in self.networks.items() if name != "discriminator"
        }

    def complete(self, example: dict, *, training: bool) -> tf.Tensor:
        """Fills the holes.

        Args:
          example: a batch as in `data.examples`; what lies in the hole is not looked at.
          training: whether batch normalisation goes by this batch.

        Returns:
          float32 [B, S, S, 3] in [-1, 1], equal to the image, bit for bit, outside the hole.
        """
        inputs = self._generator_inputs(example)
        completed = self.networks["generator"](inputs, training=training)
        if not training:
            # Not in training, where a clipped value would get no gradient.
            completed = tf.clip_by_value(completed, -1.0, 1.0)
        return compositing.composite(example["image"], completed, example["mask"])

    def generate(self, example: dict) -> dict:
        """What the generator makes of a batch in training.

        Args:
          example: a batch as in `data.examples`.

        Returns:
          Tensors by name, for `judge` and the losses: "completed", float32 [B, S, S, 3], what
          `complete` gives in training, and whatever else a Gan's losses need.
        """
        return {"completed": self.complete(example, training=True)}

    def judge(self, example: dict, generated: dict) -> dict:
        """What the discriminator thinks of the true images and of those that were completed.

        Args:
          example: a batch as in `data.examples`; where the eyes are, and the exemplar.
          generated: what `generate` made of it.

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
        """What the generator shall make small.

        Args:
          example: a batch as in `data.examples`.
          generated: what `generate` made of it.
          opinions: what `judge` thinks of it; None leaves the adversarial term out.

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
        """What the discriminator shall make small.

        Args:
          opinions: what `judge` thinks.

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


def build_networks(options: GanOptions, *, reference: bool = False, code_size: int = 0) -> dict:
    """Builds the generator and the discriminator of a Gan.

    Args:
      options: what was chosen.
      reference: whether both see a reference.
      code_size: how many numbers describe an eye, if the discriminator sees codes and the generator
        a picture painted after them; 0 if they do not.

    Returns:
      "generator" and "discriminator" -> model.
    """
    has_exemplar = reference or code_size > 0
    return {
        "generator": generators.build_completion_network(
            options.image_size,
            width=options.width,
            normalization=options.normalization,
            skip_connections=options.skip_connections,
            reference=has_exemplar,
            copy_reference=has_exemplar and options.match_reference,
        ),
        "discriminator": discriminators.build_discriminator(
            options.image_size,
            width=options.width,
            spectral_normalization=options.spectral_normalization,
            reference=reference,
            code_size=code_size,
        ),
    }


def _check_choice(name, value, choices):
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; one of {', '.join(choices)} is wanted")
