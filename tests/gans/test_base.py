import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import gans, losses


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("baseline", "image_size", 100),
        ("baseline", "image_size", "64"),
        ("flow", "image_size", 40),
        ("flow", "image_size", 48),
        ("baseline", "width", 0.0),
        ("flow", "width", float("nan")),
        ("code", "normalization", "layer"),
        ("reference", "adversarial_loss", "wasserstein"),
        ("pix2pix", "adversarial_weight", -0.1),
        ("autoencoder", "code_size", 1),
        ("pix2pix", "hole_texture", "black"),
        ("keypoint", "search_steps", 0),
        ("keypoint", "search_learning_rate", 0.0),
        ("keypoint", "guided", 1),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(name, option, value):
    with pytest.raises(ValueError, match=f"{option} is {value!r}"):
        gans.GANS[name].Options(**{"image_size": 64, option: value})


def test_options_of_another_gan_are_refused():
    with pytest.raises(ValueError, match="options are CodeOptions; expected Baseline"):
        gans.BaselineGan(gans.CodeOptions(32))


@pytest.mark.parametrize("name", ["baseline", "pix2pix"])
def test_the_generator_total_weighs_its_terms(name, build_gan, example):
    gan = build_gan(name, adversarial_weight=0.5, reconstruction_weight=3.0)
    generated = {"completed": -example["image"]}
    opinions = gan.judge(example, generated)
    terms = gan.generator_losses(example, generated, opinions=opinions)
    expected = 3.0 * terms["reconstruction"] + 0.5 * terms["adversarial"]
    assert float(terms["total"]) == pytest.approx(float(expected), rel=1e-6)


def test_the_terms_are_the_named_losses(build_gan, example):
    gan = build_gan("baseline")
    image, completed = example["image"], -example["image"]
    terms = gan.generator_losses(example, {"completed": completed})
    expected = losses.reconstruction_loss(image, completed, example["mask"])
    assert float(terms["reconstruction"]) == float(expected)
    assert float(terms["whole_image_l1"]) == float(losses.whole_image_l1(image, completed))


def test_without_opinions_there_is_no_adversarial_part(build_gan, example):
    gan = build_gan("baseline")
    with tf.GradientTape() as tape:
        terms = gan.generator_losses(example, gan.generate(example))
    assert "adversarial" not in terms
    gradients = tape.gradient(terms["total"], gan.discriminator_variables)
    assert all(gradient is None for gradient in gradients)


@pytest.mark.parametrize("kind", losses.ADVERSARIAL_LOSSES)
def test_the_discriminator_loss_is_that_of_its_logits(kind, build_gan, example):
    gan = build_gan("baseline", adversarial_loss=kind)
    opinions = gan.judge(example, {"completed": -example["image"]})
    logits = opinions["real_logits"], opinions["fake_logits"]
    terms = gan.discriminator_losses(opinions)
    expected = losses.ADVERSARIAL_LOSSES[kind].discriminator_loss(*logits)
    assert float(terms["total"]) == pytest.approx(float(expected), rel=1e-4)
    assert float(terms["real_logit"]) == pytest.approx(np.mean(logits[0]), rel=1e-3, abs=1e-4)
    assert float(terms["fake_logit"]) == pytest.approx(np.mean(logits[1]), rel=1e-3, abs=1e-4)
