import dataclasses

import numpy as np
import pytest

from exgan_tf.faces import children
from exgan_tf.faces.openness import EyesOpenness
from exgan_tf.photo import decision
from exgan_tf.photo.photograph import Photograph, find_faces

NOBODY = np.zeros((0, 128))


@pytest.fixture
def face(scenes, detector, embedder):
    (found,) = find_faces(scenes["open"].photo, detector=detector, embedder=embedder)
    return dataclasses.replace(found, openness=EyesOpenness(0.99, 0.99))


def decide(face, *references, caution=decision.ASKED, **options):
    shown = [
        (Photograph(f"{n}.jpg", np.zeros((1, 1, 3), np.uint8), [each]), each)
        for n, each in enumerate(references)
    ]
    return decision.decide(face, shown, **{"caution": caution, "strangers": NOBODY, **options})


def looking(face, left, right):
    return dataclasses.replace(face, openness=EyesOpenness(left, right))


@pytest.mark.parametrize(
    ("openness", "asked", "unasked"),
    [
        ((0.1, 0.2), ("left", "right"), None),
        ((0.1, 0.45), ("left", "right"), None),
        ((0.1, 0.9), ("left",), "perhaps a wink: only the left eye is closed"),
        ((0.9, 0.1), ("right",), "perhaps a wink: only the right eye is closed"),
        ((0.1, 0.55), ("left",), "not sure whether one eye is closed or both"),
        ((0.4, 0.45), ("left", "right"), "not sure whether the eyes are closed"),
        ((0.55, 0.9), None, "not sure whether the eyes are closed"),
    ],
)
def test_each_eye_is_judged_by_itself(face, openness, asked, unasked):
    target = looking(face, *openness)
    answer = decide(target, face)
    if asked is None:
        assert "already open" in answer.objections[0]
    else:
        assert (answer.eyes, answer.objections) == (asked, [])
    answer = decide(target, face, caution=decision.UNASKED)
    assert not answer.is_open
    if unasked is None:
        assert (answer.eyes, answer.objections) == (asked, [])
    else:
        assert unasked in answer.objections[0]


def test_a_wink_in_an_album_is_opened_when_asked_for(face):
    caution = dataclasses.replace(decision.UNASKED, winks=True)
    answer = decide(looking(face, 0.1, 0.9), face, caution=caution)
    assert (answer.eyes, answer.objections) == (("left",), [])


def test_laughing_eyes_are_opened_only_when_asked_for(face):
    landmarks = face.detected.landmarks.copy()
    landmarks[[40, 41]], landmarks[[46, 47]] = landmarks[[39, 36]], landmarks[[45, 42]]
    landmarks[[48, 54]] += np.array([[-1.0, 0], [1, 0]]) * face.detected.eye_distance
    laughing = dataclasses.replace(
        looking(face, 0.1, 0.1), detected=dataclasses.replace(face.detected, landmarks=landmarks)
    )
    assert "perhaps laughing" in decide(laughing, face, caution=decision.UNASKED).objections[0]
    assert not decide(laughing, face).objections


def test_a_named_eye_is_replaced_though_it_is_open(face):
    for name in ("left", "right", "both"):
        answer = decide(face, face, eyes=name)
        assert (answer.eyes, answer.objections) == (decision.EYES[name], [])
    assert decide(face, face).objections and decide(face, face).is_open


def test_a_reference_only_needs_the_eye_that_it_gives(face):
    target, wink = looking(face, 0.1, 0.9), looking(face, 0.9, 0.1)
    assert not decide(target, wink).objections
    assert "its left eye is closed" in decide(target, looking(face, 0.1, 0.9)).objections[0]


def test_a_reference_without_colors_comes_last_and_alone_is_refused(face):
    target, gray = looking(face, 0.1, 0.1), dataclasses.replace(face, is_toned=True)
    answer = decide(target, gray, face)
    assert (answer.candidates[0].face, answer.objections) == (face, [])
    assert "no colours" in decide(target, gray).objections[0]
    assert not decide(dataclasses.replace(target, is_toned=True), gray).objections


def test_children_are_not_told_apart_unless_likeness_is_trusted(face):
    child = dataclasses.replace(face, descriptor=children.MEAN + 0.01)
    target = looking(child, 0.1, 0.1)
    opening_winks = dataclasses.replace(decision.UNASKED, winks=True)
    for caution in (decision.ASKED, decision.UNASKED, opening_winks):
        (objection,) = decide(target, child, caution=caution).objections
        assert "perhaps a small child" in objection
        assert ("--look_alikes" in objection) == (not caution.asked)
        trusting = dataclasses.replace(caution, look_alikes=True)
        assert not decide(target, child, caution=trusting).objections


def test_a_stranger_who_is_as_near_is_an_objection(face):
    other = dataclasses.replace(face, descriptor=face.descriptor + np.eye(128)[5] * 0.4)
    target = looking(face, 0.1, 0.1)
    near, far = (face.descriptor[None] + np.eye(128)[7] * far for far in (0.3, 0.7))
    assert (
        "somebody else looks as much alike" in decide(target, other, strangers=near).objections[0]
    )
    assert not decide(target, other, strangers=far).objections
    # Near to the one that would give the eyes is as bad.
    beside = other.descriptor[None] + np.eye(128)[9] * 0.2
    assert decide(target, other, strangers=beside).objections


def test_a_blurred_face_is_nobody_for_sure(face):
    target = looking(face, 0.1, 0.1)
    blurred = dataclasses.replace(
        face, quality=dataclasses.replace(face.quality, sharpness=0.02, side_light=0)
    )
    assert "too blurred" in decide(target, blurred).objections[0]
    trusting = dataclasses.replace(decision.ASKED, look_alikes=True)
    assert not decide(target, blurred, caution=trusting).objections


@pytest.mark.parametrize(
    ("measure", "difference", "reason"),
    [
        ("side_light", 0.6, "other light"),
        ("brightness", 0.6, "other light"),
        ("turn", 40.0, "head turned 40 degrees differently"),
        ("gaze", 0.5, "looks elsewhere"),
    ],
)
def test_a_reference_that_differs_suits_less_and_in_an_album_not_at_all(
    face, measure, difference, reason
):
    changed = getattr(face.quality, measure) + difference
    other = dataclasses.replace(
        face, quality=dataclasses.replace(face.quality, **{measure: changed})
    )
    target = looking(face, 0.1, 0.1)
    answer = decide(target, other, face)
    assert [each.photograph.name for each in answer.candidates] == ["1.jpg", "0.jpg"]
    best, other_candidate = answer.candidates
    assert other_candidate.score < 0.2 * best.score
    assert f"not from 0.jpg: suits less ({other_candidate.score:.2f}" in answer.explain()
    assert reason in answer.explain()
    caution = dataclasses.replace(decision.UNASKED, score=0.3)
    (objection,) = decide(target, other, caution=caution).objections
    assert "0.jpg: not suitable" in objection and reason in objection


def test_a_reference_suits_that_looks_where_the_others_or_the_other_eye_do(face):
    ahead, aside = (
        dataclasses.replace(face, quality=dataclasses.replace(face.quality, gaze=gaze))
        for gaze in (0.0, 0.4)
    )
    asleep, winking = looking(aside, 0.1, 0.1), looking(aside, 0.1, 0.9)

    def choose(target, **options):
        return decide(target, aside, ahead, **options).candidates[0].face

    assert choose(asleep) is ahead
    assert choose(asleep, companions=[asleep]) is ahead
    assert choose(asleep, companions=[aside, aside, ahead]) is aside
    assert choose(winking, companions=[ahead]) is aside


def test_it_says_which_eyes_come_from_where(face):
    assert decide(looking(face, 0.1, 0.1), face).explain().startswith("eyes from 0.jpg: eyes open")
    only_one = decide(looking(face, 0.9, 0.1), face).explain()
    assert only_one.startswith("the right eye from 0.jpg: eye open (99% sure)")
