"""Trains one of the networks on records; the same command resumes where it stopped.

  exgan train --flagfile=flags/train_reference.flags \\
      --records=RECORDS --run_dir=RUN

A flag file holds an experiment; flags after it override it. On a machine without GPU take one of
flags/cpu_*.flags. The code Gan needs the run of an autoencoder: --autoencoder=ITS_RUN. On several
machines the environment variable TF_CONFIG lists the workers, and each runs this command.

Ctrl-C and SIGTERM write a checkpoint first. Only one command at a time trains in a run directory.
docs/training.md describes the files in RUN.
"""

import os
import signal
import sys

import tensorflow as tf
from absl import flags

from exgan_tf.cli import entry, messages, option_flags
from exgan_tf.data import mask_names
from exgan_tf.data.disturbance import DisturbanceOptions
from exgan_tf.gans import GANS
from exgan_tf.training import experiments, loop
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import TrainingOptions

_MODEL = flags.DEFINE_enum("model", None, list(GANS), "What to train.", required=True)
_RECORDS = flags.DEFINE_string(
    "records", None, "Folder made by `exgan build-records`.", required=True
)
_RUN_DIR = flags.DEFINE_string(
    "run_dir", None, "Folder of this run; one that exists is resumed.", required=True
)
_AUTOENCODER = flags.DEFINE_string("autoencoder", None, "Run directory of the autoencoder.")
_INITIAL_RUN = flags.DEFINE_string(
    "initial_run",
    None,
    "Run directory of the same model, from whose best generator training starts.",
)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 16, "Examples in a batch, over all replicas.", lower_bound=1
)
_MASK = flags.DEFINE_enum(
    "mask",
    mask_names.EYES,
    mask_names.NAMES,
    "Which part of the images is hidden, in training and validation.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of weights and batches.", lower_bound=0)
_DISTRIBUTION = flags.DEFINE_enum(
    "distribution", "auto", strategies.DISTRIBUTIONS, "Which devices compute."
)
_WORKER_WAIT = flags.DEFINE_integer(
    "worker_wait",
    strategies.WAIT_SECONDS,
    "Seconds to wait at the start for the other machines of TF_CONFIG.",
    lower_bound=1,
)
_DETERMINISTIC = flags.DEFINE_bool(
    "deterministic",
    None,
    "Sum in a fixed order, so that an interrupted run ends with the same bits; by default only on "
    "CPUs, as it slows GPUs down.",
)
_OPTIONS = {name: gan.Options for name, gan in GANS.items()}
option_flags.define_alternatives(_OPTIONS)
option_flags.define(TrainingOptions)
option_flags.define(DisturbanceOptions)
option_flags.define(loop.LoopOptions)


def main(argv):
    del argv
    strategy = strategies.create_strategy(
        _DISTRIBUTION.value, wait_seconds=_WORKER_WAIT.value, report=_say
    )
    try:
        _train(strategy)
    except tf.errors.OpError as error:
        if not strategies.has_workers(strategy):
            raise
        # The others are of no use without the worker that was lost.
        if lost := ", ".join(strategies.unreachable_workers()):
            what = f"{lost} ended or cannot be reached, and its output may say why"
        else:
            what = "another worker does not answer, or could not go on, and its output may say why"
        cause = messages.root_cause(error)
        print(f"error: {what}: start all workers again to continue ({cause})", file=sys.stderr)
        # At its own end TensorFlow would wait for the lost worker.
        sys.stderr.flush()
        os._exit(1)


def _train(strategy):
    loop_options = option_flags.parse(loop.LoopOptions)
    stop = _StopRequest()
    step = experiments.train(
        option_flags.parse_alternative(_OPTIONS, _MODEL.value),
        _RECORDS.value,
        _RUN_DIR.value,
        loop=loop_options,
        training=option_flags.parse(TrainingOptions),
        batch_size=_BATCH_SIZE.value,
        seed=_SEED.value,
        mask=_MASK.value,
        disturbances=option_flags.parse(DisturbanceOptions),
        autoencoder=_AUTOENCODER.value,
        initial_run=_INITIAL_RUN.value,
        strategy=strategy,
        deterministic=_DETERMINISTIC.value,
        command=option_flags.serialize(),
        on_start=stop.listen,
        should_stop=stop,
        report=_say,
    )
    is_asked = stop.signal_number is not None
    if step < loop_options.num_steps and strategies.any_worker(strategy, is_asked):
        print(f"stopped after step {step}: run the same command again to continue", file=sys.stderr)
        sys.exit(128 + (stop.signal_number or signal.SIGTERM))
    ending = "done" if step >= loop_options.num_steps else "stopped early"
    print(f"{ending}: {step} steps in {_RUN_DIR.value}")


def _say(line):
    print(line, flush=True)


class _StopRequest:
    """Turns Ctrl-C and SIGTERM into an answer for the loop; a second Ctrl-C ends at once."""

    def __init__(self):
        self.signal_number = None

    def listen(self):
        """Before, Ctrl-C and SIGTERM end the process at once, as nothing would be lost."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def __call__(self):
        return self.signal_number is not None

    def _note(self, number, frame):
        self.signal_number = number
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    entry.run(main)
