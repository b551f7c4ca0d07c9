import os

import msgspec
import pytest

from exgan_tf import files
from exgan_tf.gans import BaselineOptions, ReferenceOptions
from exgan_tf.training import runs
from exgan_tf.training.trainer import TrainingOptions

EXPERIMENT = runs.Experiment(
    model="baseline",
    gan=BaselineOptions(image_size=32),
    training=TrainingOptions(),
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
    (tmp_path / runs.LOCK).write_text("process 1 on this machine")  # The kernel's ended with it.
    with runs.locked_run(tmp_path):
        runs.open_run(tmp_path, EXPERIMENT)
    assert not (tmp_path / runs.LOCK).exists()


def test_a_folder_of_something_else_is_no_run_directory(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="neither empty nor a run directory"):
        runs.open_run(tmp_path, EXPERIMENT)


def test_a_start_that_was_killed_before_anything_was_written_is_made_up_for(tmp_path):
    half_written = tmp_path / f".{'0123456789abcdef' * 2}.tmp"
    half_written.write_text("{")
    runs.open_run(tmp_path, EXPERIMENT)
    assert os.listdir(tmp_path) == [runs.RUN]


def test_what_a_killed_training_left_half_written_is_cleared_away_and_nothing_else(tmp_path):
    runs.open_run(tmp_path, EXPERIMENT)
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
    runs.open_run(tmp_path, EXPERIMENT)
    assert all((tmp_path / name).exists() for name in kept)
    assert not any((tmp_path / name).exists() for name in left)


def test_a_run_goes_on_with_other_versions_and_says_so(tmp_path, edit_json):
    runs.open_run(tmp_path, EXPERIMENT)
    edit_json(tmp_path / runs.RUN, lambda run: run["versions"].update(exgan_tf="0.1"))
    with pytest.warns(UserWarning, match=r"resumes with other versions \(exgan_tf 0.1 there, "):
        runs.open_run(tmp_path, EXPERIMENT)


def test_who_does_not_write_needs_a_run_directory_that_is_there(tmp_path):
    with pytest.raises(ValueError, match="run.json is missing here, but the first worker wrote it"):
        runs.open_run(tmp_path, EXPERIMENT, write=False)
    runs.open_run(tmp_path, EXPERIMENT)
    runs.open_run(tmp_path, EXPERIMENT, write=False)
    other = msgspec.structs.replace(EXPERIMENT, seed=1)
    with pytest.raises(ValueError, match="seed: 0 there, 1 now"):
        runs.open_run(tmp_path, other, write=False)


def test_of_another_model_only_its_name_is_said(tmp_path):
    runs.open_run(tmp_path, EXPERIMENT)
    gan = ReferenceOptions(image_size=32)
    other = msgspec.structs.replace(EXPERIMENT, model="reference", gan=gan)
    with pytest.raises(ValueError, match=r"\(model: baseline there, reference now\): choose"):
        runs.open_run(tmp_path, other)


def described(**gan):
    experiment = msgspec.to_builtins(EXPERIMENT)
    return {"experiment": {**experiment, "gan": {**experiment["gan"], **gan}}}


def test_a_run_that_names_the_options_of_all_gans_is_read(tmp_path):
    files.write_json(tmp_path / runs.RUN, described(code_size=256, guided=True, width=0.5))
    experiment = runs.read_run(tmp_path).experiment
    assert experiment.gan == BaselineOptions(image_size=32, width=0.5)
    runs.open_run(tmp_path, experiment)


@pytest.mark.parametrize(
    ("gan", "message"),
    [
        ({"width": "wide"}, "gan.width is 'wide': Expected `float`, got `str`"),
        ({"width": -1.0}, "gan.width is -1.0: Expected `float` > 0.0"),
        ({"image_size": 33}, "image_size is 33"),
        ({"depth": 3}, "unknown field `depth`"),
    ],
)
def test_a_field_that_cannot_be_is_named(tmp_path, gan, message):
    files.write_json(tmp_path / runs.RUN, described(**gan))
    with pytest.raises(ValueError, match=f"run.json: experiment.gan.*{message.split('.')[-1]}"):
        runs.read_run(tmp_path)
