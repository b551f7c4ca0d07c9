"""The baseline without an exemplar: GLCIC, with a local discriminator of both eyes.

Both ExGANs build on its networks.
"""

from exgan_tf.gans import base
from exgan_tf.models import blocks, discriminators, generators


class BaselineOptions(base.CompletionOptions, frozen=True):
    """What can be chosen about the baseline.

    Attributes:
      normalization: normalization in the generator: "batch" (GLCIC's), "instance", "group" or
        "none".
      skip_connections: whether the generator's decoder also gets the features of its encoder; ours.
    """

    normalization: blocks.Normalization = "batch"
    skip_connections: bool = False


class BaselineGan(base.Gan):
    """Fills holes by the face around them alone; looks at no reference."""

    Options = BaselineOptions

    def __init__(self, options: BaselineOptions):
        super().__init__(options, networks=build_networks(options))


def build_networks(
    options: BaselineOptions,
    *,
    reference: bool = False,
    copy_reference: bool = False,
    code_size: int = 0,
) -> dict:
    """Builds the "generator" and the "discriminator" of the baseline or an ExGAN.

    Args:
      options: what was chosen.
      reference: whether both see a reference.
      copy_reference: whether the generator mixes what it sees of the exemplar into its picture.
      code_size: how many numbers describe an eye, if the discriminator sees codes and the generator
        a picture painted after them; 0 if they do not.
    """
    return {
        "generator": generators.build_completion_network(
            options.image_size,
            width=options.width,
            normalization=options.normalization,
            skip_connections=options.skip_connections,
            reference=reference or code_size > 0,
            copy_reference=copy_reference,
        ),
        "discriminator": discriminators.build_discriminator(
            options.image_size,
            width=options.width,
            spectral_normalization=options.spectral_normalization,
            reference=reference,
            code_size=code_size,
        ),
    }
