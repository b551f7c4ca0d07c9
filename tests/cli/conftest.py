"""Running a command as a user does."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

WARM_PROCESS = pathlib.Path(__file__).with_name("warm_process.py")


@pytest.fixture(scope="session")
def command():
    """Returns a function that gives the command line of a command with its flags."""

    def build(name, *arguments, **flags):
        options = [f"--{flag}={value}" for flag, value in flags.items()]
        return [sys.executable, "-m", f"exgan_tf.cli.{name}", *arguments, *options]

    return build


@pytest.fixture(scope="session")
def run_code():
    """Returns a function that runs Python code in a process of its own, to its end."""

    def run(code, **environment):
        command, environment = [sys.executable, "-c", code], {**os.environ, **environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run


@pytest.fixture(scope="session")
def warm_process():
    """A process that starts commands faster than a new Python does: see its module."""
    with subprocess.Popen(
        [sys.executable, WARM_PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture(scope="session")
def run_command(command, warm_process, tmp_path_factory):
    """Returns a function that runs a command to its end: `.returncode`, `.stdout`, `.stderr`.

    `packages_first` are folders in which it looks for Python packages before others.
    """

    def run(name, *arguments, packages_first=(), **flags):
        directory = tmp_path_factory.mktemp("output")
        outputs = {name: directory / name for name in ("stdout", "stderr")}
        _, _, module, *rest = map(str, command(name, *arguments, **flags))
        paths = {name: str(path) for name, path in outputs.items()}
        packages = list(map(str, packages_first))
        request = {"module": module, "arguments": rest, "packages": packages, **paths}
        print(json.dumps(request), file=warm_process.stdin, flush=True)
        answer = warm_process.stdout.readline()
        assert answer, f"the warm process ended with {warm_process.poll()}"
        texts = {name: path.read_text() for name, path in outputs.items()}
        return subprocess.CompletedProcess(rest, int(answer), **texts)

    return run
