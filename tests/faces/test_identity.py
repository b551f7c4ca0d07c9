import pickle

import numpy as np
import pytest

from exgan_tf.faces.detect import BlazeFaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder, choose_person, group_people


def descriptor(face):
    """Of the person whose number is nearest, so far away; two persons are 1.4 apart."""
    vector = np.zeros(128)
    vector[round(face)] = 1.0
    vector[127] = face - round(face)
    return vector


@pytest.mark.parametrize(
    ("photographs", "chosen"),
    [
        pytest.param([[1], [2, 1.3], [3, 4, 0.8]], [0, 1, 2], id="of most photographs"),
        pytest.param([[1], [1], [2, 3], []], [0, 0, None, None], id="not in each photograph"),
        pytest.param([[2, 1]], [0], id="the largest face of one photograph"),
        pytest.param([[1, 2], [3]], [None, 0], id="of the portrait where no two agree"),
        pytest.param([[1, 1.01], [2], [2]], [None, 0, 0], id="a twin beside proves nothing"),
        pytest.param([[1], [1], [1.45, 1.1]], [0, 0, 1], id="the nearer of two that fit"),
        pytest.param([[], []], [None, None], id="nobody"),
        pytest.param([], [], id="no photographs"),
    ],
)
def test_the_person_is_the_one_whom_the_photographs_are_about(photographs, chosen):
    assert choose_person([[descriptor(face) for face in each] for each in photographs]) == chosen


def test_dlib_describes_one_face_alike_at_two_sizes(draw_person):
    embedder = pickle.loads(pickle.dumps(DlibFaceEmbedder()))
    photos = [draw_person(0, closed=False, size=size).photo for size in (240, 480)]
    small, large = (embedder(photo, BlazeFaceDetector()(photo)[0]) for photo in photos)
    assert (small.shape, small.dtype) == ((128,), np.float64)
    assert np.linalg.norm(small - large) < 0.25


def at(x, y=0.0):
    """A descriptor: a place, and zeros."""
    return np.array([x, y, *[0.0] * 126])


def test_people_are_told_apart_found_again_and_numbered_by_first_appearance():
    photographs = [[at(0), at(1)], [at(1.1, 0.2)], [], [at(5, 5), at(0.2, -0.1)]]
    assert group_people(photographs) == [[0, 1], [1], [], [2, 0]]


def test_two_faces_of_one_photograph_are_two_people():
    (first, second), (third,) = group_people([[at(0), at(0.01)], [at(0.02)]])
    assert first != second
    assert third in (first, second)


def test_a_chain_of_likenesses_does_not_make_one_person():
    chain = group_people([[at(0.3 * step)] for step in range(8)])
    assert len({person for (person,) in chain}) >= 3


def test_an_album_without_faces_has_no_people():
    assert group_people([[], []]) == [[], []]


def test_the_people_of_a_large_album_are_told_apart():
    people = np.arange(3000) % 700
    near = np.random.default_rng(0).uniform(-0.1, 0.1, [3000, 2])
    places = np.stack([people % 30, people // 30], -1) + near
    numbers = [person for (person,) in group_people([[at(*place)] for place in places])]
    np.testing.assert_array_equal(numbers, people)
