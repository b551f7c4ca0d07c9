"""Several workers through the command: who is first, and what is said of one that is lost."""

import json
import os
import pathlib
import time

import pytest

FLAGS = pathlib.Path(__file__).parents[2] / "flags" / "smoke.flags"


@pytest.fixture
def start_workers(start_command, records_dir, free_addresses):
    """Returns a function that starts two workers in one run directory; they end with the test."""
    workers = []

    def start(run_dir):
        addresses = free_addresses(2)
        # The model that compiles in the shortest time.
        flags = {"model": "autoencoder", "width": 1, "records": records_dir, "run_dir": run_dir}
        never = ("num_steps", "num_reconstruction_steps", "validate_every", "sample_every")
        flags |= dict.fromkeys(never, 10**6)
        for index in range(2):
            task = {"type": "worker", "index": index}
            config = json.dumps({"cluster": {"worker": addresses}, "task": task})
            environment = {"TF_CONFIG": config}
            workers.append(
                start_command("train", f"--flagfile={FLAGS}", environment=environment, **flags)
            )
        return workers

    yield start
    for worker in workers:
        worker.kill()


def test_a_worker_that_was_killed_is_named_by_the_other(start_workers, tmp_path):
    first, second = start_workers(tmp_path / "run")
    while not list((tmp_path / "run" / "checkpoints").glob("*.index")):
        assert first.is_alive() and second.is_alive()
        time.sleep(0.1)
    first.kill()
    run = second.finish(timeout=60)
    assert run.returncode == 1
    assert "error: worker 0 (127.0.0.1:" in run.stderr
    assert "ended or cannot be reached" in run.stderr
    assert run.stderr.count("\n") == 1


def test_a_directory_that_the_first_worker_refuses_ends_both(start_workers, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    for worker in start_workers(tmp_path):
        run = worker.finish(timeout=120)
        assert run.returncode == 1
        said = run.stderr
        assert "neither empty nor a run directory" in said or "another worker cannot use" in said
    assert os.listdir(tmp_path) == ["thesis.txt"]
