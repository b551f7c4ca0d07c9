"""What a run directory says of its experiment, and the networks that came out of it."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import platform
import shutil
import socket
import warnings
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec
import numpy as np
import tensorflow as tf

import exgan_tf
from exgan_tf import files, option_types
from exgan_tf.data import mask_names
from exgan_tf.data.disturbance import DisturbanceOptions
from exgan_tf.gans import GANS, GanOptions, base
from exgan_tf.training import checkpoints
from exgan_tf.training.loop import BEST, CHECKPOINTS, METRICS, SAMPLES, TENSORBOARD, read_metrics
from exgan_tf.training.trainer import TrainingOptions

RUN = "run.json"
TRAIN_FLAGS = "train.flags"
LOCK = ".lock"
WHICH = ("best", "latest")
OptionsT = TypeVar("OptionsT", bound=GanOptions)


class Experiment(DisturbanceOptions, Generic[OptionsT], kw_only=True, frozen=True):
    """All that decides what training makes of the data: a run goes on only with the same.

    The fields are arguments of `experiments.train`, or checksums: of the records' manifest, and of
    the weights that were taken over from an autoencoder, or begun with. The options of disturbances
    lie among its own, as they always did in run.json. Old runs do not say what was hidden.
    """

    model: str
    gan: OptionsT
    training: TrainingOptions
    batch_size: option_types.Count
    seed: int
    records: str
    autoencoder: str | None = None
    initial: str | None = None
    mask: str = mask_names.EYES


class Run(msgspec.Struct, Generic[OptionsT], frozen=True):
    """What `run.json` says.

    Attributes:
      experiment: what was trained.
      versions: of this package and what it computed with, by name.
      data: where the records were, how they were made and how many photographs they have; None
        where it is not known.
    """

    experiment: Experiment[OptionsT]
    versions: dict[str, str] = {}
    data: dict | None = None


_HALF_WRITTEN = f".{32 * '[0-9a-f]'}.tmp"  # As files.write_bytes names them.
# What a training that was killed leaves behind, of this package and of TensorFlow.
_LEFT_BEHIND = (
    ".worker_[0-9]*",
    _HALF_WRITTEN,
    f"{SAMPLES}/{_HALF_WRITTEN}",
    f"{TENSORBOARD}/.events.*.tmp",
    *(
        f"{directory}/{name}"
        for directory in (CHECKPOINTS, BEST)
        for name in (_HALF_WRITTEN, "checkpoint.tmp*", "*_temp")
    ),
)


@contextlib.contextmanager
def locked_run(run_directory) -> Iterator[None]:
    """Keeps other processes from training in a run directory, which is made if need be.

    The lock is the kernel's: that of a training which was killed ended with it.

    Raises:
      ValueError: if another process trains there; the message says which.
      OSError: if the directory cannot be written.
    """
    directory = pathlib.Path(run_directory)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / LOCK
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever was here until now has taken the file away with it.
            if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                raise BlockingIOError
        except BlockingIOError as error:
            file.seek(0)
            raise ValueError(
                f"{file.read() or 'another process'} trains in {directory}: wait until it ends, "
                "stop it, or choose another run directory"
            ) from error
        file.truncate(0)
        print(f"process {os.getpid()} on {socket.gethostname()}", end="", file=file, flush=True)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def open_run(
    run_directory, experiment: Experiment, *, data: dict | None = None, write: bool = True
) -> None:
    """Starts a run directory, or checks that an existing one is of the same experiment.

    What a training that was killed left half-written is cleared away. A warning is issued if the
    run began with other versions of this package or of what it computes with.

    Args:
      run_directory: the directory.
      experiment: what is to be trained.
      data: what the records are, as JSON values.
      write: if not, this process only checks what another has written.

    Raises:
      ValueError: if the directory is of another experiment, holds something else or, unless
        `write`, nothing.
    """
    directory = pathlib.Path(run_directory)
    path = directory / RUN
    if path.exists():
        run = read_run(directory)
        found, ours = msgspec.to_builtins(run.experiment), msgspec.to_builtins(experiment)
        changes = [
            f"{key}: {_difference(found[key], ours[key])}"
            for key in sorted(ours)
            if found[key] != ours[key]
            # Of another model all options are others.
            and (key != "gan" or found["model"] == ours["model"])
        ]
        if changes:
            raise ValueError(
                f"{directory} is a run of another experiment ({'; '.join(changes)}): choose "
                "another run directory, or give the same options"
            )
    # Hidden are the lock, and what a start that was killed left behind.
    elif directory.exists() and any(each.name[0] != "." for each in directory.iterdir()):
        raise ValueError(f"{directory} is neither empty nor a run directory: choose another")
    elif not write:
        raise ValueError(
            f"{path} is missing here, but the first worker wrote it: put the run directory where "
            "all workers can read it"
        )
    if not write:
        return
    directory.mkdir(parents=True, exist_ok=True)
    for left in [each for pattern in _LEFT_BEHIND for each in directory.glob(pattern)]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    versions = {"exgan_tf": exgan_tf.__version__, **library_versions()}
    if path.exists():
        begun = {**versions, **run.versions}
        if changes := _difference(begun, versions):
            warnings.warn(f"{directory} resumes with other versions ({changes})", stacklevel=2)
        return
    run = Run(experiment=experiment, versions=versions, data=data)
    files.write_json(path, msgspec.to_builtins(run))


def read_run(run_directory) -> Run:
    """Reads what a run directory is about.

    Raises:
      ValueError: if it is no run directory, or one of another version.
    """
    path = pathlib.Path(run_directory) / RUN
    if not path.is_file():
        raise ValueError(f"{run_directory} is not a run directory: it has no {RUN}")
    described = files.read_json(path)
    try:
        experiment = described["experiment"]
        gan_options = GANS[experiment["model"]].Options
        mask_names.check_name(experiment.get("mask", mask_names.EYES))
        # Until version 0.2 a run named the options of all Gans.
        others = {name for gan in GANS.values() for name in gan.Options.__struct_fields__}
        others -= set(gan_options.__struct_fields__)
        experiment["gan"] = {
            name: value for name, value in experiment["gan"].items() if name not in others
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not describe a run of this version ({error})") from error
    return files.convert(described, Run[gan_options], source=path)  # type: ignore[valid-type]


def read_validation(run_directory, step: int) -> dict | None:
    """What the validation after a step measured; None if there was none."""
    path = pathlib.Path(run_directory) / METRICS
    for line in read_metrics(path) if path.is_file() else []:
        if line["step"] == step and "validation" in line:
            return line["validation"]
    return None


def best_kept(run_directory) -> str:
    """Which weights of a run are its best: "latest" where there is nothing to validate on.

    Raises:
      ValueError: if there are photographs to validate on, and no validation took place.
    """
    if checkpoints.find_checkpoints(pathlib.Path(run_directory) / BEST):
        return "best"
    splits = (read_run(run_directory).data or {}).get("splits", {})
    if splits.get("validation", {}).get("photographs", 0):
        raise ValueError(
            f"{run_directory} has not been validated: train it further, or, where the validation "
            "split has nobody with two open-eyed photographs, train on records that have"
        )
    return "latest"


def load_gan(run_directory, *, which: str = "best") -> tuple[base.Gan, int]:
    """Builds the Gan of a run and restores its averaged weights, from the newest whole checkpoint.

    A warning is issued for each newer one that is damaged. `which` is "best", by the validation
    measure, or "latest".

    Returns:
      The Gan, without its discriminator, and the step its weights are from.

    Raises:
      ValueError: if there is no such checkpoint, none is whole, or it does not fit.
    """
    if which not in WHICH:
        raise ValueError(f"which is {which!r}; expected one of {', '.join(WHICH)}")
    experiment = read_run(run_directory).experiment
    directory = pathlib.Path(run_directory) / (BEST if which == "best" else CHECKPOINTS)
    gan = GANS[experiment.model](experiment.gan)
    gan.drop_discriminator()
    step = tf.Variable(0, dtype=tf.int64)
    checkpoint = tf.train.Checkpoint(trainer=tf.train.Checkpoint(averaged_gan=gan, step=step))

    def restore(path):
        checkpoint.restore(path).expect_partial().assert_existing_objects_matched()

    if checkpoints.restore_newest(directory, restore, report=warnings.warn) is None:
        other = next(each for each in WHICH if each != which)
        raise ValueError(
            f"{directory} holds no checkpoint: train first, or ask for the {other} one"
        )
    return gan, int(step)


def library_versions() -> dict[str, str]:
    """The versions of what is computed with, by name."""
    return {
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def weights_checksum(networks: dict) -> str:
    """The SHA-256 of all weights of some networks by name, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(networks):
        for weight in networks[name].get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def _difference(found, ours):
    if not isinstance(ours, dict):
        return f"{found} there, {ours} now"
    keys = [key for key in ours if found.get(key) != ours[key]]
    return ", ".join(f"{key} {found.get(key)} there, {ours[key]} now" for key in keys)
