import dataclasses
import json

import numpy as np
import pytest

from exgan_tf.photo import subjects


@pytest.fixture
def subject(scenes, detector, embedder):
    found = subjects.find_subjects(scenes["open"].photo, detector=detector, embedder=embedder)
    return found[0]


def seen(subject, descriptor, *, eye_distance=40.0):
    quality = dataclasses.replace(subject.quality, eye_distance=eye_distance)
    return dataclasses.replace(subject, descriptor=np.array(descriptor, float), quality=quality)


def test_a_subject_is_described_completely(subject):
    assert subject.descriptor.shape == (128,)
    assert subject.flaw is None
    assert subject.quality.opened > 0.5


def test_a_subject_survives_json(subject):
    again = subjects.subject_from_json(json.loads(json.dumps(subjects.subject_to_json(subject))))
    np.testing.assert_array_equal(again.face.landmarks, subject.face.landmarks)
    np.testing.assert_array_equal(again.descriptor, subject.descriptor)
    assert again.face.box == subject.face.box
    assert (again.quality, again.flaw) == (subject.quality, subject.flaw)


def test_people_are_told_apart_and_found_again(subject):
    ann, bob = [0.0, 0.0], [1.0, 0.0]
    photographs = [
        [seen(subject, ann), seen(subject, bob)],
        [seen(subject, np.add(bob, [0.1, 0.2]))],
        [],
        [seen(subject, np.add(ann, [0.2, -0.1])), seen(subject, [5.0, 5.0])],
    ]
    (ann_1, bob_1), (bob_2,), nobody, (ann_2, stranger) = subjects.group_people(photographs)
    assert ann_1 == ann_2
    assert bob_1 == bob_2
    assert len({ann_1, bob_1, stranger}) == 3
    assert nobody == []


def test_two_faces_of_one_photograph_are_two_people(subject):
    twins = [seen(subject, [0.0, 0.0]), seen(subject, [0.01, 0.0])]
    (first, second), (third,) = subjects.group_people([twins, [seen(subject, [0.02, 0.0])]])
    assert first != second
    assert third in (first, second)


def test_a_chain_of_likenesses_does_not_make_one_person(subject):
    chain = [[seen(subject, [0.3 * step, 0.0])] for step in range(8)]
    numbers = [person for (person,) in subjects.group_people(chain)]
    assert len(set(numbers)) >= 3


def test_an_album_without_faces_has_no_people():
    assert subjects.group_people([[], []]) == [[], []]
