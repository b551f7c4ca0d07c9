"""What records, evaluations and albums cost as they grow: 100, 1,000 and 10,000 photographs.

  python -m benchmarks.growth | tee FIGURES
  python -m benchmarks.growth --plot=CURVES.svg < FIGURES

The photographs are 100 drawn ones of 25 people again and again under other names. Each size is done
by a command of its own with one worker process. Printed are the processor seconds of the command
with its worker, and the peak memory of the larger of the two, of which what 100 photographs take is
mostly Python and TensorFlow. An album's people are told apart where the command runs: of that the
seconds are printed by themselves, for as many descriptors as there are photographs, of people with
four photographs each and of one person. In "inpaint" one process opens eyes again and again, in
photographs of 2.4 megapixels with three people.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

import matplotlib.pyplot as plt
import numpy as np
from absl import app, flags

import exgan_tf
from benchmarks import commands, people, web_page
from exgan_tf.celeb_id import layouts
from exgan_tf.faces import identity

_SIZES = flags.DEFINE_list("sizes", ["100", "1000", "10000"], "Numbers of photographs.")
# Grouping comes last, as Linux counts what this process has taken to the peaks of those it starts.
_TASKS = flags.DEFINE_list(
    "tasks", ["records", "evaluation", "album", "inpaint", "grouping"], "What to do."
)
_PLOT = flags.DEFINE_string("plot", None, "Draw the figures on stdin, and measure nothing.")
_NUM_IDENTITIES, _NUM_PHOTOS = 25, 100
_DESCRIPTOR_SPREAD = 0.03  # Of each number: faces of one person lie some 0.4 apart, as dlib's do.


def main(argv):
    del argv
    if _PLOT.value:
        _plot([json.loads(line) for line in sys.stdin])
        return
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


def _measure_inpaint(scratch, size):
    folder = scratch / "group"
    if not folder.exists():
        web_page.draw_album(folder, num_photos=8, scale=0.45)
    code = f"from benchmarks import growth; growth.inpaint_repeatedly({str(folder)!r}, {size})"
    return commands.measure([sys.executable, "-c", code])


def inpaint_repeatedly(folder: str, count: int):
    """Opens eyes in the photographs of a folder in turn, each after the next one."""
    photographs = sorted(pathlib.Path(folder).glob("*.jpg"))
    opened = pathlib.Path(folder, "opened")
    opened.mkdir(exist_ok=True)
    model = exgan_tf.load()
    for number in range(count):
        photo, reference = (photographs[(number + i) % len(photographs)] for i in range(2))
        exgan_tf.inpaint_photo(
            photo, reference, output=opened / photo.name, model=model, force=True, overwrite=True
        )


_MEASURES = {
    "records": _measure_records,
    "evaluation": _measure_evaluation,
    "album": _measure_album,
    "grouping": _measure_grouping,
    "inpaint": _measure_inpaint,
}


def _plot(lines):
    """Draws seconds and memory over the number of photographs, a curve a task."""
    figures = [(task, row) for line in lines for task, row in line.items() if type(row) is dict]
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    labels = {"seconds": "processor seconds", "peak_megabytes": "peak memory, megabytes"}
    for panel, (key, label) in zip(panels, labels.items(), strict=True):
        for task in dict.fromkeys(task for task, _ in figures):
            rows = [row for name, row in figures if name == task and key in row]
            sizes = [row["photographs"] for row in rows]
            panel.plot(sizes, [row[key] for row in rows], "o-", label=task)
        panel.set(xscale="log", xlabel="photographs", ylabel=label)
        panel.grid(alpha=0.3)
    panels[0].set_yscale("log")
    panels[1].set_ylim(bottom=0)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center")
    figure.savefig(_PLOT.value, metadata={"Date": None})


if __name__ == "__main__":
    app.run(main)
