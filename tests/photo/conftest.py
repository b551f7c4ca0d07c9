"""Drawn photographs whose faces are known without looking for them."""

import dataclasses

import numpy as np
import pytest

from exgan_tf.data import drawn_faces
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import Box


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """A photo and its faces; the score of a face says whose it is."""

    photo: np.ndarray
    faces: list


def draw(person, *, closed, size=160):
    """A drawn person alone, the eyes open or closed."""
    rng = np.random.default_rng(person)
    identity = drawn_faces.draw_identity(rng)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=1.0 if closed else 0.0)
    drawn = drawn_faces.draw_photograph(
        identity, dataclasses.replace(conditions, glasses=None), size=size
    )
    landmarks = drawn.landmarks.astype(np.float64)
    return Scene(drawn.photo, [DetectedFace(landmarks, Box(0, 0, size, size), score=person)])


def side_by_side(*scenes):
    """Several scenes of one height as one photo."""
    faces, width = [], 0
    for scene in scenes:
        faces += [
            dataclasses.replace(face, landmarks=face.landmarks + [width, 0]) for face in scene.faces
        ]
        width += scene.photo.shape[1]
    return Scene(np.hstack([scene.photo for scene in scenes]), faces)


class KnownDetector:
    """Finds the faces of scenes that it was told of, and none in other photos."""

    def __init__(self, *scenes):
        self._faces = {scene.photo.tobytes(): scene.faces for scene in scenes}

    def __call__(self, photo):
        return self._faces.get(photo.tobytes(), [])


class ScoreEmbedder:
    """Describes a face by its score, which says whose it is."""

    def __call__(self, photo, face):
        return np.eye(128)[int(face.score)]


class Painter:
    """Fills holes with one colour, in [-1, 1]."""

    image_size = None

    def __init__(self, color=(-1.0, 1.0, -1.0)):
        self.color = np.array(color, np.float32)
        self.examples = []

    def __call__(self, example):
        self.examples.append(example)
        return np.where(example["mask"] > 0, self.color, example["image"])


@pytest.fixture(scope="session")
def scenes():
    """Person 1 with closed and with open eyes, person 2 likewise, and both together."""
    known = {
        "closed": draw(1, closed=True),
        "open": draw(1, closed=False),
        "other_closed": draw(2, closed=True),
        "other_open": draw(2, closed=False),
    }
    known["pair"] = side_by_side(known["closed"], known["other_open"])
    known["both_closed"] = side_by_side(known["closed"], known["other_closed"])
    return known


@pytest.fixture(scope="session")
def detector(scenes):
    return KnownDetector(*scenes.values())


@pytest.fixture(scope="session")
def embedder():
    return ScoreEmbedder()


@pytest.fixture
def painter():
    """An in-painter that makes holes green and remembers what it was given."""
    return Painter()


@pytest.fixture(scope="session")
def drawn_pair():
    """Photos of person 1 with closed and with open eyes, large enough for dlib."""
    return [draw(1, closed=closed, size=320).photo for closed in (True, False)]
