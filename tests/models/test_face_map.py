import numpy as np
import pytest

from exgan_tf.faces import landmarks as face_landmarks
from exgan_tf.models import face_map

FAR = -1000.0
CHANNELS = {"jaw": range(17), "brow": range(22, 27), "eye": range(36, 42), "mouth": range(60, 68)}


def noise_landmarks(image_size):
    points = np.random.default_rng(0).uniform(0, image_size - 1, [2, 68, 2])
    return points.astype(np.float32)


def draw_bridge(points, image_size=32):
    """The third channel of a face of which only the bridge of the nose lies in the image."""
    landmarks = np.full([1, 68, 2], FAR, np.float32)
    landmarks[0, 27:31] = points
    return face_map.draw_face_map(landmarks, image_size).numpy()[0]


def test_a_line_is_a_pixel_wide():
    drawn = draw_bridge([[5, 8], [10, 8], [15, 8], [20, 8]])
    expected = np.full([32, 32], -1.0)
    expected[8, 5:21] = 1
    np.testing.assert_allclose(drawn[..., 2], expected, atol=1e-5)
    assert np.all(drawn[..., :2] == -1)


def test_a_line_between_two_rows_covers_half_of_each():
    drawn = draw_bridge([[5, 8.5], [10, 8.5], [15, 8.5], [20, 8.5]])[..., 2]
    np.testing.assert_allclose(drawn[8:10, 5:21], 0, atol=1e-5)
    assert np.all(drawn[7] == -1)


def test_lines_of_large_images_are_wider():
    drawn = draw_bridge([[20, 64], [30, 64], [40, 64], [50, 64]], image_size=256)[..., 2]
    np.testing.assert_allclose(drawn[61:68, 30], [-1, 0, 1, 1, 1, 0, -1], atol=1e-5)


def test_landmarks_on_one_place_are_a_dot():
    drawn = draw_bridge([[5, 8]] * 4)[..., 2]
    assert (drawn[8, 5], drawn[8, 6], drawn[10, 5]) == (1, -1, -1)


@pytest.mark.parametrize(("part", "channel"), [("jaw", 0), ("brow", 0), ("eye", 1), ("mouth", 2)])
def test_each_part_of_the_face_has_its_channel(part, channel):
    landmarks = noise_landmarks(32)
    before = face_map.draw_face_map(landmarks, 32).numpy()
    assert (before.shape, before.dtype) == ((2, 32, 32, 3), np.float32)
    assert before.min() == -1 and 0.99 < before.max() <= 1
    landmarks[:, CHANNELS[part]] = FAR
    changed = np.any(face_map.draw_face_map(landmarks, 32) != before, axis=(0, 1, 2))
    assert list(np.flatnonzero(changed)) == [channel]


def test_the_map_of_a_mirrored_face_is_the_mirrored_map():
    landmarks = noise_landmarks(32)
    mirrored = landmarks[:, face_landmarks.MIRRORED] * [-1, 1] + [31, 0]
    np.testing.assert_allclose(
        face_map.draw_face_map(mirrored.astype(np.float32), 32),
        face_map.draw_face_map(landmarks, 32)[:, :, ::-1],
        atol=1e-4,
    )


def test_no_gap_between_neighbouring_landmarks():
    drawn = draw_bridge([[3, 3], [12, 9], [14, 20], [25, 27]])[..., 2]
    inside = np.flatnonzero((drawn > -1).any(axis=1))
    np.testing.assert_array_equal(inside, np.arange(inside[0], inside[-1] + 1))
    assert (drawn[3:28].max(axis=1) > 0).all()
