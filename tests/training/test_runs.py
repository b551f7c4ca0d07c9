import dataclasses
import os
import subprocess
import sys

import pytest

from exgan_tf.gans import GanOptions
from exgan_tf.training import runs

EXPERIMENT = runs.Experiment(
    model="baseline",
    gan=dataclasses.asdict(GanOptions(image_size=32)),
    training={},
    batch_size=2,
    seed=0,
    records="",
)


def test_only_one_process_trains_in_a_run_directory(tmp_path):
    with runs.locked_run(tmp_path / "run"):
        assert (tmp_path / "run").is_dir()
        for _ in range(2):  # Whoever is refused takes nothing away.
            with (
                pytest.raises(ValueError, match=f"process {os.getpid()} on .* trains in .*/run"),
                runs.locked_run(tmp_path / "run"),
            ):
                pass
    with runs.locked_run(tmp_path / "run"):
        pass
    assert not list((tmp_path / "run").iterdir())


def test_the_lock_of_a_process_that_was_killed_holds_nobody_up(tmp_path):
    code = (
        "import os, signal, sys\n"
        "from exgan_tf.training import runs\n"
        "with runs.locked_run(sys.argv[1]):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], stderr=subprocess.DEVNULL)
    assert (tmp_path / runs.LOCK).exists()
    with runs.locked_run(tmp_path):
        runs.open_run(tmp_path, EXPERIMENT, details={})
    assert not (tmp_path / runs.LOCK).exists()


def test_a_start_that_was_killed_before_anything_was_written_is_made_up_for(tmp_path):
    half_written = tmp_path / f".{'0123456789abcdef' * 2}.tmp"
    half_written.write_text("{")
    runs.open_run(tmp_path, EXPERIMENT, details={})
    assert os.listdir(tmp_path) == [runs.RUN]


def test_what_a_killed_training_left_half_written_is_cleared_away_and_nothing_else(tmp_path):
    runs.open_run(tmp_path, EXPERIMENT, details={})
    kept = ["checkpoints/ckpt-2.index", "notes.tmp", "samples/.mine.tmp", ".git_temp"]
    left = [
        "checkpoints/ckpt-4_temp/part",
        "best/checkpoint.tmp0123",
        f"samples/.{32 * '0'}.tmp",
        "tensorboard/.events.out.tmp",
        ".worker_1/checkpoints/ckpt-2.index",
    ]
    for name in (*kept, *left):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    runs.open_run(tmp_path, EXPERIMENT, details={})
    assert all((tmp_path / name).exists() for name in kept)
    assert not any((tmp_path / name).exists() for name in left)


def test_who_does_not_write_needs_a_run_directory_that_is_there(tmp_path):
    with pytest.raises(ValueError, match="run.json is not there, which the first worker wrote"):
        runs.open_run(tmp_path, EXPERIMENT, details={}, write=False)
    runs.open_run(tmp_path, EXPERIMENT, details={})
    runs.open_run(tmp_path, EXPERIMENT, details={}, write=False)
    other = dataclasses.replace(EXPERIMENT, seed=1)
    with pytest.raises(ValueError, match="seed: 0 there, 1 now"):
        runs.open_run(tmp_path, other, details={}, write=False)
