import functools
import itertools
import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tiny_gan import TinyGan

from exgan_tf import images
from exgan_tf.data.input import load_dataset
from exgan_tf.training import loop
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Trainer, TrainingOptions

OPTIONS = {"log_every": 1, "save_every": 2, "validate_every": 2, "sample_every": 4}


@pytest.fixture(scope="module")
def load(records_dir):
    """Returns a function that loads the first batches of a split, read once and for all."""

    @functools.cache
    def load(split):
        dataset = load_dataset(
            records_dir,
            split=split,
            image_size=32,
            batch_size=4,
            training=split == "train",
            seed=0,
        )
        batches = list(dataset.take(8).as_numpy_iterator())
        return tf.data.Dataset.from_tensor_slices(
            {key: np.stack([batch[key] for batch in batches]) for key in batches[0]}
        )

    return load


@pytest.fixture(scope="module")
def train(load):
    """Returns a function that trains a tiny Gan in a directory, and gives its trainer."""

    def train(
        directory,
        *,
        should_stop=lambda: False,
        spoil=lambda batches: batches,
        channels=3,
        patience=None,
        report=lambda line: None,
        **changes,
    ):
        tf.keras.utils.set_random_seed(0)
        tf.config.experimental.enable_op_determinism()
        trainer = Trainer(
            lambda: TinyGan(channels=channels),
            strategy=strategies.create_strategy("one"),
            options=TrainingOptions(num_reconstruction_steps=2),
        )
        trainer.steps_done = loop.train(
            trainer,
            lambda start_batch: spoil(load("train").repeat().skip(start_batch)),
            validation=load("validation"),
            run_directory=directory,
            options=loop.LoopOptions(**{"num_steps": 4, **OPTIONS, **changes}, patience=patience),
            should_stop=should_stop,
            report=report,
        )
        return trainer

    return train


@pytest.fixture
def run(train, tmp_path):
    """Returns a function that does so in a folder below `tmp_path`."""
    return lambda name, **options: train(tmp_path / name, **options)


@pytest.fixture(scope="module")
def straight(train, tmp_path_factory):
    """The trainer of a run of four steps that nothing disturbed, and its directory."""
    directory = tmp_path_factory.mktemp("straight") / "run"
    return train(directory), directory


@pytest.fixture
def started(straight, tmp_path):
    """A copy of that directory, `tmp_path / "run"`, in which `run` goes on."""
    return pathlib.Path(shutil.copytree(straight[1], tmp_path / "run"))


def weights(trainer):
    return [
        weight
        for gan in (trainer.gan, trainer.averaged_gan)
        for network in gan.networks.values()
        for weight in network.get_weights()
    ]


def stop_after(count):
    calls = itertools.count(1)
    return lambda: next(calls) >= count


def read_lines(path):
    lines = loop.read_metrics(path)
    for line in lines:
        line.pop("steps_per_second", None)
    return lines


def test_stopped_and_resumed_equals_straight_through_bit_for_bit(run, straight, tmp_path):
    trainer, directory = straight
    assert run("broken", should_stop=stop_after(1)).steps_done == 1
    assert run("broken", should_stop=stop_after(2)).steps_done == 3
    resumed = run("broken")
    assert resumed.steps_done == 4
    for ours, theirs in zip(weights(resumed), weights(trainer), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert read_lines(tmp_path / "broken" / "metrics.jsonl") == read_lines(
        directory / "metrics.jsonl"
    )


def test_the_newest_checkpoints_and_the_best_are_kept(run, tmp_path):
    run("run", num_steps=6, save_every=1, num_kept=2)
    kept = sorted(path.name for path in (tmp_path / "run" / "checkpoints").glob("*.index"))
    assert kept == ["ckpt-5.index", "ckpt-6.index"]
    measured = {
        line["step"]: line["validation"]["masked_l1"]
        for line in loop.read_metrics(tmp_path / "run" / "metrics.jsonl")
        if "validation" in line
    }
    best = min(measured, key=measured.get)
    kept = [path.stem for path in (tmp_path / "run" / "best").glob("*.index")]
    assert len(kept) == 2 and max(kept) == f"ckpt-{best}"


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_good_checkpoint(run, tmp_path):
    def spoil(batches):
        def break_third(index, batch):
            image = tf.where(index == 2, np.float32("nan"), batch["image"])
            return {**batch, "image": image}

        return batches.enumerate().map(break_third)

    with pytest.raises(loop.NonFiniteLossError, match="at step 3; the last good .*ckpt-2"):
        run("run", spoil=spoil)
    assert (tmp_path / "run" / "checkpoints" / "ckpt-2.index").exists()
    assert not (tmp_path / "run" / "checkpoints" / "ckpt-3.index").exists()
    assert run("run").steps_done == 4


def test_a_loss_that_was_not_finite_between_two_looks_is_named_and_nothing_is_saved(run, tmp_path):
    def spoil(batches):
        def break_second(index, batch):
            image = tf.where(index == 1, np.float32("nan"), batch["image"])
            return {**batch, "image": image}

        return batches.enumerate().map(break_second)

    with pytest.raises(loop.NonFiniteLossError, match="total is not finite at step 2; .* is none"):
        run("run", spoil=spoil, log_every=4, save_every=4, validate_every=4)
    assert not list((tmp_path / "run").glob("checkpoints/*.index"))


@pytest.mark.usefixtures("started")
def test_training_stops_when_patience_is_at_an_end_and_stays_stopped(run, tmp_path, monkeypatch):
    # Measures that beat nothing.
    measured = {"masked_l1": 1e9, "eye_pixel_frechet_distance": 1e9}
    monkeypatch.setattr(loop, "_validate", lambda *arguments: measured)
    assert run("run", num_steps=20, patience=2).steps_done == 8
    assert (tmp_path / "run" / "checkpoints" / "ckpt-8.index").exists()
    assert run("run", num_steps=20, patience=2).steps_done == 8


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
    measures = iter([1.0, 5.0, 4.0, 6.0])
    others = iter(others)

    def validate(*arguments):
        return {measure: next(measures), other: next(others)}

    monkeypatch.setattr(loop, "_validate", validate)
    run("run", num_steps=8)
    assert (tmp_path / "run" / "best" / "ckpt-6.index").exists()


def test_a_gradient_that_is_not_finite_stops_the_run_before_its_weights_are_saved(run, tmp_path):
    def spoil(batches):
        # The loss stays finite, its gradient by the weights does not.
        return batches.map(lambda batch: {**batch, "image": batch["image"] * 1e25})

    with pytest.raises(loop.NonFiniteLossError, match="at step 1"):
        run("run", spoil=spoil, save_every=1)
    assert not (tmp_path / "run" / "checkpoints").exists() or not list(
        (tmp_path / "run" / "checkpoints").glob("*.index")
    )


def test_training_goes_on_from_the_checkpoint_before_a_damaged_one(run, straight, started):
    data = started / "checkpoints" / "ckpt-4.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:1000])
    said = []
    resumed = run("run", report=said.append)
    assert "ckpt-4 is damaged" in said[0]
    assert "from step 2 to 4" in said[2]
    trainer, directory = straight
    for ours, theirs in zip(weights(resumed), weights(trainer), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert read_lines(started / "metrics.jsonl") == read_lines(directory / "metrics.jsonl")


def test_without_the_list_of_checkpoints_training_goes_on_and_old_ones_still_go(run, started):
    (started / "checkpoints" / "checkpoint").unlink()
    assert run("run", num_steps=5, save_every=1, num_kept=2).steps_done == 5
    kept = sorted(path.name for path in (started / "checkpoints").glob("*.index"))
    assert kept == ["ckpt-4.index", "ckpt-5.index"]


@pytest.mark.usefixtures("started")
def test_a_checkpoint_of_another_architecture_is_refused(run):
    with pytest.raises(ValueError, match="another architecture"):
        run("run", channels=5)


def test_what_was_half_written_is_left_out(run, started):
    (started / "checkpoints" / "ckpt-5.data-00000-of-00001").write_bytes(b"half")
    (started / "checkpoints" / "ckpt-5_temp").mkdir()
    path = started / "metrics.jsonl"
    with open(path, "a") as file:
        file.write('{"step": 5, "los')
    assert run("run", num_steps=5).steps_done == 5
    for line in path.read_text().splitlines():
        json.loads(line)


def test_a_finished_run_is_not_trained_further(train, straight):
    trainer, directory = straight
    again = train(directory)
    assert again.steps_done == 4
    for ours, theirs in zip(weights(again), weights(trainer), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_samples_show_masked_reference_filled_and_truth(straight):
    grid = images.read_photo(straight[1] / "samples" / "step_0000004.png")
    assert grid.shape == (4 * 32, 4 * 32, 3)
    masked, _, filled, truth = np.split(grid, 4)
    known = (masked == truth).all(axis=-1)
    np.testing.assert_array_equal(filled[known], truth[known])
    assert 0.05 < np.mean(masked == 128) < 0.3


def test_scalars_and_pictures_are_there_for_tensorboard(straight):
    events = min((straight[1] / "tensorboard").iterdir())
    tags = {
        value.tag
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    }
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
    steps = [
        event.step
        for path in (tmp_path / "run" / "tensorboard").iterdir()
        for event in tf.compat.v1.train.summary_iterator(str(path))
        for value in event.summary.value
        if value.tag == "losses/generator_total"
    ]
    assert sorted(steps) == [1, 2, 3, 4]


@pytest.mark.parametrize("name", ["num_steps", "log_every", "num_kept", "patience"])
def test_a_number_below_one_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 0"):
        loop.LoopOptions(**{"num_steps": 1, name: 0})
