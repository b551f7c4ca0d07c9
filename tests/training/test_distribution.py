"""The number of replicas and of workers changes nothing but the rounding."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

SCRIPT = pathlib.Path(__file__).parent / "train_on_replicas.py"


def start(records_dir, output_dir, *distributions, **environment):
    output_dir.mkdir()
    return subprocess.Popen(
        [sys.executable, SCRIPT, records_dir, output_dir, *distributions],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    with process:
        _, errors = process.communicate()
    assert process.returncode == 0, errors


def read(path):
    with np.load(path) as weights:
        return dict(weights)


def assert_equal_but_for_rounding(weights, others):
    assert weights.keys() == others.keys()
    np.testing.assert_allclose(weights["losses"], others["losses"], rtol=1e-4)
    for name in weights:
        if name.startswith("squared_gradients/"):
            assert weights[name].min() > 0
            np.testing.assert_allclose(weights[name], others[name], rtol=1e-3)
        elif name.startswith(("gan/", "averaged/")):
            np.testing.assert_allclose(weights[name], others[name], atol=1e-6)


@pytest.fixture(scope="module")
def one_process(records_dir, tmp_path_factory):
    """The folder of what one process learns, on one device and on two."""
    output_dir = tmp_path_factory.mktemp("one") / "process"
    finish(start(records_dir, output_dir, "one", "mirrored"))
    return output_dir


def test_two_replicas_train_like_one(one_process):
    one, two = (read(one_process / f"{name}.npz") for name in ("one", "mirrored"))
    assert (one["num_replicas"], two["num_replicas"]) == (1, 2)
    assert_equal_but_for_rounding(one, two)


def test_two_workers_train_like_one_process_and_share_what_each_has(
    one_process, records_dir, tmp_path, free_addresses
):
    workers = free_addresses(2)
    processes = []
    for index in range(2):
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": workers}, "task": task})
        output_dir = tmp_path / f"worker{index}"
        processes.append(start(records_dir, output_dir, "multi_worker", TF_CONFIG=config))
    for process in processes:
        finish(process)
    first, second = (read(tmp_path / f"worker{index}" / "multi_worker.npz") for index in range(2))
    assert first["num_replicas"] == 2
    assert_equal_but_for_rounding(first, second)
    assert_equal_but_for_rounding(read(one_process / "one.npz"), first)
    assert (first["is_chief"], second["is_chief"]) == (True, False)
    for worker in (first, second):
        assert worker["gathered"].tolist() == [[1, 1]]
        assert worker["any_worker"].tolist() == [True, False]
    assert (first["shared"].tolist(), second["shared"].tolist()) == ([0, 2, 4], [1, 3])
