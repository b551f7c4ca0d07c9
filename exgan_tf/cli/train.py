"""Trains one of the networks on records; the same command goes on where it stopped.

  exgan train --flagfile=flags/train_reference.flags \\
      --records=RECORDS --run_dir=RUN

A flag file holds an experiment; flags after it win. On a machine without GPU take one of
flags/cpu_*.flags. The code Gan needs the run of an autoencoder: --autoencoder=RUN_OF_IT. On several
machines the environment variable TF_CONFIG lists the workers, and each runs this command.

Ctrl-C and SIGTERM write a checkpoint first. Only one command at a time trains in a run directory.
What the files in RUN mean is said in exgan_tf/training/loop.py.
"""

import contextlib
import os
import pathlib
import signal
import sys

import msgspec
import tensorflow as tf
from absl import flags

from exgan_tf import files
from exgan_tf.cli import entry, messages, option_flags
from exgan_tf.data import input as data_input
from exgan_tf.data import masks, records
from exgan_tf.gans import GANS
from exgan_tf.training import loop, runs
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Trainer, TrainingOptions

_MODEL = flags.DEFINE_enum("model", None, list(GANS), "What to train.", required=True)
_RECORDS = flags.DEFINE_string("records", None, "Folder made by build_records.", required=True)
_RUN_DIR = flags.DEFINE_string("run_dir", None, "Folder of this run; resumes.", required=True)
_AUTOENCODER = flags.DEFINE_string("autoencoder", None, "Run directory of the autoencoder.")
_INITIAL_RUN = flags.DEFINE_string(
    "initial_run",
    None,
    "Run directory of the same model, whose best generator training begins with.",
)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 16, "Examples in a batch, over all replicas.", lower_bound=1
)
_MASK = flags.DEFINE_enum(
    "mask",
    masks.EYES,
    list(masks.MASKS),
    "What of the images is hidden, in training and validation.",
)
_SELF_PAIRS = flags.DEFINE_float(
    "self_pairs",
    0.0,
    "Share of the training pairs whose reference is the photograph itself, disturbed.",
    lower_bound=0,
    upper_bound=1,
)
_NUM_SELF_PAIR_STEPS = flags.DEFINE_integer(
    "num_self_pair_steps",
    0,
    "Steps at the beginning in which all pairs are such.",
    lower_bound=0,
)
_RELIT_REFERENCES = flags.DEFINE_float(
    "relit_references",
    0.0,
    "Share of the other training references that are lit in another way.",
    lower_bound=0,
    upper_bound=1,
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of weights and batches.", lower_bound=0)
_DISTRIBUTION = flags.DEFINE_enum(
    "distribution", "auto", strategies.DISTRIBUTIONS, "Where to compute."
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
    "Sum in a fixed order, so that a run that was interrupted ends in the same bits; left out, on "
    "CPUs alone, as GPUs are slower by it.",
)
_OPTIONS = {name: gan.Options for name, gan in GANS.items()}
option_flags.define_alternatives(_OPTIONS)
option_flags.define(TrainingOptions)
option_flags.define(loop.LoopOptions)


def main(argv):
    del argv
    strategy = strategies.create_strategy(
        _DISTRIBUTION.value, wait_seconds=_WORKER_WAIT.value, report=_say
    )
    with _ending_with_lost_workers(strategy):
        _train(strategy)


def _train(strategy):
    tf.keras.utils.set_random_seed(_SEED.value)
    deterministic = _DETERMINISTIC.value
    if deterministic is None:
        deterministic = not tf.config.list_logical_devices("GPU")
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    training_options = option_flags.parse(TrainingOptions)
    loop_options = option_flags.parse(loop.LoopOptions)
    gan_options = option_flags.parse_alternative(_OPTIONS, _MODEL.value)
    validation = _load_validation(gan_options.image_size, loop_options)
    eye_networks = _load_eye_networks(gan_options)
    initial_networks = _load_initial_networks(gan_options)
    _check_encoders(eye_networks, initial_networks)
    if _BATCH_SIZE.value % strategy.num_replicas_in_sync:
        raise ValueError(
            f"batch_size is {_BATCH_SIZE.value}, a multiple of the {strategy.num_replicas_in_sync} "
            "replicas is wanted"
        )
    experiment = _describe(gan_options, training_options, eye_networks, initial_networks)
    strategies.set_precision(training_options.precision)
    trainer = Trainer(
        lambda: _create_gan(gan_options, {**eye_networks, **initial_networks}),
        strategy=strategy,
        options=training_options,
    )
    _check_gan(trainer.gan, training_options)

    def load_batches(start_batch):
        return strategy.distribute_datasets_from_function(
            lambda context: _load_training(gan_options.image_size, start_batch, context)
        )

    stop = _StopRequest()
    with _opened_run(experiment, strategy):
        step = loop.train(
            trainer,
            load_batches,
            validation=validation,
            run_directory=_RUN_DIR.value,
            options=loop_options,
            should_stop=stop,
            report=_say,
        )
    if stop.signal_number and step < loop_options.num_steps:
        print(f"stopped after step {step}: the same command goes on from here", file=sys.stderr)
        sys.exit(128 + stop.signal_number)
    ending = "done" if step >= loop_options.num_steps else "stopped early"
    print(f"{ending}: {step} steps in {_RUN_DIR.value}")


def _load_training(image_size, start_batch, context):
    return data_input.load_dataset(
        _RECORDS.value,
        split="train",
        image_size=image_size,
        batch_size=_BATCH_SIZE.value,
        training=True,
        seed=_SEED.value,
        mask=_MASK.value,
        self_pairs=_SELF_PAIRS.value,
        num_self_paired_batches=_NUM_SELF_PAIR_STEPS.value,
        relit_references=_RELIT_REFERENCES.value,
        start_batch=start_batch,
        input_context=context,
    )


def _load_validation(image_size, loop_options):
    """The validation batches, or None where the records have none; bad data shows here."""
    manifest = records.read_manifest(_RECORDS.value)
    _load_training(image_size, 0, None)
    rule = records.pairs_key(training=False, closed_eyes=False)
    validation = manifest.splits["validation"]
    if not validation.num_pairs[rule] > validation.num_closed_eyes:
        if loop_options.patience is not None:
            raise ValueError(f"patience needs a validation split, and {_RECORDS.value} has none")
        print("the records have no validation split to speak of: no best checkpoint is kept")
        return None
    return data_input.load_dataset(
        _RECORDS.value,
        split="validation",
        image_size=image_size,
        batch_size=_BATCH_SIZE.value,
        training=False,
        mask=_MASK.value,
    )


def _check_gan(gan, training_options):
    """Raises ValueError if the Gan lacks something in the records, or a stage that is asked for."""
    if gan.adversarial_only and training_options.num_reconstruction_steps:
        raise ValueError(
            f"num_reconstruction_steps is {training_options.num_reconstruction_steps}, but "
            f"{gan.name} learns from its discriminator alone: 0 is wanted"
        )
    if gan.find_fields and _MASK.value != masks.EYES:
        raise ValueError(
            f"mask is {_MASK.value!r}, but {gan.name} sees a strip around the eyes alone: leave "
            f"--mask at {masks.EYES!r}, or train another model"
        )
    if "landmarks" not in gan.input_names:
        return
    splits = records.read_manifest(_RECORDS.value).splits
    for name in ("train", "validation"):
        lacking = splits[name].num_photographs - splits[name].num_with_landmarks
        if lacking:
            raise ValueError(
                f"{gan.name} reads landmarks, and {lacking} of the {splits[name].num_photographs} "
                f"photographs of the {name} split in {_RECORDS.value} have none: build the records "
                "anew, with build_records --fit_landmarks"
            )


def _load_eye_networks(gan_options):
    """The trained networks that a Gan takes over; nothing for those that start by themselves."""
    source = GANS[_MODEL.value].takes_over
    if source is None:
        if _AUTOENCODER.value:
            raise ValueError(f"{_MODEL.value} takes over no networks: leave --autoencoder out")
        return {}
    if not _AUTOENCODER.value:
        raise ValueError(
            f"--model={_MODEL.value} needs --autoencoder, the run directory of a trained one"
        )
    experiment = runs.read_run(_AUTOENCODER.value).experiment
    wanted = {name: getattr(gan_options, name) for name in _OPTIONS[source].__struct_fields__}
    if experiment.model != source or msgspec.to_builtins(experiment.gan) != wanted:
        raise ValueError(
            f"--autoencoder={_AUTOENCODER.value} is a run of {experiment.model} with "
            f"{experiment.gan}; {source} with {wanted} is wanted"
        )
    taken, _ = runs.load_gan(_AUTOENCODER.value, which=runs.best_kept(_AUTOENCODER.value))
    return taken.networks


def _load_initial_networks(gan_options):
    """The networks that --initial_run exports; nothing without the flag.

    Convolutions do not mind the size of the images, so what was learnt on small ones, in little
    time, is a start for larger ones.
    """
    if not _INITIAL_RUN.value:
        return {}
    experiment = runs.read_run(_INITIAL_RUN.value).experiment
    if experiment.model != _MODEL.value:
        raise ValueError(
            f"--initial_run={_INITIAL_RUN.value} is a run of {experiment.model}; "
            f"one of {_MODEL.value} is wanted"
        )
    initial, _ = runs.load_gan(_INITIAL_RUN.value, which=runs.best_kept(_INITIAL_RUN.value))
    for name, network in _create_gan(gan_options, {}).networks.items():
        found = initial.networks.get(name)
        if found is not None and _shapes(found) != _shapes(network):
            raise ValueError(
                f"the {name} of --initial_run={_INITIAL_RUN.value} has other layers: train with "
                "the same width, skip_connections and so on as there; code, pix2pix and keypoint, "
                "with the same image_size too"
            )
    return initial.networks


def _check_encoders(eye_networks, initial_networks):
    """Raises ValueError if a code Gan would begin with another encoder than --autoencoder's."""
    if not (eye_networks and initial_networks):
        return
    ours, theirs = (
        runs.weights_checksum({"encoder": networks["encoder"]})
        for networks in (eye_networks, initial_networks)
    )
    if ours != theirs:
        raise ValueError(
            f"--initial_run={_INITIAL_RUN.value} was trained with another autoencoder than "
            f"--autoencoder={_AUTOENCODER.value}: give that one"
        )


def _shapes(network):
    return [weight.shape for weight in network.weights]


def _create_gan(gan_options, initial_networks):
    gan = GANS[_MODEL.value](gan_options)
    for name, network in initial_networks.items():
        gan.networks[name].set_weights(network.get_weights())
    return gan


def _describe(gan_options, training_options, eye_networks, initial_networks):
    return runs.Experiment(
        model=_MODEL.value,
        gan=gan_options,
        training=training_options,
        batch_size=_BATCH_SIZE.value,
        seed=_SEED.value,
        records=files.checksum(pathlib.Path(_RECORDS.value) / records.MANIFEST),
        autoencoder=runs.weights_checksum(eye_networks) if eye_networks else None,
        initial=runs.weights_checksum(initial_networks) if initial_networks else None,
        mask=_MASK.value,
        self_pairs=_SELF_PAIRS.value,
        num_self_pair_steps=_NUM_SELF_PAIR_STEPS.value,
        relit_references=_RELIT_REFERENCES.value,
    )


@contextlib.contextmanager
def _opened_run(experiment, strategy):
    """Starts the run directory, or checks it; the first worker does so before the others look."""
    is_chief = strategies.is_chief(strategy)
    with contextlib.ExitStack() as stack:
        refusal = None
        for is_turn in (is_chief, not is_chief):
            try:
                if is_turn:
                    if is_chief:
                        stack.enter_context(runs.locked_run(_RUN_DIR.value))
                    _open_run(experiment, write=is_chief)
            except (ValueError, OSError) as error:
                refusal = error
            # Who is refused says so: the others would wait for it.
            if strategies.any_worker(strategy, refusal is not None):
                raise refusal or ValueError(
                    f"another worker cannot use {_RUN_DIR.value}: its output says why"
                )
        yield


def _open_run(experiment, *, write):
    manifest = records.read_manifest(_RECORDS.value)
    splits = {
        name: {"identities": split.num_identities, "photographs": split.num_photographs}
        for name, split in manifest.splits.items()
    }
    data = {"directory": _RECORDS.value, "parameters": manifest.parameters, "splits": splits}
    runs.open_run(_RUN_DIR.value, experiment, data=data, write=write)
    if not write:
        return
    text = "".join(f"{line}\n" for line in option_flags.serialize())
    files.write_bytes(pathlib.Path(_RUN_DIR.value) / runs.TRAIN_FLAGS, text.encode())


@contextlib.contextmanager
def _ending_with_lost_workers(strategy):
    """Says which other worker was lost, and ends: what remains is of no use without it."""
    try:
        yield
    except tf.errors.OpError as error:
        several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        lost = strategies.unreachable_workers() if several else []
        if not lost:
            raise
        print(
            f"error: {', '.join(lost)} ended or cannot be reached, and its output may say why: "
            f"start all workers again to go on ({messages.root_cause(error)})",
            file=sys.stderr,
            flush=True,
        )
        # At its own end TensorFlow would wait for the lost worker.
        os._exit(1)


def _say(line):
    print(line, flush=True)


class _StopRequest:
    """Turns Ctrl-C and SIGTERM into an answer for the loop; a second Ctrl-C ends at once."""

    def __init__(self):
        self.signal_number = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def __call__(self):
        return self.signal_number is not None

    def _note(self, number, frame):
        self.signal_number = number
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    entry.run(main)
