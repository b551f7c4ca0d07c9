"""Are eyes open after in-painting? Photographs of people who blinked, as JSON.

python -m benchmarks.blink_pairs --pairs=FOLDER [--model=DIR | --method=transplant] \
    [--contact_sheet=SHEET.png]

FOLDER has NAME_closed.jpg and NAME_open.jpg, the latter being the reference. Eyes count as open by
the mean of their aspect ratios, and by the rise of the lids; `identity` is the mean distance of
dlib's descriptors to the reference's. Where the face is not found again, it is missing from the
figures after; `faces` counts those that are there. Photographs whose eyes seem open are in-painted
all the same. The contact sheet, of before, reference and after in rows, is what to judge them by:
keep it out of the repository, as it shows real people.
"""

import functools
import math
import pathlib
import statistics
import time

import numpy as np
from absl import flags

from benchmarks import commands
from exgan_tf import images
from exgan_tf.cli import entry
from exgan_tf.faces.detect import BlazeFaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder
from exgan_tf.faces.landmarks import LEFT_EYE, RIGHT_EYE
from exgan_tf.photo import comparison, inpaint_pixels, methods

_PAIRS = flags.DEFINE_string("pairs", None, "Folder of the photographs.", required=True)
_MODEL = flags.DEFINE_string("model", None, "Exported model; else the package's.")
_METHOD = flags.DEFINE_string("method", None, "Method without training, instead of a model.")
_CONTACT_SHEET = flags.DEFINE_string("contact_sheet", None, "Write a picture of all pairs.")
_CLOSE_UP_SIZE = 220  # Pixels.
_OPEN_ASPECT_RATIO = 0.2  # Ours, as the paper that `faces.openness` names leaves it open.
_CLOSED, _OPEN = "_closed.jpg", "_open.jpg"


def describe_face(photo, face, *, embedder, reference) -> dict:
    """Whether the eyes of a face are open, and how far it is from the reference's descriptor."""
    eyes = np.stack([face.landmarks[LEFT_EYE], face.landmarks[RIGHT_EYE]])
    openings = np.linalg.norm(eyes[:, [1, 2]] - eyes[:, [5, 4]], axis=-1).mean(axis=1)
    ratio = np.mean(openings / np.linalg.norm(eyes[:, 3] - eyes[:, 0], axis=-1))
    return {
        "open_by_aspect_ratio": bool(ratio > _OPEN_ASPECT_RATIO),
        "open_by_lid_rise": face.annotation().eyes_opened > 0.5,
        "identity": float(np.linalg.norm(embedder(photo, face) - reference)),
    }


def compare_pair(closed_path, open_path, inpainter, *, detector, embedder) -> dict:
    """In-paints one photograph.

    Returns:
      `before` and `after` (None: no face was found) as in `describe_face`, `kept`, whether all
      pixels outside the changed region are equal, `seconds`, and `picture`, uint8 [h, w, 3].
    """
    photo, reference = images.read_photo(closed_path), images.read_photo(open_path)
    start = time.perf_counter()
    result = inpaint_pixels(photo, [reference], inpainter, eyes="both", force=True)
    seconds = time.perf_counter() - start
    descriptor = embedder(reference, result.reference_face)
    describe = functools.partial(describe_face, embedder=embedder, reference=descriptor)

    def distance(face):
        return math.dist(face.center, result.face.center)

    # Another person's face is not this one.
    found = min(detector(result.photo), key=distance, default=None)
    if found and distance(found) >= result.face.eye_distance / 2:
        found = None
    faces = {"face": result.face, "reference_face": result.reference_face}
    return {
        "before": describe(photo, result.face),
        "after": found and describe(result.photo, found),
        "kept": bool(np.array_equal(result.photo[~result.changed], photo[~result.changed])),
        "seconds": seconds,
        "picture": comparison.compare(photo, reference, result.photo, **faces, size=_CLOSE_UP_SIZE),
    }


def count(described) -> dict:
    """The figures over what `describe_face` says of some faces."""
    distances = [each["identity"] for each in described]
    return {
        "faces": len(described),
        "open_by_aspect_ratio": sum(each["open_by_aspect_ratio"] for each in described),
        "open_by_lid_rise": sum(each["open_by_lid_rise"] for each in described),
        "identity": round(float(np.mean(distances)), 3) if distances else None,
    }


def main(argv):
    del argv
    folder = pathlib.Path(_PAIRS.value)
    closed_paths = sorted(folder.glob(f"*{_CLOSED}"))
    if not closed_paths:
        raise ValueError(f"{folder} has no photographs NAME{_CLOSED}")
    inpainter = methods.create_inpainter(method=_METHOD.value, model=_MODEL.value)
    detector, embedder = BlazeFaceDetector(), DlibFaceEmbedder()
    results = [
        compare_pair(
            path,
            path.with_name(path.name.replace(_CLOSED, _OPEN)),
            inpainter,
            detector=detector,
            embedder=embedder,
        )
        for path in closed_paths
    ]
    commands.show(
        {
            "pairs": len(results),
            "before": count([each["before"] for each in results]),
            "after": count([each["after"] for each in results if each["after"]]),
            "kept": sum(each["kept"] for each in results),
            "median_seconds": round(statistics.median(each["seconds"] for each in results), 2),
        }
    )
    if _CONTACT_SHEET.value:
        sheet = np.concatenate([each["picture"] for each in results])
        images.write_photo(_CONTACT_SHEET.value, sheet)


if __name__ == "__main__":
    entry.run(main)
