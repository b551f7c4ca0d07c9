"""The flags of every command that measures methods on records."""

from absl import flags

RECORDS = flags.DEFINE_string(
    "records", None, "Folder made by `exgan build-records`.", required=True
)
OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to create.", required=True)
_MODELS = flags.DEFINE_list("models", [], "name=DIR, ...: exported models or run directories.")
_UNTRAINED = flags.DEFINE_list(
    "untrained", ["all"], "Methods without training to include: all, none, or their names."
)
_CHECKPOINT = flags.DEFINE_enum(
    "checkpoint", "best", ["best", "latest"], "Which checkpoint of a run directory to use."
)
OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace an earlier result.")


def choose_methods() -> dict:
    """Name -> `evaluation.Method`, as the flags choose; ValueError as `choose_methods` there."""
    # Here, as every worker process reads the commands again, and should not load TensorFlow.
    from exgan_tf import evaluation

    return evaluation.choose_methods(
        _MODELS.value, untrained=_UNTRAINED.value, checkpoint=_CHECKPOINT.value
    )
