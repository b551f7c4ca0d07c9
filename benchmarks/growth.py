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
import sys
import tempfile
import time

import msgspec
import numpy as np
from absl import app, flags

from exgan_tf.celeb_id import alignment, layouts
from exgan_tf.drawn_faces import data_set
from exgan_tf.faces import identity

_SIZES = flags.DEFINE_list("sizes", ["100", "1000", "10000"], "Numbers of photographs.")
_TASKS = flags.DEFINE_list("tasks", ["records", "evaluation", "album", "grouping"], "What to do.")

PHOTOS_PER_IDENTITY = 4
NUM_IDENTITIES = 25
_DESCRIPTOR_SPREAD = 0.03  # Of each number: faces of one person lie some 0.4 apart, as dlib's do.


def main(argv):
    del argv
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        data_set.draw_data_set(
            scratch / "raw",
            num_identities=NUM_IDENTITIES,
            photos_per_identity=PHOTOS_PER_IDENTITY,
            seed=0,
        )
        alignment.align_photographs(scratch / "raw", scratch / "aligned", image_size=256, seed=0)
        for task in _TASKS.value:
            measured = []
            for size in map(int, _SIZES.value):
                measured.append({"photographs": size, **_MEASURES[task](scratch, size)})
                print(json.dumps({task: measured[-1]}), flush=True)
                for folder in ("photographs", "records", "result"):
                    shutil.rmtree(scratch / folder, ignore_errors=True)
            added = measured[-1]["photographs"] - measured[0]["photographs"]
            slope = (measured[-1]["seconds"] - measured[0]["seconds"]) / max(1, added)
            print(json.dumps({f"{task}, milliseconds a photograph": round(1000 * slope, 2)}))


def _measure_records(scratch, size):
    _copy_people(scratch / "aligned", scratch / "photographs", size)
    cost = _run("build_records", scratch, "photographs", "--test_fraction=1", "--image_size=128")
    records = (scratch / "result").iterdir()
    return {**cost, "megabytes": round(sum(path.stat().st_size for path in records) / 1e6, 1)}


def _measure_evaluation(scratch, size):
    _measure_records(scratch, size)
    (scratch / "result").rename(scratch / "records")
    return _run("evaluate", scratch, "records", "--untrained=transplant", "--inception=")


def _measure_album(scratch, size):
    target = scratch / "photographs"
    target.mkdir()
    for copy in range(_num_copies(size)):
        for path in (scratch / "raw" / "celeb_id_raw").rglob("*.jpg"):
            os.link(path, target / f"copy{copy}_{path.name}")
    return _run("open_eyes", scratch, "photographs", "--method=transplant")


def _measure_grouping(scratch, size):
    del scratch
    generator = np.random.default_rng(0)
    people = generator.normal(size=[size // PHOTOS_PER_IDENTITY, 1, 128])
    people /= np.linalg.norm(people, axis=-1, keepdims=True)
    noise = _DESCRIPTOR_SPREAD * generator.normal(size=[len(people), PHOTOS_PER_IDENTITY, 128])
    seconds = []
    for faces in (people + noise, people[0] + noise):
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


def _run(tool, scratch, source, *arguments):
    """Runs a command on a folder, with one worker, and tells what it cost."""
    source_flag = "--records" if source == "records" else "--input_dir"
    command = [sys.executable, "-m", f"exgan_tf.cli.{tool}", f"{source_flag}={scratch / source}"]
    command += [f"--output_dir={scratch / 'result'}", "--num_workers=1", *arguments]
    with open(os.devnull, "w") as nowhere:
        process = os.posix_spawn(
            sys.executable,
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)],
        )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {status}")
    return {
        "seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_megabytes": round(usage.ru_maxrss / 1024),
    }


def _num_copies(size):
    return size // (NUM_IDENTITIES * PHOTOS_PER_IDENTITY)


def _copy_people(source, target, size):
    target.mkdir()
    identities, _ = layouts.read_photographs(source / layouts.ALIGNED_JSON)
    copied = []
    for copy in range(_num_copies(size)):
        for photographs in identities.values():
            for photograph in photographs:
                name = f"copy{copy}_{photograph.filename}"
                os.link(source / photograph.filename, target / name)
                copied.append(msgspec.structs.replace(photograph, filename=name))
    layouts.write_photographs(target / layouts.ALIGNED_JSON, copied)


if __name__ == "__main__":
    app.run(main)
