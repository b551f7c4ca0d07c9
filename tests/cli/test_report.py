"""The report, through its command, of the smallest evaluation there is."""

import json

import pytest

METHOD = {
    "kind": "untrained",
    "trained": False,
    "num_images": 3,
    "masked_l1": 0.25,
    "intervals": {"masked_l1": [0.2, 0.3]},
}
EVALUATION = {
    "format_version": 1,
    "data": {"split": "test", "image_size": 64, "num_images": 3, "num_identities": 1},
    "metrics": {"masked_l1": {"label": "L1 in the hole", "better": "lower"}},
    "methods": {"telea": METHOD},
    "paired": [],
    "cases": [],
}


@pytest.fixture
def evaluation_dir(tmp_path):
    (tmp_path / "evaluation.json").write_text(json.dumps(EVALUATION))
    return tmp_path


def test_a_report_is_written_and_replaced_when_asked(evaluation_dir, run_command):
    flags = {"evaluation": evaluation_dir, "output": evaluation_dir / "report.html"}
    first = run_command("report", **flags)
    assert (first.returncode, first.stderr) == (0, "")
    assert "report.html, 0.0 megabytes" in first.stdout
    assert "Best by L1 in the hole is telea" in flags["output"].read_text().replace("<bdi>", "")
    again = run_command("report", **flags)
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1
    assert "--overwrite" in again.stderr
    assert run_command("report", "--overwrite", **flags).returncode == 0


def test_bad_input_ends_in_one_line(evaluation_dir, run_command):
    run = run_command(
        "report",
        evaluation=evaluation_dir,
        runs=evaluation_dir,
        output=evaluation_dir / "report.html",
    )
    assert run.returncode == 1
    assert run.stderr.startswith("error: ")
    assert "not a run directory" in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (evaluation_dir / "report.html").exists()
