"""The search for files that break the reading of pictures, cut down to seconds."""

import json
import pathlib
import subprocess
import sys


def test_damaged_files_end_in_a_picture_or_a_refusal():
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.mutated_pictures", "--num_files=93"],
        cwd=pathlib.Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout or run.stderr
    seen = json.loads(run.stdout)
    assert seen["written"] + seen["refused"] == seen["num_files"] == 93
    assert min(seen["written"], seen["refused"]) > 20
