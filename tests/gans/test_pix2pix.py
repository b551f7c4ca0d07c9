import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import losses


def test_the_reconstruction_is_a_mean_over_the_entire_image(build_gan, example):
    image, completed = example["image"], -example["image"]
    terms = build_gan("pix2pix").generator_losses(example, {"completed": completed})
    expected = np.abs(completed.numpy() - image.numpy()).mean()
    assert float(terms["reconstruction"]) == pytest.approx(expected, rel=1e-5)


def test_the_adversarial_terms_are_means_over_all_patches(build_gan, example):
    gan = build_gan("pix2pix", normalization="instance")
    generated = {"completed": -example["image"]}
    opinions = gan.judge(example, generated)
    real_logits, fake_logits = opinions["real_logits"], opinions["fake_logits"]
    assert fake_logits.shape == (2, 16, 16, 1)
    terms = gan.generator_losses(example, generated, opinions=opinions)
    expected = np.log1p(np.exp(-fake_logits.numpy())).mean()
    assert float(terms["adversarial"]) == pytest.approx(expected, rel=1e-4)
    terms = gan.discriminator_losses(opinions)
    expected = losses.non_saturating_discriminator_loss(real_logits, fake_logits)
    assert float(terms["total"]) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("texture", ["white", "noise"])
def test_the_texture_of_the_hole_is_seen(texture, build_gan, example):
    grey, other = (
        build_gan("pix2pix", normalization="none", hole_texture=each) for each in ("grey", texture)
    )
    other.networks["generator"].set_weights(grey.networks["generator"].get_weights())
    other.networks["discriminator"].set_weights(grey.networks["discriminator"].get_weights())
    completed = [gan.complete(example, training=False).numpy() for gan in (grey, other)]
    assert np.abs(completed[0] - completed[1]).max() > 1e-5
    opinions = [gan.judge(example, {"completed": example["image"]}) for gan in (grey, other)]
    logits = [each["real_logits"].numpy() for each in opinions]
    assert np.abs(logits[0] - logits[1]).max() > 1e-5


def test_everything_learns_from_a_batch_of_one(build_gan, example):
    gan = build_gan("pix2pix", normalization="instance")
    one = {name: value[:1] for name, value in example.items()}
    with tf.GradientTape() as tape:
        generated = gan.generate(one)
        opinions = gan.judge(one, generated)
        generator_terms = gan.generator_losses(one, generated, opinions=opinions)
        loss = generator_terms["total"] + gan.discriminator_losses(opinions)["total"]
    waiting_for_gamma = [v for v in gan.generator_variables if v.shape[:2] == [1, 1]]
    variables = gan.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        assert np.isfinite(gradient).all()
        learns = bool(np.any(gradient))
        assert learns or any(variable is v for v in waiting_for_gamma), variable.name
