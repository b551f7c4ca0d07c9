import dataclasses

import cv2
import numpy as np
import pytest

from exgan_tf import images
from exgan_tf.faces import cutting
from exgan_tf.faces.align import align_face
from exgan_tf.faces.landmarks import eye_centers
from exgan_tf.geometry import box_centers
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
    for box, eye in zip(view.eye_boxes, (points[36:42], points[42:48]), strict=True):
        for side in (box.height, box.width):
            assert BOX_LIMITS[0] <= side / 256 <= BOX_LIMITS[1]
        assert (eye > [box.left, box.top]).all()
        assert (eye < [box.left + box.width - 1, box.top + box.height - 1]).all()


def test_an_eye_beyond_the_aligned_face_is_refused(scenes):
    scene = scenes["open"]
    points = scene.faces[0].landmarks.copy()
    # A face of no width, whose mouth lies below one eye; the other one is a point.
    points[:17], points[36:42] = points[27], points[36:42].mean(axis=0)
    points[[48, 54]] = points[42:48].mean(axis=0) + [0, 30]
    face = dataclasses.replace(scene.faces[0], landmarks=points)
    wanted = r"an eye is at \(-\d+, \d+\), outside .* 64 x 64 pixels: give a photograph"
    with pytest.raises(ValueError, match=wanted):
        filling.view_face(scene.photo, face, size=64)


def test_the_inpainter_is_given_a_batch_of_one(scenes, painter):
    closed, opened = scenes["closed"], scenes["open"]
    filling.fill_eyes(
        closed.photo,
        closed.faces[0],
        reference=opened.photo,
        reference_face=opened.faces[0],
        inpainter=painter,
        image_size=64,
    )
    (example,) = painter.examples
    shapes = {name: (array.shape, array.dtype.name) for name, array in example.items()}
    assert shapes == {
        "image": ((1, 64, 64, 3), "float32"),
        "mask": ((1, 64, 64, 1), "float32"),
        "eye_boxes": ((1, 2, 4), "int32"),
        "reference": ((1, 64, 64, 3), "float32"),
        "reference_eye_boxes": ((1, 2, 4), "int32"),
        "landmarks": ((1, 68, 2), "float32"),
    }
    for top, left, height, width in example["eye_boxes"][0]:
        assert (example["mask"][0, top : top + height, left : left + width] == 1).all()
    centers = eye_centers(example["landmarks"][0])
    np.testing.assert_allclose(centers, box_centers(example["eye_boxes"][0]), atol=0.51)


def test_the_right_answer_pasted_back_changes_next_to_nothing(scenes, build_painter):
    scene = scenes["open"]
    result, changed = filling.fill_eyes(
        scene.photo,
        scene.faces[0],
        reference=scene.photo,
        reference_face=scene.faces[0],
        inpainter=build_painter(lambda example: example["image"]),
        image_size=150,
    )
    # What is lost is the sharpness of eyes that are ten pixels wide, to two resamplings.
    difference = (result.astype(int) - scene.photo)[changed]
    assert np.abs(difference).mean() < 5
    assert abs(difference.mean()) < 0.5


def test_fields_are_applied_to_the_photographs_own_pixels(scenes, copier):
    scene = scenes["open"]
    result, changed = filling.fill_eyes(
        scene.photo,
        scene.faces[0],
        reference=scene.photo,
        reference_face=scene.faces[0],
        inpainter=copier,
        image_size=64,
    )
    assert changed.any()
    # However small the faces are that the in-painter sees.
    np.testing.assert_allclose(result[changed], scene.photo[changed], atol=1)


def test_a_finer_reference_is_not_made_coarser_than_the_photo(scenes, copier):
    scene = scenes["open"]
    large = cv2.resize(scene.photo, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    face = dataclasses.replace(scene.faces[0], landmarks=scene.faces[0].landmarks * 3 + 1)
    result, changed = filling.fill_eyes(
        scene.photo,
        scene.faces[0],
        reference=large,
        reference_face=face,
        inpainter=copier,
        image_size=64,
    )
    # As fine as the mean over the areas of the photo's pixels.
    expected = cv2.resize(large, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    assert np.abs(result.astype(int) - expected)[changed].mean() < 2


def test_a_reference_is_laid_on_the_face(scenes):
    view = filling.view_face(scenes["open"].photo, scenes["open"].faces[0], size=128)
    scene = scenes["open"]
    turned, to_turned = cutting.rotate_photo(scene.photo, 25)
    face = dataclasses.replace(scene.faces[0], landmarks=to_turned(scene.faces[0].landmarks))
    laid = filling.view_reference(turned, face, target=view)
    np.testing.assert_allclose(laid.landmarks, view.landmarks, atol=0.01)
    assert laid.eye_boxes == view.eye_boxes
    middle = (slice(32, 96), slice(32, 96))
    assert np.abs(laid.image - view.image)[middle].mean() < 0.05


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


@pytest.fixture
def fill_masked(scenes, painter):
    """Returns a function that fills what a mask hides of the closed-eyed person."""

    def fill(mask, **changes):
        closed, opened = scenes["closed"], scenes["open"]
        settings = {"photo": closed.photo, "inpainter": painter, **changes}
        return filling.fill_eyes(
            settings.pop("photo"),
            closed.faces[0],
            reference=opened.photo,
            reference_face=opened.faces[0],
            image_size=64,
            mask=mask,
            **settings,
        )

    return fill


@pytest.mark.parametrize("mask", ["box", "strokes", "random", "checkerboard", "left", "any"])
def test_another_mask_is_given_to_the_inpainter_and_filled(fill_masked, painter, scenes, mask):
    result, changed = fill_masked(mask)
    (example,) = painter.examples
    assert example["mask"].shape == (1, 64, 64, 1)
    assert 0 < example["mask"].mean() < 1
    before = scenes["closed"].photo
    np.testing.assert_array_equal(result[~changed], before[~changed])
    assert (np.abs(result.astype(int) - before)[changed].max(axis=-1) > 40).mean() > 0.5


def test_the_middle_of_another_mask_is_what_the_inpainter_made(fill_masked, scenes):
    result, _ = fill_masked("central")
    middle = scenes["closed"].faces[0].center
    np.testing.assert_allclose(result[round(middle.y), round(middle.x)], [0, 255, 0], atol=2)


def test_the_mask_is_drawn_by_its_seed(fill_masked):
    changed = [fill_masked("box", seed=seed)[1] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(changed[0], changed[1])
    assert not np.array_equal(changed[0], changed[2])


def test_what_a_mask_hides_is_not_looked_at(fill_masked, scenes, painter):
    photo = scenes["closed"].photo
    result, changed = fill_masked("left", photo=photo)
    inside = cv2.erode(changed.astype(np.uint8), np.ones((9, 9))) > 0
    blackened = np.where(inside[..., None], np.uint8(0), photo)
    other, _ = fill_masked("left", photo=blackened)
    np.testing.assert_array_equal(other[inside], result[inside])
    references = [example["reference"] for example in painter.examples]
    np.testing.assert_array_equal(*references)


def test_an_unknown_mask_is_named(fill_masked):
    with pytest.raises(ValueError, match="mask is 'nose'; one of eyes, box"):
        fill_masked("nose")


@pytest.mark.parametrize("eye", ["left", "right"])
def test_the_eye_that_is_not_named_is_not_touched(scenes, painter, eye):
    photo, face = scenes["closed"].photo, scenes["closed"].faces[0]
    filled, changed = filling.fill_eyes(
        photo,
        face,
        reference=scenes["open"].photo,
        reference_face=scenes["open"].faces[0],
        inpainter=painter,
        image_size=128,
        eyes=(eye,),
    )
    middle = round((face.eye_left.x + face.eye_right.x) / 2)
    named, other = changed[:, :middle], changed[:, middle:]
    if eye == "right":
        named, other = other, named
    assert named.any() and not other.any()
    np.testing.assert_array_equal(filled[~changed], photo[~changed])
