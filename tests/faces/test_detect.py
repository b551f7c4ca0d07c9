import dataclasses
import math
import pickle

import cv2
import numpy as np
import pytest

from exgan_tf import drawn_faces
from exgan_tf.faces import blaze_face, cutting, detect, dlib_models, identity, model_files
from exgan_tf.geometry import Point


def draw(*, seed=0, size=320, closed_fraction=0.0):
    rng = np.random.default_rng(seed)
    identity = drawn_faces.draw_identity(rng)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=closed_fraction)
    return drawn_faces.draw_photograph(identity, conditions, size=size)


@pytest.fixture(scope="module")
def drawn():
    return draw()


@pytest.fixture(scope="module")
def detector():
    return detect.BlazeFaceDetector()


@pytest.fixture(scope="module")
def face(drawn, detector):
    faces = detector(drawn.photo)
    assert len(faces) == 1
    return faces[0]


def test_the_eyes_are_where_they_were_drawn(drawn, face):
    allowed = 0.12 * face.eye_distance
    assert math.dist(face.eye_left, drawn.annotation.eye_left) < allowed
    assert math.dist(face.eye_right, drawn.annotation.eye_right) < allowed


def test_the_annotation_agrees_with_the_drawing(drawn, face):
    found, truth = face.annotation(), drawn.annotation
    assert found.face_width == pytest.approx(truth.face_width, rel=0.15)
    assert found.roll == pytest.approx(truth.roll, abs=4)
    assert found.face_center == pytest.approx(truth.face_center, abs=0.1 * truth.face_width)


def test_open_and_closed_eyes_are_told_apart(detector):
    openness = [
        detector(draw(seed=2, closed_fraction=fraction).photo)[0].annotation().eyes_opened
        for fraction in (0.0, 1.0)
    ]
    assert openness[0] > 0.5 > openness[1]


def test_a_photo_without_a_face_has_none(detector):
    assert detector(np.full((300, 400, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 7, 3), (2, 2000, 3), (1, 32766, 3)])
def test_a_tiny_or_narrow_photo_has_no_face(detector, shape):
    assert detector(np.zeros(shape, np.uint8)) == []


def test_a_face_of_sixty_pixels_is_found(detector):
    small = draw(size=130)
    scaled, scaling = cutting.scale_photo(small.photo, 60 / small.annotation.face_width)
    found = detector(scaled)[0]
    assert math.dist(found.eye_left, scaling(small.annotation.eye_left)) < 5


def test_an_enlarged_face_is_found_in_the_same_place(detector, drawn):
    large, enlarging = cutting.scale_photo(drawn.photo, 9)
    found = detector(large)[0]
    error = math.dist(found.eye_left, enlarging(drawn.annotation.eye_left))
    assert error < 0.12 * found.eye_distance


@pytest.mark.parametrize("degrees", [35.0, -35.0, 50.0, -50.0, 65.0])
def test_a_tilted_head_is_found_with_its_tilt(detector, drawn, degrees):
    tilted, tilting = cutting.rotate_photo(drawn.photo, degrees)
    found = detector(tilted)[0]
    assert found.annotation().roll == pytest.approx(drawn.annotation.roll - degrees, abs=6)
    assert math.dist(found.eye_left, tilting(drawn.annotation.eye_left)) < 0.15 * found.eye_distance


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_lying_and_upside_down_faces_are_found(detector, drawn, quarters):
    photo = np.ascontiguousarray(np.rot90(drawn.photo, quarters))
    (found,) = detector(photo)
    roll = drawn.annotation.roll - 90 * quarters
    assert math.remainder(found.annotation().roll - roll, 360) == pytest.approx(0, abs=6)


def test_half_a_face_at_the_border_does_not_end_the_search(drawn, detector):
    eyes = drawn.annotation.eye_left, drawn.annotation.eye_right
    half = np.ascontiguousarray(drawn.photo[:, : round((eyes[0].x + eyes[1].x) / 2)])
    for found in detector(half):
        assert math.dist(found.eye_left, eyes[0]) < 0.3 * found.eye_distance
    detect.fit_face(half, eyes[0], side=drawn.annotation.face_width)


def test_a_small_face_in_a_large_photo_is_found_by_the_finer_search(detector):
    small = draw(size=200)
    photo = np.full((2600, 2600, 3), 128, np.uint8)
    photo[1000:1200, 1500:1700] = small.photo
    found = detector(photo)[0]
    truth = np.array(small.annotation.eye_left) + (1500, 1000)
    assert math.dist(found.eye_left, truth) < 0.15 * found.eye_distance


def test_a_small_face_beside_a_large_one_is_found_when_every_face_is_wanted(detector, drawn):
    photo = np.full((2000, 3000, 3), 128, np.uint8)
    photo[200:1400, 200:1400] = cv2.resize(drawn.photo, (1200, 1200))
    photo[1500:1660, 2000:2160] = draw(size=160).photo
    assert len(detector(photo)) == 1
    assert len(dataclasses.replace(detector, every_face=True)(photo)) == 2


def test_the_largest_face_comes_first(detector, drawn):
    photo = np.full((640, 640 + 320, 3), 128, np.uint8)
    photo[:320, :320] = drawn.photo
    photo[:, 320:] = cv2.resize(drawn.photo, (640, 640))
    widths = [found.annotation().face_width for found in detector(photo)]
    assert len(widths) == 2
    assert widths[0] > 1.5 * widths[1]


def test_a_detector_can_be_sent_to_another_process(detector, drawn, face):
    copy = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(copy(drawn.photo)[0].landmarks, face.landmarks)


@pytest.mark.parametrize(
    "photo",
    [np.zeros((50, 50), np.uint8), np.zeros((50, 50, 4), np.uint8), np.zeros((50, 50, 3)), None],
    ids=["grey", "transparent", "float", "nothing"],
)
def test_what_is_not_a_photo_is_refused(detector, photo):
    with pytest.raises(ValueError, match="a photo"):
        detector(photo)


def test_without_the_models_the_error_says_what_to_install():
    with pytest.raises(ValueError, match="face.dat: pip install faces"):
        model_files.find_model_file("exgan_tf", "models/face.dat", install="pip install faces")
    with pytest.raises(ValueError, match="face.dat: pip install faces"):
        model_files.find_model_file("no_such_package", "face.dat", install="pip install faces")


def test_by_default_no_model_for_non_commercial_use_is_loaded(monkeypatch, drawn):
    def refuse(*arguments):
        raise AssertionError("dlib's 68-point model was loaded")

    monkeypatch.setattr(dlib_models, "_landmark_predictor", refuse)
    (face,) = detect.BlazeFaceDetector()(drawn.photo)
    identity.DlibFaceEmbedder()(drawn.photo, face)
    with pytest.raises(AssertionError, match="68-point"):
        detect.BlazeFaceDetector(landmark_model="dlib68")(drawn.photo)


def test_both_models_of_landmarks_agree(drawn, face):
    (other,) = detect.BlazeFaceDetector(landmark_model="dlib68")(drawn.photo)
    distances = np.linalg.norm(other.landmarks - face.landmarks, axis=1)
    assert np.median(distances) < 0.12 * face.eye_distance
    assert other.annotation().face_width == pytest.approx(face.annotation().face_width, rel=0.15)


def find_squares(monkeypatch, *squares):
    """Has every search for large faces find these, and none for small ones."""
    monkeypatch.setattr(blaze_face.Search, "find_large", lambda self, degrees: list(squares))
    monkeypatch.setattr(blaze_face.Search, "find_small", lambda self, degrees: [])


@pytest.mark.parametrize("shift", [6, 70], ids=["overlapping", "touching"])
def test_two_squares_on_one_face_are_one_face(monkeypatch, detector, drawn, shift):
    x, y = drawn.annotation.face_center
    squares = [
        blaze_face.FoundSquare(Point(x + right, y), 150.0, 0.0, score)
        for right, score in ((0, 0.9), (shift, 0.8))
    ]
    find_squares(monkeypatch, *squares)
    assert len(detector(drawn.photo)) == 1


def test_a_square_without_a_face_is_none(monkeypatch, detector):
    find_squares(monkeypatch, blaze_face.FoundSquare(Point(200.0, 200.0), 150.0, 0.0, 0.9))
    assert detector(np.full((400, 400, 3), 120, np.uint8)) == []


def test_small_faces_are_looked_for_the_way_up_that_the_large_ones_have(detector, drawn):
    photo = np.full((2000, 3000, 3), 128, np.uint8)
    photo[200:1400, 200:1400] = cv2.resize(drawn.photo, (1200, 1200))
    photo[1500:1660, 2000:2160] = draw(size=160).photo
    upside_down = np.ascontiguousarray(photo[::-1, ::-1])
    faces = dataclasses.replace(detector, every_face=True)(upside_down)
    assert [abs(found.annotation().roll) > 150 for found in faces] == [True, True]
