import random
import sys

from benchmarks import commands, soak_runs

SOUND = """
import os, sys, time
if os.path.exists(sys.argv[1]):
    sys.exit()
os.makedirs(sys.argv[1] + ".partial", exist_ok=True)
time.sleep(1)
open(sys.argv[1] + ".partial/result", "w").write("the same")
os.rename(sys.argv[1] + ".partial", sys.argv[1])
"""
UNSOUND = """
import os, sys, subprocess, time
os.makedirs(sys.argv[1], exist_ok=True)
open(sys.argv[1] + "/result", "a").write("once more")
half_written = open(sys.argv[1] + "/.half.tmp", "w")
child = subprocess.Popen(["sleep", "30"])
time.sleep(1)
child.kill()
os.remove(half_written.name) if "undisturbed" in sys.argv[1] else None
"""


def soak(code, directory):
    command = [sys.executable, "-c", code]
    made = soak_runs.Soak(command, soak_runs.checksums, directory=directory, output="")
    made.kill(random.Random(1))  # An early kill first.
    return made.figures


def test_a_command_that_stands_kills_has_nothing_counted_against_it(tmp_path):
    figures = soak(SOUND, tmp_path / "sound")
    assert figures.pop("kills") > 0
    assert figures == {"rounds": 1, "different": 0, "outlived": 0, "temporary": []}


def test_other_results_temporary_files_and_processes_left_behind_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "OUTLIVED_SECONDS", 0.2)
    figures = soak(UNSOUND, tmp_path / "unsound")
    assert figures["different"] == 1
    assert figures["outlived"] > 0
    assert figures["temporary"] == ["round_0/.half.tmp"]
