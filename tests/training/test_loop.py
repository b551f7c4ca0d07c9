import functools
import itertools
import json
import pathlib
import shutil
import types

import numpy as np
import pytest
import tensorflow as tf
from tiny_gan import TinyGan

from exgan_tf import images
from exgan_tf.data.input import load_dataset
from exgan_tf.training import loop
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Trainer, TrainingOptions

OPTIONS = {"num_steps": 4, "log_every": 1, "save_every": 2, "validate_every": 2, "sample_every": 4}


@pytest.fixture(scope="module")
def load(records_dir):
    """Returns a function that loads the first batches of a split, read once and for all."""

    @functools.cache
    def load(split):
        dataset = load_dataset(
            records_dir, split=split, image_size=32, batch_size=4, training=split == "train", seed=0
        )
        batches = list(dataset.take(8).as_numpy_iterator())
        return tf.data.Dataset.from_tensor_slices(
            {key: np.stack([batch[key] for batch in batches]) for key in batches[0]}
        )

    return load


def build_trainer(*, channels=3):
    tf.keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    return Trainer(
        lambda: TinyGan(channels=channels),
        strategy=strategies.create_strategy("one"),
        options=TrainingOptions(num_reconstruction_steps=2),
    )


@pytest.fixture(scope="module")
def train(load, tmp_path_factory):
    """Returns a function that trains a tiny Gan in a directory: `.steps_done`, `.weights`.

    All begin with the same weights, in one trainer that is compiled once, or in `trainer`.
    """
    shared = build_trainer()
    first = shared.checkpoint.write(str(tmp_path_factory.mktemp("first") / "checkpoint"))

    def train(directory, *, trainer=None, spoil=lambda batches: batches, **options):
        if trainer is None:
            trainer = shared
            trainer.checkpoint.read(first).assert_consumed()
        own = {name: options.pop(name) for name in ("should_stop", "report") if name in options}
        steps_done = loop.train(
            trainer,
            lambda start_batch: spoil(load("train").repeat().skip(start_batch)),
            validation=load("validation"),
            run_directory=directory,
            options=loop.LoopOptions(**{**OPTIONS, **options}),
            **own,
        )
        weights = [
            weight
            for gan in (trainer.gan, trainer.averaged_gan)
            for network in gan.networks.values()
            for weight in network.get_weights()
        ]
        return types.SimpleNamespace(steps_done=steps_done, weights=weights)

    return train


@pytest.fixture
def run(train, tmp_path):
    """Returns a function that does so in a folder below `tmp_path`."""
    return lambda name, **options: train(tmp_path / name, **options)


@pytest.fixture(scope="module")
def straight(train, tmp_path_factory):
    """What came of a run of four steps that nothing disturbed, and its directory."""
    directory = tmp_path_factory.mktemp("straight") / "run"
    return train(directory), directory


@pytest.fixture
def started(straight, tmp_path):
    """A copy of that directory, `tmp_path / "run"`, in which `run` goes on."""
    return pathlib.Path(shutil.copytree(straight[1], tmp_path / "run"))


def stop_after(count):
    calls = itertools.count(1)
    return lambda: next(calls) >= count


def read_lines(directory):
    lines = loop.read_metrics(directory / "metrics.jsonl")
    for line in lines:
        line.pop("steps_per_second", None)
    return lines


def kept(directory):
    return sorted(path.stem for path in directory.glob("*.index"))


def assert_ended_alike(run, directory, straight):
    assert run.steps_done == straight[0].steps_done
    for ours, theirs in zip(run.weights, straight[0].weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert read_lines(directory) == read_lines(straight[1])


def test_stopped_and_resumed_equals_straight_through_bit_for_bit(run, straight, tmp_path):
    assert run("broken", should_stop=stop_after(1)).steps_done == 1
    assert run("broken", should_stop=stop_after(2)).steps_done == 3
    assert_ended_alike(run("broken"), tmp_path / "broken", straight)
    # Also a finished run, which is not trained further.
    assert_ended_alike(run("broken"), tmp_path / "broken", straight)


def test_the_newest_checkpoints_and_the_best_are_kept(run, tmp_path):
    run("run", num_steps=6, save_every=1, num_kept=2)
    assert kept(tmp_path / "run" / "checkpoints") == ["ckpt-5", "ckpt-6"]
    measured = {
        line["step"]: line["validation"]["masked_l1"]
        for line in loop.read_metrics(tmp_path / "run" / "metrics.jsonl")
        if "validation" in line
    }
    best = kept(tmp_path / "run" / "best")
    assert len(best) == 2 and max(best) == f"ckpt-{min(measured, key=measured.get)}"


def break_batch(number):
    def spoil(batches):
        def spoil_one(index, batch):
            return {**batch, "image": tf.where(index == number, np.float32("nan"), batch["image"])}

        return batches.enumerate().map(spoil_one)

    return spoil


def overflow(batches):
    """The loss stays finite, its gradient by the weights does not."""
    return batches.map(lambda batch: {**batch, "image": batch["image"] * 1e25})


@pytest.mark.parametrize(
    ("spoil", "options", "message", "left"),
    [
        (break_batch(2), {}, "is not finite at step 3; the last good .*ckpt-2", ["ckpt-2"]),
        (
            break_batch(1),  # Between two looks.
            dict.fromkeys(("log_every", "save_every", "validate_every"), 4),
            "total is not finite at step 2; .* is none",
            [],
        ),
        (overflow, {"save_every": 1}, "at step 1", []),
    ],
    ids=["loss", "loss not looked at", "gradient"],
)
def test_what_is_not_finite_stops_the_run_and_leaves_the_last_good_checkpoint(
    run, tmp_path, spoil, options, message, left
):
    with pytest.raises(loop.NonFiniteLossError, match=message):
        run("run", trainer=build_trainer(), spoil=spoil, **options)
    assert kept(tmp_path / "run" / "checkpoints") == left
    assert run("run").steps_done == 4


@pytest.mark.usefixtures("started")
def test_training_stops_when_patience_is_at_an_end_and_stays_stopped(run, tmp_path, monkeypatch):
    # Measures that beat nothing.
    measured = {"masked_l1": 1e9, "eye_pixel_frechet_distance": 1e9}
    monkeypatch.setattr(loop, "_validate", lambda *arguments: measured)
    for _ in range(2):
        assert run("run", num_steps=20, patience=2).steps_done == 8
        assert "ckpt-8" in kept(tmp_path / "run" / "checkpoints")


def test_patience_is_counted_anew_when_both_networks_train(run, monkeypatch):
    measured = {"masked_l1": 1.0, "eye_pixel_frechet_distance": 1.0}
    monkeypatch.setattr(loop, "_validate", lambda *arguments: measured)
    options = {"num_steps": 6, "validate_every": 1, "patience": 1}
    # After two steps of reconstruction; also where it stopped before a validation of the next one.
    assert run("run", **options).steps_done == 4
    stopped = run("stopped", should_stop=stop_after(3), **{**options, "validate_every": 2})
    assert stopped.steps_done == 3
    assert run("stopped", **options).steps_done == 5


@pytest.mark.parametrize(
    ("measure", "other", "others"),
    [
        # What people see counts as soon as both networks train, and not the mean error.
        ("eye_pixel_frechet_distance", "masked_l1", [1.0, 2.0, 3.0, 0.5]),
        # Where a mask hides no eyes they are all the same.
        ("masked_l1", "eye_pixel_frechet_distance", [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_the_best_is_counted_anew_when_both_networks_train(
    run, tmp_path, monkeypatch, measure, other, others
):
    measures, others = iter([1.0, 5.0, 4.0, 6.0]), iter(others)

    def validate(*arguments):
        return {measure: next(measures), other: next(others)}

    monkeypatch.setattr(loop, "_validate", validate)
    run("run", num_steps=8)
    assert "ckpt-6" in kept(tmp_path / "run" / "best")


def test_training_goes_on_from_the_checkpoint_before_a_damaged_one(run, straight, started):
    data = started / "checkpoints" / "ckpt-4.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:1000])
    said = []
    assert_ended_alike(run("run", report=said.append), started, straight)
    assert "ckpt-4 is damaged" in said[0]
    assert "from step 2 to 4" in said[2]


@pytest.mark.usefixtures("started")
def test_a_checkpoint_of_another_architecture_is_refused(run):
    with pytest.raises(ValueError, match="another architecture"):
        run("run", trainer=build_trainer(channels=5))


def test_what_was_half_written_is_left_out_and_old_checkpoints_still_go(run, started):
    (started / "checkpoints" / "checkpoint").unlink()  # TensorFlow's list.
    (started / "checkpoints" / "ckpt-5.data-00000-of-00001").write_bytes(b"half")
    (started / "checkpoints" / "ckpt-5_temp").mkdir()
    with open(started / "metrics.jsonl", "a") as file:
        file.write('{"step": 5, "los')
    assert run("run", num_steps=5, save_every=1, num_kept=2).steps_done == 5
    assert kept(started / "checkpoints") == ["ckpt-4", "ckpt-5"]
    for line in (started / "metrics.jsonl").read_text().splitlines():
        json.loads(line)


def test_samples_show_masked_reference_filled_and_truth(straight):
    grid = images.read_photo(straight[1] / "samples" / "step_0000004.png")
    assert grid.shape == (4 * 32, 4 * 32, 3)
    masked, _, filled, truth = np.split(grid, 4)
    known = (masked == truth).all(axis=-1)
    np.testing.assert_array_equal(filled[known], truth[known])
    assert 0.05 < np.mean(masked == 128) < 0.3


def read_events(directory):
    """(step, tag) of all that TensorBoard shows."""
    return [
        (event.step, value.tag)
        for path in (directory / "tensorboard").iterdir()
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
    ]


def test_scalars_and_pictures_are_there_for_tensorboard(straight):
    tags = {tag for _, tag in read_events(straight[1])}
    assert {"losses/generator_total", "validation/masked_l1"} <= tags
    assert any("masked, reference, filled, truth" in tag for tag in tags)


def test_tensorboard_shows_each_step_once_after_a_crash(run, tmp_path):
    calls = itertools.count(1)

    def crash_at_step_3():
        if next(calls) == 3:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        run("run", should_stop=crash_at_step_3)
    (cut_short,) = (tmp_path / "run" / "tensorboard").iterdir()
    with open(cut_short, "ab") as file:
        file.write(b"half an event")
    run("run")
    events = read_events(tmp_path / "run")
    steps = [step for step, tag in events if tag == "losses/generator_total"]
    assert sorted(steps) == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["num_steps", "log_every", "num_kept", "patience"])
def test_a_number_below_one_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 0"):
        loop.LoopOptions(**{"num_steps": 1, name: 0})
