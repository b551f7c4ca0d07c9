"""The flags that the data commands share: which folders, and what does the work."""

import shlex

from absl import flags

from exgan_tf import parallel

# So that --help of a command lists these flags as its own.
flags.disclaim_key_flags()


def define_folders(input_help: str):
    """Defines the flags of a command that makes a folder of another, in processes or on Beam."""
    flags.DEFINE_string("input_dir", None, input_help, required=True)
    flags.DEFINE_string("output_dir", None, "Folder to create.", required=True)
    flags.DEFINE_bool("overwrite", False, "Replace the output of an earlier run.")
    workers = parallel.count_processors()
    flags.DEFINE_integer("num_workers", workers, "Number of processes.", lower_bound=1)
    define_engine()


def define_engine():
    """Defines the flags that choose Beam."""
    flags.DEFINE_string(
        "runner",
        None,
        "Run on Apache Beam (extra beam): DirectRunner for processes of this machine, "
        "DataflowRunner, FlinkRunner, SparkRunner, ...; by default the command's own processes do "
        "the work.",
    )
    flags.DEFINE_string(
        "beam_options",
        "",
        "Beam's own options in one string: '--temp_location=gs://BUCKET/temp --region=REGION ...'. "
        "--temp_location is a folder that every worker can reach.",
    )


def choose_engine(num_workers: int | None) -> parallel.Engine | None:
    """Beam if the flags say so, or else processes of this machine.

    Args:
      num_workers: number of processes of this machine or the DirectRunner; None for as many as
        there are cores, and for no engine at all without --runner.

    Raises:
      ValueError: if Beam is asked for and not installed, or has options and no runner.
    """
    runner, options = flags.FLAGS.runner, flags.FLAGS.beam_options
    if runner is None:
        if options:
            raise ValueError("--beam_options needs --runner, such as --runner=DataflowRunner")
        return parallel.Processes(num_workers) if num_workers else None
    try:
        from exgan_tf import beam
    except ModuleNotFoundError as error:
        raise ValueError(
            f"--runner needs Apache Beam ({error}): pip install 'exgan_tf[beam]', in an "
            "environment of its own"
        ) from error
    workers = num_workers or parallel.count_processors()
    return beam.Beam(runner, workers, tuple(shlex.split(options)))
