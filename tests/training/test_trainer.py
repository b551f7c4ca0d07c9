import numpy as np
import pytest
import tensorflow as tf
from tiny_gan import TinyGan

from exgan_tf.data.input import load_dataset
from exgan_tf.gans import GANS
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Stage, Trainer, TrainingOptions

GAN_OPTIONS = {"image_size": 32, "width": 0.05}


@pytest.fixture(scope="module")
def batches(records_dir):
    dataset = load_dataset(
        records_dir, split="train", image_size=32, batch_size=4, training=True, seed=0
    )
    return list(dataset.take(4))


@pytest.fixture
def build():
    """Returns a function that builds a trainer of a tiny Gan, or of a small one by its name."""

    def build_trainer(model=None, *, gan_options=GAN_OPTIONS, **options):
        def create_gan():
            if model is None:
                return TinyGan()
            settings = {"normalization": "instance", **gan_options}
            return GANS[model](GANS[model].Options(**settings))

        tf.keras.utils.set_random_seed(0)
        strategies.set_precision(options.get("precision", "float32"))
        trainer = Trainer(
            create_gan,
            strategy=strategies.create_strategy("one"),
            options=TrainingOptions(**options),
        )
        strategies.set_precision("float32")
        return trainer

    return build_trainer


def weights(network):
    return [weight.numpy() for weight in network.trainable_weights]


def step(trainer, batch):
    return trainer.train_step(batch, stage=trainer.stage(int(trainer.step)))


def changed(network, before):
    return any((a != b).any() for a, b in zip(weights(network), before, strict=True))


def test_stages_come_in_glcics_order():
    options = TrainingOptions(num_reconstruction_steps=2, num_discriminator_steps=1)
    assert [options.stage(step) for step in range(5)] == [
        Stage.RECONSTRUCTION,
        Stage.RECONSTRUCTION,
        Stage.DISCRIMINATOR,
        Stage.ADVERSARIAL,
        Stage.ADVERSARIAL,
    ]


def test_each_stage_trains_what_it_should(build, batches):
    trainer = build(num_reconstruction_steps=1, num_discriminator_steps=1)
    networks = trainer.gan.networks
    expected = [
        {"generator": True, "discriminator": False},
        {"generator": False, "discriminator": True},
        {"generator": True, "discriminator": True},
    ]
    for batch, which in zip(batches[:3], expected, strict=True):
        before = {name: weights(network) for name, network in networks.items()}
        step(trainer, batch)
        assert {name: changed(network, before[name]) for name, network in networks.items()} == which


def test_both_updates_share_one_pass_of_the_generator(build, batches, monkeypatch):
    trainer = build()
    passes = []
    complete = trainer.gan.complete
    monkeypatch.setattr(
        trainer.gan,
        "complete",
        lambda *args, **kwargs: passes.append(1) or complete(*args, **kwargs),
    )
    losses = step(trainer, batches[0])
    assert {"generator_total", "discriminator_total"} <= losses.keys()
    assert len(passes) == 1


def test_sharing_the_passes_changes_no_gradient(build, batches):
    trainer = build("baseline")
    gan = trainer.gan
    gradients, _ = trainer._compute_gradients(batches[0], Stage.ADVERSARIAL)
    generated = tf.nest.map_structure(tf.stop_gradient, gan.generate(batches[0]))
    with tf.GradientTape() as tape:
        loss = gan.discriminator_losses(gan.judge(batches[0], generated))["total"]
    expected = tape.gradient(loss, gan.discriminator_variables)
    for shared, alone in zip(gradients["discriminator"], expected, strict=True):
        np.testing.assert_allclose(shared, alone, rtol=1e-3, atol=1e-5)


def test_a_step_improves_the_spectral_norms_once_unless_it_is_reconstruction_alone(build, batches):
    trainer = build("baseline", gan_options={**GAN_OPTIONS, "spectral_normalization": True})
    layers = [each for each in trainer.gan.networks["discriminator"].layers if each.weights]
    spectral = [layer for layer in layers if hasattr(layer, "direction")]
    assert len(spectral) == len(layers)
    before = [layer.direction.numpy() for layer in spectral]
    kernels = [layer.kernel.numpy().reshape(-1, layer.kernel.shape[-1]) for layer in spectral]
    # Not compiled, which would take longer than a few steps.
    trainer._make_step(Stage.RECONSTRUCTION)(batches[0])
    for layer, direction in zip(spectral, before, strict=True):
        np.testing.assert_array_equal(layer.direction, direction)
    trainer._make_step(Stage.DISCRIMINATOR)(batches[0])
    for layer, kernel, direction in zip(spectral, kernels, before, strict=True):
        once = kernel.T @ (kernel @ direction)
        np.testing.assert_allclose(layer.direction, once / np.linalg.norm(once), atol=1e-5)


def test_training_lowers_the_reconstruction_loss(build, batches):
    trainer = build("baseline", num_reconstruction_steps=100, generator_learning_rate=2e-3)
    losses = [float(step(trainer, batches[0])["generator_total"]) for _ in range(30)]
    assert losses[-1] < 0.7 * losses[0]


def test_the_average_follows_the_weights_by_its_decay(build, batches):
    trainer = build(average_decay=0.3)
    twin, generator = (gan.networks["generator"] for gan in (trainer.averaged_gan, trainer.gan))
    for index in range(3):
        before = weights(twin)
        step(trainer, batches[index])
        decay = min(0.3, (1 + index) / (10 + index))
        for average, old, new in zip(weights(twin), before, weights(generator), strict=True):
            np.testing.assert_allclose(average, decay * old + (1 - decay) * new, atol=1e-6)


def test_the_average_starts_from_the_first_weights(build):
    trainer = build("reference")
    for name, twin in trainer.averaged_gan.networks.items():
        for source, target in zip(trainer.gan.networks[name].weights, twin.weights, strict=True):
            np.testing.assert_array_equal(source, target)


def test_a_discriminator_that_the_twin_keeps_is_the_trained_one(build, batches):
    gan_options = {**GAN_OPTIONS, "guided": False, "search_steps": 2}
    trainer = build("keypoint", gan_options=gan_options, average_decay=0.9)
    before = weights(trainer.gan.networks["discriminator"])
    for batch in batches:
        step(trainer, batch)
    trained, twin = (gan.networks["discriminator"] for gan in (trainer.gan, trainer.averaged_gan))
    assert changed(trained, before)
    assert not changed(trained, weights(twin))
    averaged, generator = (gan.networks["generator"] for gan in (trainer.averaged_gan, trainer.gan))
    assert changed(generator, weights(averaged))


def test_a_gradient_is_clipped_to_its_norm(build, batches):
    # Adam forgets the length of a gradient, but not how the clipped ones of two networks relate.
    free, clipped = (build(clip_norm=norm) for norm in (1e9, 1e-12))
    for trainer in (free, clipped):
        before = weights(trainer.gan.networks["generator"])
        step(trainer, batches[0])
        trainer.moved = max(
            np.abs(new - old).max()
            for new, old in zip(weights(trainer.gan.networks["generator"]), before, strict=True)
        )
    # Adam's epsilon of 1e-7 is larger than any gradient clipped so far.
    assert clipped.moved < 0.01 * free.moved


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_lower_precision_trains_float32_weights(build, batches, precision):
    trainer = build("baseline", precision=precision)
    before = weights(trainer.gan.networks["generator"])
    losses = [step(trainer, batch) for batch in batches]
    assert all(np.isfinite(float(loss)) for each in losses for loss in each.values())
    assert changed(trainer.gan.networks["generator"], before)
    assert all(v.dtype == tf.float32 for v in trainer.gan.generator_variables)
    assert trainer.complete(batches[0]).dtype == tf.float32


def test_xla_takes_the_same_step(build, batches):
    # Of the generator alone, as XLA takes its time.
    plain, compiled = (
        build("baseline", jit_compile=jit, num_reconstruction_steps=1) for jit in (False, True)
    )
    losses = [
        {name: float(loss) for name, loss in step(trainer, batches[0]).items()}
        for trainer in (plain, compiled)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_completing_fills_the_hole_alone(build, batches):
    completed = build().complete(batches[0]).numpy()
    known = np.broadcast_to(batches[0]["mask"].numpy() == 0, completed.shape)
    np.testing.assert_array_equal(completed[known], batches[0]["image"].numpy()[known])
    assert (completed != batches[0]["image"].numpy()).any()


@pytest.mark.parametrize(
    "change",
    [
        {"generator_learning_rate": 0.0},
        {"discriminator_learning_rate": float("nan")},
        {"beta_1": 1.0},
        {"average_decay": -0.1},
        {"num_reconstruction_steps": -1},
        {"precision": "float8"},
    ],
    ids=str,
)
def test_options_out_of_range_are_refused(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} is"):
        TrainingOptions(**change)
