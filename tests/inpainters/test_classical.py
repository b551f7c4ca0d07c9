import numpy as np
import pytest

from exgan_tf import inpainters

SIZE = 40
EYE_BOXES = [[14, 6, 10, 12], [16, 23, 8, 10]]
SKIN = np.array([0.8, 0.5, 0.3], np.float32)
BROWN, BLUE = [-0.5, -0.8, -0.9], [-0.6, -0.2, 0.6]


def face(iris, *, boxes=EYE_BOXES, shift=(0, 0), skin=SKIN):
    """A bright plain face whose two eyes are discs of one colour, as one example."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    image = np.zeros([SIZE, SIZE, 3], np.float32) + np.asarray(skin, np.float32)
    mask = np.zeros([SIZE, SIZE, 1], np.float32)
    boxes = np.array(boxes) + [*shift, 0, 0]
    for top, left, height, width in boxes:
        middle_row, middle_column = top + (height - 1) / 2, left + (width - 1) / 2
        image[(rows - middle_row) ** 2 + (columns - middle_column) ** 2 < 7] = iris
        mask[top : top + height, left : left + width] = 1
    return {
        "image": image[np.newaxis],
        "mask": mask[np.newaxis],
        "eye_boxes": boxes[np.newaxis].astype(np.int32),
    }


def with_reference(example, reference):
    return {
        **example,
        "reference": reference["image"],
        "reference_eye_boxes": reference["eye_boxes"],
    }


def filled(inpainter, example):
    return inpainter(example)[np.broadcast_to(example["mask"] > 0, example["image"].shape)]


def test_the_mean_color_is_that_of_the_known_pixels_of_the_same_image_or_grey():
    example = face(BLUE)
    known = example["mask"][0, ..., 0] == 0
    example["image"][0, :10] = -1
    expected = example["image"][0][known].mean(axis=0, dtype=np.float64)
    values = filled(inpainters.MeanColor(), example).reshape(-1, 3)
    np.testing.assert_allclose(values, np.broadcast_to(expected, values.shape), atol=1e-6)
    example["mask"][:] = 1
    assert not inpainters.MeanColor()(example).any()


BORDER_BOXES = {
    "inside": EYE_BOXES,
    "at the left and right edge": [[14, 0, 10, 12], [16, 30, 8, 10]],
    "in the upper corners": [[0, 0, 10, 12], [0, 26, 12, 14]],
    "at the lower edge": [[30, 6, 10, 12], [28, 23, 12, 10]],
    "overlapping": [[14, 6, 10, 16], [16, 20, 8, 14]],
}


@pytest.mark.parametrize("boxes", BORDER_BOXES.values(), ids=BORDER_BOXES)
@pytest.mark.parametrize("skin", [0.95, -0.95])
def test_a_plain_image_is_continued_without_a_trace_of_the_hole(classical_inpainter, boxes, skin):
    example = face([skin] * 3, boxes=boxes, skin=[skin] * 3)
    values = filled(classical_inpainter, with_reference(example, example))
    # Telea's extrapolation is off by up to 6 levels of 255 on a plain image.
    np.testing.assert_allclose(values, skin, atol=0.05)


@pytest.mark.parametrize("name", ["telea", "navier_stokes"])
def test_opencv_is_given_the_colors_in_the_right_order(name):
    values = filled(inpainters.INPAINTERS[name](), face(SKIN)).reshape(-1, 3)
    np.testing.assert_allclose(values.mean(axis=0), SKIN, atol=0.03)


@pytest.mark.parametrize("boxes", BORDER_BOXES.values(), ids=BORDER_BOXES)
def test_a_face_that_is_its_own_reference_comes_back(boxes):
    example = face(BLUE, boxes=boxes)
    completed = inpainters.Transplant()(with_reference(example, example))
    np.testing.assert_allclose(completed, example["image"], atol=1 / 255)


def test_the_eyes_have_the_color_of_the_reference():
    example = with_reference(face(BROWN), face(BLUE, shift=(3, -2)))
    completed = inpainters.Transplant()(example)
    np.testing.assert_allclose(completed, face(BLUE)["image"], atol=1 / 255)


@pytest.mark.parametrize("kind", ["in another light", "that does not reach everywhere"])
def test_a_reference_brings_no_seam(kind):
    reference = face(BLUE)
    reference["image"] = reference["image"] * np.float32(0.5) - np.float32(0.5)
    if kind == "that does not reach everywhere":  # Its edge is repeated.
        reference = face(BLUE, boxes=[[14, 0, 10, 12], [16, 17, 8, 10]])
        reference["image"][:, :, 0] = SKIN
    completed = inpainters.Transplant()(with_reference(face(BROWN), reference))
    top, left, height, _ = EYE_BOXES[0]
    edge = completed[0, top : top + height, left]
    np.testing.assert_allclose(edge, np.broadcast_to(SKIN, edge.shape), atol=0.02)


def test_eyes_that_lie_on_each_other_are_no_obstacle():
    example = face(BROWN)
    reference = face(BLUE)
    reference["eye_boxes"][:, 1] = reference["eye_boxes"][:, 0]
    assert np.isfinite(inpainters.Transplant()(with_reference(example, reference))).all()
    assert np.isfinite(inpainters.Transplant()(with_reference(reference, example))).all()
