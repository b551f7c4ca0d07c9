import concurrent.futures
import dataclasses
import math
import pickle

import cv2
import numpy as np
import pytest

from exgan_tf.faces import blaze_face, cutting, detect, dlib_models, identity, model_files
from exgan_tf.geometry import Point


@pytest.fixture(scope="module")
def drawn(draw_person):
    return draw_person(0, closed=False)


@pytest.fixture(scope="module")
def detector():
    return detect.BlazeFaceDetector()


@pytest.fixture(scope="module")
def face(drawn, detector):
    (found,) = detector(drawn.photo)
    return found


@pytest.fixture(scope="module")
def large_and_small(drawn, draw_person):
    """A photo with a large face and a small one."""
    photo = np.full((2000, 3000, 3), 128, np.uint8)
    photo[200:1400, 200:1400] = cv2.resize(drawn.photo, (1200, 1200))
    photo[1500:1660, 2000:2160] = draw_person(0, closed=False, size=160).photo
    return photo


def test_a_face_is_found_as_it_was_drawn(drawn, face):
    found, truth = face.annotation(), drawn.annotation
    allowed = 0.12 * face.eye_distance
    assert math.dist(face.eye_left, truth.eye_left) < allowed
    assert math.dist(face.eye_right, truth.eye_right) < allowed
    assert math.dist(face.mouth_center, truth.mouth_center) < 2 * allowed
    assert found.face_width == pytest.approx(truth.face_width, rel=0.15)
    assert found.roll == pytest.approx(truth.roll, abs=4)
    assert found.face_center == pytest.approx(truth.face_center, abs=0.1 * truth.face_width)


@pytest.mark.parametrize("closed", [False, True])
def test_open_and_closed_eyes_are_told_apart(detector, draw_person, closed):
    found = detector(draw_person(2, closed=closed).photo)[0].annotation()
    assert (found.eyes_closed > 0.5 > found.eyes_opened) == closed
    assert found.eyes_closed + found.eyes_opened == pytest.approx(1)


@pytest.mark.parametrize("shape", [(300, 400), (1, 1), (3, 7), (2, 2000), (1, 32766)])
def test_a_photo_without_a_face_has_none(detector, shape):
    assert detector(np.full((*shape, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("width", [60, 1700])
def test_small_and_enlarged_faces_are_found(detector, drawn, width):
    scaled, scaling = cutting.scale_photo(drawn.photo, width / drawn.annotation.face_width)
    found = detector(scaled)[0]
    error = math.dist(found.eye_left, scaling(drawn.annotation.eye_left))
    assert error < 0.15 * found.eye_distance


@pytest.mark.parametrize("degrees", [35, -50, 65, 90, 180, -90])
def test_a_tilted_lying_or_upside_down_head_is_found_as_it_lies(detector, drawn, degrees):
    photo, turning = cutting.rotate_photo(drawn.photo, degrees)
    (found,) = detector(photo)
    roll = drawn.annotation.roll - degrees
    assert math.remainder(found.annotation().roll - roll, 360) == pytest.approx(0, abs=6)
    assert math.dist(found.eye_left, turning(drawn.annotation.eye_left)) < 0.15 * found.eye_distance


def test_half_a_face_at_the_border_does_not_end_the_search(drawn, detector):
    eyes = drawn.annotation.eye_left, drawn.annotation.eye_right
    half = np.ascontiguousarray(drawn.photo[:, : round((eyes[0].x + eyes[1].x) / 2)])
    for found in detector(half):
        assert math.dist(found.eye_left, eyes[0]) < 0.3 * found.eye_distance
    detect.fit_face(half, eyes[0], side=drawn.annotation.face_width)


def test_a_small_face_alone_in_a_large_photo_is_found_by_the_finer_search(detector, draw_person):
    small = draw_person(0, closed=False, size=200)
    photo = np.full((2600, 2600, 3), 128, np.uint8)
    photo[1000:1200, 1500:1700] = small.photo
    found = detector(photo)[0]
    truth = np.array(small.annotation.eye_left) + (1500, 1000)
    assert math.dist(found.eye_left, truth) < 0.15 * found.eye_distance


def test_a_small_face_beside_a_large_one_is_found_when_every_face_counts(detector, large_and_small):
    assert len(detector(large_and_small)) == 1
    upside_down = np.ascontiguousarray(large_and_small[::-1, ::-1])
    large, small = dataclasses.replace(detector, every_face=True)(upside_down)
    assert large.eye_distance > 4 * small.eye_distance
    assert min(abs(each.annotation().roll) for each in (large, small)) > 150


def test_the_largest_face_comes_first(detector, drawn):
    photo = np.full((640, 640 + 320, 3), 128, np.uint8)
    photo[:320, :320] = drawn.photo
    photo[:, 320:] = cv2.resize(drawn.photo, (640, 640))
    large, small = detector(photo)
    assert large.eye_distance > 1.5 * small.eye_distance


def test_a_detector_can_be_sent_to_another_process(detector, drawn, face):
    copy = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(copy(drawn.photo)[0].landmarks, face.landmarks)


@pytest.mark.parametrize(
    ("photo", "kind"),
    [
        (np.zeros((50, 50), np.uint8), r"uint8 \(50, 50\)"),
        (np.zeros((50, 50, 4), np.uint8), r"uint8 \(50, 50, 4\)"),
        (np.zeros((0, 50, 3), np.uint8), r"uint8 \(0, 50, 3\)"),
        (np.zeros((50, 50, 3)), r"float64 \(50, 50, 3\)"),
        (None, "NoneType"),
    ],
)
def test_what_is_not_a_photo_is_refused(detector, photo, kind):
    with pytest.raises(ValueError, match=rf"a photo is a uint8 array .*, this is .*{kind}"):
        detector(photo)


def test_threads_find_what_one_finds(detector, drawn, face):
    mirrored = drawn.photo[:, ::-1]
    other = detector(mirrored)[0]
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        found = list(threads.map(detector, [drawn.photo, mirrored] * 10))
    for (one,), expected in zip(found, [face, other] * 10, strict=True):
        np.testing.assert_array_equal(one.landmarks, expected.landmarks)


@pytest.mark.parametrize("package", ["exgan_tf", "no_such_package"])
def test_without_the_models_the_error_says_what_to_install(package):
    with pytest.raises(ValueError, match="face.dat: pip install faces"):
        model_files.find_model_file(package, "models/face.dat", install="pip install faces")


def test_by_default_no_model_for_non_commercial_use_is_loaded(monkeypatch, drawn):
    def refuse(*arguments):
        raise AssertionError("dlib's 68-point model was asked")

    monkeypatch.setattr(dlib_models, "predict_landmarks", refuse)
    (face,) = detect.BlazeFaceDetector()(drawn.photo)
    identity.DlibFaceEmbedder()(drawn.photo, face)
    with pytest.raises(AssertionError, match="68-point"):
        detect.BlazeFaceDetector(landmark_model="dlib68")(drawn.photo)


def test_both_models_of_landmarks_agree(drawn, face):
    (other,) = detect.BlazeFaceDetector(landmark_model="dlib68")(drawn.photo)
    distances = np.linalg.norm(other.landmarks - face.landmarks, axis=1)
    assert np.median(distances) < 0.12 * face.eye_distance
    assert other.annotation().face_width == pytest.approx(face.annotation().face_width, rel=0.15)


@pytest.fixture
def find_squares(monkeypatch):
    """Returns a function that has every search find squares, [(center, score)], as large ones."""

    def find(*squares):
        found = [blaze_face.FoundSquare(Point(*at), 150.0, 0.0, score) for at, score in squares]
        monkeypatch.setattr(blaze_face.Search, "find_large", lambda self, degrees: found)
        monkeypatch.setattr(blaze_face.Search, "find_small", lambda self, degrees: [])

    return find


@pytest.mark.parametrize("shift", [6, 70], ids=["overlapping", "touching"])
def test_two_squares_on_one_face_are_one_face(find_squares, detector, drawn, shift):
    x, y = drawn.annotation.face_center
    find_squares(((x, y), 0.9), ((x + shift, y), 0.8))
    assert len(detector(drawn.photo)) == 1


def test_a_square_without_a_face_is_none(find_squares, detector):
    find_squares(((200.0, 200.0), 0.9))
    assert detector(np.full((400, 400, 3), 120, np.uint8)) == []
