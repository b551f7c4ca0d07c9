"""One training step over all replicas, and everything that a checkpoint has to hold.

The generator runs once a step, and the discriminator once over its images: both updates share
these passes, each taking the gradient with respect to its own weights. Losses are means over a
replica's examples; their gradients are divided by the number of replicas and summed here, so that
the number of replicas changes nothing.
"""

import dataclasses
import enum

import tensorflow as tf

from exgan_tf.models import blocks
from exgan_tf.training.strategy import PRECISIONS


class Stage(enum.Enum):
    """What is updated; the three stages of training follow GLCIC, section 3.4."""

    RECONSTRUCTION = "reconstruction"
    DISCRIMINATOR = "discriminator"
    ADVERSARIAL = "adversarial"


_DECAYED_FRACTION = 0.1  # Ours: with less, the adversarial stage at the end would change nothing.
_UPDATED = {
    Stage.RECONSTRUCTION: ("generator",),
    Stage.DISCRIMINATOR: ("discriminator",),
    Stage.ADVERSARIAL: ("generator", "discriminator"),
}


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """How networks are updated.

    The paper does not say; Adam and its settings are DCGAN's (Radford et al., 2016) unless stated.

    Attributes:
      generator_learning_rate: of the generator's Adam.
      discriminator_learning_rate: of the discriminator's Adam.
      beta_1: Adam's decay of the mean gradient.
      beta_2: Adam's decay of the squared gradient.
      clip_norm: largest global norm of a network's gradient.
      average_decay: decay of the moving average of the generator's weights, in [0, 1).
      decay_steps: both learning rates fall along half a cosine, to a tenth after as many updates of
        the network; 0 keeps them. Ours: short runs end far lower.
      num_reconstruction_steps: length of the first stage, reconstruction alone.
      num_discriminator_steps: length of the second, the discriminator alone; then both train.
      precision: of the computation, one of `strategy.PRECISIONS`.
      jit_compile: whether XLA compiles the step, on one replica; never on several. None leaves it
        to the device: it pays on GPUs and costs three times the time on CPUs.
    """

    generator_learning_rate: float = 2e-4
    discriminator_learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    clip_norm: float = 10.0
    average_decay: float = 0.999
    decay_steps: int = 0
    num_reconstruction_steps: int = 0
    num_discriminator_steps: int = 0
    precision: str = "float32"
    jit_compile: bool | None = None

    def __post_init__(self):
        """Raises ValueError if an option is out of range."""
        for name in ("generator_learning_rate", "discriminator_learning_rate", "clip_norm"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}, more than 0 is wanted")
        for name in ("beta_1", "beta_2", "average_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, 0 up to 1 is wanted")
        for name in ("decay_steps", "num_reconstruction_steps", "num_discriminator_steps"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}, at least 0 is wanted")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}, one of {PRECISIONS} is wanted")

    def stage(self, step: int) -> Stage:
        """The stage of a step, counted from 0."""
        if step < self.num_reconstruction_steps:
            return Stage.RECONSTRUCTION
        if step < self.num_reconstruction_steps + self.num_discriminator_steps:
            return Stage.DISCRIMINATOR
        return Stage.ADVERSARIAL


class Trainer:
    """Trains a Gan.

    Attributes:
      gan: the Gan that is updated.
      averaged_gan: its twin with the moving average of the generator's weights: what is evaluated,
        shown and exported. If it keeps its discriminator, that is as trained.
      step: int64 variable, the number of steps done.
      checkpoint: a tf.train.Checkpoint of all that training goes on from.
    """

    def __init__(self, create_gan, *, strategy: tf.distribute.Strategy, options: TrainingOptions):
        """Builds networks and optimizers inside the strategy's scope.

        Args:
          create_gan: makes a Gan, without arguments; called twice.
          strategy: where to compute.
          options: how to update.
        """
        self.strategy = strategy
        self.options = options
        with strategy.scope():
            self.gan, self.averaged_gan = create_gan(), create_gan()
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
            self._optimizers = {
                "generator": self._create_optimizer(
                    options.generator_learning_rate, self.gan.generator_variables
                ),
                "discriminator": self._create_optimizer(
                    options.discriminator_learning_rate, self.gan.discriminator_variables
                ),
            }
            self.averaged_gan.drop_discriminator()
            self._copy_weights(lambda name, network: network.weights)
        self.checkpoint = tf.train.Checkpoint(
            gan=self.gan, averaged_gan=self.averaged_gan, step=self.step, **self._optimizers
        )
        self._step_functions = {
            stage: tf.function(self._make_step(stage)) for stage in self._possible_stages()
        }
        self._complete = tf.function(self._complete_averaged, reduce_retracing=True)

    def train_step(self, example) -> dict:
        """Does one step of the stage that is due.

        Args:
          example: a batch, or what a distributed dataset gives: one for each replica.

        Returns:
          Name -> float32 scalar: "generator_..." and "discriminator_...", means over all replicas,
          and the norm of each network's gradient before it was clipped.
        """
        stage = self.options.stage(int(self.step.numpy()))
        if not self.gan.discriminator_variables:
            stage = Stage.RECONSTRUCTION
        return self._step_functions[stage](example)

    def complete(self, example) -> tf.Tensor:
        """Fills the holes of a batch with the averaged weights, float32 [B, S, S, 3] in [-1, 1]."""
        return self._complete(example)

    def _complete_averaged(self, example):
        return self.averaged_gan.complete(example, training=False)

    def _possible_stages(self):
        return Stage if self.gan.discriminator_variables else [Stage.RECONSTRUCTION]

    def _create_optimizer(self, learning_rate, variables):
        options = self.options
        if options.decay_steps:
            learning_rate = tf.keras.optimizers.schedules.CosineDecay(
                learning_rate, options.decay_steps, alpha=_DECAYED_FRACTION
            )
        optimizer = tf.keras.optimizers.Adam(
            learning_rate,
            beta_1=options.beta_1,
            beta_2=options.beta_2,
            jit_compile=False,
        )
        # Slots are made now: a checkpoint then restores to the last variable.
        optimizer.build(variables)
        if options.precision == "float16":
            optimizer = tf.keras.mixed_precision.LossScaleOptimizer(optimizer)
        return optimizer

    def _make_step(self, stage):
        def compute(example):
            return self._compute_gradients(example, stage)

        if self._uses_xla():
            compute = tf.function(compute, jit_compile=True)

        def replica_step(example):
            # Names are for people; XLA knows no text.
            example = {key: value for key, value in example.items() if value.dtype != tf.string}
            if stage is not Stage.RECONSTRUCTION:
                blocks.iterate_spectral_norms(self.gan.networks["discriminator"])
            gradients, losses = compute(example)
            for name, values in gradients.items():
                norm = self._apply(name, values)
                # Loss scaling in float16 tries out scales that are too large, and skips the step.
                if self.options.precision != "float16":
                    losses[f"{name}_gradient_norm"] = norm
            return losses

        def step(example):
            losses = self.strategy.run(replica_step, args=(example,))
            self._average_weights()
            self.step.assign_add(1)
            return {
                name: self.strategy.reduce(tf.distribute.ReduceOp.MEAN, loss, axis=None)
                for name, loss in losses.items()
            }

        return step

    def _uses_xla(self):
        # XLA cannot sum over replicas, as synchronised batch normalisation does.
        if self.strategy.num_replicas_in_sync > 1:
            return False
        if self.options.jit_compile is None:
            return bool(tf.config.list_logical_devices("GPU"))
        return self.options.jit_compile

    def _compute_gradients(self, example, stage):
        """Network name -> gradients, and the losses, of one replica."""
        with tf.GradientTape(persistent=True) as tape:
            generated = self.gan.generate(example)
            opinions = None
            if stage is not Stage.RECONSTRUCTION:
                opinions = self.gan.judge(example, generated)
            terms = {"generator": self.gan.generator_losses(example, generated, opinions=opinions)}
            if stage is not Stage.RECONSTRUCTION:
                terms["discriminator"] = self.gan.discriminator_losses(opinions)
            totals = {name: self._scale(losses["total"], name) for name, losses in terms.items()}
        gradients = {
            name: tape.gradient(totals[name], self._variables(name)) for name in _UPDATED[stage]
        }
        losses = {
            f"{network}_{name}": value
            for network, values in terms.items()
            for name, value in values.items()
        }
        return gradients, losses

    def _variables(self, name):
        if name == "generator":
            return self.gan.generator_variables
        return self.gan.discriminator_variables

    def _scale(self, loss, name):
        loss = loss / self.strategy.num_replicas_in_sync
        if self.options.precision == "float16":
            loss = self._optimizers[name].get_scaled_loss(loss)
        return loss

    def _apply(self, name, gradients):
        optimizer = self._optimizers[name]
        context = tf.distribute.get_replica_context()
        gradients = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        if self.options.precision == "float16":
            gradients = optimizer.get_unscaled_gradients(gradients)
        # Clipped after the sum, or the result would depend on the number of replicas.
        gradients, norm = tf.clip_by_global_norm(gradients, self.options.clip_norm)
        optimizer.apply_gradients(
            zip(gradients, self._variables(name)), skip_gradients_aggregation=True
        )
        return norm

    def _average_weights(self):
        """Moves the averaged generator towards the trained one; what is not averaged is copied."""
        done = tf.cast(self.step, tf.float32)
        # As tf.train.ExponentialMovingAverage: the first steps do not drag the start along.
        decay = tf.minimum(self.options.average_decay, (1.0 + done) / (10.0 + done))
        for average, variable in zip(
            self.averaged_gan.generator_variables, self.gan.generator_variables
        ):
            average.assign(decay * average + (1.0 - decay) * variable)
        self._copy_weights(_changed_but_not_averaged)

    def _copy_weights(self, choose):
        for name, twin in self.averaged_gan.networks.items():
            for source, target in zip(choose(name, self.gan.networks[name]), choose(name, twin)):
                target.assign(source)


def _changed_but_not_averaged(name, network):
    """The weights that a step changes and that the averaged Gan takes over as they are."""
    if name == "discriminator":  # Some Gans keep it.
        return network.weights
    # A frozen network has not changed; of the others, these are statistics.
    return network.non_trainable_weights if network.trainable else []
