import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import eye_strip

BOXES = {
    "level": [[12, 8, 8, 9], [12, 40, 8, 9]],
    "turned": [[10, 7, 9, 12], [18, 38, 7, 10]],
    "close": [[30, 20, 5, 5], [28, 33, 5, 5]],
}
each_pair = pytest.mark.parametrize("boxes", BOXES.values(), ids=BOXES)


def take(transform, x, y):
    return np.asarray(transform)[0] @ [x, y, 1]


@pytest.mark.parametrize(("image_size", "size"), [(32, (16, 24)), (128, (64, 96))])
def test_a_strip_is_half_as_high_and_three_quarters_as_wide_as_the_image(image_size, size):
    assert eye_strip.strip_size(image_size) == size


@each_pair
def test_the_eyes_come_from_the_canonical_places_of_the_strip_without_shear(boxes):
    transform = eye_strip.strip_to_image(tf.constant([boxes]), image_size=64)
    # The strip is 48 x 32, its middle at (23.5, 15.5), the eyes 18 pixels apart.
    for x, (top, left, height, width) in zip((14.5, 32.5), boxes, strict=True):
        center = left + (width - 1) / 2, top + (height - 1) / 2
        np.testing.assert_allclose(take(transform, x, 15.5), center, atol=1e-4)
    turn = transform.numpy()[0, :, :2]
    assert np.linalg.det(turn) > 0
    np.testing.assert_allclose(turn @ turn.T, np.linalg.det(turn) * np.eye(2), atol=1e-5)


def test_eyes_as_far_apart_as_usual_are_not_scaled():
    boxes = tf.constant([[[20, 20, 5, 5], [20, 56, 5, 5]]])
    transform = eye_strip.strip_to_image(boxes, image_size=128).numpy()
    np.testing.assert_allclose(transform[0, :, :2], np.eye(2), atol=1e-6)


def test_boxes_with_one_centre_give_a_strip_around_it():
    boxes = tf.constant([[[20, 20, 5, 5], [20, 20, 5, 5]]])
    transform = eye_strip.strip_to_image(boxes, image_size=64)
    np.testing.assert_allclose(transform[0, :, :2], np.eye(2))
    np.testing.assert_allclose(take(transform, 23.5, 15.5), [22, 22])


def test_each_example_has_its_own_transform():
    both = eye_strip.strip_to_image(tf.constant([BOXES["level"], BOXES["turned"]]), image_size=64)
    for index, name in enumerate(("level", "turned")):
        alone = eye_strip.strip_to_image(tf.constant([BOXES[name]]), image_size=64)
        np.testing.assert_allclose(both[index], alone[0], atol=1e-6)


def test_the_inverse_is_that_of_any_affine_map():
    transform = np.array([[[2, 1, -3], [0.5, -1, 4]]], np.float32)
    expected = np.linalg.inv(np.vstack([transform[0], [0, 0, 1]]))[:2]
    np.testing.assert_allclose(eye_strip.invert(transform)[0], expected, atol=1e-6)
