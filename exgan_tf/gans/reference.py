"""Reference ExGAN: another photograph of the person goes into generator and discriminator."""

from exgan_tf import compositing
from exgan_tf.gans import base, baseline
from exgan_tf.models import blocks, eye_windows


class ReferenceOptions(baseline.BaselineOptions, frozen=True):
    """What can be chosen about Reference ExGAN.

    Attributes:
      align_reference: whether the reference's eyes are first aligned with the hole's; ours.
      match_reference: whether the exemplar's colours are first shifted to meet the image's at the
        edge of the hole, and the generator mixes the exemplar itself into what it paints, by a
        share that it chooses for each pixel; ours.
    """

    align_reference: bool = False
    match_reference: bool = False


class ReferenceGan(base.Gan):
    """Fills holes by the face around them and a reference.

    With `options.align_reference` the reference is turned, scaled and shifted first, so that its
    eyes lie on the hole's: the networks need not learn to find them.
    """

    Options = ReferenceOptions

    def __init__(self, options: ReferenceOptions):
        networks = baseline.build_networks(
            options, reference=True, copy_reference=options.match_reference
        )
        super().__init__(options, networks=networks)

    @property
    def input_names(self) -> tuple:
        """As `Gan.input_names`; where the eyes are matters only for aligning them."""
        if self.options.align_reference:
            return ("image", "mask", "eye_boxes", "reference", "reference_eye_boxes")
        return ("image", "mask", "reference")

    def _generator_inputs(self, example):
        return {**super()._generator_inputs(example), "reference": self._reference(example)}

    def _discriminator_inputs(self, example, image):
        reference, boxes = self._reference(example), example["eye_boxes"]
        own = boxes if self.options.align_reference else example["reference_eye_boxes"]
        boxes = eye_windows.boxes_to_judge(example["mask"], own, otherwise=boxes)
        return {
            **super()._discriminator_inputs(example, image),
            "reference": reference,
            "reference_eyes": eye_windows.crop_windows(reference, boxes),
        }

    def _reference(self, example):
        """The reference as the networks see it."""
        reference = example["reference"]
        if self.options.align_reference:
            transform = eye_windows.transform_between(
                example["eye_boxes"], example["reference_eye_boxes"]
            )
            reference = blocks.warp(reference, transform)
        if self.options.match_reference:
            reference = compositing.match_edge(example["image"], reference, example["mask"])
        return reference
