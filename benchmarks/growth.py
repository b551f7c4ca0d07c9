"""What records, evaluations and albums cost as they grow: 100, 1,000 and 10,000 photographs.

python -m benchmarks.growth

The photographs are 100 drawn ones of 25 people again and again under other names. Each size is done
by a command of its own with one worker process. Printed are the processor seconds of the command
with its worker, and the peak memory of the larger of the two, of which what 100 photographs take is
mostly Python and TensorFlow. An album's people are told apart where the command runs: of that the
seconds are printed by themselves, for as many descriptors as there are photographs, of people with
four photographs each and of one person.
"""

import json
import os
import pathlib
import shutil
import tempfile
import time

import numpy as np
from absl import app, flags

from benchmarks import commands, people
from exgan_tf.celeb_id import layouts
from exgan_tf.faces import identity

_SIZES = flags.DEFINE_list("sizes", ["100", "1000", "10000"], "Numbers of photographs.")
_TASKS = flags.DEFINE_list("tasks", ["records", "evaluation", "album", "grouping"], "What to do.")
_NUM_IDENTITIES, _NUM_PHOTOS = 25, 100
_DESCRIPTOR_SPREAD = 0.03  # Of each number: faces of one person lie some 0.4 apart, as dlib's do.


def main(argv):
    del argv
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        people.align(scratch, num_identities=_NUM_IDENTITIES, image_size=256)
        for task in _TASKS.value:
            measured = []
            for size in map(int, _SIZES.value):
                measured.append({"photographs": size, **_MEASURES[task](scratch, size)})
                print(json.dumps({task: measured[-1]}), flush=True)
                for folder in ("photographs", "records", "result"):
                    shutil.rmtree(scratch / folder, ignore_errors=True)
            added, seconds = (
                measured[-1][key] - measured[0][key] for key in ("photographs", "seconds")
            )
            slope = round(1000 * seconds / max(1, added), 2)
            print(json.dumps({f"{task}, milliseconds a photograph": slope}))


def _measure_records(scratch, size):
    people.copy(scratch / "aligned", scratch / "photographs", num_copies=size // _NUM_PHOTOS)
    folders = {"input_dir": scratch / "photographs", "output_dir": scratch / "result"}
    cost = _measure("build_records", **folders, test_fraction=1, image_size=128)
    records = (scratch / "result").iterdir()
    return {**cost, "megabytes": round(sum(path.stat().st_size for path in records) / 1e6, 1)}


def _measure_evaluation(scratch, size):
    _measure_records(scratch, size)
    (scratch / "result").rename(scratch / "records")
    folders = {"records": scratch / "records", "output_dir": scratch / "result"}
    return _measure("evaluate", **folders, untrained="transplant", inception="")


def _measure_album(scratch, size):
    (scratch / "photographs").mkdir()
    for path in sorted((scratch / "raw" / layouts.RAW_IMAGES).iterdir()):
        for copy in range(size // _NUM_PHOTOS):
            os.link(path, scratch / "photographs" / f"copy{copy}_{path.name}")
    folders = {"input_dir": scratch / "photographs", "output_dir": scratch / "result"}
    return _measure("open_eyes", **folders, method="transplant")


def _measure(name, **flag_values):
    return commands.measure(commands.line(name, num_workers=1, **flag_values))


def _measure_grouping(scratch, size):
    del scratch
    generator = np.random.default_rng(0)
    centers = generator.normal(size=[size // 4, 1, 128])
    centers /= np.linalg.norm(centers, axis=-1, keepdims=True)
    noise = _DESCRIPTOR_SPREAD * generator.normal(size=[len(centers), 4, 128])
    seconds = []
    for faces in (centers + noise, centers[0] + noise):
        start = time.process_time()
        identity.group_people(list(faces.reshape(-1, 1, 128)))
        seconds.append(round(time.process_time() - start, 2))
    return {"seconds": seconds[0], "of_one_person": seconds[1]}


_MEASURES = {
    "records": _measure_records,
    "evaluation": _measure_evaluation,
    "album": _measure_album,
    "grouping": _measure_grouping,
}


if __name__ == "__main__":
    app.run(main)
