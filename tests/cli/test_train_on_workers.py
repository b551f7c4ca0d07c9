"""Several workers through the command: who is first, and what is said of one that is lost."""

import json
import os
import pathlib
import socket
import subprocess
import time

import pytest

FLAGS = pathlib.Path(__file__).parents[2] / "flags" / "smoke.flags"


@pytest.fixture
def start_workers(command, records_dir, tmp_path):
    """Returns a function that starts two workers in one run directory; they end with the test."""
    processes = []

    def start(run_dir):
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
        for each in sockets:
            each.close()
        flags = {"model": "baseline", "records": records_dir, "run_dir": run_dir}
        never = ("num_steps", "num_reconstruction_steps", "validate_every", "sample_every")
        flags |= dict.fromkeys(never, 10**6)
        for index in range(2):
            task = {"type": "worker", "index": index}
            config = json.dumps({"cluster": {"worker": addresses}, "task": task})
            processes.append(
                subprocess.Popen(
                    command("train", f"--flagfile={FLAGS}", **flags),
                    env={**os.environ, "TF_CONFIG": config},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        return processes

    yield start
    for process in processes:
        with process:
            process.kill()


def test_a_worker_that_was_killed_is_named_by_the_other(start_workers, tmp_path):
    first, second = start_workers(tmp_path / "run")
    while not list((tmp_path / "run" / "checkpoints").glob("*.index")):
        assert (first.poll(), second.poll()) == (None, None)
        time.sleep(0.1)
    first.kill()
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "error: worker 0 (127.0.0.1:" in said
    assert "ended or cannot be reached" in said
    assert said.count("\n") == 1


def test_a_directory_that_the_first_worker_refuses_ends_both(start_workers, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    for process in start_workers(tmp_path):
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "neither empty nor a run directory" in said or "another worker cannot use" in said
    assert os.listdir(tmp_path) == ["thesis.txt"]
