"""The one command over all commands."""

import pathlib
import subprocess
import sys

import pytest

import exgan_tf
from exgan_tf.__main__ import COMMANDS, main
from exgan_tf.cli import entry

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture
def run(monkeypatch, capsys):
    """Returns a function that runs the one command with arguments: what it prints."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["exgan", *arguments])
        main()
        return capsys.readouterr().out

    return run


def test_every_module_that_is_a_command_is_listed():
    modules = (ROOT / "exgan_tf" / "cli").glob("*.py")
    commands = {
        path.stem.replace("_", "-") for path in modules if "entry.run(main)" in path.read_text()
    }
    assert commands == set(COMMANDS)


def test_every_tool_starts_a_command():
    for path in (ROOT / "tools").glob("*.py"):
        assert f'run_module("exgan_tf.cli.{path.stem}"' in path.read_text()
        assert path.stem.replace("_", "-") in COMMANDS


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"]])
def test_without_a_command_all_are_listed(run, arguments):
    shown = run(*arguments)
    assert all(f"  {name} " in shown for name in COMMANDS)


def test_the_version(run):
    assert run("--version") == f"exgan_tf {exgan_tf.__version__}\n"


def test_an_unknown_command_is_one_line(run):
    with pytest.raises(
        SystemExit, match=r"^error: there is no command 'inpant'; expected one of inpaint, [^\n]*$"
    ):
        run("inpant")


@pytest.mark.parametrize("start", [["-m", "exgan_tf", "draw-faces"], ["tools/draw_faces.py"]])
def test_help_of_a_command_lists_its_flags(start):
    shown = subprocess.run(
        [sys.executable, *start, "--help"], capture_output=True, text=True, cwd=ROOT
    )
    assert "exgan draw-faces --output_dir" in shown.stdout
    assert "--[no]overwrite" in shown.stdout


def test_flag_files_that_come_along_are_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = entry.find_flag_file("--flagfile=flags/smoke.flags")
    assert found == f"--flagfile={ROOT / 'flags' / 'smoke.flags'}"
    for other in (
        "--flagfile=smoke.flags",
        "--flagfile=flags/none.flags",
        "--output=flags/smoke.flags",
    ):
        assert entry.find_flag_file(other) == other
    (tmp_path / "flags").mkdir()
    (tmp_path / "flags" / "smoke.flags").touch()
    assert entry.find_flag_file("--flagfile=flags/smoke.flags") == "--flagfile=flags/smoke.flags"
