import functools

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import fields, gans, losses
from exgan_tf.data import masks
from exgan_tf.gans.flow import FlowGan

SIZE = 32
# 9 pixels apart and level: the strip is the image's own grid, from column 4 and row 6 on.
BOXES = [[[12, 9, 4, 5], [12, 18, 4, 5]]] * 2
STRIP = (slice(None), slice(6, 22), slice(4, 28))
SHARE = 0.9526  # At the beginning.


@pytest.fixture
def matching(example):
    """An example whose references are the images themselves, dim, on the strip's grid."""
    rows, columns = np.mgrid[:SIZE, :SIZE] / 4
    waves = np.stack([np.sin(rows), np.cos(columns), np.sin(rows + columns)], -1)
    image = tf.constant(0.2 * np.stack([waves, -waves]) - 0.6, tf.float32)
    boxes = tf.constant(BOXES)
    mask = masks.boxes_to_mask(boxes, image_size=SIZE)
    return {
        **example,
        "image": image,
        "mask": mask,
        "eye_boxes": boxes,
        "reference": image,
        "reference_eye_boxes": boxes,
        "reference_mask": mask,
    }


@pytest.fixture(scope="session")
def build_moving_gan():
    """Returns a function that builds a Gan whose fields are no longer those of a copy."""

    @functools.cache
    def build(**options):
        gan = FlowGan(gans.FlowOptions(SIZE, width=0.05, **options))
        for seed, variable in enumerate(gan.networks["generator"].trainable_variables):
            if variable.shape[-1] in (4, 6):  # The heads.
                noise = tf.random.stateless_normal(variable.shape, [seed, 0])
                variable.assign(0.3 * noise)
        return gan

    return build


def hole_of(example):
    return np.broadcast_to(example["mask"] > 0, example["image"].shape)


def mirror(example):
    """The same faces in a mirror: the viewer's left eye is the other one then."""
    mirrored = dict(example)
    for key in ("image", "mask", "reference", "reference_mask"):
        mirrored[key] = tf.reverse(example[key], [2])
    for key in ("eye_boxes", "reference_eye_boxes"):
        top, left, height, width = tf.unstack(example[key], axis=-1)
        mirrored[key] = tf.reverse(tf.stack([top, SIZE - left - width, height, width], -1), [1])
    return mirrored


def test_at_the_start_a_copy_is_filled_in_where_the_eyes_match(build_gan, matching):
    completed = build_gan("flow", match_border=False).complete(matching, training=False).numpy()
    hole = hole_of(matching)
    np.testing.assert_allclose(completed[hole], SHARE * matching["image"].numpy()[hole], atol=1e-3)


def test_with_its_border_matched_a_copy_lacks_next_to_nothing(build_gan, matching):
    completed = build_gan("flow").complete(matching, training=False).numpy()
    hole, image = hole_of(matching), matching["image"].numpy()
    assert np.abs(completed - image)[hole].mean() < 0.3 * (1 - SHARE) * np.abs(image[hole]).mean()


def test_a_reference_is_laid_on_the_eyes_of_the_hole(build_gan, matching):
    moved = tf.roll(matching["image"], [3, -2], [1, 2])
    boxes = matching["reference_eye_boxes"] + tf.constant([3, -2, 0, 0])
    gan = build_gan("flow", match_border=False)
    expected = gan.complete(matching, training=False)
    completed = gan.complete(
        {**matching, "reference": moved, "reference_eye_boxes": boxes}, training=False
    )
    np.testing.assert_allclose(completed, expected, atol=1e-4)


@pytest.mark.parametrize("factors", [(0.5, 0.5, 0.5), (0.6, 1.0, 1.5)])
def test_a_reference_of_another_light_is_brought_to_the_images(build_gan, matching, factors):
    lit = (matching["reference"] + 1) * np.float32(factors) - 1
    gan = build_gan("flow", match_border=False)
    expected = gan.complete(matching, training=False)
    completed = gan.complete({**matching, "reference": lit}, training=False)
    np.testing.assert_allclose(completed, expected, atol=1e-4)
    gain = gan.find_fields({**matching, "reference": lit})["light_gain"]
    np.testing.assert_allclose(
        gain, np.broadcast_to(1 / np.float32(factors), gain.shape), rtol=1e-4
    )


def test_nothing_that_is_found_comes_from_the_hole(build_moving_gan, example):
    gan = build_moving_gan()
    expected = gan.find_fields(example)
    assert expected.keys() == {*fields.Fields._fields, *fields.CONTEXT}
    assert expected["paint"].shape == expected["gain"].shape == (2, 8, 12, 3)
    assert expected["strip_to_image"].shape == expected["strip_to_reference"].shape == (2, 2, 3)
    spoiled = tf.where(example["mask"] > 0, np.nan, example["image"])
    for name, found in gan.find_fields({**example, "image": spoiled}).items():
        np.testing.assert_array_equal(found, expected[name], err_msg=name)


def test_what_is_added_has_no_colour(build_moving_gan, example):
    gan = build_moving_gan(match_border=False)
    example["image"] = example["image"] * [0.9, 0.5, 0.2]  # In a light of its own.
    bias = gan.find_fields(example)["bias"].numpy()
    assert np.abs(bias).max() > 0.01
    np.testing.assert_allclose(bias, bias[..., :1].repeat(3, axis=-1), atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"match_border": False}, {"exemplar": False}], ids=str)
def test_completing_agrees_with_the_strip_of_training(build_moving_gan, matching, options):
    gan = build_moving_gan(**options)
    # Other references, so that flows and light have something to do.
    matching["reference"] = tf.reverse(matching["image"], [0]) * 0.9
    generated = gan.generate(matching)
    completed = gan.complete(matching, training=True).numpy()
    np.testing.assert_array_equal(generated["mask"], matching["mask"][STRIP])
    np.testing.assert_allclose(generated["truth"], matching["image"][STRIP], atol=1e-4)
    expected = np.clip(generated["completed"], -1, 1)
    np.testing.assert_allclose(completed[STRIP], expected, atol=1e-4)


def test_a_mirrored_face_is_completed_as_in_the_mirror(build_moving_gan, example):
    gan = build_moving_gan()
    expected = tf.reverse(gan.complete(example, training=False), [2])
    completed = gan.complete(mirror(example), training=False)
    np.testing.assert_allclose(completed, expected, atol=1e-3)
    once = tf.reverse(gan.complete(example, training=True), [2])
    assert np.abs(gan.complete(mirror(example), training=True) - once).max() > 0.01


def test_without_an_exemplar_there_is_no_reference(build_gan, matching):
    gan = build_gan("flow", exemplar=False)
    assert gan.input_names == ("image", "mask", "eye_boxes")
    for network in gan.networks.values():
        assert {*network.input} == {"strip", "mask"}
    alone = {name: matching[name] for name in gan.input_names}
    completed = gan.complete(alone, training=False)
    np.testing.assert_array_equal(gan.complete(matching, training=False), completed)
    opinions = gan.judge(alone, gan.generate(alone))
    assert np.isfinite(gan.generator_losses(alone, gan.generate(alone), opinions=opinions)["total"])


def test_without_an_exemplar_all_is_painted(build_moving_gan, matching):
    gan = build_moving_gan(exemplar=False, match_border=False)
    paint = tf.image.resize(fields.split(gan.generate(matching)["fields"]).paint, [16, 24])
    np.testing.assert_allclose(gan.generate(matching)["filled"], paint, atol=1e-6)
    np.testing.assert_array_equal(gan.find_fields(matching)["share"], 0)


WEIGHTS = {
    "reconstruction_weight": 0.5,
    "coarse_weight": 0.25,
    "adversarial_weight": 0.125,
    "feature_matching_weight": 2.0,
    "bending_weight": 3.0,
    "paint_weight": 4.0,
}


@pytest.mark.parametrize("exemplar", [True, False])
@pytest.mark.parametrize("adversarial", [True, False])
def test_each_stage_weighs_its_terms(build_moving_gan, matching, exemplar, adversarial):
    gan = build_moving_gan(exemplar=exemplar, **WEIGHTS)
    generated = gan.generate(matching)
    opinions = gan.judge(matching, generated) if adversarial else None
    if adversarial:
        learnt = losses.reconstruction_loss(
            generated["truth"], generated["completed"], generated["mask"]
        )
    else:  # Reconstruction reads what was moved; nobody looks at what was mended.
        generated |= {name: generated[name] * np.nan for name in ("completed", "filled")}
    terms = gan.generator_losses(matching, generated, opinions=opinions)
    if not adversarial:
        learnt = terms["moved"] if exemplar else terms["painted"]
    assert float(terms["reconstruction"]) == float(learnt)
    expected = 0.5 * learnt + 0.25 * terms["coarse"] + 3.0 * terms["bending"]
    if adversarial:
        expected += 0.125 * terms["adversarial"] + 2.0 * terms["feature_matching"]
    if exemplar and adversarial:
        expected += 4.0 * terms["paint"] + 0.1 * (terms["moved"] + terms["painted"])
    elif exemplar:
        expected += 0.2 * terms["painted"]
    assert float(terms["total"]) == pytest.approx(float(expected), rel=1e-5)


def test_true_and_filled_strips_are_judged_by_the_same_network(build_moving_gan, matching):
    gan = build_moving_gan(spectral_normalization=True)
    generated = gan.generate(matching)
    opinions = gan.judge(matching, generated)
    beside = {name: generated[name] for name in ("mask", "reference")}
    alone = [
        gan.networks["discriminator"]({"strip": generated[strip], **beside})
        for strip in ("truth", "completed")
    ]
    np.testing.assert_allclose(opinions["real_logits"], alone[0]["logits"], atol=1e-5)
    np.testing.assert_allclose(opinions["fake_logits"], alone[1]["logits"], atol=1e-5)
    expected = losses.feature_matching_loss(*(each["features"] for each in alone))
    assert float(opinions["feature_matching"]) == pytest.approx(float(expected), rel=1e-4)


def test_a_strip_that_is_the_truth_costs_nothing(build_gan, matching):
    gan = build_gan("flow")
    generated = gan.generate(matching)
    generated |= {"completed": generated["truth"], "moved": generated["truth"]}
    opinions = gan.judge(matching, generated)
    terms = gan.generator_losses(matching, generated, opinions=opinions)
    for name in ("reconstruction", "coarse", "moved", "feature_matching", "bending"):
        assert float(terms[name]) == pytest.approx(0, abs=1e-6), name
    assert float(terms["paint"]) == pytest.approx(1 - SHARE, abs=1e-3)  # At the beginning.


def test_moving_is_learnt_from_a_reference_that_was_shifted(matching):
    tf.keras.utils.set_random_seed(0)
    gan = FlowGan(gans.FlowOptions(SIZE, width=0.05))
    # The eyes are said to be where they are not.
    matching["reference"] = tf.roll(matching["image"], [0, 1], [1, 2])
    optimizer = tf.keras.optimizers.Adam(1e-2, jit_compile=False)

    def step():
        with tf.GradientTape() as tape:
            terms = gan.generator_losses(matching, gan.generate(matching))
        variables = gan.generator_variables
        gradients = tape.gradient(terms["total"], variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return terms["moved"]

    first = step()
    for _ in range(12):
        last = step()
    assert last < 0.8 * first
