"""Pix2Pix (Isola et al., 2017) with self-attention: from an image with a hole to one without."""

from exgan_tf import losses
from exgan_tf.gans import base
from exgan_tf.models import blocks, hole_textures, patch_discriminator, unet


class Pix2pixOptions(base.CompletionOptions, frozen=True):
    """What can be chosen about Pix2Pix.

    Attributes:
      normalization: normalization in the generator, and in the discriminator except its first and
        last layer: "instance" (Pix2Pix's at batch size 1), "batch", "group" or "none".
      attention: whether the generator has self-attention.
      hole_texture: what holes are filled with before the generator sees them: "grey", "white",
        "noise", or "any", one of them at random for each image.
    """

    normalization: blocks.Normalization = "batch"
    attention: bool = True
    hole_texture: hole_textures.HoleTexture = "grey"


class Pix2pixGan(base.Gan):
    """Fills holes by the face around them alone, with a U-Net; a discriminator judges patches.

    The published weights, 100 for the L1 and 1 for the adversarial term, are here
    `reconstruction_weight` 1 and `adversarial_weight` 0.01: Adam does not see a common factor, but
    the clipping of gradients would. For the same reason the paper's halving of the
    discriminator's loss is left out. "reconstruction" is a mean over the entire image in [0, 2],
    as Pix2Pix's, and not over the hole as other Gans': by that the published 100 has its meaning,
    and as the patches' logits are averaged over the image as well, both terms keep their
    proportion whatever the size of the hole. Ours: known pixels are put back before either term.

    There are no skip connections to choose, as a U-Net is made of them.
    """

    Options = Pix2pixOptions

    def __init__(self, options: Pix2pixOptions):
        sizes = {"width": options.width, "normalization": options.normalization}
        networks = {
            "generator": unet.build_unet(options.image_size, attention=options.attention, **sizes),
            "discriminator": patch_discriminator.build_patch_discriminator(
                options.image_size,
                spectral_normalization=options.spectral_normalization,
                **sizes,
            ),
        }
        super().__init__(options, networks=networks)

    def _reconstruction(self, example, completed):
        return 2.0 * losses.whole_image_l1(example["image"], completed)

    def _generator_inputs(self, example):
        """The generator's inputs by name; the hole has the texture that was chosen."""
        filled = hole_textures.fill_holes(
            example["image"], example["mask"], texture=self.options.hole_texture
        )
        return {"image": filled, "mask": example["mask"]}

    def _discriminator_inputs(self, example, image):
        inputs = self._generator_inputs(example)
        return {"image": image, "source": inputs["image"], "mask": inputs["mask"]}
