import numpy as np
import pytest

from exgan_tf import losses
from exgan_tf.models import autoencoder, eye_windows


def codes(gan, image, boxes):
    windows = eye_windows.crop_windows(image, boxes)
    return autoencoder.encode_windows(gan.networks["encoder"], windows)


def test_the_discriminator_gets_the_codes_of_the_references_eyes(build_gan, example):
    gan = build_gan("code")
    expected = codes(gan, example["reference"], example["reference_eye_boxes"])
    assert expected.shape == (2, 2, 8)
    inputs = gan._discriminator_inputs(example, example["image"])
    np.testing.assert_array_equal(inputs["codes"], expected)


def test_the_generator_gets_each_code_painted_where_its_eye_belongs(build_gan, example):
    gan = build_gan("code")
    painted = gan._generator_inputs(example)["reference"]
    eyes = codes(gan, example["reference"], example["reference_eye_boxes"])
    left = gan.networks["left_decoder"]({"code": eyes[:, 0]})
    # The windows are 12 pixels wide; the left one of the first image starts at (8, 2).
    np.testing.assert_allclose(painted[0, 8:20, 2:14], left[0], atol=1e-6)
    assert not np.any(painted[:, 26:])


def test_pixels_away_from_the_references_eyes_do_not_count(build_gan, example):
    gan = build_gan("code")
    before = gan.complete(example, training=False)
    reference = example["reference"].numpy()
    reference[:, 24:] = 0
    example["reference"] = reference
    np.testing.assert_array_equal(gan.complete(example, training=False), before)


def test_the_encoder_is_frozen_and_the_decoders_learn(build_gan):
    gan = build_gan("code")
    trained = {id(variable) for variable in gan.generator_variables}
    for name, is_trained in (("encoder", False), ("left_decoder", True), ("right_decoder", True)):
        variables = {id(variable) for variable in gan.networks[name].variables}
        assert variables
        assert bool(variables & trained) is is_trained


def test_the_perceptual_term_is_the_distance_of_the_codes(build_gan, example):
    gan = build_gan("code", perceptual_weight=0.25)
    completed = -example["image"]
    opinions = gan.judge(example, {"completed": completed})
    terms = gan.generator_losses(example, {"completed": completed}, opinions=opinions)
    expected = losses.perceptual_loss(
        codes(gan, example["reference"], example["reference_eye_boxes"]),
        codes(gan, completed, example["eye_boxes"]),
    )
    assert float(terms["perceptual"]) == pytest.approx(float(expected), rel=1e-5)
    weighted = (
        gan.options.reconstruction_weight * terms["reconstruction"]
        + gan.options.adversarial_weight * terms["adversarial"]
        + 0.25 * terms["perceptual"]
    )
    assert float(terms["total"]) == pytest.approx(float(weighted), rel=1e-5)
    without = build_gan("code").generator_losses(example, {"completed": completed})
    assert "perceptual" not in without
