"""The loop around the training step: from the last checkpoint to the last step.

A run directory holds
  run.json         what the experiment is: networks, options, data, seed, versions.
  train.flags      the flags it was started with (written by the command).
  checkpoints/     the newest few; training goes on from the last.
  best/            the checkpoint with the best validation measure: the L1 in the hole as long as
                   the generator trains alone, and from then on, as that would ask for blurred
                   eyes, the Frechet distance of the pixels of filled and true eyes.
  metrics.jsonl    a line of losses every so often, and a line for each validation.
  samples/         pictures of masked, reference, filled and truth, one row each.
  tensorboard/     the same scalars and pictures.
"""

import contextlib
import datetime
import json
import pathlib
import shutil
import time
import warnings
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from exgan_tf import files, images, option_types
from exgan_tf.metrics import distribution, eyes, pixel
from exgan_tf.training import checkpoints
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Stage

METRICS = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
BEST = "best"
SAMPLES = "samples"
TENSORBOARD = "tensorboard"
_NUM_SAMPLES = 8  # Ours: columns of a sample grid.
# Ours: how often several workers ask each other whether to stop: signals act within seconds.
_AGREE_EVERY = 10
_EYE_DISTANCE = "eye_pixel_frechet_distance"  # The measure of the best, once both networks train.


class LoopOptions(option_types.Options, frozen=True):
    """When the loop does what.

    Attributes:
      num_steps: number of steps after which training ends.
      log_every: steps between two lines of losses.
      save_every: steps between two checkpoints.
      validate_every: steps between two validations.
      sample_every: steps between two sample grids.
      num_kept: number of checkpoints kept besides the best.
      patience: number of validations without improvement after which training stops; None: never.
    """

    num_steps: option_types.Count
    log_every: option_types.Count = 100
    save_every: option_types.Count = 1000
    validate_every: option_types.Count = 1000
    sample_every: option_types.Count = 1000
    num_kept: option_types.Count = 3
    patience: option_types.Count | None = None


class NonFiniteLossError(ValueError):
    """A loss was NaN or infinite; the checkpoints are from before."""


def train(
    trainer,
    load_batches: Callable,
    *,
    validation: tf.data.Dataset | None,
    run_directory,
    options: LoopOptions,
    should_stop: Callable[[], bool] = lambda: False,
    report: Callable[[str], None] = lambda line: None,
) -> int:
    """Trains from the last whole checkpoint of the run directory, or from the start.

    Args:
      trainer: a `Trainer`.
      load_batches: makes the endless, distributed dataset that starts with a given batch.
      validation: batches of examples on which the averaged weights are measured, and whose first
        ones are shown; None leaves validation, the best checkpoint and the samples out.
      run_directory: where everything is written.
      options: when to do what.
      should_stop: asked after every step, of several workers every tenth; if one worker's is true,
        a checkpoint is written and training ends, of all at the same step.
      report: gets a line of text for people every so often.

    Returns:
      The number of steps done.

    Raises:
      NonFiniteLossError: if a loss was not finite; the step is named. Losses are looked at where
        they are logged, and before anything is measured or saved.
      ValueError: if the checkpoint does not fit the networks, none is whole, or the workers found
        different ones.
    """
    run = _Run(trainer, validation, run_directory, options, report)
    step = run.restore()
    if step >= options.num_steps or run.is_out_of_patience(step):
        return step
    report(f"training from step {step} to {options.num_steps}")
    batches = iter(load_batches(step))
    several_workers = strategies.has_workers(trainer.strategy)
    stopping = False
    while not stopping:
        losses = trainer.train_step(next(batches), stage=trainer.stage(step))
        step += 1
        ends = step == options.num_steps
        logs = step % options.log_every == 0
        validates = ends or step % options.validate_every == 0
        samples = ends or step % options.sample_every == 0
        saves = ends or step % options.save_every == 0
        # Several workers ask each other seldom, as all of them wait for the answer.
        agrees = validates or not several_workers or step % _AGREE_EVERY == 0
        stopping = ends or (agrees and strategies.any_worker(trainer.strategy, should_stop()))
        if logs or validates or samples or saves or stopping or (several_workers and agrees):
            run.check_finite()
        if logs:
            run.record(step, losses)
        if validates:
            run.validate(step)
            stopping |= run.is_out_of_patience(step)
        if samples:
            run.show_samples(step)
        if saves or stopping:
            run.save(step)
    run.close()
    return step


class _Run:
    """The files of a run directory, and what is known of the run so far."""

    def __init__(self, trainer, validation, run_directory, options, report):
        self._trainer = trainer
        self._validation = validation
        self._options = options
        self._report = report
        self._is_chief = trainer.strategy.extended.should_checkpoint
        self._directory = self._home = pathlib.Path(run_directory)
        self._samples = None
        with trainer.strategy.scope():
            self._best = tf.Variable(np.inf, trainable=False, dtype=tf.float64)
            self._best_step = tf.Variable(0, trainable=False, dtype=tf.int64)
        self._checkpoint = tf.train.Checkpoint(
            trainer=trainer.checkpoint, best=self._best, best_step=self._best_step
        )
        if not self._is_chief:
            # Saving is a collective act; what the other workers write is of no further use.
            index = trainer.strategy.cluster_resolver.task_id
            self._home = self._directory / f".worker_{index}"
            shutil.rmtree(self._home, ignore_errors=True)
        self._manager = self._manage(CHECKPOINTS, options.num_kept)
        # The best before the best stays too, should the newest file be damaged.
        self._best_manager = self._manage(BEST, 2)
        self._writer = tf.summary.create_noop_writer()
        self._logged = (0, time.perf_counter())

    def _manage(self, name, num_kept):
        directory = self._home / name
        checkpoints.repair_list(directory)
        return tf.train.CheckpointManager(self._checkpoint, str(directory), max_to_keep=num_kept)

    def restore(self) -> int:
        checkpoints.restore_newest(
            self._directory / CHECKPOINTS,
            lambda path: self._checkpoint.restore(path).assert_consumed(),
            report=self._report,
        )
        step = int(self._trainer.step.numpy())
        steps = strategies.gather(self._trainer.strategy, [step]).tolist()
        if len(set(steps)) > 1:
            raise ValueError(
                f"the workers found checkpoints of the steps {steps} in {self._directory}: put it "
                "where all read the same files, and start all of them again"
            )
        if self._is_chief:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._forget_after(step)
            self._writer = tf.summary.create_file_writer(str(self._directory / TENSORBOARD))
        self._logged = (step, time.perf_counter())
        return step

    def check_finite(self):
        if failure := self._trainer.find_failure():
            step, name = failure
            raise NonFiniteLossError(
                f"{name} is not finite at step {step}; the last good checkpoint is "
                f"{self._manager.latest_checkpoint or 'none'}: try a lower learning rate"
            )

    def record(self, step, losses):
        losses = {name: float(loss) for name, loss in losses.items()}
        (logged, then), now = self._logged, time.perf_counter()
        self._logged = (step, now)
        speed = (step - logged) / max(now - then, 1e-9)
        self._write_metrics({"step": step, "steps_per_second": round(speed, 3), "losses": losses})
        left = datetime.timedelta(seconds=int((self._options.num_steps - step) / speed))
        terms = "  ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
        self._report(f"step {step}  {terms}  {speed:.2f} steps/s  {left} left")

    def validate(self, step):
        """Measures, and keeps the checkpoint if it is the best."""
        if self._validation is None:
            return
        measures = _validate(self._trainer, self._validation)
        self._write_metrics({"step": step, "validation": measures})
        measure, is_adversarial = "masked_l1", self._is_adversarial(step)
        # Where the mask hides no eyes it may be 0 of any weights, and tell nothing.
        if is_adversarial and measures[_EYE_DISTANCE] > 0:
            measure = _EYE_DISTANCE
        # What was best before counts no more: it had not yet learnt to look real.
        is_first = is_adversarial and not self._is_adversarial(int(self._best_step.numpy()))
        if is_first or measures[measure] < self._best.numpy():
            self._best.assign(measures[measure])
            self._best_step.assign(step)
            self._best_manager.save(step)
        self._report(
            f"step {step}  validation masked L1 {measures['masked_l1']:.5f}  eye pixels' Frechet "
            f"distance {measures[_EYE_DISTANCE]:.4f}  best {measure} "
            f"{self._best.numpy():.5f} at step {self._best_step.numpy()}"
        )

    def _is_adversarial(self, step):
        """Whether both networks trained in the step that led to this number of steps."""
        return self._trainer.stage(max(0, step - 1)) is Stage.ADVERSARIAL

    def is_out_of_patience(self, step) -> bool:
        patience, best_step = self._options.patience, int(self._best_step.numpy())
        if patience is None or self._validation is None or not best_step:
            return False
        if self._is_adversarial(self._options.num_steps) and not self._is_adversarial(best_step):
            return False  # What is counted has not begun: see `validate`.
        if step - best_step < patience * self._options.validate_every:
            return False
        self._report(f"no better validation since step {best_step}: stopping")
        return True

    def show_samples(self, step):
        """Writes a picture, [4 S, n S, 3]: masked, reference, filled and truth, a row each."""
        if self._validation is None:
            return
        if self._samples is None:
            self._samples = next(iter(self._validation.unbatch().batch(_NUM_SAMPLES)))
        completed = self._trainer.complete(self._samples)
        if not self._is_chief:
            return
        image, mask = self._samples["image"].numpy(), self._samples["mask"].numpy()
        rows = [image * (1 - mask), self._samples["reference"].numpy(), completed.numpy(), image]
        grid = images.to_photo(np.concatenate([np.concatenate([*row], axis=1) for row in rows]))
        directory = self._directory / SAMPLES
        directory.mkdir(exist_ok=True)
        images.write_photo(directory / f"step_{step:07d}.png", grid)
        with self._writer.as_default(step=step):
            tf.summary.image("masked, reference, filled, truth", grid[np.newaxis])

    def save(self, step):
        self._manager.save(step)
        self._writer.flush()

    def close(self):
        self._writer.close()
        if not self._is_chief:
            shutil.rmtree(self._home)

    def _write_metrics(self, line):
        if not self._is_chief:
            return
        with open(self._directory / METRICS, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        with self._writer.as_default(step=line["step"]):
            for group in ("losses", "validation"):
                for name, value in line.get(group, {}).items():
                    tf.summary.scalar(f"{group}/{name}", value)

    def _forget_after(self, step):
        """Leaves out what was measured after the checkpoint, as it will be measured again."""
        path = self._directory / METRICS
        if path.exists():
            kept = [line for line in read_metrics(path) if line["step"] <= step]
            files.write_bytes(path, "".join(json.dumps(line) + "\n" for line in kept).encode())
        for path in (self._directory / TENSORBOARD).glob("events.*"):
            rewritten = path.with_name(f".{path.name}.tmp")
            # A file that a crash cut short ends in an error.
            cut_short = contextlib.suppress(tf.errors.DataLossError)
            with tf.io.TFRecordWriter(str(rewritten)) as writer, cut_short:
                for event in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
                    if tf.compat.v1.Event.FromString(event).step <= step:
                        writer.write(event)
            rewritten.replace(path)


def read_metrics(path) -> list[dict]:
    """Reads a `metrics.jsonl`; a last line cut short by a crash is left out."""
    lines = []
    for text in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            break
    return lines


def _validate(trainer, dataset) -> dict:
    """Measures the averaged generator.

    Mean absolute errors are on a scale of [0, 1], in the hole and over the entire image; the
    Frechet distance is of the pixels of filled and true eyes. Photographs whose eyes are known to
    be closed have no true open eyes, and do not count. Several workers share the batches, and all
    get the numbers that one would.
    """
    strategy = trainer.strategy
    num_eye_pixels = 2 * 3 * eyes.EYE_PIXELS_SIDE**2
    parts = [np.zeros([0, 3 + 2 * num_eye_pixels])]
    for number, example in strategies.share(strategy, dataset.enumerate()):
        image, completed = example["image"], trainer.complete(example)
        columns = (
            np.repeat(number, len(image)),
            pixel.masked_l1(image, completed, example["mask"]),
            pixel.l1(image, completed),
            *(
                eyes.eye_pixels(each.numpy(), example["eye_boxes"]).reshape(-1, num_eye_pixels)
                for each in (completed, image)
            ),
        )
        parts.append(np.column_stack(columns)[~example["eyes_closed"].numpy()])
    rows = strategies.gather(strategy, np.concatenate(parts))
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    filled, true = (
        each.reshape(2 * len(rows), -1) for each in np.split(rows[:, 3:], [num_eye_pixels], axis=1)
    )
    with warnings.catch_warnings():
        # Of the same few photographs at every validation the distances can be compared.
        warnings.simplefilter("ignore", distribution.FewSamplesWarning)
        distance = distribution.frechet_distance(filled, true) if (filled != true).any() else 0.0
    # The first worker's: on others the last bits may differ, and all have to judge alike.
    distance = strategies.gather(strategy, [float(distance)])[0]
    return {
        "masked_l1": float(np.mean(rows[:, 1])),
        "l1": float(np.mean(rows[:, 2])),
        _EYE_DISTANCE: float(distance),
        "num_images": len(rows),
    }
