"""Evaluating through the command."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import msgspec
import pytest

from exgan_tf import files, gans, model_card
from exgan_tf.evaluation.methods import load_method
from exgan_tf.photo.methods import find_model

FAST = {"untrained": "mean_color", "num_workers": 1, "inception": ""}


@pytest.fixture(scope="module")
def models(save_run, tmp_path_factory):
    """Returns a function that gives the run directory of a model nobody trained, made once."""
    root = tmp_path_factory.mktemp("models")

    def make(model):
        if not (root / model).exists():
            gan_class = gans.GANS[model]
            narrow = {} if model == "autoencoder" else {"width": 0.05}
            save_run(root / model, gan_class(gan_class.Options(64, **narrow)))
        return root / model

    return make


def test_the_command_measures_and_shows_a_table(records_dir, flow_dir, tmp_path, run_command):
    output_dir = tmp_path / "out"
    flags = {"models": f"ours={flow_dir / 'model'}", "image_size": 32, **FAST}
    flags |= {"records": records_dir, "output_dir": output_dir}
    run = run_command("evaluate", **flags)
    assert (run.returncode, run.stderr) == (0, "")
    evaluation = json.loads((output_dir / "evaluation.json").read_text())
    assert list(evaluation["methods"]) == ["mean_color", "ours"]
    for name, method in evaluation["methods"].items():
        (line,) = [line for line in run.stdout.splitlines() if line.startswith(f"{name} ")]
        assert f"{method['masked_l1']:.5f}" in line
    assert f"written: {output_dir}/evaluation.json" in run.stdout
    assert f"--records={records_dir}" in evaluation["made_by"]["flags"]
    assert evaluation["methods"]["ours"]["step"] == 1
    assert evaluation["methods"]["ours"]["mask"] == "eyes"

    again = run_command("evaluate", **flags)
    assert (again.returncode, again.stderr) == (0, "")
    assert "complete already, nothing was done" in again.stdout


def test_bad_input_ends_in_one_line(records_dir, models, tmp_path, run_command):
    given = {"models": f"a={models('autoencoder')}", "output_dir": tmp_path / "out", **FAST}
    run = run_command("evaluate", records=records_dir, **given)
    assert run.returncode == 1
    assert "is a run of autoencoder, which fills no holes" in run.stderr
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_without_an_inception_network_the_command_says_so_before_the_work(
    records_dir, tmp_path, run_command
):
    flags = {**FAST, "inception": tmp_path / "nowhere", "output_dir": tmp_path / "out"}
    run = run_command("evaluate", records=records_dir, **flags)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith(
        f"FID and Inception score are left out: '{tmp_path}/nowhere' is neither a folder"
    )


def test_a_damaged_checkpoint_is_passed_over_and_said(models, tmp_path):
    run_dir = shutil.copytree(models("baseline"), tmp_path / "run")
    (whole,) = (run_dir / "best").glob("*.index")
    for suffix in (".index", ".data-00000-of-00001"):
        newer = whole.with_name(f"weights-9{suffix}")
        newer.write_bytes(whole.with_suffix(suffix).read_bytes()[:100])
    with pytest.warns(UserWarning, match="checkpoint") as warned:
        assert load_method(run_dir).step == 7
    said = [str(each.message) for each in warned]
    damaged, taken = (text for text in said if "weights-" in text)
    assert damaged.startswith(f"checkpoint {run_dir}/best/weights-9 is damaged")
    assert taken == f"going back to checkpoint {run_dir}/best/{whole.stem}"


def test_another_models_files_make_another_method(models, tmp_path):
    run_dir = shutil.copytree(models("baseline"), tmp_path / "samples" / "run")
    before = load_method(run_dir).fingerprint
    (weights,) = (run_dir / "best").glob("*.index")
    os.utime(weights, (0, 0))
    assert load_method(run_dir).fingerprint != before


def test_a_model_of_unknown_kind_is_refused(tmp_path):
    card = model_card.read_model_card(find_model())
    files.write_json(
        tmp_path / model_card.FILE_NAME, {**msgspec.to_builtins(card), "kind": "diffusion"}
    )
    with pytest.raises(ValueError, match="kind is 'diffusion'; expected one of baseline"):
        load_method(tmp_path)


def test_control_c_ends_in_one_line_and_no_half_result(records_dir, tmp_path, start_command):
    flags = {**FAST, "untrained": "all", "num_workers": 2}
    command = start_command("evaluate", records=records_dir, output_dir=tmp_path / "out", **flags)
    # The table is opened when measuring begins.
    table = tmp_path / "out.partial" / "per_image.csv"
    while command.is_alive() and not table.exists():
        time.sleep(0.02)
    time.sleep(0.5)
    os.killpg(command.pid, signal.SIGINT)  # As a terminal does it: the workers are told too.
    run = command.finish(timeout=60)
    assert (run.returncode, run.stdout) == (130, "")
    assert run.stderr == "interrupted: run the same command again to finish\n"
    assert not (tmp_path / "out").exists()


def test_workers_start_without_tensorflow():
    code = (
        "import sys, exgan_tf.cli.evaluate, exgan_tf.metrics.identity\n"
        "print('tensorflow' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "False\n", run.stderr
