import dataclasses

import cv2
import numpy as np
import pytest

from exgan_tf import images
from exgan_tf.faces.align import align_face
from exgan_tf.photo import filling

BOX_LIMITS = (48 / 256, 96 / 256)


@pytest.mark.parametrize("size", [64, 128, 256])
def test_a_face_is_aligned_as_for_training(scenes, size):
    scene = scenes["open"]
    view = filling.view_face(scene.photo, scene.faces[0], size=size)
    trained = align_face(scene.photo, scene.faces[0].annotation(), 256).photo
    trained = cv2.resize(trained, (size, size), interpolation=cv2.INTER_AREA)
    assert view.image.dtype == np.float32
    difference = np.abs(images.to_photo(view.image).astype(int) - trained)
    assert difference.mean() < 1.5


def test_a_large_photo_gives_the_same_view(scenes):
    scene = scenes["open"]
    large = cv2.resize(scene.photo, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    face = dataclasses.replace(scene.faces[0], landmarks=scene.faces[0].landmarks * 8 + 3.5)
    view = filling.view_face(scene.photo, scene.faces[0], size=64)
    large_view = filling.view_face(large, face, size=64)
    # The published crop is of whole pixels, which in the small photo are large.
    np.testing.assert_allclose(large_view.eye_boxes, view.eye_boxes, atol=1)
    assert np.abs(view.image - large_view.image).mean() < 0.06


@pytest.mark.parametrize("name", ["open", "closed"])
def test_the_holes_are_of_published_sizes_and_hold_the_eyes(scenes, name):
    scene = scenes[name]
    view = filling.view_face(scene.photo, scene.faces[0], size=256)
    points = view.transform(scene.faces[0].landmarks)
    for box, eye in zip(view.eye_boxes, (points[36:42], points[42:48])):
        for side in (box.height, box.width):
            assert BOX_LIMITS[0] <= side / 256 <= BOX_LIMITS[1]
        assert (eye > [box.left, box.top]).all()
        assert (eye < [box.left + box.width - 1, box.top + box.height - 1]).all()


def test_the_inpainter_is_given_a_batch_of_one(scenes, painter):
    closed, opened = scenes["closed"], scenes["open"]
    filling.fill_eyes(
        closed.photo,
        closed.faces[0],
        reference=opened.photo,
        reference_face=opened.faces[0],
        inpainter=painter,
        image_size=64,
        match_color=False,
    )
    (example,) = painter.examples
    shapes = {name: (array.shape, array.dtype.name) for name, array in example.items()}
    assert shapes == {
        "image": ((1, 64, 64, 3), "float32"),
        "mask": ((1, 64, 64, 1), "float32"),
        "eye_boxes": ((1, 2, 4), "int32"),
        "reference": ((1, 64, 64, 3), "float32"),
        "reference_eye_boxes": ((1, 2, 4), "int32"),
    }
    for top, left, height, width in example["eye_boxes"][0]:
        assert (example["mask"][0, top : top + height, left : left + width] == 1).all()


def test_the_right_answer_pasted_back_changes_next_to_nothing(scenes):
    scene = scenes["open"]
    result, changed = filling.fill_eyes(
        scene.photo,
        scene.faces[0],
        reference=scene.photo,
        reference_face=scene.faces[0],
        inpainter=lambda example: example["image"],
        image_size=150,
        match_color=True,
    )
    # What is lost is the sharpness of eyes that are ten pixels wide, to two resamplings.
    difference = (result.astype(int) - scene.photo)[changed]
    assert np.abs(difference).mean() < 5
    assert abs(difference.mean()) < 0.5


def test_an_offset_of_color_is_taken_back_by_matching():
    rng = np.random.default_rng(0)
    image = rng.uniform(-0.5, 0.5, (64, 64, 3)).astype(np.float32)
    boxes = [filling.Box(10, 8, 20, 16), filling.Box(10, 36, 20, 16)]
    shifted = image.copy()
    for box in boxes:
        shifted[10:30, box.left : box.left + 16] += np.float32([0.3, -0.2, 0.1])
    matched = filling.match_border(shifted, image, boxes)
    np.testing.assert_allclose(matched, image, atol=1e-5)


def test_matching_leaves_all_outside_the_holes_alone():
    rng = np.random.default_rng(0)
    image = rng.uniform(-1, 1, (32, 32, 3)).astype(np.float32)
    matched = filling.match_border(-image, image, [filling.Box(8, 8, 10, 10)])
    outside = np.ones((32, 32), bool)
    outside[8:18, 8:18] = False
    np.testing.assert_array_equal(matched[outside], -image[outside])


def test_a_hole_without_a_border_is_not_matched():
    image = np.ones((16, 16, 3), np.float32)
    completed = np.zeros_like(image)
    matched = filling.match_border(completed, image, [filling.Box(0, 0, 16, 16)])
    np.testing.assert_array_equal(matched, completed)


def test_the_size_is_the_models_the_wish_or_the_faces_own(scenes):
    face = scenes["open"].faces[0]

    def choose(model_size, image_size):
        return filling.choose_image_size(face, model_size=model_size, image_size=image_size)

    assert choose(128, None) == 128
    assert choose(None, 200) == 200
    assert choose(None, None) in (96, 128, 160)
    with pytest.raises(ValueError, match="image_size is 64, but this model takes 128"):
        choose(128, 64)
    with pytest.raises(ValueError, match="image_size is 5000"):
        choose(None, 5000)
