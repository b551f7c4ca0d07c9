"""Training, interruption and export through the commands, on networks as small as they get."""

import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

import exgan_tf
from exgan_tf import gans, model_card
from exgan_tf.data.input import load_dataset
from exgan_tf.evaluation.methods import load_method
from exgan_tf.training import runs
from exgan_tf.training.loop import LoopOptions

FLAGS_DIR = pathlib.Path(__file__).parents[2] / "flags"
SMALL = {"image_size": 32, "width": 0.05, "batch_size": 4, "num_steps": 4}


@pytest.fixture(scope="module")
def initial(save_run, tmp_path_factory):
    """The run of a reference Gan that nobody trained, of larger images."""
    gan = gans.ReferenceGan(gans.ReferenceOptions(48, width=0.05))
    return save_run(tmp_path_factory.mktemp("initial") / "run", gan)


@pytest.fixture(scope="module")
def trained(records_dir, initial, save_run, flow_dir, tmp_path_factory, run_command):
    """Returns a function that gives the run directory of a model, made once."""
    root = tmp_path_factory.mktemp("runs")
    # One stage of each, as each takes its time to compile; test_trainer.py goes through all.
    further = {
        "autoencoder": {"width": 1, "num_steps": 60, "validate_every": 60, "sample_every": 60},
        "baseline": {"mask": "central"},
        "reference": {"initial_run": initial, "generator_learning_rate": 1e-9},
    }

    @functools.cache
    def train(model):
        if model not in ready:
            flags = {**SMALL, "num_reconstruction_steps": 60, **further.get(model, {})}
            if model == "code":
                flags["autoencoder"] = train("autoencoder")
            run = run_command(
                "train",
                f"--flagfile={FLAGS_DIR / 'smoke.flags'}",
                model=model,
                records=records_dir,
                run_dir=root / model,
                **flags,
            )
            assert (run.returncode, run.stderr) == (0, "")
        return root / model

    # Nothing of the command is new to these; test_trainer.py trains them a step each.
    ready = ("pix2pix", "keypoint", "flow")
    save_run(root / "pix2pix", gans.Pix2pixGan(gans.Pix2pixOptions(32, width=0.05)))
    keypoint = gans.KeypointOptions(32, width=0.05, search_steps=2)
    save_run(root / "keypoint", gans.KeypointGan(keypoint))
    (root / "flow").symlink_to(flow_dir / "run")
    return train


@pytest.fixture(scope="module")
def exported(trained, flow_dir, tmp_path_factory, run_command):
    """Returns a function that gives the exported model of a kind, made once."""
    root = tmp_path_factory.mktemp("models")
    (root / "flow").symlink_to(flow_dir / "model")

    @functools.cache
    def export_model(model):
        if model != "flow":
            run = run_command("export", run_dir=trained(model), output_dir=root / model)
            assert (run.returncode, run.stderr) == (0, "")
        return root / model

    return export_model


@pytest.fixture(scope="module")
def example(records_dir):
    dataset = load_dataset(records_dir, split="test", image_size=32, batch_size=3, training=False)
    return next(iter(dataset))


def test_a_run_says_what_it_was(trained, records_dir):
    run_dir = trained("baseline")
    assert runs.read_run(run_dir).experiment.gan.width == 0.05
    described = json.loads((run_dir / "run.json").read_text())
    assert described["versions"]["tensorflow"] == tf.__version__
    assert described["data"]["splits"]["train"]["identities"] == 4
    assert "--width=0.05" in (run_dir / "train.flags").read_text().splitlines()


def test_a_run_from_before_masks_could_be_chosen_hid_the_eyes(trained, tmp_path):
    described = json.loads((trained("baseline") / "run.json").read_text())
    del described["experiment"]["mask"]
    (tmp_path / "run.json").write_text(json.dumps(described))
    experiment = runs.read_run(tmp_path).experiment
    assert experiment.mask == "eyes"
    runs.open_run(tmp_path, experiment)


def test_training_begins_with_another_runs_generator_of_any_image_size(trained, initial):
    assert runs.read_run(trained("reference")).experiment.initial is not None
    before, after = (runs.load_gan(run_dir)[0] for run_dir in (initial, trained("reference")))
    for old, new in zip(
        before.networks["generator"].trainable_weights,
        after.networks["generator"].trainable_weights,
        strict=True,
    ):
        np.testing.assert_allclose(old, new, atol=1e-6)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"model": "baseline"}, "is a run of reference; expected one of baseline"),
        ({"model": "reference", "width": 0.1}, "has other layers"),
    ],
)
def test_weights_that_do_not_fit_are_no_start(
    flags, message, initial, records_dir, tmp_path, run_command
):
    run = run_command(
        "train",
        records=records_dir,
        run_dir=tmp_path / "run",
        initial_run=initial,
        **{**SMALL, **flags},
    )
    assert run.returncode == 1
    assert message in run.stderr and "Traceback" not in run.stderr
    assert not (tmp_path / "run").exists()


def test_the_saved_flags_repeat_the_run_and_no_other(trained, run_command):
    run_dir = trained("baseline")
    before = load_method(run_dir).fingerprint
    again = run_command("train", f"--flagfile={run_dir / 'train.flags'}")
    assert again.returncode == 0
    assert "done: 4 steps" in again.stdout
    assert load_method(run_dir).fingerprint == before
    changed = {"width": 0.1, "seed": 3, "mask": "eyes"}
    other = run_command("train", f"--flagfile={run_dir / 'train.flags'}", **changed)
    assert other.returncode == 1
    assert other.stderr.count("\n") == 1
    assert "width 0.05 there, 0.1 now" in other.stderr
    assert "seed: 0 there, 3 now" in other.stderr
    assert "mask: central there, eyes now" in other.stderr


def test_an_exported_model_says_on_which_mask_it_was_trained(exported):
    assert model_card.read_model_card(exported("baseline")).experiment["mask"] == "central"


KNOWN_INPUTS = {
    "baseline": {"image", "mask"},
    "pix2pix": {"image", "mask"},
    "reference": {"image", "mask", "reference"},
    "code": {"image", "mask", "reference", "eye_boxes", "reference_eye_boxes"},
    "flow": {"image", "mask", "reference", "eye_boxes", "reference_eye_boxes"},
    "keypoint": {"image", "mask", "landmarks"},
}


@pytest.mark.parametrize("model", list(KNOWN_INPUTS))
def test_an_exported_model_gives_what_the_gan_gives(trained, exported, example, model):
    gan, step = runs.load_gan(trained(model))
    described = model_card.read_model_card(exported(model))
    assert (described.kind, described.step) == (model, step)
    loaded = tf.saved_model.load(str(exported(model)))
    serve = loaded.signatures["serving_default"]
    inputs = {name: example[name] for name in KNOWN_INPUTS[model]}
    expected = gan.complete(example, training=False)
    np.testing.assert_allclose(serve(**inputs)["completed"], expected, atol=1e-5)
    alone = {name: values[:1] for name, values in inputs.items()}
    np.testing.assert_allclose(serve(**alone)["completed"], expected[:1], atol=1e-5)


def test_records_without_landmarks_are_refused_by_who_reads_them(
    records_dir, tmp_path, run_command, edit_json
):
    copy = shutil.copytree(records_dir, tmp_path / "records")

    def forget_one(manifest):
        manifest["splits"]["train"]["num_with_landmarks"] -= 1

    edit_json(copy / "manifest.json", forget_one)
    run_dir = tmp_path / "run"
    run = run_command("train", model="keypoint", records=copy, run_dir=run_dir, **SMALL)
    assert run.returncode == 1
    assert "KeypointGan reads landmarks, and 1 of the 16 photographs of the train" in run.stderr
    assert "--fit_landmarks" in run.stderr
    assert not run_dir.exists()

    unguided = gans.KeypointOptions(image_size=32, width=0.05, guided=False)
    ends_here = iter(()).__next__
    with pytest.raises(StopIteration):
        exgan_tf.train(
            unguided, copy, run_dir, loop=LoopOptions(1), deterministic=False, on_start=ends_here
        )


@pytest.mark.parametrize(
    ("model", "largest"),
    # A search may end a little elsewhere.
    [("flow", 0.004), ("keypoint", 0.03)],
)
def test_a_compact_model_is_smaller_and_gives_nearly_the_same(
    trained, exported, example, tmp_path, run_command, model, largest
):
    run = run_command("export", "--compact", run_dir=trained(model), output_dir=tmp_path / "model")
    assert (run.returncode, run.stderr) == (0, "")
    sizes, results = [], []
    for directory in (exported(model), tmp_path / "model"):
        weights = directory / "variables" / "variables.data-00000-of-00001"
        sizes.append(weights.stat().st_size)
        loaded = tf.saved_model.load(str(directory))
        inputs = {name: example[name] for name in KNOWN_INPUTS[model]}
        results.append(loaded.signatures["serving_default"](**inputs)["completed"])
    assert sizes[1] < 0.6 * sizes[0]
    np.testing.assert_allclose(*results, atol=largest)


def test_an_exported_model_loads_where_neither_package_nor_addons_can_be_imported(exported):
    code = (
        "import sys\n"
        "sys.modules['exgan_tf'] = sys.modules['tensorflow_addons'] = None\n"
        "import tensorflow as tf\n"
        "serve = tf.saved_model.load(sys.argv[1]).signatures['serving_default']\n"
        "inputs = {s.name: tf.zeros([2, *s.shape[1:]], s.dtype)\n"
        "          for s in serve.structured_input_signature[1].values()}\n"
        "print(serve(**inputs)['completed'].shape)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, exported("code")], capture_output=True, text=True
    )
    assert "(2, 32, 32, 3)" in run.stdout, run.stderr


def test_a_run_directory_in_which_another_process_trains_is_left_alone(trained, run_command):
    run_dir = trained("baseline")
    with runs.locked_run(run_dir):
        other = run_command("train", f"--flagfile={run_dir / 'train.flags'}")
    assert other.returncode == 1
    assert other.stderr.startswith(f"error: process {os.getpid()} on ")
    assert "choose another run directory" in other.stderr
    assert other.stderr.count("\n") == 1


def test_another_export_is_not_replaced_unasked(exported, trained, run_command):
    other = run_command("export", run_dir=trained("code"), output_dir=exported("baseline"))
    assert other.returncode == 1
    assert "--overwrite" in other.stderr


def test_a_run_that_was_killed_ends_in_the_same_weights(
    trained, tmp_path, start_command, run_command
):
    straight, broken = trained("autoencoder"), tmp_path / "run"
    arguments = [f"--flagfile={straight / 'train.flags'}", f"--run_dir={broken}"]

    def checkpoints():
        return set((broken / runs.CHECKPOINTS).glob("*.index"))

    # No fork: what the interpreter does at its end takes part.
    process = subprocess.Popen(
        [sys.executable, "-m", "exgan_tf.cli.train", *arguments], stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and not checkpoints():
        time.sleep(0.02)
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in errors
    stopped = checkpoints()
    command = start_command("train", *arguments)
    while command.is_alive() and checkpoints() == stopped:
        time.sleep(0.02)
    command.kill()
    assert command.finish(timeout=60).returncode == -signal.SIGKILL
    assert run_command("train", *arguments).returncode == 0
    weights = [
        runs.weights_checksum(runs.load_gan(each, which="latest")[0].networks)
        for each in (broken, straight)
    ]
    assert weights[0] == weights[1]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"model": "baseline", "records": "nowhere"}, "no manifest.json"),
        ({"model": "baseline", "image_size": 128}, "image_size is 128; the records"),
        ({"model": "baseline", "image_size": 36}, "image_size is 36"),
        ({"model": "baseline", "generator_learning_rate": -1}, "generator_learning_rate is -1"),
        ({"model": "code"}, "needs --autoencoder"),
        (
            {"model": "keypoint", "num_reconstruction_steps": 2},
            "num_reconstruction_steps is 2; expected 0, as KeypointGan learns from its disc",
        ),
        ({"model": "code", "autoencoder": "nowhere"}, "not a run directory"),
        ({"model": "baseline", "distribution": "multi_worker"}, "TF_CONFIG"),
        ({"model": "gan"}, "model"),
        ({"model": "baseline", "mask": "nose"}, "--mask"),
        ({"model": "baseline", "align_reference": True}, "baseline has no such option"),
        (
            {"model": "flow", "mask": "left"},
            "mask is 'left', but FlowGan sees a strip around the eyes alone",
        ),
        ({"model": "baseline", "self_pairs": 1.5}, "self_pairs"),
    ],
    ids=str,
)
def test_bad_input_ends_in_one_line_before_any_work(
    records_dir, tmp_path, run_command, flags, message
):
    given = {"records": records_dir, "run_dir": tmp_path / "run", **SMALL, **flags}
    run = run_command("train", **given)
    assert run.returncode == 1
    assert message in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("missing", ["image_size", "model"])
def test_a_required_flag_that_is_missing_is_named(records_dir, tmp_path, run_command, missing):
    given = {"model": "baseline", "records": records_dir, "run_dir": tmp_path / "run", **SMALL}
    del given[missing]
    run = run_command("train", **given)
    assert run.returncode == 1
    assert f"--{missing} must have a value" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_autoencoder_is_not_exported(trained, tmp_path, run_command):
    run = run_command("export", run_dir=trained("autoencoder"), output_dir=tmp_path / "model")
    assert run.returncode == 1
    assert "fills no holes" in run.stderr


def test_the_best_of_a_run_is_its_latest_only_where_nothing_can_be_validated(
    trained, tmp_path, edit_json
):
    run_dir = shutil.copytree(trained("baseline"), tmp_path / "run")
    assert runs.best_kept(run_dir) == "best"
    shutil.rmtree(run_dir / runs.BEST)
    with pytest.raises(ValueError, match="has not been validated: train it further"):
        runs.best_kept(run_dir)

    def forget_validation(described):
        described["data"]["splits"]["validation"]["photographs"] = 0

    edit_json(run_dir / runs.RUN, forget_validation)
    assert runs.best_kept(run_dir) == "latest"


def test_a_run_of_another_version_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"experiment": {"model": "diffusion"}}')
    with pytest.raises(ValueError, match="does not describe a run of this version"):
        runs.load_gan(tmp_path)


@pytest.mark.parametrize("path", sorted(FLAGS_DIR.glob("*.flags")), ids=lambda path: path.name)
def test_every_number_in_a_flag_file_has_its_source(path):
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("--"):
            assert lines[number - 1].startswith("#"), f"line {number + 1}: {line}"
