"""What a burst of photographs costs in an album: 50, 100 and 200 of 2.4 megapixels.

  python -m benchmarks.burst

draws groups of three people, 0.3 s apart, one of whom blinks in each fourth, and opens their eyes
by the command. Prints for each size the seconds by the clock and of the processors, and the most
memory that each of the command's processes had. Linux, as it reads /proc.
"""

import json
import pathlib
import resource
import subprocess
import tempfile
import time

from absl import app, flags

from benchmarks import commands, web_page

_SIZES = flags.DEFINE_list("sizes", ["50", "100", "200"], "Numbers of photographs.")
_NUM_WORKERS = flags.DEFINE_integer("num_workers", 2, "As of `exgan open-eyes`.", lower_bound=1)
_SCALE = flags.DEFINE_float("scale", 0.45, "Of the sides of 12 megapixels.", 0.1, 1.0)


def main(argv):
    del argv
    for size in map(int, _SIZES.value):
        with tempfile.TemporaryDirectory() as root:
            album = pathlib.Path(root, "album")
            web_page.draw_album(album, num_photos=size, scale=_SCALE.value)
            print(json.dumps({"photographs": size, **measure(album)}), flush=True)


def measure(album: pathlib.Path) -> dict:
    """What opening the eyes of a folder takes, and says."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    folders = {"input_dir": album, "output_dir": f"{album}-opened"}
    command = commands.line("open_eyes", **folders, num_workers=_NUM_WORKERS.value)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process, peaks = commands.start(command, **streams, text=True), {}
    while process.poll() is None:
        peaks |= commands.find_peaks(process.pid)
        time.sleep(0.3)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "said": process.stdout.read().splitlines()[:1],
        "seconds": round(time.monotonic() - started),
        "processor seconds": round(seconds),
        "megabytes of each process": sorted(peaks.values(), reverse=True),
    }


if __name__ == "__main__":
    app.run(main)
