import json
import os
import signal
import socket
import threading

import pytest

from exgan_tf.training import strategy as strategies


def test_without_gpus_and_workers_auto_is_one_device(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    strategy = strategies.create_strategy("auto")
    assert strategy.num_replicas_in_sync == 1
    assert strategy.extended.should_checkpoint


SEVENTH = {"cluster": {"worker": ["127.0.0.1:1"]}, "task": {"type": "worker", "index": 7}}


@pytest.mark.parametrize(
    ("config", "distribution", "message"),
    [
        ("", "multi_worker", "needs the environment variable TF_CONFIG"),
        ("{}", "multi_worker", "needs the environment variable TF_CONFIG"),
        ('{"cluster": {}}', "multi_worker", "needs the environment variable TF_CONFIG"),
        ("{", "auto", "TF_CONFIG is not valid JSON"),
        ("[]", "auto", r"TF_CONFIG is \[\]; expected an object"),
        (json.dumps(SEVENTH), "auto", "this process is worker 7; expected one of worker 0"),
        ("", "two", "distribution is 'two'; expected one of"),
    ],
)
def test_what_is_no_strategy_is_refused(monkeypatch, config, distribution, message):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ValueError, match=message):
        strategies.create_strategy(distribution)


@pytest.fixture
def cluster(monkeypatch, free_addresses):
    """Sets TF_CONFIG to the first of two workers; gives both addresses. Nobody listens there."""
    addresses = free_addresses(2)
    config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    return addresses


def test_a_worker_that_does_not_come_is_waited_for_by_name_and_not_for_ever(cluster):
    said = []
    with pytest.raises(OSError, match=f"worker 1 .{cluster[1]}. did not join within 1 seconds"):
        strategies.create_strategy("multi_worker", wait_seconds=1, report=said.append)
    assert said == [f"waiting for worker 1 ({cluster[1]}), 1 seconds at most"]


def test_a_port_that_is_taken_is_named(cluster):
    port = int(cluster[0].rpartition(":")[2])
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(OSError, match=f"port {port}, which TF_CONFIG gives this worker"),
    ):
        strategies.create_strategy("multi_worker")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_waits_for_a_worker_heeds_signals(cluster, number):
    before = signal.signal(number, signal.default_int_handler)
    interrupt = threading.Timer(0.2, os.kill, [os.getpid(), number])
    try:
        with pytest.raises(KeyboardInterrupt):
            strategies.create_strategy("multi_worker", report=lambda line: interrupt.start())
    finally:
        interrupt.cancel()
        signal.signal(number, before)
