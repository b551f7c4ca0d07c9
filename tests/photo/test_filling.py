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


def enlarge(scene, factor):
    photo = cv2.resize(scene.photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    (face,) = scene.faces
    points = factor * face.landmarks + (factor - 1) / 2
    return scene._replace(photo=photo, faces=[dataclasses.replace(face, landmarks=points)])


def test_a_large_photo_gives_the_same_view(scenes):
    scene, large = scenes["open"], enlarge(scenes["open"], 8)
    view = filling.view_face(scene.photo, scene.faces[0], size=64)
    large_view = filling.view_face(large.photo, large.faces[0], size=64)
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
    message = r"an eye is at \(-\d+, \d+\), outside .* 64 x 64 pixels: give a photograph"
    with pytest.raises(ValueError, match=message):
        filling.view_face(scene.photo, face, size=64)


@pytest.fixture
def fill(scenes, painter):
    """Returns a function that fills the eyes of one scene with those of another."""

    def run(target="closed", reference="open", **options):
        target, reference = (
            scenes[each] if isinstance(each, str) else each for each in (target, reference)
        )
        return filling.fill_eyes(
            target.photo,
            target.faces[0],
            reference=reference.photo,
            reference_face=reference.faces[0],
            **{"inpainter": painter, "image_size": 64, **options},
        )

    return run


def test_the_inpainter_is_given_a_batch_of_one(fill, painter):
    fill()
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


def test_the_right_answer_pasted_back_changes_next_to_nothing(scenes, fill, build_painter):
    truth = build_painter(lambda example: example["image"])
    result, changed = fill("open", inpainter=truth, image_size=150)
    # What is lost is the sharpness of eyes that are ten pixels wide, to two resamplings.
    difference = (result.astype(int) - scenes["open"].photo)[changed]
    assert np.abs(difference).mean() < 5
    assert abs(difference.mean()) < 0.5


def test_fields_are_applied_to_the_photographs_own_pixels(scenes, fill, copier):
    result, changed = fill("open", inpainter=copier)
    assert changed.any()
    # However small the faces are that the in-painter sees.
    np.testing.assert_allclose(result[changed], scenes["open"].photo[changed], atol=1)


def test_a_finer_reference_is_not_made_coarser_than_the_photo(scenes, fill, copier):
    large = enlarge(scenes["open"], 3)
    result, changed = fill("open", large, inpainter=copier)
    # As fine as the mean over the areas of the photo's pixels.
    expected = cv2.resize(large.photo, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
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


@pytest.mark.parametrize("mask", ["box", "strokes", "left"])
def test_another_mask_is_given_to_the_inpainter_and_filled(fill, painter, scenes, mask):
    result, changed = fill(mask=mask)
    (example,) = painter.examples
    assert example["mask"].shape == (1, 64, 64, 1)
    assert 0 < example["mask"].mean() < 1
    before = scenes["closed"].photo
    np.testing.assert_array_equal(result[~changed], before[~changed])
    assert (np.abs(result.astype(int) - before)[changed].max(axis=-1) > 40).mean() > 0.5


def test_the_middle_of_another_mask_is_what_the_inpainter_made(fill, scenes):
    result, _ = fill(mask="central")
    middle = scenes["closed"].faces[0].center
    np.testing.assert_allclose(result[round(middle.y), round(middle.x)], [0, 255, 0], atol=2)


def test_the_mask_is_drawn_by_its_seed(fill):
    changed = [fill(mask="box", seed=seed)[1] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(changed[0], changed[1])
    assert not np.array_equal(changed[0], changed[2])


def test_what_a_mask_hides_is_not_looked_at(fill, scenes, painter):
    scene = scenes["closed"]
    result, changed = fill(mask="left")
    inside = cv2.erode(changed.astype(np.uint8), np.ones((9, 9))) > 0
    blackened = np.where(inside[..., None], np.uint8(0), scene.photo)
    other, _ = fill(scene._replace(photo=blackened), mask="left")
    np.testing.assert_array_equal(other[inside], result[inside])
    references = [example["reference"] for example in painter.examples]
    np.testing.assert_array_equal(*references)


def test_an_unknown_mask_is_named(fill):
    with pytest.raises(ValueError, match="mask is 'nose'; expected one of eyes, box"):
        fill(mask="nose")


@pytest.mark.parametrize("eye", ["left", "right"])
def test_the_eye_that_is_not_named_is_not_touched(scenes, fill, eye):
    photo, (face,) = scenes["closed"].photo, scenes["closed"].faces
    filled, changed = fill(image_size=128, eyes=(eye,))
    middle = round((face.eye_left.x + face.eye_right.x) / 2)
    named, other = changed[:, :middle], changed[:, middle:]
    if eye == "right":
        named, other = other, named
    assert named.any() and not other.any()
    np.testing.assert_array_equal(filled[~changed], photo[~changed])
