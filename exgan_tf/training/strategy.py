"""Where a run computes: one device, all GPUs of a machine, or several machines."""

import contextlib
import json
import os
import signal
import socket
import time
import typing
from collections.abc import Callable
from typing import Literal

import numpy as np
import tensorflow as tf

Distribution = Literal["auto", "one", "mirrored", "multi_worker"]
DISTRIBUTIONS = typing.get_args(Distribution)
Precision = Literal["float32", "bfloat16", "float16"]
WAIT_SECONDS = 600  # Ours: the time that a scheduler may take to start the other machines.
_ANSWER_SECONDS = 2.0  # Ours: for a connection to another worker.
_ASK_EVERY_SECONDS = 0.5  # Ours.


def create_strategy(
    distribution: str,
    *,
    wait_seconds: float = WAIT_SECONDS,
    report: Callable[[str], None] = lambda line: None,
) -> tf.distribute.Strategy:
    """Creates a strategy; call it before anything else of TensorFlow runs.

    Args:
      distribution: "one" device; "mirrored", all GPUs of this machine, or all logical CPUs where
        there is none; "multi_worker", the machines that the environment variable TF_CONFIG lists;
        or "auto", which is multi_worker where TF_CONFIG lists workers, mirrored where there are
        several GPUs, and one device elsewhere.
      wait_seconds: how long to wait for the other workers.
      report: gets a line of text that says who is waited for.

    Raises:
      ValueError: if `distribution` is none of these, or multi_worker comes without TF_CONFIG.
      OSError: if another worker does not come, or this one's port is taken.
    """
    if distribution not in DISTRIBUTIONS:
        raise ValueError(
            f"distribution is {distribution!r}; expected one of {', '.join(DISTRIBUTIONS)}"
        )
    if distribution == "auto" and _lists_workers():
        distribution = "multi_worker"
    if distribution == "multi_worker":
        if not _lists_workers():
            raise ValueError(
                "multi_worker training needs the environment variable TF_CONFIG, which lists the "
                "workers and says which of them this process is"
            )
        _await_workers(wait_seconds, report)
        # While no Python code can run, Ctrl-C and SIGTERM end the process at once.
        numbers = (signal.SIGINT, signal.SIGTERM)
        handlers = [signal.signal(number, signal.SIG_DFL) for number in numbers]
        try:
            return tf.distribute.MultiWorkerMirroredStrategy()
        finally:
            for number, handler in zip(numbers, handlers, strict=True):
                signal.signal(number, handler)
    gpus = tf.config.list_logical_devices("GPU")
    devices = gpus or tf.config.list_logical_devices("CPU")
    num_devices = len(gpus if distribution == "auto" else devices)
    if distribution != "one" and num_devices > 1:
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    return tf.distribute.OneDeviceStrategy(devices[0].name)


def has_workers(strategy: tf.distribute.Strategy) -> bool:
    """Whether other processes train along."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def share(strategy: tf.distribute.Strategy, dataset: tf.data.Dataset) -> tf.data.Dataset:
    """The elements of a dataset that are this worker's to look at; without workers all."""
    if not has_workers(strategy):
        return dataset
    index, names = find_workers()
    return dataset.shard(len(names), index)


def gather(strategy: tf.distribute.Strategy, values) -> np.ndarray:
    """The numbers of all workers, [N, ...], one after another, in the order of the workers.

    All have to call it, and all get the same; N may differ between workers.
    """
    values = np.asarray(values)
    if not has_workers(strategy):
        return values

    def value_of(context):  # Once for each worker, not for each of its GPUs.
        is_first = context.replica_id_in_sync_group % len(strategy.extended.worker_devices) == 0
        return tf.constant(values if is_first else values[:0])

    distributed = strategy.experimental_distribute_values_from_function(value_of)
    return strategy.gather(distributed, axis=0).numpy()


def any_worker(strategy: tf.distribute.Strategy, flag: bool) -> bool:
    """Whether any worker says yes; all workers have to ask, and all get the same answer."""
    return bool(gather(strategy, [float(flag)]).any())


def unreachable_workers() -> list[str]:
    """The other workers of TF_CONFIG that do not answer, each as "worker 1 (host:port)"."""
    own, addresses = _read_workers()
    missing = []
    for name, address in addresses.items():
        host, _, port = address.rpartition(":")
        try:
            if name != own:
                place = (host.strip("[]"), int(port))
                socket.create_connection(place, timeout=_ANSWER_SECONDS).close()
        except OSError:
            missing.append(f"{name} ({address})")
    return missing


def find_workers() -> tuple[int, tuple[str, ...]]:
    """The number of this process among the workers of TF_CONFIG, and what each is called.

    Without TF_CONFIG it is 0, of one.

    Raises:
      ValueError: if TF_CONFIG cannot be understood.
    """
    if not _lists_workers():
        return 0, ("this process",)
    own, addresses = _read_workers()
    names = tuple(f"{name} ({address})" for name, address in addresses.items())
    return list(addresses).index(own), names


def set_precision(precision: Precision) -> None:
    """Sets Keras's global policy for networks that are built from now on.

    The precision is that of the computation; variables are float32 always.
    """
    policy = precision if precision == "float32" else f"mixed_{precision}"
    tf.keras.mixed_precision.set_global_policy(policy)


def _await_workers(wait_seconds, report):
    """Waits until all workers answer at once.

    TensorFlow would wait for them too, but silently, without end, and ignoring
    signals. So that nobody is ahead, each one answers on its port before TensorFlow does.
    """
    own, addresses = _read_workers()
    deadline = time.monotonic() + wait_seconds
    reported = None
    with _listen(int(addresses[own].rpartition(":")[2])) as listener:
        while missing := unreachable_workers():
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{', '.join(missing)} did not join within {wait_seconds:g} seconds: start the "
                    "same command there too, or remove it from TF_CONFIG"
                )
            if missing != reported:
                report(f"waiting for {', '.join(missing)}, {wait_seconds:g} seconds at most")
                reported = missing
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
            time.sleep(_ASK_EVERY_SECONDS)


def _listen(port):
    both = {"family": socket.AF_INET6, "dualstack_ipv6": True}
    try:
        listener = socket.create_server(("", port), **(both if socket.has_dualstack_ipv6() else {}))
    except OSError as error:
        raise OSError(
            f"port {port}, which TF_CONFIG gives this worker, cannot be opened ({error.strerror}): "
            "is it already running?"
        ) from error
    listener.setblocking(False)
    return listener


def _read_workers():
    """The name of this process, and name -> address, "host:port", of all that train together."""
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    cluster = resolver.cluster_spec().as_dict()
    addresses = {
        f"{job} {index}": address
        for job in ("chief", "worker")
        for index, address in enumerate(cluster.get(job, []))
    }
    own = f"{resolver.task_type} {resolver.task_id}"
    if own not in addresses:
        raise ValueError(
            f"the environment variable TF_CONFIG says that this process is {own}; expected "
            f"one of {', '.join(addresses)}: set its task"
        )
    return own, addresses


def _lists_workers():
    try:
        config = json.loads(os.environ.get("TF_CONFIG") or "{}")
    except json.JSONDecodeError as error:
        raise ValueError(
            f"the environment variable TF_CONFIG is not valid JSON: {error}"
        ) from error
    if not isinstance(config, dict):
        raise ValueError(f"the environment variable TF_CONFIG is {config}; expected an object")
    return bool(config.get("cluster"))
