"""Trainings on several workers of this machine, with all that can befall them; a table of it.

nice python -m benchmarks.several_workers --output_dir=build/several_workers [--num_workers=4]

`exgan train` runs with TF_CONFIG on loopback, in one process for each worker: once left alone,
and once stopped by SIGTERM, by kill -9 of the first and of the last worker, and by a worker that
falls silent, each time going on with the number of workers that the table says, in the end with
one. All must end within `--patience` seconds, with a message that names who was lost; all weights
must be equal; and both runs learn what one process learns, but for rounding. Exits with 1 where
that fails. On two cores it takes some ten minutes with two workers.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import tensorflow as tf
from absl import flags

from benchmarks import commands, people
from exgan_tf.cli import entry
from exgan_tf.data import records
from exgan_tf.training import checkpoints, loop

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to create; new.", required=True)
_NUM_WORKERS = flags.DEFINE_integer("num_workers", 2, "Workers.", lower_bound=2)
_PATIENCE = flags.DEFINE_integer("patience", 90, "Seconds until all must have ended.")
_NUM_STEPS = 40
_SAVE_EVERY = 5
# After so many steps, of what training changes between these two: Adam, whose steps are equally
# long however small a gradient is, magnifies rounding.
_LARGEST_DIFFERENCES = {_SAVE_EVERY: 1e-4, _NUM_STEPS: 0.1}


class Cluster:
    """Workers of one training, each with its output in a file.

    Attributes:
      processes: theirs, by number.
      homes: folders in which they write checkpoints, by number.
    """

    def __init__(self, home, run_dir, num_workers):
        """Starts them.

        Args:
          home: where the records are.
          run_dir: of the training, new or to be gone on with.
          num_workers: how many; 1 is a process without TF_CONFIG.
        """
        workers = (run_dir / f".worker_{index}" for index in range(1, num_workers))
        self.homes = [run_dir, *workers]
        self._old = _newest_step(run_dir)
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(num_workers)]
        addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
        for each in sockets:
            each.close()
        # The model that compiles in the shortest time, and as many examples for each of two, three,
        # four or six workers.
        values = {"model": "autoencoder", "width": 1, "batch_size": 12, "run_dir": run_dir}
        values |= {"records": home / "records", "num_steps": _NUM_STEPS, "num_kept": 100}
        values |= {"save_every": _SAVE_EVERY, "validate_every": 20}
        command = commands.line("train", "--flagfile=flags/smoke.flags", **values)
        self._outputs, self.processes = [], []
        for index in range(num_workers):
            task = {"type": "worker", "index": index}
            config = {"cluster": {"worker": addresses}, "task": task} if num_workers > 1 else {}
            environment = {**os.environ, "TF_CONFIG": json.dumps(config)}
            self._outputs.append(home / f"{time.time_ns()}_worker_{index}.txt")
            with open(self._outputs[-1], "w", encoding="utf-8") as file:
                streams = {"stdout": file, "stderr": subprocess.STDOUT}
                self.processes.append(
                    subprocess.Popen(command, cwd=commands.ROOT, env=environment, **streams)
                )

    def await_checkpoint(self):
        """Waits until each has written a checkpoint that was not there at the start."""
        while min(map(_newest_step, self.homes)) <= self._old:
            if any(process.poll() is not None for process in self.processes):
                raise ValueError(f"ended before a checkpoint: {self.said()}")
            time.sleep(0.02)

    def finish(self, patience=None) -> float:
        """Waits until all have ended, and kills who has not after so many seconds; seconds."""
        begun = time.monotonic()
        for process in self.processes:
            try:
                process.wait(patience and max(0.1, begun + patience - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return time.monotonic() - begun

    def codes(self) -> list:
        """Their exit codes."""
        return [process.returncode for process in self.processes]

    def said(self) -> list:
        """The last line of each one's output."""
        lines = [path.read_text(encoding="utf-8").splitlines() for path in self._outputs]
        return [each[-1] if each else "" for each in lines]


def main(argv):
    del argv
    home = pathlib.Path(_OUTPUT_DIR.value).absolute()
    aligned = people.align(home, num_identities=8, image_size=96, closed_fraction=0.1)
    options = records.RecordOptions(
        image_size=64, test_fraction=0.2, validation_fraction=0.2, num_shards=2
    )
    records.build_records(aligned, home / "records", options)
    failed = False
    print("| what | workers | expected | found | seconds | |\n|---|---|---|---|---|---|")
    for what, num_workers, expected, found, seconds, good in _try_all(home, _NUM_WORKERS.value):
        failed |= not good
        row = what, num_workers, expected, found.replace("|", "/"), f"{seconds:.0f}"
        print("|", *(f"{each} |" for each in (*row, "yes" if good else "**no**")), flush=True)
    sys.exit(failed)


def _try_all(home, count):
    """Yields what is tried, by how many workers, what must come of it, what does, and if so."""
    for name, num in (("one", 1), ("several", count)):
        yield _finish_training("left alone", home, home / name, num)
    yield from _compare(home, "several", count)
    run = home / "disturbed"
    yield _stop_by_signal(home, run, count)
    for what, num, index, how in (
        ("kill -9 of the first", 2 if count > 2 else 3, 0, signal.SIGKILL),
        ("kill -9 of the last", count, -1, signal.SIGKILL),
        ("the last falls silent", count, -1, signal.SIGSTOP),
    ):
        yield from _lose(home, run, num, what=what, index=index, how=how)
    yield _finish_training("goes on to the end", home, run, 1)
    yield from _compare(home, "disturbed", 1)


def _finish_training(what, home, run, count):
    cluster = Cluster(home, run, count)
    seconds = cluster.finish()
    return what, count, "all done", cluster.said()[0], seconds, cluster.codes() == [0] * count


def _stop_by_signal(home, run, count):
    cluster = Cluster(home, run, count)
    cluster.await_checkpoint()
    cluster.processes[-1].send_signal(signal.SIGTERM)
    seconds = cluster.finish(_PATIENCE.value)
    message = f"stopped after step {_newest_step(run)}: run the same command again to continue"
    codes, said = cluster.codes(), cluster.said()
    good = codes == [128 + signal.SIGTERM] * count and said == [message] * count
    found = f"{codes}, {sorted(set(said))}"
    return "SIGTERM to the last", count, "all stop at one step", found, seconds, good


def _lose(home, run, count, *, what, index, how):
    cluster = Cluster(home, run, count)
    cluster.await_checkpoint()
    lost = cluster.processes[index]
    lost.send_signal(how)
    cluster.processes.remove(lost)
    seconds = cluster.finish(_PATIENCE.value)
    lost.kill()
    lost.wait()
    number = index % count
    names = (f"worker {number} (", f"/job:worker/task:{number}")  # Ours, and TensorFlow's.
    said = [line for i, line in enumerate(cluster.said()) if i != number]
    good = cluster.codes() == [1] * (count - 1) and all(
        any(name in line for name in names) for line in said
    )
    found = f"{cluster.codes()}, {said[0]}"
    yield what, count, f"the others name worker {number}", found, seconds, good
    step = min(map(_newest_step, cluster.homes))
    weights = [_weights(each, step) for each in cluster.homes]
    equal = all(_is_equal(weights[0], each) for each in weights)
    found = f"step {step}: {'equal' if equal else 'different'}"
    yield "checkpoints", count, "bits equal on all workers", found, 0, equal


def _compare(home, name, num_workers):
    """How far a run is from that of one process, at each step that is looked at."""
    ours = {step: _weights(home / "one", step) for step in _LARGEST_DIFFERENCES}
    moved = _distance(*ours.values())
    for step, largest in _LARGEST_DIFFERENCES.items():
        share = _distance(ours[step], _weights(home / name, step)) / moved
        expected = f"one process's weights, within {largest:g} of what it learns"
        what = f"step {step} of `{name}`"
        yield what, num_workers, expected, f"{share:.1e}", 0, share < largest


def _distance(weights, others):
    return np.sqrt(sum(np.sum((weights[key] - others[key]) ** 2) for key in weights))


def _newest_step(run):
    paths = pathlib.Path(run, loop.CHECKPOINTS).glob("*.index")
    return max((int(path.stem.rpartition("-")[2]) for path in paths), default=0)


def _weights(run, step):
    """Name -> array of the trained networks' weights in a checkpoint."""
    [path] = (
        each
        for each in checkpoints.find_checkpoints(run / loop.CHECKPOINTS)
        if each.endswith(f"-{step}")
    )
    reader = tf.train.load_checkpoint(path)
    return {
        key: reader.get_tensor(key).astype(np.float64)
        for key, kind in reader.get_variable_to_dtype_map().items()
        if kind == tf.float32 and key.startswith("trainer/gan/") and "OPTIMIZER" not in key
    }


def _is_equal(weights, others):
    return weights.keys() == others.keys() and all(
        np.array_equal(weights[key], others[key]) for key in weights
    )


if __name__ == "__main__":
    entry.run(main)
