"""Running a command as a user does."""

import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def command():
    """Returns a function that gives the command line of a command with its flags."""

    def build(name, *arguments, **flags):
        options = [f"--{flag}={value}" for flag, value in flags.items()]
        return [sys.executable, "-m", f"exgan_tf.cli.{name}", *arguments, *options]

    return build


@pytest.fixture(scope="session")
def run_command(command):
    """Returns a function that runs a command to its end: `.returncode`, `.stdout`, `.stderr`."""

    def run(name, *arguments, **flags):
        return subprocess.run(
            command(name, *arguments, **flags),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )

    return run
