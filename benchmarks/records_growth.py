"""What building records costs as the data grow: 100, 1,000 and 10,000 photographs.

python -m benchmarks.records_growth

The photographs are 100 drawn ones, aligned at 256 pixels, again and again under other names. Each
size is built by a command of its own with one process. Printed are its processor seconds and its
peak memory, of which what 100 photographs take is mostly Python and TensorFlow.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile

import msgspec
from absl import app, flags

from exgan_tf.celeb_id import alignment, layouts
from exgan_tf.drawn_faces import data_set

_SIZES = flags.DEFINE_list("sizes", ["100", "1000", "10000"], "Numbers of photographs.")
_IMAGE_SIZE = flags.DEFINE_integer("image_size", 128, "Side of the images in the records.")

PHOTOS_PER_IDENTITY = 4
NUM_IDENTITIES = 25


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
        results = [_measure(int(size), scratch) for size in _SIZES.value]
    first, last = results[0], results[-1]
    added = last["photographs"] - first["photographs"]
    slope = (last["processor_seconds"] - first["processor_seconds"]) / max(1, added)
    print(json.dumps({"sizes": results, "milliseconds_a_photograph": round(1000 * slope, 2)}))


def _measure(size, scratch):
    source, target = scratch / f"aligned_{size}", scratch / f"records_{size}"
    _copy_people(scratch / "aligned", source, size // (NUM_IDENTITIES * PHOTOS_PER_IDENTITY))
    command = [sys.executable, "-m", "exgan_tf.cli.build_records", "--num_workers=1"]
    command += [f"--input_dir={source}", f"--output_dir={target}"]
    process = os.spawnv(
        os.P_NOWAIT, sys.executable, [*command, f"--image_size={_IMAGE_SIZE.value}"]
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"the command for {size} photographs ended with {status}")
    shutil.rmtree(source)
    return {
        "photographs": size,
        "processor_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_megabytes": round(usage.ru_maxrss / 1024),
        "record_megabytes": round(sum(path.stat().st_size for path in target.iterdir()) / 1e6, 1),
    }


def _copy_people(source, target, num_copies):
    target.mkdir()
    identities, _ = layouts.read_photographs(source / layouts.ALIGNED_JSON)
    copied = []
    for copy in range(num_copies):
        for photographs in identities.values():
            for photograph in photographs:
                name = f"copy{copy}_{photograph.filename}"
                os.link(source / photograph.filename, target / name)
                copied.append(msgspec.structs.replace(photograph, filename=name))
    layouts.write_photographs(target / layouts.ALIGNED_JSON, copied)


if __name__ == "__main__":
    app.run(main)
