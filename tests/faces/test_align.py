import cv2
import numpy as np
import pytest

from exgan_tf.faces.align import align_face
from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.geometry import Point


def annotate(**changes):
    fields = {
        "eye_left": Point(80, 90),
        "eye_right": Point(120, 90),
        "mouth_center": Point(100, 130),
        "face_center": Point(100, 103),
        "face_width": 100,
        "face_height": 100,
        "roll": 0.0,
    }
    return FaceAnnotation(**{**fields, **changes})


@pytest.fixture
def scene():
    """A picture without repetition, uint8 [220, 200, 3]."""
    noise = np.random.default_rng(0).integers(0, 256, (28, 25, 3), np.uint8)
    return cv2.resize(noise, (200, 220), interpolation=cv2.INTER_CUBIC)


def test_an_upright_face_is_the_plain_crop_of_1_2_face_boxes(scene):
    face = align_face(scene, annotate(), 120)
    # Centre (100, 103), side 120: rows 43 to 163, columns 40 to 160.
    np.testing.assert_array_equal(face.photo, scene[43:163, 40:160])


@pytest.mark.parametrize("size", [64, 480])
def test_the_transform_tells_where_a_pixel_went_to_a_tenth_of_a_pixel(size):
    scene = np.zeros((220, 200, 3), np.uint8)
    scene[84:97, 74:87] = 255
    face = align_face(scene, annotate(roll=20.0), size)
    assert face.photo.shape == (size, size, 3)
    weight = face.photo[..., 0] / face.photo[..., 0].sum(dtype=float)
    rows, columns = np.mgrid[0:size, 0:size]
    middle = [(weight * columns).sum(), (weight * rows).sum()]
    np.testing.assert_allclose(middle, face.transform([80, 90]), atol=0.1)
    np.testing.assert_allclose(middle, face.eye_left, atol=0.75 * size / 120)


def test_roll_levels_the_eyes(scene):
    eye_left, eye_right = Point(82, 80), Point(118, 100)
    roll = np.degrees(np.arctan2(20, 36))
    face = align_face(scene, annotate(eye_left=eye_left, eye_right=eye_right, roll=roll), 240)
    assert abs(face.eye_left.y - face.eye_right.y) < 1e-6
    assert face.eye_right.x - face.eye_left.x > 60


@pytest.mark.parametrize(("center", "top", "left"), [((10, 10), 0, 0), ((195, 215), 100, 80)])
def test_a_crop_over_the_border_is_shifted_inside(scene, center, top, left):
    face = align_face(scene, annotate(mouth_center=None, face_center=Point(*center)), 120)
    np.testing.assert_array_equal(face.photo, scene[top : top + 120, left : left + 120])


def test_the_face_box_counts_where_a_point_is_unknown(scene):
    face = align_face(scene, annotate(eye_left=None, face_center=Point(90.9, 100.9)), 120)
    np.testing.assert_array_equal(face.photo, scene[40:160, 30:150])
    assert face.eye_left is None
    assert face.eye_right == Point(90, 50)


def test_in_a_photo_narrower_than_the_crop_the_eyes_stay_on_the_eyes(scene):
    narrow = scene[:, 50:150]
    moved = annotate(eye_left=Point(30, 90), eye_right=Point(70, 90), mouth_center=Point(50, 130))
    face = align_face(narrow, moved, 120)
    assert face.eye_left.x == pytest.approx(30 * 1.2)


@pytest.mark.parametrize(
    ("center", "width"), [((500, 100), 100), ((100, -1), 100), ((-300, -300), 100), ((0, 50), 0.5)]
)
def test_a_face_without_pixels_or_outside_the_photo_is_refused(scene, center, width):
    nowhere = annotate(mouth_center=None, face_center=Point(*center), face_width=width)
    with pytest.raises(ValueError, match="is empty or outside the 200 x 220 photo"):
        align_face(scene, nowhere, 64)
