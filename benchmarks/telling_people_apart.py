"""How well descriptors tell people apart, grown ones and small children, as JSON.

  python -m benchmarks.telling_people_apart --data=RAW[,RAW2] --children=FOLDER [--cache=FILE.npz]

RAW has the raw layout, celeb_id_raw/PERSON-N.jpg; FOLDER has photographs of small children, one of
each. By threshold: `wrong_joins` is the share of pairs of two people that are nearer, and
`missed_joins` that of pairs of one person that are not. `called_children` is the share of faces
that look like a small child's: `shipped` by the package's own mean descriptor, `held_out` by the
mean of one half of the children for the other half.
"""

import collections
import pathlib
import random

import numpy as np
from absl import app, flags

from benchmarks import commands
from exgan_tf import images
from exgan_tf.faces import children
from exgan_tf.faces.detect import BlazeFaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder

_DATA = flags.DEFINE_list("data", None, "Folders in the raw layout.", required=True)
_CHILDREN = flags.DEFINE_string(
    "children", None, "Folder of children's photographs.", required=True
)
_NUM_PEOPLE = flags.DEFINE_integer("num_people", 100, "People drawn from each folder.")
_PHOTOS = flags.DEFINE_integer("photographs", 2, "Photographs of each at most.")
_SEED = flags.DEFINE_integer("seed", 0, "Seed of what is drawn.")
_CACHE = flags.DEFINE_string("cache", None, "Where descriptors are kept between runs.")
_THRESHOLDS = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


def main(argv):
    del argv
    chosen = {folder: _draw_photographs(pathlib.Path(folder)) for folder in _DATA.value}
    chosen["children"] = {
        str(path): path.name for path in sorted(pathlib.Path(_CHILDREN.value).iterdir())
    }
    descriptors = _describe([path for people in chosen.values() for path in people])
    result = {}
    for folder, people in chosen.items():
        found = [path for path in people if path in descriptors]
        points = np.array([descriptors[path] for path in found])
        result[pathlib.Path(folder).name] = {
            "photographs": len(people),
            "faces": len(found),
            "by_threshold": _count_joins(points, np.array([people[path] for path in found])),
            "called_children": {
                "shipped": _share(children.looks_like_child(each) for each in points)
            },
        }
    order = np.random.default_rng(_SEED.value).permutation(len(points))  # The children's, last.
    halves = np.array_split(order, 2)
    result["children"]["called_children"]["held_out"] = _share(
        np.linalg.norm(points[each] - points[mean].mean(axis=0)) < children.DISTANCE
        for mean, tested in (halves, halves[::-1])
        for each in tested
    )
    commands.show(result)


def _draw_photographs(folder) -> dict:
    """Paths of some photographs of some people, with whose they are."""
    rng = random.Random(_SEED.value)
    people = collections.defaultdict(list)
    for path in sorted((folder / "celeb_id_raw").glob("*.jpg")):
        people[path.stem.rsplit("-", 1)[0]].append(str(path))
    names = rng.sample(sorted(people), min(_NUM_PEOPLE.value, len(people)))
    return {
        path: name
        for name in names
        for path in rng.sample(people[name], min(_PHOTOS.value, len(people[name])))
    }


def _describe(paths) -> dict:
    """The descriptor of the largest face of each photograph, where one is found."""
    cache = pathlib.Path(_CACHE.value) if _CACHE.value else None
    known = dict(np.load(cache)) if cache and cache.exists() else {}
    detector, embedder = BlazeFaceDetector(), DlibFaceEmbedder()
    for path in paths:
        if path not in known:
            photo = images.read_photo(path)
            faces = detector(photo)
            known[path] = embedder(photo, faces[0]) if faces else np.zeros(0)
    if cache:
        np.savez(cache, **known)
    return {path: known[path] for path in paths if known[path].size}


def _count_joins(descriptors, people) -> dict:
    one, other = np.triu_indices(len(people), 1)
    distances = np.linalg.norm(descriptors[one] - descriptors[other], axis=1)
    same = people[one] == people[other]
    counted = {"pairs": {"same": int(same.sum()), "different": int((~same).sum())}}
    for threshold in _THRESHOLDS:
        counted[str(threshold)] = {
            "wrong_joins": _share(distances[~same] < threshold),
            "missed_joins": _share(distances[same] >= threshold),
        }
    return counted


def _share(values) -> float | None:
    values = list(values)
    return round(float(np.mean(values)), 4) if values else None


if __name__ == "__main__":
    app.run(main)
