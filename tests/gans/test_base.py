import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import gans, losses


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("image_size", 100),
        ("width", 0.0),
        ("width", -1.0),
        ("normalization", "layer"),
        ("adversarial_loss", "wasserstein"),
        ("adversarial_weight", -0.1),
        ("reconstruction_weight", -1.0),
        ("perceptual_weight", -1.0),
        ("code_size", 1),
        ("hole_texture", "black"),
        ("search_steps", 0),
        ("search_learning_rate", 0.0),
        ("prior_weight", -0.1),
        ("coarse_weight", -0.1),
        ("feature_matching_weight", -0.1),
        ("bending_weight", -0.1),
        ("paint_weight", -0.1),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(option, value):
    with pytest.raises(ValueError, match=f"{option} is {value!r}.* wanted"):
        gans.GanOptions(**{"image_size": 64, option: value})


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("baseline", {"align_reference": True}),
        ("code", {"align_reference": True}),
        ("baseline", {"match_reference": True}),
        ("baseline", {"perceptual_weight": 0.1}),
        ("reference", {"perceptual_weight": 0.1}),
        ("baseline", {"code_size": 8}),
        ("baseline", {"attention": False}),
        ("reference", {"hole_texture": "noise"}),
        ("pix2pix", {"skip_connections": True}),
        ("baseline", {"guided": False}),
        ("pix2pix", {"search_steps": 3}),
        ("reference", {"prior_weight": 0.2}),
        ("keypoint", {"skip_connections": True}),
        ("reference", {"exemplar": False}),
        ("code", {"coarse_weight": 0.5}),
        ("baseline", {"feature_matching_weight": 0.5}),
        ("pix2pix", {"bending_weight": 0.5}),
        ("reference", {"paint_weight": 0.5}),
        ("reference", {"match_border": False}),
        ("flow", {"align_reference": True}),
    ],
)
def test_an_option_that_a_gan_does_not_have_is_refused(name, options):
    class_name = gans.GANS[name].__name__
    with pytest.raises(ValueError, match=f"{next(iter(options))} is .* {class_name} has no such"):
        gans.GANS[name](gans.GanOptions(32, width=0.05, **options))


def test_the_generator_total_weighs_its_terms(build_gan, example):
    gan = build_gan("baseline", adversarial_weight=0.5, reconstruction_weight=3.0)
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


def test_the_discriminator_learns_to_tell_real_from_fake(example):
    gan = gans.GANS["baseline"](gans.GanOptions(32, width=0.05))
    optimizer = tf.keras.optimizers.Adam(1e-3)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            opinions = gan.judge(example, {"completed": tf.zeros_like(example["image"])})
            terms = gan.discriminator_losses(opinions)
        variables = gan.discriminator_variables
        optimizer.apply_gradients(zip(tape.gradient(terms["total"], variables), variables))
        return terms

    for _ in range(40):
        terms = step()
    assert terms["real_logit"] > terms["fake_logit"] + 0.5
