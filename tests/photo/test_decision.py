import dataclasses
import datetime

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


AT_TEN = datetime.datetime(2026, 7, 1, 10)
SUMMER, UTC = datetime.timezone(datetime.timedelta(hours=2)), datetime.UTC


def choose_by_time(face, *references, taken):
    """The decision on closed eyes among pairs of a face and the time that it was taken at."""
    shown = [
        (Photograph(f"{n}.jpg", np.zeros((1, 1, 3), np.uint8), [each], time), each)
        for n, (each, time) in enumerate(references)
    ]
    target = looking(face, 0.1, 0.1)
    return decision.decide(target, shown, caution=decision.ASKED, strangers=NOBODY, taken=taken)


@pytest.mark.parametrize(
    ("taken", "other", "expected"),
    [
        (AT_TEN, AT_TEN.replace(second=7), "same occasion (7 s apart)"),
        (AT_TEN, AT_TEN.replace(minute=10), "same occasion (600 s apart)"),
        (AT_TEN, AT_TEN.replace(minute=11), "another occasion"),
        (AT_TEN.replace(tzinfo=SUMMER), AT_TEN.replace(tzinfo=UTC), "another occasion"),
        (AT_TEN.replace(tzinfo=SUMMER), AT_TEN.replace(hour=8, tzinfo=UTC), "same occasion"),
        (AT_TEN.replace(tzinfo=SUMMER), AT_TEN, "same occasion"),
    ],
)
def test_the_reason_says_whether_it_was_the_same_occasion(face, taken, other, expected):
    answer = choose_by_time(face, (face, other), taken=taken)
    assert expected in answer.explain()
    assert answer.candidates[0].is_same_occasion == ("same" in expected)


def test_a_reference_of_the_same_occasion_is_preferred_but_not_to_a_clearly_better_one(face):
    target = dataclasses.replace(face, quality=dataclasses.replace(face.quality, gaze=0.0))

    def choose(*, gaze, taken=AT_TEN):
        near = dataclasses.replace(target, quality=dataclasses.replace(target.quality, gaze=gaze))
        best = choose_by_time(
            target,
            (target, AT_TEN.replace(year=2020)),
            (target, None),
            (near, AT_TEN.replace(second=7)),
            taken=taken,
        ).candidates[0]
        return best.photograph.name

    assert choose(gaze=0.18) == "2.jpg"
    assert choose(gaze=0.22) == "0.jpg"  # It looks elsewhere.
    assert choose(gaze=0.18, taken=None) == "0.jpg"
    # Closed is closed, whenever it was.
    closed = (looking(face, 0.1, 0.1), AT_TEN)
    answer = choose_by_time(face, closed, (face, AT_TEN.replace(year=2020)), taken=AT_TEN)
    assert answer.candidates[0].photograph.name == "1.jpg"


def test_times_neither_refuse_a_reference_nor_change_a_score_where_there_is_none(face):
    by_itself = decide(looking(face, 0.1, 0.1), face).candidates[0]
    for taken, other in ((None, AT_TEN), (None, None), (AT_TEN, AT_TEN)):
        answer = choose_by_time(face, (face, other), taken=taken)
        assert answer.candidates[0].score == by_itself.score
    caution = dataclasses.replace(decision.UNASKED, score=by_itself.score)
    assert not decide(looking(face, 0.1, 0.1), face, caution=caution, taken=AT_TEN).objections
