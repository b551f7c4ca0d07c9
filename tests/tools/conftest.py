"""Running a tool as a user does."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def tool_command():
    """Returns a function that gives the command line of a tool with its flags."""

    def command(name, **flags):
        options = [f"--{flag}={value}" for flag, value in flags.items()]
        return [sys.executable, str(ROOT / "tools" / f"{name}.py"), *options]

    return command


@pytest.fixture(scope="session")
def run_tool(tool_command):
    """Returns a function that runs a tool to its end: `.returncode`, `.stdout`, `.stderr`."""

    def run(name, **flags):
        return subprocess.run(
            tool_command(name, **flags), capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    return run
