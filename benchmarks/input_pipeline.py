"""How fast pairs are prepared, next to decoding their JPEG files and nothing else.

python -m benchmarks.input_pipeline

Prints prepared pairs a second, without and with the disturbances of
flags/cpu_flow_adversarial.flags, the same for bare decoding of the same bytes on the same cores,
the ratios to that, and the peak memory of reading a data set that fills the shuffling window
several times, and of one three times as large. With --records=RECORDS an existing folder of records
is timed as well.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import tensorflow as tf
from absl import app, flags

from benchmarks import commands, people
from exgan_tf import parallel
from exgan_tf.data import examples, records
from exgan_tf.data.disturbance import DisturbanceOptions
from exgan_tf.data.input import load_dataset

_RECORDS = flags.DEFINE_string("records", None, "Records to time as well.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size", 128, "Side of the images in pixels.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 16, "Pairs in a batch.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Timings of each kind, taken in turn.", lower_bound=1)

NUM_BATCHES = 125
_DISTURBANCES = DisturbanceOptions(self_pairs=0.3, relit_references=0.3, relit_images=0.4)
# 60 people with four photographs each, so many times under other names: 9,600 and 28,800 pairs.
# Both fill several shuffling windows.
COPIES = {"small": 40, "large": 120}
_PEAK_MEMORY = "peak_memory_of"


def main(argv):
    if len(argv) == 3 and argv[1] == _PEAK_MEMORY:
        print(_read_an_epoch(argv[2]))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folders = _build_two_sizes(pathlib.Path(scratch))
        results = {
            "image_size": _IMAGE_SIZE.value,
            "cores": parallel.count_processors(),
            # First: a process counts what its parent held when it started, and that grows below.
            "memory": _compare_memory(folders),
            "drawn_faces": _time(folders["small"]),
        }
        if _RECORDS.value:
            results["given_records"] = _time(_RECORDS.value)
    commands.show(results)


def _build_two_sizes(scratch):
    """Folders of records by name, made of the same drawn photographs."""
    workers, size = parallel.count_processors(), _IMAGE_SIZE.value
    aligned = people.align(scratch, num_identities=60, image_size=size, num_workers=workers)
    engine, folders = parallel.Processes(workers), {}
    for name, num_copies in COPIES.items():
        copies, folders[name] = scratch / f"{name}_aligned", scratch / name
        people.copy(aligned, copies, num_copies=num_copies)
        options = records.RecordOptions(image_size=size, test_fraction=0, validation_fraction=0)
        records.build_records(copies, folders[name], options, engine=engine)
    return folders


def _load(directory, *, disturbances=None):
    return load_dataset(
        directory,
        split="train",
        image_size=_IMAGE_SIZE.value,
        batch_size=_BATCH_SIZE.value,
        training=True,
        seed=0,
        disturbances=disturbances,
    )


def _time(directory):
    """Median pairs a second of the pipeline and of bare decoding, timed in turn."""
    prepared, disturbed = iter(_load(directory)), iter(_load(directory, disturbances=_DISTURBANCES))
    encoded = tf.data.TFRecordDataset(records.find_shards(directory, "train")).flat_map(
        lambda record: tf.data.Dataset.from_tensor_slices(examples.decode_record(record)["images"])
    )
    # The bytes lie in memory, so that decoding is all that is timed.
    encoded = tf.data.Dataset.from_tensor_slices(tf.stack(list(encoded)))
    decoded = iter(
        encoded.repeat()
        .map(
            lambda data: tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .batch(2 * _BATCH_SIZE.value)
        .prefetch(tf.data.AUTOTUNE)
    )
    iterators = {"prepared": prepared, "disturbed": disturbed, "decoded": decoded}
    timings = {kind: [] for kind in iterators}
    for _ in range(_ROUNDS.value):
        for kind, iterator in iterators.items():
            next(iterator)
            start = time.perf_counter()
            for _ in range(NUM_BATCHES):
                next(iterator)
            elapsed = time.perf_counter() - start
            timings[kind].append(NUM_BATCHES * _BATCH_SIZE.value / elapsed)
    medians = {kind: statistics.median(values) for kind, values in timings.items()}
    return {
        **{f"{kind}_pairs_per_second": round(median) for kind, median in medians.items()},
        "ratio": round(medians["prepared"] / medians["decoded"], 3),
        "disturbed_ratio": round(medians["disturbed"] / medians["decoded"], 3),
    }


def _compare_memory(folders):
    """Peak memory of a process that reads one epoch, in megabytes."""
    peaks = {}
    for name, directory in folders.items():
        command = [sys.executable, "-m", "benchmarks.input_pipeline", _PEAK_MEMORY, str(directory)]
        command += [f"--{flag.name}={flag.value}" for flag in (_IMAGE_SIZE, _BATCH_SIZE)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        size = sum(path.stat().st_size for path in pathlib.Path(directory).iterdir())
        peaks[f"{name}_data_megabytes"] = round(size / 1e6)
        peaks[f"{name}_peak_megabytes"] = round(int(run.stdout) / 1e6)
    return peaks


def _read_an_epoch(directory):
    manifest = records.read_manifest(directory)
    num_batches = manifest.splits["train"].num_pairs["training"] // _BATCH_SIZE.value
    for _ in _load(directory).take(num_batches):
        pass
    return commands.peak_memory()


if __name__ == "__main__":
    app.run(main)
