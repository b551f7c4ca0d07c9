"""The contract, run over every in-painter."""

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import inpainters
from exgan_tf.inpainters import base


class Constant(base.Inpainter):
    """Fills with one value, and keeps what it was given."""

    def __init__(self, value, *, image_size=None):
        self.value = value
        self.image_size = image_size

    def _fill(self, example):
        self.given = example
        return np.full(example["image"].shape, self.value)


class LandmarkReader(Constant):
    """Reads landmarks, of which it makes nothing."""

    input_names = ("image", "mask", "landmarks")


def hole_of(example):
    return np.broadcast_to(example["mask"] > 0, example["image"].shape)


def test_holes_are_filled_and_all_else_stays_bit_for_bit(inpainter, example):
    example["image"][0, 0, 0] = [-0.0, 1e-40, 1.0]
    before = {name: values.copy() for name, values in example.items()}
    completed = inpainter(example)
    assert (completed.shape, completed.dtype) == (example["image"].shape, np.float32)
    assert np.abs(completed).max() <= 1
    hole = hole_of(example)
    assert np.any(completed[hole] != 0)
    assert completed[~hole].tobytes() == before["image"][~hole].tobytes()
    for name, values in before.items():
        assert example[name].tobytes() == values.tobytes(), name


def test_filling_twice_gives_the_same_whatever_lies_in_the_hole(inpainter, example):
    expected = inpainter(example)
    for secret in (0.0, 1e30, np.nan):
        image = np.where(hole_of(example), np.float32(secret), example["image"])
        np.testing.assert_array_equal(inpainter({**example, "image": image}), expected)


def test_a_batch_is_filled_as_its_examples_one_by_one(inpainter, example):
    singles = [
        inpainter({name: values[[index]] for name, values in example.items()}) for index in range(2)
    ]
    np.testing.assert_allclose(inpainter(example), np.concatenate(singles), atol=1e-5)


def test_tensors_are_as_good_as_arrays_and_other_keys_are_ignored(inpainter, example):
    tensors = {name: tf.constant(example[name]) for name in inpainter.input_names}
    tensors |= {"identity": tf.constant(["a", "b"]), "notes": "none"}
    np.testing.assert_array_equal(inpainter(tensors), inpainter(example))


def test_a_hole_may_be_nothing_or_everything(inpainter, example):
    example["mask"][0] = 0
    example["mask"][1] = 1
    completed = inpainter(example)
    np.testing.assert_array_equal(completed[0], example["image"][0])
    assert np.abs(completed).max() <= 1


@pytest.mark.parametrize("height_and_width", [(19, 45), (64, 23)])
def test_untrained_methods_take_images_of_any_size(classical_inpainter, height_and_width):
    generator = np.random.default_rng(0)
    image, reference = generator.uniform(-1, 1, [2, 1, *height_and_width, 3]).astype(np.float32)
    mask = np.zeros([1, *height_and_width, 1], np.float32)
    mask[0, 3:11, 2:9] = mask[0, 4:12, 13:22] = 1
    boxes = np.array([[[3, 2, 8, 7], [4, 13, 8, 9]]], np.int32)
    example = {"image": image, "mask": mask, "eye_boxes": boxes, "reference": reference}
    completed = classical_inpainter({**example, "reference_eye_boxes": boxes - 1})
    assert completed.shape == image.shape


def test_every_input_that_is_missing_is_named(inpainter):
    message = f"example lacks {', '.join(inpainter.input_names)}:"
    with pytest.raises(ValueError, match=message):
        inpainter({})


BAD = {
    "a photo": ("image", lambda image: np.zeros(image.shape, np.uint8), "images.to_image"),
    "float64": ("image", lambda image: image.astype(np.float64), "image is float64"),
    "no batch": ("image", lambda image: image[0], "image is float32 \\[32, 32, 3\\]"),
    "one number": ("image", lambda image: np.float32(0), "image is float32 \\[\\]"),
    "grey": ("image", lambda image: image[..., :1], "expected float32 \\[B, H, W, 3\\]"),
    "empty": ("image", lambda image: image[:0], "at least one image"),
    "a line": ("image", lambda image: image[:, :1], "2 to 32766 pixels"),
    "0 to 255": ("image", lambda image: image * 255, "not in \\[-1, 1\\]"),
    "NaN": ("image", lambda image: image * np.nan, "not in \\[-1, 1\\], such as nan"),
    "soft mask": ("mask", lambda mask: mask / 2, "such as 0.5"),
    "mask of NaN": ("mask", lambda mask: mask * np.nan, "other than 0 and 1"),
    "bool mask": ("mask", lambda mask: mask > 0, "mask is bool"),
    "mask of one": ("mask", lambda mask: mask[:1], "here \\[2, 32, 32, 1\\]"),
    "flat mask": ("mask", lambda mask: mask[..., 0], "\\[B, H, W, 1\\]"),
    "reference size": ("reference", lambda image: image[:, :16], "reference is float32"),
    "reference NaN": ("reference", lambda image: image * np.nan, "reference has .* nan"),
    "long boxes": ("eye_boxes", lambda boxes: boxes.astype(np.int64), "eye_boxes is int64"),
    "one eye": ("eye_boxes", lambda boxes: boxes[:, :1], "\\[B, 2, 4\\]"),
    "outside": ("eye_boxes", lambda boxes: boxes + 20, "which is empty or leaves the image"),
    "negative": ("reference_eye_boxes", lambda boxes: -boxes, "reference_eye_boxes has the box"),
    "huge": ("eye_boxes", lambda boxes: np.full_like(boxes, 2**31 - 1), "inside 32 x 32 pixels"),
    "no box": ("eye_boxes", lambda boxes: boxes * 0, "the box \\[0, 0, 0, 0\\]"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(example, case):
    name, spoil, message = BAD[case]
    example[name] = spoil(example[name])
    with pytest.raises(ValueError, match=message):
        inpainters.Transplant()(example)


BAD_LANDMARKS = {
    "unknown": (lambda points: points * np.nan, "landmarks of 2 of 2 images .* --fit_landmarks"),
    "one unknown": (lambda points: points + np.float32([[[0]], [[np.nan]]]), "of 1 of 2"),
    "infinite": (lambda points: points + np.inf, "not finite"),
    "too few": (lambda points: points[:, :67], r"float32 \[B, 68, 2\], here \[2, 68, 2\]"),
    "of one": (lambda points: points[:1], r"landmarks is float32 \[1, 68, 2\]"),
    "float64": (lambda points: points.astype(np.float64), "landmarks is float64"),
    "texts": (lambda points: points.astype(str), "landmarks is <U"),
}


@pytest.mark.parametrize("case", BAD_LANDMARKS)
def test_bad_landmarks_are_refused_where_they_are_read(example, case):
    spoil, message = BAD_LANDMARKS[case]
    example["landmarks"] = spoil(example["landmarks"])
    with pytest.raises(ValueError, match=message):
        LandmarkReader(0.5)(example)
    Constant(0.5)(example)


def test_landmarks_may_lie_outside_the_image(example):
    example["landmarks"] -= 100
    inpainter = LandmarkReader(0.5)
    inpainter(example)
    np.testing.assert_array_equal(inpainter.given["landmarks"], example["landmarks"])


def test_an_image_of_another_size_than_the_only_one_is_refused(example):
    with pytest.raises(ValueError, match="image is 32 x 32 pixels; Constant takes only 64 x 64"):
        Constant(0.5, image_size=64)(example)


def test_a_method_is_given_grey_in_place_of_the_hole_and_clipped_if_it_overshoots(example):
    inpainter, hole = Constant(3.0), hole_of(example)
    assert np.all(inpainter(example)[hole] == 1)
    assert not inpainter.given["image"][hole].any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_not_handed_out(example, value):
    with pytest.raises(ValueError, match="Constant filled in values that are not finite"):
        Constant(value)(example)
