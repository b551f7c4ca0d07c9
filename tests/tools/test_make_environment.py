"""The environment that `make` sets up, on machines with and without Python 3.11."""

import os
import pathlib
import shutil
import subprocess

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "tools" / "make_environment.sh"
# Stand-ins: a Python, right or wrong in version, that makes environments, and a uv.
PYTHON = """#!/bin/sh
case "$*" in
  -c*) exit {version_is_wrong};;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python";;
  "-m pip install "*) cp "{tools}/later/uv" "$(dirname "$0")/uv";;
esac
"""
UV = """#!/bin/sh
for last; do :; done
mkdir -p "$last" && echo "$*" > "$last/made_by_uv"
"""


def install(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def make(tmp_path):
    """Runs the script in a folder on a machine that has these commands and no others."""

    def run(*, uv=False, **pythons):
        tools = tmp_path / "bin"
        for name in ("sh", "touch", "mkdir", "cp", "dirname", "rm"):
            install(tools / name, f'#!/bin/sh\nexec {shutil.which(name)} "$@"\n')
        for name, version_is_wrong in pythons.items():
            text = PYTHON.format(version_is_wrong=int(version_is_wrong), tools=tools)
            install(tools / name.replace("_", "."), text)
        install(tools / "uv" if uv else tools / "later" / "uv", UV)
        return subprocess.run(
            [shutil.which("sh"), SCRIPT, ".venv"],
            cwd=tmp_path,
            env={**os.environ, "PATH": str(tools)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_machines_own_python_is_taken(make, tmp_path):
    assert make(python3=True, python3_11=False).returncode == 0
    assert (tmp_path / ".venv" / "made_by_make").exists()
    assert not (tmp_path / ".venv" / "made_by_uv").exists()


@pytest.mark.parametrize("has_uv", [True, False])
def test_without_python_3_11_uv_makes_it(make, tmp_path, has_uv):
    done = make(uv=has_uv, python3=True)
    assert done.returncode == 0, done.stderr
    assert "--python 3.11" in (tmp_path / ".venv" / "made_by_uv").read_text()
    assert (tmp_path / "build" / "uv").exists() == (not has_uv)
    assert (tmp_path / ".venv" / "made_by_make").exists()


def test_a_machine_with_neither_says_what_to_install(make, tmp_path):
    done = make()
    assert done.returncode == 1
    assert "install python3.11" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_environment_of_somebody_else_is_left_alone(make, tmp_path):
    (tmp_path / ".venv").mkdir()
    done = make(python3_11=False)
    assert done.returncode == 1
    assert "move it away" in done.stderr
