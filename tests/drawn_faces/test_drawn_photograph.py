"""Drawn photographs: the same again from the same arguments, and true to their annotation."""

import dataclasses
import subprocess
import sys

import cv2
import numpy as np
import pytest

from exgan_tf.drawn_faces import draw_conditions, draw_contact_sheet, draw_identity, draw_photograph
from exgan_tf.geometry import AffineTransform

SIZE = 160
SKIN = (0.80, 0.61, 0.50)


def take(seed, *, size=SIZE, eyes=None, **changes):
    """A photograph of the person `seed`, with changes to the eyes and to the conditions."""
    rng = np.random.default_rng(seed)
    identity = draw_identity(rng)
    skin = dataclasses.replace(identity.skin, color=SKIN, num_freckles=0)
    eyes = dataclasses.replace(identity.eyes, **(eyes or {}))
    identity = dataclasses.replace(identity, skin=skin, eyes=eyes)
    plain = {"glasses": None, "noise": 0.0, "eyes_closed": False, **changes}
    conditions = dataclasses.replace(draw_conditions(rng, closed_fraction=0.5), **plain)
    return draw_photograph(identity, conditions, size=size)


def around(photo, point, *, radius):
    """The pixels within `radius` of a point, float [n, 3]."""
    rows, columns = np.indices(photo.shape[:2])
    near = np.hypot(columns - point[0], rows - point[1]) <= radius
    return photo[near].astype(float)


def greenness(pixels):
    return np.mean(pixels[:, 1] - 0.5 * (pixels[:, 0] + pixels[:, 2]))


GREEN_EYES = {"iris": ((0.05, 0.8, 0.05),) * 2, "upper": 0.34, "limbal_ring": 0.2}


def test_same_arguments_give_the_same_bytes():
    rng = np.random.default_rng(3)
    who, how = draw_identity(rng), draw_conditions(rng, closed_fraction=0.1)
    first, second = (draw_photograph(who, how, size=SIZE) for _ in range(2))
    np.testing.assert_array_equal(first.photo, second.photo)
    np.testing.assert_array_equal(first.landmarks, second.landmarks)
    assert first.annotation == second.annotation
    assert np.abs(first.photo.astype(int) - take(4).photo).mean() > 10


@pytest.mark.parametrize("size", [0, 31, 5000])
def test_impossible_size_is_refused(size):
    with pytest.raises(ValueError, match=f"size is {size}"):
        take(0, size=size)


def test_larger_picture_shows_the_same():
    small, large = (take(9, size=size) for size in (120, 240))
    assert small.photo.shape == (120, 120, 3) and small.photo.dtype == np.uint8
    halved = cv2.resize(large.photo, (120, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(halved.astype(int) - small.photo).mean() < 3
    # The centre of pixel 0 is 0, so that doubling a picture moves points by half a pixel.
    np.testing.assert_allclose(large.landmarks, small.landmarks * 2 + 0.5, atol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_irises_are_found_at_the_annotated_eyes_unless_these_are_closed(seed):
    opened, closed = (
        take(seed, eyes=GREEN_EYES, gaze=(0.0, 0.0), eyes_closed=value) for value in (False, True)
    )
    for face, openness in ((opened.annotation, (1, 0)), (closed.annotation, (0, 1))):
        assert (face.eyes_opened, face.eyes_closed) == openness
        for eye in (face.eye_left, face.eye_right):
            assert greenness(around(opened.photo, eye, radius=4)) > 25
            assert greenness(around(closed.photo, eye, radius=5)) < 5


@pytest.mark.parametrize("seed", range(3))
def test_both_irises_have_the_same_color(seed):
    taken = take(seed, eyes=GREEN_EYES, gaze=(0.0, 0.0), ambient=1.0, yaw=0.0)
    eyes = taken.annotation.eye_left, taken.annotation.eye_right
    left, right = (around(taken.photo, eye, radius=4).mean(axis=0) for eye in eyes)
    np.testing.assert_allclose(left, right, atol=25)


def test_gaze_moves_the_irises_but_not_the_eyes():
    left, right = (take(2, eyes={**GREEN_EYES, "width": 0.6}, gaze=(x, 0.0)) for x in (-0.06, 0.06))
    assert left.annotation == right.annotation
    np.testing.assert_array_equal(left.landmarks, right.landmarks)
    assert np.abs(left.photo.astype(int) - right.photo).max() > 100


@pytest.mark.parametrize("seed", range(8))
def test_eyes_stand_where_the_aligned_crop_wants_them(seed):
    face = take(seed).annotation
    np.testing.assert_allclose(
        face.face_center, np.mean([face.eye_left, face.eye_right, face.mouth_center], axis=0)
    )
    rotation = cv2.getRotationMatrix2D(tuple(face.face_center), face.roll, 1.0)
    left, right = AffineTransform(rotation)([face.eye_left, face.eye_right])
    assert left[1] == pytest.approx(right[1], abs=1e-6)
    crop = 1.2 * face.face_width
    assert 64 < (right[0] - left[0]) / crop * 256 < 86
    assert 0.36 < 0.5 + (left[1] - face.face_center.y) / crop < 0.43


@pytest.mark.parametrize("seed", range(8))
def test_landmarks_lie_in_the_picture_and_agree_with_the_annotation(seed):
    taken = take(seed)
    points, face = taken.landmarks, taken.annotation
    assert points.shape == (68, 2) and points.dtype == np.float32
    assert points.min() >= 0 and points.max() <= SIZE - 1
    np.testing.assert_allclose(points[[36, 39]].mean(axis=0), face.eye_left, atol=1.0)
    np.testing.assert_allclose(points[[42, 45]].mean(axis=0), face.eye_right, atol=1.0)
    np.testing.assert_allclose(points[[48, 54]].mean(axis=0), face.mouth_center, atol=1e-3)


def test_landmarks_come_in_the_order_of_dlib():
    x, y = take(0, roll=0.0, yaw=0.0, pitch=0.0, smile=0.0, mouth_open=0.1).landmarks.T
    assert np.argmax(y[:17]) == 8 and x[0] < x[8] < x[16]
    for run in ([*range(17, 27)], [36, 37, 38, 39, 42, 43, 44, 45], [*range(48, 55)], [31, 33, 35]):
        assert (np.diff(x[run]) > 0).all()
    assert (np.diff(y[27:31]) > 0).all()
    assert y[37] < y[41] and y[38] < y[40] and y[43] < y[47] and y[44] < y[46]
    assert y[51] < y[62] < y[66] < y[57]


def test_closed_lids_meet_in_the_landmarks():
    opened, closed = (take(0, eyes_closed=value).landmarks for value in (False, True))
    gap = [np.linalg.norm(points[37] - points[41]) for points in (opened, closed)]
    assert gap[0] > 3 and gap[1] == pytest.approx(0.0, abs=1e-4)


def test_contact_sheet_has_a_row_for_each_person():
    numbers = {"photos_per_identity": 3, "seed": 0, "size": 48}
    sheet, again = (draw_contact_sheet(num_identities=2, **numbers) for _ in range(2))
    assert sheet.shape == (96, 144, 3)
    np.testing.assert_array_equal(sheet, again)
    with pytest.raises(ValueError, match="at least 1"):
        draw_contact_sheet(num_identities=0, **numbers)


def test_drawing_needs_no_tensorflow():
    code = (
        "import sys, exgan_tf.drawn_faces; sys.exit(bool({'tensorflow', 'dlib'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
