"""Where a run computes: one device, all GPUs of a machine, or several machines."""

import json
import os

import tensorflow as tf

DISTRIBUTIONS = ("auto", "one", "mirrored", "multi_worker")
PRECISIONS = ("float32", "bfloat16", "float16")


def create_strategy(distribution: str) -> tf.distribute.Strategy:
    """Creates a strategy; call it before anything else of TensorFlow runs.

    Args:
      distribution: "one" device; "mirrored", all GPUs of this machine, or all logical CPUs where
        there is none; "multi_worker", the machines that the environment variable TF_CONFIG lists;
        or "auto", which is multi_worker where TF_CONFIG lists workers, mirrored where there are
        several GPUs, and one device elsewhere.

    Returns:
      The strategy.

    Raises:
      ValueError: if `distribution` is none of these, or multi_worker comes without TF_CONFIG.
    """
    if distribution not in DISTRIBUTIONS:
        raise ValueError(f"distribution is {distribution!r}, one of {DISTRIBUTIONS} is wanted")
    if distribution == "auto":
        distribution = _choose_distribution()
    if distribution == "multi_worker":
        if not _lists_workers():
            raise ValueError(
                "multi_worker training needs the environment variable TF_CONFIG, which lists the "
                "workers and says which of them this process is"
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    gpus = tf.config.list_logical_devices("GPU")
    devices = gpus or tf.config.list_logical_devices("CPU")
    if distribution == "mirrored" and len(devices) > 1:
        return tf.distribute.MirroredStrategy([device.name for device in devices])
    return tf.distribute.OneDeviceStrategy(devices[0].name)


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the results; without workers every process does."""
    resolver = strategy.cluster_resolver
    if resolver is None or not resolver.task_type:
        return True
    return resolver.task_type == "chief" or (
        resolver.task_type == "worker"
        and resolver.task_id == 0
        and "chief" not in resolver.cluster_spec().jobs
    )


def worker_index(strategy: tf.distribute.Strategy) -> int:
    """The number of this process among the workers, 0 without workers."""
    resolver = strategy.cluster_resolver
    return 0 if resolver is None else resolver.task_id or 0


def any_worker(strategy: tf.distribute.Strategy, flag: bool) -> bool:
    """Whether any worker says yes; all workers have to ask, and all get the same answer."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return flag
    said = strategy.run(tf.identity, args=(tf.constant(float(flag)),))
    return float(strategy.reduce(tf.distribute.ReduceOp.SUM, said, axis=None)) > 0


def set_precision(precision: str):
    """Sets Keras's global policy for networks that are built from now on.

    Args:
      precision: of the computation, one of `PRECISIONS`; variables are float32 always.

    Raises:
      ValueError: if `precision` is none of these.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is {precision!r}, one of {PRECISIONS} is wanted")
    policy = precision if precision == "float32" else f"mixed_{precision}"
    tf.keras.mixed_precision.set_global_policy(policy)


def _choose_distribution():
    if _lists_workers():
        return "multi_worker"
    return "mirrored" if len(tf.config.list_logical_devices("GPU")) > 1 else "one"


def _lists_workers():
    try:
        config = json.loads(os.environ.get("TF_CONFIG") or "{}")
    except json.JSONDecodeError as error:
        raise ValueError(
            f"the environment variable TF_CONFIG is not valid JSON: {error}"
        ) from error
    if not isinstance(config, dict):
        raise ValueError(f"the environment variable TF_CONFIG is {config}, an object was wanted")
    return bool(config.get("cluster"))
