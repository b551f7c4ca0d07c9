"""An experiment, from its options to a trained run directory."""

import contextlib
import functools
import pathlib
from collections.abc import Callable

import msgspec
import tensorflow as tf

from exgan_tf import files, storage
from exgan_tf.data import mask_names, records
from exgan_tf.data.disturbance import DisturbanceOptions
from exgan_tf.data.input import load_dataset
from exgan_tf.gans import GANS, GanOptions
from exgan_tf.training import loop as loops
from exgan_tf.training import runs
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Trainer, TrainingOptions


def train(
    gan: GanOptions,
    records_directory,
    run_directory,
    *,
    loop: loops.LoopOptions,
    training: TrainingOptions | None = None,
    batch_size: int = 16,
    seed: int = 0,
    mask: str = mask_names.EYES,
    disturbances: DisturbanceOptions | None = None,
    autoencoder=None,
    initial_run=None,
    strategy: tf.distribute.Strategy | None = None,
    deterministic: bool | None = None,
    command=(),
    on_start: Callable[[], object] = lambda: None,
    should_stop: Callable[[], bool] = lambda: False,
    report: Callable[[str], None] = lambda line: None,
) -> int:
    """Trains a Gan on records; called again, it goes on where it stopped.

    Sets the random seeds of the process, Keras's precision and TensorFlow's determinism.

    Args:
      gan: options of one of `gans.GANS`, whose class says which.
      records_directory: what `build_records` made.
      run_directory: the folder of this run, made if need be; `training.loop` says what it holds.
      loop: how many steps, and when to log, save and validate.
      training: how networks are updated; the defaults if None.
      batch_size: examples in a batch, over all replicas.
      seed: of weights and batches.
      mask: what of the images is hidden, in training and validation; a name of `mask_names.NAMES`.
      disturbances: which training pairs are disturbed; none if None.
      autoencoder: run directory of the trained autoencoder that a code Gan needs.
      initial_run: run directory of the same Gan, whose best generator training begins with.
      strategy: where to compute; if None, several GPUs or workers where there are any.
      deterministic: sum in a fixed order, so that a run that was interrupted ends in the same bits;
        None: on CPUs alone, as GPUs are slower by it.
      command: lines of a flag file that repeats this run, to be written down.
      on_start: called when everything has been checked, before the first step.
      should_stop: as in `training.loop.train`.
      report: gets a line of text for people every so often.

    Returns:
      The number of steps done.

    Raises:
      ValueError: if an option is out of range, the records lack what the Gan needs, a run that is
        taken over does not fit, or the run directory is that of another experiment or in use; and
        as `loop.NonFiniteLossError` if training diverges.
    """
    model = next((name for name, each in GANS.items() if each.Options is type(gan)), None)
    if model is None:
        known = ", ".join(each.Options.__name__ for each in GANS.values())
        raise ValueError(f"gan is {gan!r:.80}; expected one of {known}")
    strategy = strategy or strategies.create_strategy("auto", report=report)
    training = training or TrainingOptions()
    tf.keras.utils.set_random_seed(seed)
    if deterministic is None:
        deterministic = not tf.config.list_logical_devices("GPU")
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    load = functools.partial(
        load_dataset, records_directory, image_size=gan.image_size, batch_size=batch_size, mask=mask
    )

    def load_training(start_batch, context):
        return load(
            split="train",
            training=True,
            seed=seed,
            disturbances=disturbances,
            start_batch=start_batch,
            input_context=context,
        )

    load_training(0, None)  # Bad data shows here, before networks are built.
    manifest = records.read_manifest(records_directory)
    validation, split = None, manifest.splits["validation"]
    rule = records.pairs_key(training=False, closed_eyes=False)
    if split.num_pairs[rule] > split.num_closed_eyes:
        validation = load(split="validation", training=False)
    elif loop.patience is not None:
        raise ValueError(f"patience needs a validation split, and {records_directory} has none")
    else:
        report("no best checkpoint is kept: the validation split has no open-eyed pairs")
    eye_networks = _load_eye_networks(model, gan, autoencoder)
    initial_networks = _load_initial_networks(model, gan, initial_run)
    if eye_networks and initial_networks:
        ours, theirs = (
            runs.weights_checksum({"encoder": networks["encoder"]})
            for networks in (eye_networks, initial_networks)
        )
        if ours != theirs:
            raise ValueError(
                f"--initial_run={initial_run} was trained with another autoencoder than "
                f"--autoencoder={autoencoder}: give that one"
            )
    if batch_size % strategy.num_replicas_in_sync:
        raise ValueError(
            f"batch_size is {batch_size}; expected a multiple of the "
            f"{strategy.num_replicas_in_sync} replicas"
        )
    experiment = runs.Experiment(
        model=model,
        gan=gan,
        training=training,
        batch_size=batch_size,
        seed=seed,
        records=files.checksum(storage.to_path(records_directory) / records.MANIFEST),
        autoencoder=runs.weights_checksum(eye_networks) if eye_networks else None,
        initial=runs.weights_checksum(initial_networks) if initial_networks else None,
        mask=mask,
        **msgspec.structs.asdict(disturbances or DisturbanceOptions()),
    )
    strategies.set_precision(training.precision)
    trainer = Trainer(
        lambda: _create_gan(model, gan, {**eye_networks, **initial_networks}),
        strategy=strategy,
        options=training,
    )
    _check_gan(trainer.gan, training, mask, manifest, records_directory)
    data = {
        "directory": str(records_directory),
        "parameters": manifest.parameters,
        "splits": {
            name: {"identities": split.num_identities, "photographs": split.num_photographs}
            for name, split in manifest.splits.items()
        },
    }
    on_start()
    with _opened_run(run_directory, experiment, strategy, data=data, command=command):
        return loops.train(
            trainer,
            lambda start_batch: strategy.distribute_datasets_from_function(
                lambda context: load_training(start_batch, context)
            ),
            validation=validation,
            run_directory=run_directory,
            options=loop,
            should_stop=should_stop,
            report=report,
        )


def _check_gan(gan, training, mask, manifest, records_directory):
    """Raises ValueError if the Gan lacks something in the records, or a stage that is asked for."""
    if gan.adversarial_only and training.num_reconstruction_steps:
        raise ValueError(
            f"num_reconstruction_steps is {training.num_reconstruction_steps}; expected 0, as "
            f"{gan.name} learns from its discriminator alone"
        )
    if gan.find_fields and mask != mask_names.EYES:
        raise ValueError(
            f"mask is {mask!r}, but {gan.name} sees a strip around the eyes alone: leave "
            f"--mask at {mask_names.EYES!r}, or train another model"
        )
    if "landmarks" not in gan.input_names:
        return
    for name in ("train", "validation"):
        split = manifest.splits[name]
        if lacking := split.num_photographs - split.num_with_landmarks:
            raise ValueError(
                f"{gan.name} reads landmarks, and {lacking} of the {split.num_photographs} "
                f"photographs of the {name} split in {records_directory} have none: build the "
                "records again, with `exgan build-records --fit_landmarks`"
            )


def _load_eye_networks(model, gan_options, autoencoder):
    """The trained networks that a Gan takes over; nothing for those that start by themselves."""
    source = GANS[model].takes_over
    if source is None:
        if autoencoder:
            raise ValueError(f"{model} uses no autoencoder: leave --autoencoder out")
        return {}
    if not autoencoder:
        raise ValueError(f"--model={model} needs --autoencoder, the run directory of a trained one")
    experiment = runs.read_run(autoencoder).experiment
    fields = GANS[source].Options.__struct_fields__
    ours = {name: getattr(gan_options, name) for name in fields}
    if experiment.model != source or msgspec.to_builtins(experiment.gan) != ours:
        raise ValueError(
            f"--autoencoder={autoencoder} is a run of {experiment.model} with "
            f"{experiment.gan}; expected {source} with {ours}"
        )
    return _load_best(autoencoder)


def _load_initial_networks(model, gan_options, initial_run):
    """The networks that a run exports; nothing without one.

    Convolutions do not mind the size of the images, so what was learnt on small ones, in little
    time, is a start for larger ones.
    """
    if not initial_run:
        return {}
    experiment = runs.read_run(initial_run).experiment
    if experiment.model != model:
        raise ValueError(
            f"--initial_run={initial_run} is a run of {experiment.model}; expected one of {model}"
        )
    initial = _load_best(initial_run)
    for name, network in _create_gan(model, gan_options, {}).networks.items():
        shapes = [
            [weight.shape for weight in each.weights]
            for each in (initial.get(name, network), network)
        ]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"the {name} of --initial_run={initial_run} has other layers: train with "
                "the same width, skip_connections and so on as that run; code, pix2pix and "
                "keypoint, with the same image_size too"
            )
    return initial


def _load_best(run_directory):
    gan, _ = runs.load_gan(run_directory, which=runs.best_kept(run_directory))
    return gan.networks


def _create_gan(model, gan_options, initial_networks):
    gan = GANS[model](gan_options)
    for name, network in initial_networks.items():
        gan.networks[name].set_weights(network.get_weights())
    return gan


@contextlib.contextmanager
def _opened_run(run_directory, experiment, strategy, *, data, command):
    """Starts the run directory, or checks it; the first worker does so before the others look."""
    is_chief = strategy.extended.should_checkpoint
    with contextlib.ExitStack() as stack:
        refusal = None
        for is_turn in (is_chief, not is_chief):
            try:
                if is_turn:
                    if is_chief:
                        stack.enter_context(runs.locked_run(run_directory))
                    runs.open_run(run_directory, experiment, data=data, write=is_chief)
                    if is_chief and command:
                        text = "".join(f"{line}\n" for line in command)
                        path = pathlib.Path(run_directory) / runs.TRAIN_FLAGS
                        files.write_bytes(path, text.encode())
            except (ValueError, OSError) as error:
                refusal = error
            # Who is refused says so: the others would wait for it.
            if strategies.any_worker(strategy, refusal is not None):
                raise refusal or ValueError(
                    f"another worker cannot use {run_directory}: its output says why"
                )
        yield
