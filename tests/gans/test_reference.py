import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import eye_windows


@pytest.mark.parametrize("align_reference", [False, True])
def test_the_discriminator_sees_the_reference_and_its_eyes(align_reference, build_gan, example):
    gan = build_gan("reference", align_reference=align_reference)
    inputs = gan._discriminator_inputs(example, example["image"])
    if not align_reference:
        np.testing.assert_array_equal(inputs["reference"], example["reference"])
    boxes = example["eye_boxes" if align_reference else "reference_eye_boxes"]
    np.testing.assert_array_equal(
        inputs["reference_eyes"], eye_windows.crop_windows(inputs["reference"], boxes)
    )


@pytest.mark.parametrize("method", ["_generator_inputs", "_discriminator_inputs"])
def test_an_aligned_reference_has_its_eyes_on_the_hole(method, build_gan, example):
    gan = build_gan("reference", align_reference=True)
    # A picture that is white on the reference's eyes is white on the hole's eyes afterwards.
    example["reference"] = tf.repeat(example["reference_mask"], 3, axis=-1)
    images = () if method == "_generator_inputs" else (example["image"],)
    reference = getattr(gan, method)(example, *images)["reference"].numpy()
    for index, boxes in enumerate(example["eye_boxes"].numpy()):
        for top, left, height, width in boxes:
            row, column = top + height // 2, left + width // 2
            assert reference[index, row, column].min() > 0.9


@pytest.mark.parametrize("name", ["reference", "code"])
def test_a_matched_exemplar_takes_the_light_of_the_image_and_nothing_from_the_hole(
    name, build_gan, example
):
    gan = build_gan(name, match_reference=True)
    inputs = gan._generator_inputs(example)
    hole = example["mask"].numpy()[..., 0] > 0
    # Half the light everywhere but in the hole, where nobody looks.
    dark = np.where(hole[..., np.newaxis], np.nan, example["image"] / 2 - 0.5).astype(np.float32)
    darker = gan._generator_inputs({**example, "image": tf.constant(dark)})
    for index in range(len(hole)):
        difference = (inputs["reference"][index] - darker["reference"][index]).numpy()
        edge = (inputs["image"][index] - darker["image"][index]).numpy()[~hole[index]]
        assert difference[hole[index]].mean() == pytest.approx(edge.mean(), abs=0.15)
        np.testing.assert_array_equal(difference[~hole[index]], 0)
