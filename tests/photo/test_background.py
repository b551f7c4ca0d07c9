import dataclasses

import numpy as np
import pytest

from exgan_tf.photo.background import hide_background


@pytest.fixture
def face(scenes):
    return scenes["open"].faces[0]


def put_wall(photo, face, *, distance):
    """A blue wall left of a face, from so many eye distances beside its eye on."""
    walled = photo.copy()
    end = round(face.eye_left.x - distance * face.eye_distance)
    walled[:, :end] = (0, 0, 255)
    return walled, end


def test_a_wall_next_to_the_eye_becomes_skin(scenes, face):
    # As if the head were turned: the outline of the face ends beside the eye.
    landmarks = face.landmarks.copy()
    landmarks[:, 0] = np.maximum(landmarks[:, 0], face.eye_left.x - 0.4 * face.eye_distance)
    walled, end = put_wall(scenes["open"].photo, face, distance=0.4)
    before = walled.copy()
    hidden = hide_background(walled, dataclasses.replace(face, landmarks=landmarks))
    np.testing.assert_array_equal(walled, before)
    row = round(face.eye_left.y)
    beside = hidden[row, end - round(0.2 * face.eye_distance) : end]
    assert np.all(beside[:, 0] > beside[:, 2])
    assert np.all(walled[row, :end, 2] == 255)


def test_the_eyes_and_what_is_between_them_stay(scenes, face):
    photo = scenes["open"].photo
    hidden = hide_background(photo, face)
    eyes = np.array([face.eye_left, face.eye_right]).round().astype(int)
    reach = round(0.2 * face.eye_distance)
    (left, top), (right, bottom) = eyes.min(axis=0) - reach, eyes.max(axis=0) + reach
    np.testing.assert_array_equal(hidden[top:bottom, left:right], photo[top:bottom, left:right])


def test_far_from_the_eyes_nothing_changes(scenes, face):
    photo = scenes["open"].photo
    changed = np.any(hide_background(photo, face) != photo, axis=-1)
    assert changed.any()
    assert not changed[round(face.landmarks[8, 1]) :].any()


@pytest.mark.parametrize("shift", [(-1000, 0), (0, 5000), (-60, -40)])
def test_a_face_beyond_the_edge_is_no_error(scenes, face, shift):
    moved = dataclasses.replace(face, landmarks=face.landmarks + shift)
    hidden = hide_background(scenes["open"].photo, moved)
    assert hidden.shape == scenes["open"].photo.shape and hidden.dtype == np.uint8
