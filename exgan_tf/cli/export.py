"""Exports a trained network as a SavedModel that loads without this package.

exgan export --run_dir=RUN --output_dir=MODEL
"""

from absl import flags

from exgan_tf import export
from exgan_tf.cli import entry
from exgan_tf.training import runs

_RUN_DIR = flags.DEFINE_string("run_dir", None, "Run directory of the training.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to create.", required=True)
_CHECKPOINT = flags.DEFINE_enum(
    "checkpoint", "best", runs.WHICH, "The best by the validation measure, or the latest."
)
_COMPACT = flags.DEFINE_bool(
    "compact", False, "Store the weights in 8 bits, in a quarter of the space."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an earlier export.")


def main(argv):
    del argv
    card = export.export_saved_model(
        _RUN_DIR.value,
        _OUTPUT_DIR.value,
        which=_CHECKPOINT.value,
        compact=_COMPACT.value,
        overwrite=_OVERWRITE.value,
    )
    print(
        f"exported: {card.kind}, {card.image_size} pixels, step {card.step}, to {_OUTPUT_DIR.value}"
    )


if __name__ == "__main__":
    entry.run(main)
