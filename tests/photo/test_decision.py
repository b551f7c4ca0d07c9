import dataclasses
import datetime

import numpy as np
import pytest

from exgan_tf.faces import children
from exgan_tf.faces.openness import EyesOpenness
from exgan_tf.photo import decision
from exgan_tf.photo.photograph import Photograph, find_faces

AT_TEN = datetime.datetime(2026, 7, 1, 10)
SUMMER, UTC = datetime.timezone(datetime.timedelta(hours=2)), datetime.UTC


@pytest.fixture
def face(scenes, detector, embedder):
    (found,) = find_faces(scenes["open"].photo, detector=detector, embedder=embedder)
    return looking(found, 0.99, 0.99)


@pytest.fixture
def asleep(face):
    return looking(face, 0.1, 0.1)


def looking(face, left, right):
    return dataclasses.replace(face, openness=EyesOpenness(left, right))


def differing(face, **measures):
    return dataclasses.replace(face, quality=dataclasses.replace(face.quality, **measures))


def decide(face, *references, times=(), taken=None, companions=(), **options):
    """The decision on a face after references 0.jpg, 1.jpg, ..., taken at these times."""

    def photograph(name, faces, time):
        return Photograph(name, np.zeros((1, 1, 3), np.uint8), faces, time)

    times = times or [None] * len(references)
    shown = [
        (photograph(f"{n}.jpg", [each], time), each)
        for n, (each, time) in enumerate(zip(references, times, strict=True))
    ]
    defaults = {"caution": decision.ASKED, "strangers": np.zeros((0, 128))}
    shot = photograph("shot.jpg", [*companions, face], taken)
    return decision.decide(face, shot, shown, **{**defaults, **options})


def best(decided):
    return decided.candidates[0].photograph.name


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


def test_laughing_eyes_are_opened_only_when_asked_for(face, asleep):
    points = face.detected.landmarks.copy()
    points[[40, 41]], points[[46, 47]] = points[[39, 36]], points[[45, 42]]
    points[[48, 54]] += np.array([[-1.0, 0], [1, 0]]) * face.detected.eye_distance
    detected = dataclasses.replace(face.detected, landmarks=points)
    laughing = dataclasses.replace(asleep, detected=detected)
    assert "perhaps laughing" in decide(laughing, face, caution=decision.UNASKED).objections[0]
    assert not decide(laughing, face).objections


@pytest.mark.parametrize("name", ["left", "right", "both"])
def test_a_named_eye_is_replaced_though_it_is_open(face, name):
    answer = decide(face, face, eyes=name)
    assert (answer.eyes, answer.objections) == (decision.EYES[name], [])
    assert decide(face, face).objections and decide(face, face).is_open


def test_a_reference_only_needs_the_eye_that_it_gives(face):
    target = looking(face, 0.1, 0.9)
    assert not decide(target, looking(face, 0.9, 0.1)).objections
    assert "its left eye is closed" in decide(target, target).objections[0]


def test_a_reference_without_colors_comes_last_and_alone_is_refused(face, asleep):
    gray = dataclasses.replace(face, is_toned=True)
    answer = decide(asleep, gray, face)
    assert (best(answer), answer.objections) == ("1.jpg", [])
    assert "no colours" in decide(asleep, gray).objections[0]
    assert not decide(dataclasses.replace(asleep, is_toned=True), gray).objections


@pytest.mark.parametrize(
    "caution",
    [decision.ASKED, decision.UNASKED, dataclasses.replace(decision.UNASKED, winks=True)],
)
def test_children_are_not_told_apart_unless_likeness_is_trusted(asleep, face, caution):
    descriptor = children.MEAN + 0.01
    target, child = (dataclasses.replace(f, descriptor=descriptor) for f in (asleep, face))
    (objection,) = decide(target, child, caution=caution).objections
    assert "perhaps a small child" in objection
    trusting = dataclasses.replace(caution, look_alikes=True)
    assert not decide(target, child, caution=trusting).objections


def test_a_stranger_who_is_as_near_to_either_face_is_an_objection(face, asleep):
    axes = np.eye(128)
    other = dataclasses.replace(face, descriptor=face.descriptor + axes[5] * 0.4)
    for one in (face, other):
        near, far = (one.descriptor[None] + axes[7] * distance for distance in (0.3, 0.7))
        (objection,) = decide(asleep, other, strangers=near).objections
        assert "somebody else looks just as similar" in objection
        assert not decide(asleep, other, strangers=far).objections


def test_a_blurred_face_is_nobody_for_sure(face, asleep):
    blurred = differing(face, sharpness=0.02)
    assert "too blurred" in decide(asleep, blurred).objections[0]
    trusting = dataclasses.replace(decision.ASKED, look_alikes=True)
    assert not decide(asleep, blurred, caution=trusting).objections


@pytest.mark.parametrize(
    ("measure", "value", "reason"),
    [
        ("side_light", 0.6, "other light"),
        ("brightness", 1.1, "other light"),
        ("turn", 40.0, "head turned 40 degrees differently"),
        ("gaze", 0.5, "looks elsewhere"),
        ("sharpness", 0.01, "blurred (10%)"),
        ("eye_distance", 6.0, "smaller (15%)"),
    ],
)
def test_a_reference_that_differs_suits_less_and_in_an_album_not_at_all(
    face, measure, value, reason
):
    face = differing(
        face, side_light=0.0, brightness=0.5, turn=0.0, gaze=0.0, sharpness=0.2, eye_distance=40.0
    )
    asleep, other = looking(face, 0.1, 0.1), differing(face, **{measure: value})
    answer = decide(asleep, other, face)
    first, second = answer.candidates
    assert (first.photograph.name, second.photograph.name) == ("1.jpg", "0.jpg")
    assert first.score == pytest.approx(0.99) and second.score < 0.2
    assert "sharp, large enough, head turned 0 degrees differently, similar light" in first.reasons
    assert f"not from 0.jpg: less suitable ({second.score:.2f}" in answer.explain()
    assert reason in second.reasons
    caution = dataclasses.replace(decision.UNASKED, score=0.3)
    (objection,) = decide(asleep, other, caution=caution).objections
    assert "0.jpg: not suitable" in objection and reason in objection


def test_a_reference_suits_that_looks_where_the_others_or_the_other_eye_do(face):
    ahead, aside = differing(face, gaze=0.0), differing(face, gaze=0.4)
    asleep, winking = looking(aside, 0.1, 0.1), looking(aside, 0.1, 0.9)

    def choose(target, *companions):
        return decide(target, aside, ahead, companions=companions).candidates[0].face

    assert choose(asleep) is ahead
    assert choose(asleep, looking(aside, 0.1, 0.1)) is ahead
    assert choose(asleep, aside, aside, ahead) is aside
    assert choose(winking, ahead) is aside


def test_it_says_which_eyes_come_from_where(face, asleep):
    assert decide(asleep, face).explain().startswith("eyes from 0.jpg: eyes open")
    only_one = decide(looking(face, 0.9, 0.1), face).explain()
    assert only_one.startswith("the right eye from 0.jpg: eye open (99% sure)")


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
def test_the_reason_says_whether_it_was_the_same_occasion(face, asleep, taken, other, expected):
    answer = decide(asleep, face, times=[other], taken=taken)
    assert expected in answer.explain()
    assert answer.candidates[0].is_same_occasion == ("same" in expected)


@pytest.mark.parametrize(
    ("gaze", "taken", "chosen"),
    [
        (0.18, AT_TEN, "2.jpg"),
        (0.22, AT_TEN, "0.jpg"),  # It looks elsewhere.
        (0.18, None, "0.jpg"),
    ],
)
def test_a_reference_of_the_same_occasion_is_preferred_but_not_to_a_clearly_better_one(
    face, asleep, gaze, taken, chosen
):
    ahead, near = differing(face, gaze=0.0), differing(face, gaze=gaze)
    times = [AT_TEN.replace(year=2020), None, AT_TEN.replace(second=7)]
    assert best(decide(asleep, ahead, ahead, near, times=times, taken=taken)) == chosen
    # Closed is closed, whenever it was.
    times = [AT_TEN, AT_TEN.replace(year=2020)]
    assert best(decide(asleep, asleep, face, times=times, taken=AT_TEN)) == "1.jpg"


def test_times_neither_refuse_a_reference_nor_change_a_score_where_there_is_none(face, asleep):
    score = decide(asleep, face).candidates[0].score
    for taken, other in ((None, AT_TEN), (None, None), (AT_TEN, AT_TEN)):
        answer = decide(asleep, face, times=[other], taken=taken)
        assert answer.candidates[0].score == score
    caution = dataclasses.replace(decision.UNASKED, score=score)
    assert not decide(asleep, face, caution=caution, taken=AT_TEN).objections
