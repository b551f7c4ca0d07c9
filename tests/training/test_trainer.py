import numpy as np
import pytest
import tensorflow as tf
from tiny_gan import TinyGan

from exgan_tf import gans
from exgan_tf.data.input import load_dataset
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Stage, Trainer, TrainingOptions


@pytest.fixture(scope="module")
def batches(records_dir):
    dataset = load_dataset(
        records_dir, split="train", image_size=32, batch_size=4, training=True, seed=0
    )
    return list(dataset.take(4))


def build(**options):
    """A trainer of a tiny Gan, always with the same weights."""
    tf.keras.utils.set_random_seed(0)
    options = TrainingOptions(**options)
    strategies.set_precision(options.precision)
    trainer = Trainer(TinyGan, strategy=strategies.create_strategy("one"), options=options)
    strategies.set_precision("float32")
    return trainer


def weights(network):
    return [weight.numpy() for weight in network.trainable_weights]


def step(trainer, batch):
    return trainer.train_step(batch, stage=trainer.stage(int(trainer.step)))


def changed(network, before):
    return any((a != b).any() for a, b in zip(weights(network), before, strict=True))


def test_each_stage_trains_what_it_should_in_glcics_order(batches):
    trainer = build(num_reconstruction_steps=2, num_discriminator_steps=1)
    networks = trainer.gan.networks
    both = ["generator", "discriminator"]
    for number, trained in enumerate([both[:1], both[:1], both[1:], both, both]):
        before = {name: weights(network) for name, network in networks.items()}
        step(trainer, batches[number % 4])
        assert [name for name in both if changed(networks[name], before[name])] == trained


def test_both_updates_share_one_pass_of_the_generator_which_changes_no_gradient(
    batches, monkeypatch
):
    trainer = build()
    gan, passes = trainer.gan, []
    complete = gan.complete
    monkeypatch.setattr(
        gan, "complete", lambda *args, **kwargs: passes.append(1) or complete(*args, **kwargs)
    )
    gradients, losses = trainer._compute_gradients(batches[0], Stage.ADVERSARIAL)
    assert {"generator_total", "discriminator_total"} <= losses.keys()
    assert len(passes) == 1
    generated = tf.nest.map_structure(tf.stop_gradient, gan.generate(batches[0]))
    with tf.GradientTape() as tape:
        loss = gan.discriminator_losses(gan.judge(batches[0], generated))["total"]
    expected = tape.gradient(loss, gan.discriminator_variables)
    for shared, alone in zip(gradients["discriminator"], expected, strict=True):
        np.testing.assert_allclose(shared, alone, rtol=1e-3, atol=1e-5)


def test_a_step_improves_the_spectral_norms_once_unless_it_is_reconstruction_alone(batches):
    trainer = build()
    layer = next(
        each for each in trainer.gan.networks["discriminator"].layers if hasattr(each, "direction")
    )
    before = layer.direction.numpy()
    kernel = layer.kernel.numpy().reshape(-1, len(before))
    trainer.train_step(batches[0], stage=Stage.RECONSTRUCTION)
    np.testing.assert_array_equal(layer.direction, before)
    trainer.train_step(batches[0], stage=Stage.DISCRIMINATOR)
    once = kernel.T @ (kernel @ before)
    np.testing.assert_allclose(layer.direction, once / np.linalg.norm(once), atol=1e-5)


def test_training_lowers_the_reconstruction_loss(batches):
    trainer = build(num_reconstruction_steps=100, generator_learning_rate=2e-2)
    losses = [float(step(trainer, batches[0])["generator_total"]) for _ in range(30)]
    assert losses[-1] < 0.7 * losses[0]


def test_the_average_starts_from_the_first_weights_and_follows_by_its_decay(batches):
    trainer = build(average_decay=0.3)
    twin, generator = (gan.networks["generator"] for gan in (trainer.averaged_gan, trainer.gan))
    for average, first in zip(twin.weights, generator.weights, strict=True):
        np.testing.assert_array_equal(average, first)
    for index in range(3):
        before = weights(twin)
        step(trainer, batches[index])
        decay = min(0.3, (1 + index) / (10 + index))
        for average, old, new in zip(weights(twin), before, weights(generator), strict=True):
            np.testing.assert_allclose(average, decay * old + (1 - decay) * new, atol=1e-6)
        for average, new in zip(
            twin.non_trainable_weights, generator.non_trainable_weights, strict=True
        ):
            np.testing.assert_array_equal(average, new)


def test_a_discriminator_that_the_twin_keeps_is_the_trained_one(batches, monkeypatch):
    monkeypatch.setattr(TinyGan, "drop_discriminator", lambda gan: None)
    trainer = build()
    trained, twin = (gan.networks["discriminator"] for gan in (trainer.gan, trainer.averaged_gan))
    before = weights(trained)
    step(trainer, batches[0])
    assert changed(trained, before)
    for ours, theirs in zip(trained.weights, twin.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_gradient_is_clipped_to_its_norm(batches):
    moved = []
    # Adam forgets the length of a gradient, but not of those shorter than its epsilon of 1e-7.
    for norm in (1e9, 1e-12):
        trainer = build(clip_norm=norm)
        generator = trainer.gan.networks["generator"]
        before = weights(generator)
        step(trainer, batches[0])
        pairs = zip(weights(generator), before, strict=True)
        moved.append(max(np.abs(new - old).max() for new, old in pairs))
    assert moved[1] < 0.01 * moved[0]


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_lower_precision_trains_float32_weights(batches, precision):
    trainer = build(precision=precision)
    generator = trainer.gan.networks["generator"]
    before = weights(generator)
    losses = [step(trainer, batch) for batch in batches]
    assert all(np.isfinite(float(loss)) for each in losses for loss in each.values())
    assert changed(generator, before)
    assert generator.layers[1].compute_dtype == precision
    assert all(v.dtype == tf.float32 for v in trainer.gan.generator_variables)
    assert trainer.complete(batches[0]).dtype == tf.float32


def test_xla_takes_the_same_step(batches):
    losses = [
        {name: float(loss) for name, loss in step(build(jit_compile=jit), batches[0]).items()}
        for jit in (False, True)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_completing_fills_the_hole_alone(batches):
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


@pytest.mark.parametrize("name", [name for name in gans.GANS if name != "autoencoder"])
def test_one_step_moves_both_networks_of_every_adversarial_gan(name, batches, tmp_path):
    def build_trainer():
        return Trainer(
            lambda: gans.GANS[name](gans.GANS[name].Options(32, width=0.05)),
            strategy=strategies.create_strategy("one"),
            options=TrainingOptions(),
        )

    trainer = build_trainer()
    before = {name: weights(network) for name, network in trainer.gan.networks.items()}
    tf.config.run_functions_eagerly(True)  # Compiling takes longer than one step.
    try:
        trainer.train_step(batches[0], stage=Stage.ADVERSARIAL)
    finally:
        tf.config.run_functions_eagerly(False)
    for network in ("generator", "discriminator"):
        assert changed(trainer.gan.networks[network], before[network])
    if name == "keypoint":  # Of which a checkpoint holds more than networks.
        path, other = trainer.checkpoint.save(str(tmp_path / "checkpoint")), build_trainer()
        other.checkpoint.restore(path).assert_consumed()
        painted = [each.gan.complete(batches[1], training=True) for each in (trainer, other)]
        np.testing.assert_array_equal(*painted)
