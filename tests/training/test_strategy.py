import json
import os
import signal
import socket
import subprocess
import sys

import pytest
import tensorflow as tf

from exgan_tf.training import strategy as strategies


def test_without_gpus_and_workers_auto_is_one_device(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    strategy = strategies.create_strategy("auto")
    assert strategy.num_replicas_in_sync == 1
    assert strategies.is_chief(strategy)


@pytest.mark.parametrize("config", ["", "{}", '{"cluster": {}}'])
def test_several_workers_need_tf_config(monkeypatch, config):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ValueError, match="TF_CONFIG"):
        strategies.create_strategy("multi_worker")


def test_a_broken_tf_config_is_named(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{")
    with pytest.raises(ValueError, match="TF_CONFIG is not valid JSON"):
        strategies.create_strategy("auto")


def test_an_unknown_distribution_is_refused():
    with pytest.raises(ValueError, match="distribution is 'two'"):
        strategies.create_strategy("two")


@pytest.mark.parametrize(
    ("task", "chief"),
    [
        ({"type": "worker", "index": 0}, True),
        ({"type": "worker", "index": 1}, False),
        ({"type": "chief", "index": 0}, True),
    ],
)
def test_the_chief_or_else_the_first_worker_writes(monkeypatch, task, chief):
    cluster = {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}
    if task["type"] == "chief":
        cluster["chief"] = ["127.0.0.1:3"]
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()

    class Strategy:
        cluster_resolver = resolver

    assert strategies.is_chief(Strategy) is chief
    assert strategies.worker_index(Strategy) == task["index"]


@pytest.fixture
def cluster(monkeypatch):
    """Sets TF_CONFIG to the first of two workers; gives both addresses. Nobody listens there."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    return addresses


def test_a_worker_that_does_not_come_is_waited_for_by_name_and_not_for_ever(cluster):
    said = []
    with pytest.raises(OSError, match=f"worker 1 .{cluster[1]}. did not come within 1 seconds"):
        strategies.create_strategy("multi_worker", wait_seconds=1, report=said.append)
    assert said == [f"waiting for worker 1 ({cluster[1]}), 1 seconds at most"]


def test_a_port_that_is_taken_is_named(cluster):
    port = int(cluster[0].rpartition(":")[2])
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(OSError, match=f"port {port}, which TF_CONFIG gives this worker"),
    ):
        strategies.create_strategy("multi_worker")


def test_a_process_that_is_none_of_the_workers_is_refused(monkeypatch):
    config = {"cluster": {"worker": ["127.0.0.1:1"]}, "task": {"type": "worker", "index": 7}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(ValueError, match="this process is worker 7, one of worker 0 is wanted"):
        strategies.create_strategy("multi_worker")


SHARING = """
import numpy as np, tensorflow as tf
from exgan_tf.training import strategy as strategies
strategy = strategies.create_strategy("multi_worker")
index = strategies.worker_index(strategy)
print(
    strategies.gather(strategy, np.full([index, 2], index)).tolist(),
    strategies.any_worker(strategy, index == 1),
    strategies.any_worker(strategy, False),
    list(strategies.share(strategy, tf.data.Dataset.range(5)).as_numpy_iterator()),
)
"""


def test_workers_share_elements_and_all_get_what_all_have(cluster):
    processes = []
    for index in range(2):
        config = {"cluster": {"worker": cluster}, "task": {"type": "worker", "index": index}}
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", SHARING],
                env={**os.environ, "TF_CONFIG": json.dumps(config)},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert said == ["[[1, 1]] True False [0, 2, 4]\n", "[[1, 1]] True False [1, 3]\n"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_waits_for_a_worker_heeds_signals(cluster, number):
    code = (
        "from exgan_tf.training import strategy\n"
        "strategy.create_strategy('multi_worker', report=lambda line: print(line, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("waiting for worker 1")
        process.send_signal(number)
        assert process.wait(timeout=10) == -number


@pytest.mark.parametrize(
    ("precision", "expected"),
    [("float32", "float32"), ("bfloat16", "bfloat16"), ("float16", "float16")],
)
def test_the_precision_is_that_of_the_computation(precision, expected):
    strategies.set_precision(precision)
    policy = tf.keras.mixed_precision.global_policy()
    tf.keras.mixed_precision.set_global_policy("float32")
    assert (policy.compute_dtype, policy.variable_dtype) == (expected, "float32")


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="precision is 'int8'"):
        strategies.set_precision("int8")
