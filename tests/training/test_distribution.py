"""The number of replicas and of workers changes nothing but the rounding."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parent / "train_on_replicas.py"


def start(records_dir, output, distribution, num_devices, **environment):
    arguments = [records_dir, output, distribution, num_devices]
    return subprocess.Popen(
        [sys.executable, SCRIPT, *map(str, arguments)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process, output):
    _, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    with np.load(output) as weights:
        return dict(weights)


def run(records_dir, output, *arguments):
    return finish(start(records_dir, output, *arguments), output)


def assert_equal_but_for_rounding(weights, others):
    assert weights.keys() == others.keys()
    np.testing.assert_allclose(weights["losses"], others["losses"], rtol=1e-4)
    for name in ("squared_gradients/generator", "squared_gradients/discriminator"):
        assert weights[name].min() > 0
        np.testing.assert_allclose(weights[name], others[name], rtol=0.05)
    names = [name for name in weights if name.startswith(("gan/", "averaged/"))]
    differences = np.concatenate([np.abs(weights[name] - others[name]).ravel() for name in names])
    # Each of Adam's steps is 2e-4 long however small the gradient; where that is all rounding,
    # which batch normalisation magnifies, so is the step.
    assert differences.max() < 3e-4
    assert np.mean(differences > 1e-5) < 0.03


@pytest.fixture(scope="module")
def one(records_dir, tmp_path_factory):
    """What one process learns on one device."""
    return run(records_dir, tmp_path_factory.mktemp("one") / "one.npz", "one", 1)


def test_two_replicas_train_like_one(one, records_dir, tmp_path):
    two = run(records_dir, tmp_path / "two.npz", "mirrored", 2)
    assert (one["num_replicas"], two["num_replicas"]) == (1, 2)
    assert_equal_but_for_rounding(one, two)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_two_workers_train_like_one_process(one, records_dir, tmp_path):
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = [
        start(
            records_dir,
            tmp_path / f"worker{index}.npz",
            "multi_worker",
            1,
            TF_CONFIG=json.dumps(
                {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
            ),
        )
        for index in range(2)
    ]
    first, second = (
        finish(process, tmp_path / f"worker{index}.npz") for index, process in enumerate(processes)
    )
    assert first["num_replicas"] == 2
    assert_equal_but_for_rounding(first, second)
    assert_equal_but_for_rounding(one, first)
