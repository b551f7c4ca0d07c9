"""How well closed eyes are told from open ones, and where eyes are found, as JSON.

python -m benchmarks.closed_eyes --faces=FACES [--landmark_model=dlib68]

FACES/closed_eyes and FACES/closed_eyes_large hold photographs of people with closed eyes,
FACES/blink_pairs and FACES/portrait_pairs NAME_closed.jpg and NAME_open.jpg, and FACES/lfw,
FACES/portraits and FACES/london are in the raw layout, of which photographs are drawn by seed;
those whose annotation says that the eyes are closed are left out. People are split in two by seed;
a logistic function is fitted to each half and tried on the other, and `fitted` is the share of
errors of both; `shipped` is that of the function that the package has, `by_rise` that of thresholds
of the lids' rise. `eye_centers` are errors against the annotations, over the distance of the eyes.
"""

import math
import pathlib
import random

import numpy as np
from absl import flags

from benchmarks import commands
from exgan_tf import images
from exgan_tf.celeb_id import layouts
from exgan_tf.cli import entry
from exgan_tf.faces import landmarks, openness
from exgan_tf.faces.detect import BlazeFaceDetector

_FACES = flags.DEFINE_string("faces", None, "Folder of the data sets.", required=True)
_LANDMARK_MODEL = flags.DEFINE_enum(
    "landmark_model", landmarks.MESH, landmarks.MODELS, "What fits the landmarks."
)
_SEED = flags.DEFINE_integer("seed", 0, "Of the photographs and of the split.", lower_bound=0)
_RISES = (0.03, 0.035, 0.04, 0.0425, 0.045, 0.0475, 0.05, 0.055, 0.06)
_NUM_DRAWN = {"lfw": 300, "portraits": 250, "london": 64}


def list_photographs(faces: pathlib.Path, rng: random.Random) -> list:
    """(path, person, whether the eyes are open, annotated eye centres or None) of each."""
    listed = [
        (path, path.stem, False, None)
        for folder in ("closed_eyes", "closed_eyes_large")
        for path in sorted((faces / folder).glob("*.jpg"))
    ]
    for folder in ("blink_pairs", "portrait_pairs"):
        for path in sorted((faces / folder).glob("*.jpg")):
            person, _, state = path.stem.rpartition("_")
            listed.append((path, person, state == "open", None))
    for folder, count in _NUM_DRAWN.items():
        photographs, _ = layouts.read_raw(faces / folder)
        for name, photograph in rng.sample(list(photographs.items()), count):
            face = photograph.annotation
            if face.eyes_closed < 0.5:
                path = faces / folder / layouts.RAW_IMAGES / name
                eyes = (face.eye_left, face.eye_right)
                listed.append((path, name.rpartition("-")[0], True, eyes))
    return listed


def fit_logistic(rises, is_open) -> tuple[float, float]:
    """The rise at which open and closed, weighted alike, are as likely, and the slope."""
    mean, deviation = rises.mean(), rises.std()
    inputs = np.stack([np.ones(len(rises)), (rises - mean) / deviation], axis=1)
    weights = np.where(is_open, 0.5 / is_open.sum(), 0.5 / (~is_open).sum())
    solution = np.array([0.0, 1.0])
    for _ in range(50):  # Newton's method.
        scores = 1 / (1 + np.exp(-inputs @ solution))
        gradient = inputs.T @ (weights * (is_open - scores))
        hessian = (inputs * (weights * scores * (1 - scores))[:, None]).T @ inputs
        solution += np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
    slope = solution[1] / deviation
    return float(mean - solution[0] / slope), float(slope)


def main(argv):
    del argv
    rng = random.Random(_SEED.value)
    detector = BlazeFaceDetector(landmark_model=_LANDMARK_MODEL.value)
    listed = list_photographs(pathlib.Path(_FACES.value), rng)
    people = sorted({person for _, person, _, _ in listed})
    rng.shuffle(people)
    fitted_on = set(people[::2])
    rises, opened, is_open, is_fitted, errors, missed = [], [], [], [], [], 0
    for path, person, state, eyes in listed:
        faces = detector(images.read_photo(path))
        if not faces:
            missed += 1
            continue
        face = faces[0]
        rises.append(openness.lid_rises(face.landmarks).mean())
        opened.append(face.annotation().eyes_opened)
        is_open.append(state)
        is_fitted.append(person in fitted_on)
        if eyes:
            for found, true in zip((face.eye_left, face.eye_right), eyes, strict=True):
                errors.append(math.dist(found, true) / math.dist(*eyes))
    rises, is_open, is_fitted, opened = map(np.array, (rises, is_open, is_fitted, opened))
    says_open = np.zeros(len(rises), bool)
    fits = []
    for half in (is_fitted, ~is_fitted):
        fits.append(fit_logistic(rises[half], is_open[half]))
        says_open[~half] = rises[~half] > fits[-1][0]

    def shares(says_open):
        return {
            "closed_taken_for_open": round(float(says_open[~is_open].mean()), 4),
            "open_taken_for_closed": round(float(1 - says_open[is_open].mean()), 4),
        }

    commands.show(
        {
            "landmark_model": _LANDMARK_MODEL.value,
            "faces": len(rises),
            "not_found": missed,
            "closed": int((~is_open).sum()),
            "even_rise_and_slope": np.round(fits, 4).tolist(),
            "fitted": shares(says_open),
            "shipped": shares(opened > 0.5),
            "by_rise": {rise: shares(rises > rise) for rise in _RISES},
            "eye_centers": {
                "median": round(float(np.median(errors)), 4),
                "percentile_95": round(float(np.percentile(errors, 95)), 4),
            },
        }
    )


if __name__ == "__main__":
    entry.run(main)
