"""From nothing to batches: the commands one after the other, as the README shows them."""

import importlib.util
import os
import signal
import time

import pytest

from exgan_tf.data import records
from exgan_tf.data.input import load_dataset

DRAW = {"num_identities": 4, "photos_per_identity": 3, "seed": 1, "num_workers": 1}
BUILD = {
    "image_size": 32,
    "test_fraction": 0.25,
    "validation_fraction": 0,
    "test_identities": "drawn_00002,drawn_00003",
    "fit_landmarks": True,
}


@pytest.fixture(scope="module")
def folders(run_command, tmp_path_factory):
    """RAW, ALIGNED and RECORDS of four drawn people."""
    root = tmp_path_factory.mktemp("chain")
    runs = [
        run_command(name, output_dir=root / output, **flags)
        for name, output, flags in (
            ("draw_faces", "RAW", DRAW),
            ("align_celeb_id", "ALIGNED", {"input_dir": root / "RAW", "image_size": 64}),
            (
                "build_records",
                "RECORDS",
                {"input_dir": root / "ALIGNED", "num_workers": 1, **BUILD},
            ),
        )
    ]
    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 3
    return root, [run.stdout for run in runs]


def test_the_chain_ends_in_batches_and_each_tool_says_what_it_did(folders):
    root, (drawn, aligned, built) = folders
    dataset = load_dataset(
        root / "RECORDS", split="train", image_size=32, batch_size=2, training=True, seed=0
    )
    assert next(iter(dataset))["image"].shape == (2, 32, 32, 3)
    assert "12 done, 0 skipped" in drawn
    assert "12 done, 0 skipped" in aligned
    assert "train: 2 identities, 6 photographs" in built
    assert "6 with landmarks" in built
    parameters = records.read_manifest(root / "RECORDS").parameters
    assert (parameters["test_fraction"], parameters["fit_landmarks"]) == (0.25, True)
    assert parameters["test_identities"] == ["drawn_00002", "drawn_00003"]
    assert len(parameters["source"]["data.json"]) == 64


def test_urls_give_the_same_records(folders, run_command, tmp_path):
    root, _ = folders
    run = run_command(
        "build_records",
        input_dir=f"file://{root}/ALIGNED",
        output_dir=f"file://{tmp_path}/RECORDS",
        num_workers=2,
        **BUILD,
    )
    assert (run.returncode, run.stderr) == (0, "")
    made = {path.name for path in (tmp_path / "RECORDS").iterdir()}
    assert made == {path.name for path in (root / "RECORDS").iterdir()}
    for name in made - {"provenance.json"}:  # Which has the times of change, here in other units.
        assert (tmp_path / "RECORDS" / name).read_bytes() == (root / "RECORDS" / name).read_bytes()


def test_a_result_is_not_made_twice_nor_replaced_unasked(folders, run_command):
    root, _ = folders
    again = run_command("draw_faces", output_dir=root / "RAW", **DRAW)
    assert again.returncode == 0
    assert "complete already" in again.stdout
    other = run_command("draw_faces", output_dir=root / "RAW", **{**DRAW, "seed": 2})
    assert other.returncode == 1
    assert "--overwrite" in other.stderr
    assert other.stderr.count("\n") == 1


def test_a_contact_sheet_is_drawn_on_request(run_command, tmp_path):
    flags = {"output_dir": tmp_path / "RAW", "contact_sheet": tmp_path / "sheet.png"}
    run = run_command("draw_faces", **flags, **{**DRAW, "num_identities": 1})
    assert run.returncode == 0
    assert (tmp_path / "sheet.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("name", "flags", "message"),
    [
        ("draw_faces", {"num_identities": 0}, "num_identities"),
        ("draw_faces", {"num_identity": 3}, "num_identity"),
        ("draw_faces", {"30": None}, "unexpected argument '30'"),
        ("align_celeb_id", {"input_dir": "nowhere"}, "nowhere"),
        ("align_celeb_id", {"input_dir": ".", "image_size": 7}, "image_size"),
        ("build_records", {"input_dir": "nowhere"}, "no data.json"),
        ("build_records", {"input_dir": ".", "test_fraction": 2}, "fraction"),
        ("annotate_photos", {"input_dir": "nowhere"}, "nowhere"),
        ("demo", {"dat": "raw"}, "Unknown command line flag 'dat'"),
        (
            "align_celeb_id",
            {"input_dir": ".", "beam_options": "--region=here"},
            "--beam_options needs --runner",
        ),
        pytest.param(
            "align_celeb_id",
            {"input_dir": ".", "runner": "DirectRunner"},
            "pip install 'exgan_tf[beam]'",
            marks=pytest.mark.skipif(
                importlib.util.find_spec("apache_beam") is not None, reason="Beam is installed"
            ),
        ),
    ],
)
def test_wrong_flags_end_in_a_clear_message(run_command, tmp_path, name, flags, message):
    arguments = [flag for flag, value in flags.items() if value is None]
    flags = {flag: value for flag, value in flags.items() if value is not None}
    run = run_command(name, *arguments, **{"output_dir": tmp_path / "out", **flags})
    assert run.returncode == 1
    assert message in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.iterdir())


def test_after_ctrl_c_the_same_command_finishes(start_command, run_command, tmp_path):
    flags = {**DRAW, "num_identities": 12, "num_workers": 2, "output_dir": tmp_path / "RAW"}
    command = start_command("draw_faces", **flags)
    photographs = tmp_path / "RAW.partial" / "celeb_id_raw"
    while command.is_alive() and not (photographs.exists() and list(photographs.iterdir())):
        time.sleep(0.01)
    os.killpg(command.pid, signal.SIGINT)
    run = command.finish(timeout=60)
    assert run.returncode == 130
    assert run.stderr == "interrupted: run the same command again to finish\n"
    assert not (tmp_path / "RAW").exists()
    assert run_command("draw_faces", **flags).returncode == 0
    assert len(list((tmp_path / "RAW" / "celeb_id_raw").iterdir())) == 36
