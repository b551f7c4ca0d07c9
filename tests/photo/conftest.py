"""Drawn photographs whose faces are known without looking for them."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest
from known_faces import KnownDetector, ScoreEmbedder

from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import Box
from exgan_tf.inpainters.base import INPUT_NAMES, Inpainter


class Scene(NamedTuple):
    """A photo and its faces; the score of a face says whose it is."""

    photo: np.ndarray
    faces: list


class Painter(Inpainter):
    """Fills holes with green, or as a function says, and remembers what it was given."""

    input_names = INPUT_NAMES

    def __init__(self, paint=None):
        self.examples = []
        self._paint = paint or (lambda example: np.float32([-1, 1, -1]))

    def __call__(self, example):
        painted = self._paint(example)
        self.examples.append(example)
        return np.where(example["mask"] > 0, painted, example["image"])

    def _fill(self, example):
        raise NotImplementedError


class Copier(Painter):
    """Gives the fields of a copy, of a strip of the image as it is."""

    def find_fields(self, example):
        size = example["image"].shape[1]
        cells = (1, size // 2, size // 2)
        return {
            "flow": np.zeros([*cells, 2], np.float32),
            "gain": np.ones([*cells, 3], np.float32),
            "bias": np.zeros([*cells, 3], np.float32),
            "share": np.ones([*cells, 1], np.float32),
            "paint": np.zeros([*cells, 3], np.float32),
            "light_gain": np.ones([1, 1, 1, 3], np.float32),
            "strip_to_image": np.eye(2, 3, dtype=np.float32)[np.newaxis],
            "strip_to_reference": np.eye(2, 3, dtype=np.float32)[np.newaxis],
        }


@pytest.fixture(scope="session")
def scenes(draw_person):
    """Person 1 with closed and with open eyes, person 2 likewise, and both together."""

    def draw(person, *, closed):
        drawn = draw_person(person, closed=closed, size=160)
        face = DetectedFace(drawn.landmarks.astype(float), Box(0, 0, 160, 160), score=person)
        return Scene(drawn.photo, [face])

    def side_by_side(left, right):
        (face,) = right.faces
        moved = dataclasses.replace(face, landmarks=face.landmarks + [left.photo.shape[1], 0])
        return Scene(np.hstack([left.photo, right.photo]), [*left.faces, moved])

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
def build_painter():
    """Returns a function that makes an in-painter of another one: example -> pixels."""
    return Painter


@pytest.fixture
def copier():
    """An in-painter whose fields copy the reference."""
    return Copier()


@pytest.fixture(scope="session")
def drawn_pair(draw_person):
    """Photos of person 1 with closed and with open eyes, large enough for dlib."""
    return [draw_person(1, closed=closed).photo for closed in (True, False)]
