"""The baseline without an exemplar: GLCIC, with a local discriminator of both eyes."""

from exgan_tf.gans import base


class BaselineGan(base.Gan):
    """Fills holes by the face around them alone; looks at no reference."""

    own_options = frozenset({"skip_connections"})

    def __init__(self, options: base.GanOptions):
        """Builds the networks."""
        super().__init__(options, networks=base.build_networks(options))
