"""How well faces are found: the detector against the annotations of raw folders, as JSON.

python -m benchmarks.face_detection --raw_dir=RAW [--raw_dir=RAW2 ...]

Errors of eye centres are in annotated eye distances, over both eyes; offsets are along the line
of the eyes (to the viewer's right) and across it (towards the mouth). A face is missed where
none has its centre within half an eye distance of the annotated one.
"""

import functools
import json
import pathlib
import time

import numpy as np
from absl import flags

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
    """Compares the faces that `detector` finds in one photograph with its annotation.

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
    truth = photograph.annotation
    eyes = np.array([truth.eye_left, truth.eye_right])
    across_eyes = eyes[1] - eyes[0]
    distance = np.linalg.norm(across_eyes)
    centers = np.array([face.face_center for face in faces]).reshape(-1, 2)
    errors = np.linalg.norm(centers - np.array(truth.face_center), axis=1) / distance
    result = {"milliseconds": milliseconds, "num_faces": len(faces), "rank": None}
    if errors.size and errors.min() < _MAX_CENTER_ERROR:
        rank = int(errors.argmin())
        found = faces[rank]
        along = across_eyes / distance
        axes = np.array([along, [-along[1], along[0]]])
        offsets = (np.array([found.eye_left, found.eye_right]) - eyes) @ axes.T / distance
        result["rank"] = rank
        result["offsets"] = offsets.tolist()
        result["width_ratio"] = found.face_width / truth.face_width
        result["closed"] = found.eyes_closed
    return result


def summarize(results) -> dict:
    """The figures over the results of `compare_photograph`, rounded for reading."""
    found = [result for result in results if result["rank"] is not None]
    figures = {
        "photographs": len(results),
        "missed": len(results) - len(found),
        "not_the_largest": sum(result["rank"] > 0 for result in found),
        "other_faces": sum(result["num_faces"] for result in results) - len(found),
        "median_milliseconds": np.median([result["milliseconds"] for result in results]),
        "max_milliseconds": max(result["milliseconds"] for result in results),
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
        known = [each for each in photographs.items() if _is_complete(each[1].annotation)]
        compare = functools.partial(
            compare_photograph, raw_dir=raw_dir, detector=BlazeFaceDetector()
        )
        results = parallel.map_in_processes(
            compare, known, num_workers=_NUM_WORKERS.value, description="comparing"
        )
        figures[pathlib.Path(raw_dir).name] = summarize(list(results))
    print(json.dumps(figures, indent=1))


def _is_complete(annotation):
    return None not in (annotation.eye_left, annotation.eye_right, annotation.mouth_center)


if __name__ == "__main__":
    entry.run(main)
