"""The flags of every command whose work Apache Beam can do."""

import shlex

from absl import flags

from exgan_tf import parallel

_RUNNER = flags.DEFINE_string(
    "runner",
    None,
    "Work on Apache Beam (extra beam): DirectRunner for processes of this machine, DataflowRunner, "
    "FlinkRunner, SparkRunner, ... Without it, this command's own processes work.",
)
_BEAM_OPTIONS = flags.DEFINE_string(
    "beam_options",
    "",
    "Beam's own options, as one text: '--temp_location=gs://BUCKET/temp --region=REGION ...'. "
    "--temp_location is a folder that every worker reaches.",
)


def choose_engine(num_workers: int | None) -> parallel.Engine | None:
    """Beam if the flags say so, or else processes of this machine.

    Args:
      num_workers: number of processes of this machine or the DirectRunner; None for as many as
        there are cores, and for no engine at all without --runner.

    Raises:
      ValueError: if Beam is asked for and not installed, or has options and no runner.
    """
    if _RUNNER.value is None:
        if _BEAM_OPTIONS.value:
            raise ValueError("--beam_options needs --runner, such as --runner=DataflowRunner")
        return parallel.Processes(num_workers) if num_workers else None
    try:
        from exgan_tf import beam
    except ModuleNotFoundError as error:
        raise ValueError(
            f"--runner needs Apache Beam ({error}): pip install 'exgan_tf[beam]', in an "
            "environment of its own"
        ) from error
    options = tuple(shlex.split(_BEAM_OPTIONS.value))
    return beam.Beam(_RUNNER.value, num_workers or parallel.count_processors(), options)
