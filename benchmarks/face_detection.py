"""How well faces are found: the detector against the annotations of raw folders, as JSON.

python -m benchmarks.face_detection --raw_dir=RAW [--raw_dir=RAW2 ...]

Errors of eye centres are in annotated eye distances, over both eyes; offsets are along the line
of the eyes (to the viewer's right) and across it (towards the mouth). A face is missed where
none has its centre within half an eye distance of the annotated one.
"""

import functools
import math
import pathlib
import time

import numpy as np
from absl import flags

from benchmarks import commands
from exgan_tf import images, parallel
from exgan_tf.celeb_id import layouts
from exgan_tf.cli import entry
from exgan_tf.faces.detect import BlazeFaceDetector

_RAW_DIRS = flags.DEFINE_multi_string(
    "raw_dir", None, "Folder with celeb_params.json and celeb_id_raw/.", required=True
)
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", parallel.count_processors(), "Number of processes.", lower_bound=1
)
_MAX_CENTER_ERROR = 0.5


def compare_photograph(named, *, raw_dir, detector):
    """Compares the faces that are found in a photograph with its annotation.

    Args:
      named: file name and `layouts.RawPhotograph`, both eyes and the mouth known.
      raw_dir: its folder.
      detector: a `FaceDetector`.

    Returns:
      A dict: `milliseconds`, `num_faces`, `rank` of the annotated face among them (None: missed)
      and, where it was found, `offsets` (left and right eye, along and across), `width_ratio`
      and `closed`.
    """
    filename, photograph = named
    photo = images.read_photo(pathlib.Path(raw_dir) / layouts.RAW_IMAGES / filename)
    start = time.perf_counter()
    faces = [face.annotation() for face in detector(photo)]
    milliseconds = 1000 * (time.perf_counter() - start)
    result = {"milliseconds": milliseconds, "num_faces": len(faces), "rank": None}
    truth = photograph.annotation
    distance = math.dist(truth.eye_left, truth.eye_right)
    errors = [math.dist(face.face_center, truth.face_center) / distance for face in faces]
    if min(errors, default=1) < _MAX_CENTER_ERROR:
        rank = int(np.argmin(errors))
        found, eyes = faces[rank], np.array([truth.eye_left, truth.eye_right])
        x, y = (eyes[1] - eyes[0]) / distance
        offsets = (np.array([found.eye_left, found.eye_right]) - eyes) / distance
        result["rank"] = rank
        result["offsets"] = (offsets @ [[x, -y], [y, x]]).tolist()
        result["width_ratio"] = found.face_width / truth.face_width
        result["closed"] = found.eyes_closed
    return result


def summarize(results) -> dict:
    """The figures over the results of `compare_photograph`, rounded for reading."""
    found = [result for result in results if result["rank"] is not None]
    milliseconds = [result["milliseconds"] for result in results]
    figures = {
        "photographs": len(results),
        "missed": len(results) - len(found),
        "not_the_largest": sum(result["rank"] > 0 for result in found),
        "other_faces": sum(result["num_faces"] for result in results) - len(found),
        "median_milliseconds": np.median(milliseconds),
        "max_milliseconds": max(milliseconds),
    }
    if found:
        offsets = np.array([result["offsets"] for result in found])
        errors = np.linalg.norm(offsets, axis=-1)
        ratios = [result["width_ratio"] for result in found]
        figures["eye_error_median"] = np.median(errors)
        figures["eye_error_95_percent"] = np.percentile(errors, 95)
        figures["eye_offset_along"], figures["eye_offset_across"] = offsets.mean(axis=(0, 1))
        figures["face_width_ratio_mean"] = np.mean(ratios)
        figures["face_width_ratio_stddev"] = np.std(ratios)
        figures["closed_share"] = np.mean([result["closed"] > 0.5 for result in found])
    return {
        name: value if isinstance(value, int) else round(float(value), 4)
        for name, value in figures.items()
    }


def main(argv):
    del argv
    figures = {}
    for raw_dir in _RAW_DIRS.value:
        photographs, _ = layouts.read_raw(raw_dir)
        known = [
            (name, each)
            for name, each in photographs.items()
            if each.eye_left and each.eye_right and each.mouth_center
        ]
        compare = functools.partial(
            compare_photograph, raw_dir=raw_dir, detector=BlazeFaceDetector()
        )
        results = parallel.map_in_processes(
            compare, known, num_workers=_NUM_WORKERS.value, description="comparing"
        )
        figures[pathlib.Path(raw_dir).name] = summarize(list(results))
    commands.show(figures)


if __name__ == "__main__":
    entry.run(main)
