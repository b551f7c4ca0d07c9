"""Running a command as a user does."""

import os
import subprocess
import sys

import pytest
import warm_process


@pytest.fixture(scope="session")
def start_command(tmp_path_factory):
    """Returns a function that starts a command with its flags: a `warm_process.Command`."""

    def start(name, *arguments, packages_first=(), environment=(), **flags):
        command = warm_process.Command(
            f"exgan_tf.cli.{name}",
            [*map(str, arguments), *(f"--{flag}={value}" for flag, value in flags.items())],
            output=tmp_path_factory.mktemp("output"),
            packages=list(map(str, packages_first)),
            environment=dict(environment),
        )
        command.start()
        return command

    return start


@pytest.fixture(scope="session")
def run_code():
    """Returns a function that runs Python code in a process of its own, to its end."""

    def run(code, **environment):
        command, environment = [sys.executable, "-c", code], {**os.environ, **environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run


@pytest.fixture(scope="session")
def run_command(start_command):
    """Returns a function that runs a command to its end: `.returncode`, `.stdout`, `.stderr`."""
    return lambda *arguments, **flags: start_command(*arguments, **flags).finish()
