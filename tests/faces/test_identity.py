import pickle

import numpy as np
import pytest

from exgan_tf import drawn_faces
from exgan_tf.faces.detect import BlazeFaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder, choose_person, group_people


def descriptor(person, *, offset=0.0):
    """A descriptor of the given person; two persons are 1.4 apart."""
    vector = np.zeros(128)
    vector[person] = 1.0
    vector[127] = offset
    return vector


def test_the_person_is_the_one_in_most_photographs():
    alone, pair = [descriptor(1)], [descriptor(2), descriptor(1, offset=0.3)]
    crowd = [descriptor(3), descriptor(4), descriptor(1, offset=-0.2)]
    assert choose_person([alone, pair, crowd]) == [0, 1, 2]


def test_a_photograph_without_the_person_has_none():
    photographs = [[descriptor(1)], [descriptor(1)], [descriptor(2), descriptor(3)], []]
    assert choose_person(photographs) == [0, 0, None, None]


def test_one_photograph_is_of_its_largest_face():
    assert choose_person([[descriptor(2), descriptor(1)]]) == [0]


def test_where_no_two_agree_a_portrait_counts_more_than_a_crowd():
    crowd = [descriptor(1), descriptor(2)]
    assert choose_person([crowd, [descriptor(3)]]) == [None, 0]


def test_a_twin_in_the_same_photograph_proves_nothing():
    twins = [descriptor(1), descriptor(1, offset=0.01)]
    assert choose_person([twins, [descriptor(2)], [descriptor(2)]]) == [None, 0, 0]


def test_the_nearer_of_two_fitting_faces_is_chosen():
    both = [descriptor(1, offset=0.5), descriptor(1, offset=0.1)]
    assert choose_person([[descriptor(1)], [descriptor(1)], both]) == [0, 0, 1]


@pytest.mark.parametrize("photographs", [[], [[]], [[], []]])
def test_no_faces_are_nobody(photographs):
    assert choose_person(photographs) == [None] * len(photographs)


def test_dlib_describes_one_face_alike_at_two_sizes():
    rng = np.random.default_rng(0)
    identity = drawn_faces.draw_identity(rng)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=0.0)
    embedder = pickle.loads(pickle.dumps(DlibFaceEmbedder()))
    found = []
    for size in (240, 480):
        photo = drawn_faces.draw_photograph(identity, conditions, size=size).photo
        found.append(embedder(photo, BlazeFaceDetector()(photo)[0]))
    assert found[0].shape == (128,)
    assert found[0].dtype == np.float64
    assert np.linalg.norm(found[0] - found[1]) < 0.25


def at(*places):
    """A descriptor: `places`, and zeros."""
    return np.array([*np.ravel(places), *[0.0] * 126])


def test_people_are_told_apart_and_found_again():
    ann, bob = [0.0, 0.0], [1.0, 0.0]
    photographs = [
        [at(ann), at(bob)],
        [at(np.add(bob, [0.1, 0.2]))],
        [],
        [at(np.add(ann, [0.2, -0.1])), at([5.0, 5.0])],
    ]
    (ann_1, bob_1), (bob_2,), nobody, (ann_2, stranger) = group_people(photographs)
    assert ann_1 == ann_2
    assert bob_1 == bob_2
    assert len({ann_1, bob_1, stranger}) == 3
    assert nobody == []


def test_two_faces_of_one_photograph_are_two_people():
    twins = [at([0.0, 0.0]), at([0.01, 0.0])]
    (first, second), (third,) = group_people([twins, [at([0.02, 0.0])]])
    assert first != second
    assert third in (first, second)


def test_a_chain_of_likenesses_does_not_make_one_person():
    chain = [[at([0.3 * step, 0.0])] for step in range(8)]
    numbers = [person for (person,) in group_people(chain)]
    assert len(set(numbers)) >= 3


def test_an_album_without_faces_has_no_people():
    assert group_people([[], []]) == [[], []]


def test_the_people_of_a_large_album_are_told_apart():
    people = np.arange(3000) % 700
    near = np.random.default_rng(0).uniform(-0.1, 0.1, [3000, 2])
    places = np.stack([people % 30, people // 30], -1) + near
    numbers = [person for (person,) in group_people([[at(place)] for place in places])]
    np.testing.assert_array_equal(numbers, people)
