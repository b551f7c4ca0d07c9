"""How many faces are found, as JSON; docs/faces.md shows it.

python -m benchmarks.faces_found --faces=FACES [--num_drawn=20] [--kinds=FOLDER,...]

Faces are drawn by seed from each folder of FACES: of lfw/, portraits/ and london/, which are in the
raw layout, and of folders of photographs with one face each. A face is missed where none is found
within half an eye distance of it; where the folder has no annotations, where none is found at all.
Then LFW's faces are turned, scaled, darkened and blurred, portraits enlarged to 12 megapixels, and
LFW's set side by side, twenty in a picture of as many, where every face is looked for. Times are
milliseconds of processor time, the median a picture.

Each FOLDER holds photographs with a face of one kind, such as children's, which are all looked at.
Where they are called NAME_closed.jpg or NAME_open.jpg, `closed` and `open` say how many of the
faces found are, and how many of these are taken for the other; `flaws` is why eyes are left alone.
"""

import collections
import math
import pathlib
import random
import sys
import time

import cv2
import numpy as np
from absl import flags

from benchmarks import commands
from exgan_tf import images
from exgan_tf.celeb_id import layouts
from exgan_tf.cli import entry
from exgan_tf.faces import cutting, detect, quality

_FACES = flags.DEFINE_string("faces", None, "Folder of the data sets.", required=True)
_NUM_DRAWN = flags.DEFINE_integer("num_drawn", 20, "Faces of each folder.", lower_bound=1)
_KINDS = flags.DEFINE_list("kinds", [], "Folders of photographs with one face each.")
_RAW = ("lfw", "portraits", "london")
_PLAIN = ("closed_eyes", "closed_eyes_large", "blink_pairs", "portrait_pairs")
_COLLAGE_SHAPE, _COLLAGE_ROWS, _COLLAGE_COLUMNS = (3000, 4000, 3), 4, 5
_COLLAGE_FACE = 160  # Sides of the photographs in a collage, of which the face is the half.


def draw_photographs(folder, *, count):
    """(photo, annotated face centre and eye distance, or None) of `count` photographs, by seed."""
    if folder.name in _RAW:
        listed = [
            (folder / layouts.RAW_IMAGES / filename, _locate(photograph.annotation))
            for filename, photograph in layouts.read_raw(folder)[0].items()
            if photograph.eye_left and photograph.eye_right
        ]
    else:
        listed = [(path, None) for path in sorted(folder.glob("*.jpg"))]
    drawn = random.Random(0).sample(listed, min(count, len(listed)))
    return [(images.read_photo(path), truth) for path, truth in drawn]


def _locate(annotation):
    return annotation.face_center, math.dist(annotation.eye_left, annotation.eye_right)


def turn(photo, truth, *, degrees):
    """The photograph and the truth, turned."""
    turned, turning = cutting.rotate_photo(photo, degrees)
    return turned, (turning(truth[0]), truth[1])


def scale(photo, truth, *, eye_distance):
    """The photograph, scaled so that the eyes are `eye_distance` apart."""
    scaled, scaling = cutting.scale_photo(photo, eye_distance / truth[1])
    return scaled, (scaling(truth[0]), eye_distance)


def darken(photo, truth):
    """The photograph with an eighth of the light."""
    return images.to_photo(images.to_image(photo) / 8 - 7 / 8), truth


def blur(photo, truth):
    """The photograph out of focus by a tenth of the distance of the eyes."""
    return cv2.GaussianBlur(photo, (0, 0), 0.1 * truth[1]), truth


def make_collage(photographs):
    """Twenty photographs on grey, and where their faces are."""
    collage, truths = np.full(_COLLAGE_SHAPE, 128, np.uint8), []
    for number, (photo, (center, distance)) in enumerate(photographs):
        row, column = divmod(number, _COLLAGE_COLUMNS)
        small, scaling = cutting.scale_photo(photo, _COLLAGE_FACE / max(photo.shape))
        top = row * _COLLAGE_SHAPE[0] // _COLLAGE_ROWS + 200
        left = column * _COLLAGE_SHAPE[1] // _COLLAGE_COLUMNS + 200
        collage[top : top + small.shape[0], left : left + small.shape[1]] = small
        factor = _COLLAGE_FACE / max(photo.shape)
        truths.append((scaling(center) + (left, top), factor * distance))
    return collage, truths


def count_found(detector, pictures) -> dict:
    """How many of the faces in (photo, truths) are missed, what else is found, and the time."""
    missed, others, milliseconds = 0, 0, []
    for photo, truths in pictures:
        start = time.process_time()
        found = detector(photo)
        milliseconds.append(1000 * (time.process_time() - start))
        met = sum(any(_is_at(face, truth) for face in found) for truth in truths)
        missed += len(truths) - met
        others += max(0, len(found) - met)
    return {
        "faces": sum(len(truths) for _, truths in pictures),
        "missed": missed,
        "others": others,
        "milliseconds": round(float(np.median(milliseconds)), 1),
    }


def judge_eyes(detector, folder) -> dict:
    """Of the largest face of each photograph: eyes taken for closed or open wrongly, and flaws."""
    counts = {state: {"faces": 0, "wrong": 0} for state in ("closed", "open")}
    flaws = collections.Counter()
    for path in sorted(folder.glob("*.jpg")):
        photo = images.read_photo(path)
        for face in detector(photo)[:1]:
            flaw = quality.find_flaw(quality.measure_quality(photo, face))
            flaws[flaw and flaw.partition(":")[0]] += 1
            state = path.stem.rpartition("_")[2]
            if state in counts:
                counts[state]["faces"] += 1
                counts[state]["wrong"] += (state == "open") != (face.annotation().eyes_opened > 0.5)
    return {**counts, "flaws": {str(flaw): count for flaw, count in flaws.items()}}


def _is_at(face, truth):
    return truth is None or math.dist(face.center, truth[0]) < 0.5 * truth[1]


def main(argv):
    del argv
    faces, count = pathlib.Path(_FACES.value), _NUM_DRAWN.value
    drawn = {name: draw_photographs(faces / name, count=count) for name in (*_RAW, *_PLAIN)}
    lfw = drawn["lfw"]
    changed = {
        **drawn,
        **{f"turned_{d}": [turn(*each, degrees=d) for each in lfw] for d in (30, 60, 90, 180)},
        **{f"eyes_{d}_apart": [scale(*each, eye_distance=d) for each in lfw] for d in (15, 30, 60)},
        "darkened": [darken(*each) for each in lfw],
        "blurred": [blur(*each) for each in lfw],
    }
    pictures = {name: [(photo, [truth]) for photo, truth in each] for name, each in changed.items()}
    large = [(cv2.resize(photo, (4000, 3000)), [None]) for photo, _ in drawn["portraits"][:3]]
    collage = [make_collage(lfw[: _COLLAGE_ROWS * _COLLAGE_COLUMNS])]
    detector = detect.BlazeFaceDetector()
    detector(lfw[0][0])  # Loads the models.
    figures = {case: count_found(detector, each) for case, each in pictures.items()}
    figures["12_megapixels"] = count_found(detector, large)
    figures["collage"] = count_found(detect.BlazeFaceDetector(every_face=True), collage)
    for folder in map(pathlib.Path, _KINDS.value):
        kind = [(photo, [truth]) for photo, truth in draw_photographs(folder, count=sys.maxsize)]
        figures[folder.name] = count_found(detector, kind) | judge_eyes(detector, folder)
    commands.show(figures)


if __name__ == "__main__":
    entry.run(main)
