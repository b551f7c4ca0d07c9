"""One training step over all replicas, and everything that a checkpoint has to hold.

The generator runs once a step, and the discriminator once over true and filled images: both
updates share these passes, each taking the gradient with respect to its own weights. Losses are
means over a replica's examples; their gradients are divided by the number of replicas and summed
here, so that the number of replicas changes nothing.
"""

import enum

import tensorflow as tf

from exgan_tf import option_types
from exgan_tf.models import blocks
from exgan_tf.training import strategy as strategies


class Stage(enum.Enum):
    """The stages of training, after GLCIC, section 3.4."""

    RECONSTRUCTION = ("generator",)
    DISCRIMINATOR = ("discriminator",)
    ADVERSARIAL = ("generator", "discriminator")

    @property
    def updated_networks(self) -> tuple[str, ...]:
        """The names of the networks that a step updates."""
        return self.value


_DECAYED_FRACTION = 0.1  # Ours: with less, the adversarial stage at the end would change nothing.
# No `if` or `for` here asks a tensor; looking for them takes longer than the rest of tracing.
_unconverted = tf.autograph.experimental.do_not_convert


class TrainingOptions(option_types.Options, frozen=True):
    """How networks are updated.

    The paper does not say; Adam and its settings are DCGAN's (Radford et al., 2016) unless stated.

    Attributes:
      generator_learning_rate: learning rate of the generator's Adam.
      discriminator_learning_rate: learning rate of the discriminator's Adam.
      beta_1: Adam's decay of the mean gradient.
      beta_2: Adam's decay of the squared gradient.
      clip_norm: largest global norm of a network's gradient.
      average_decay: decay of the moving average of the generator's weights, in [0, 1).
      decay_steps: number of a network's updates in which its learning rate falls along half a
        cosine, to a tenth; 0 keeps it constant. Ours: short runs reach a far lower error.
      num_reconstruction_steps: steps of the first stage, reconstruction alone.
      num_discriminator_steps: steps of the second stage, the discriminator alone; then both train.
      precision: precision of the computation: "float32", "bfloat16" or "float16".
      jit_compile: whether XLA compiles the step, on one replica; never on several. By default only
        on GPUs: on CPUs it takes three times as long.
    """

    generator_learning_rate: option_types.Positive = 2e-4
    discriminator_learning_rate: option_types.Positive = 2e-4
    beta_1: option_types.Decay = 0.5
    beta_2: option_types.Decay = 0.999
    clip_norm: option_types.Positive = 10.0
    average_decay: option_types.Decay = 0.999
    decay_steps: option_types.NonNegativeCount = 0
    num_reconstruction_steps: option_types.NonNegativeCount = 0
    num_discriminator_steps: option_types.NonNegativeCount = 0
    precision: strategies.Precision = "float32"
    jit_compile: bool | None = None

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
        """Builds networks and optimizers in the strategy's scope; `create_gan` is called twice."""
        self.strategy = strategy
        self.options = options
        with strategy.scope():
            self.gan, self.averaged_gan = create_gan(), create_gan()
            self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
            # The first step of which a loss was not finite, and which one; 0 if none.
            self._failure = tf.Variable([0, 0], dtype=tf.int64, trainable=False, name="failure")
            self._variables = {
                "generator": self.gan.generator_variables,
                "discriminator": self.gan.discriminator_variables,
            }
            self._optimizers = {
                name: self._create_optimizer(
                    getattr(options, f"{name}_learning_rate"), self._variables[name]
                )
                for name in self._variables
            }
            self.averaged_gan.drop_discriminator()
            for name, twin in self.averaged_gan.networks.items():
                _copy(self.gan.networks[name].weights, twin.weights)
        self.checkpoint = tf.train.Checkpoint(
            gan=self.gan, averaged_gan=self.averaged_gan, step=self.step, **self._optimizers
        )
        self._loss_names = {}
        self._step_functions = {
            stage: tf.function(_unconverted(self._make_step(stage))) for stage in Stage
        }
        self._complete = tf.function(
            _unconverted(lambda example: self.averaged_gan.complete(example, training=False)),
            reduce_retracing=True,
        )

    def stage(self, step: int) -> Stage:
        """The stage of a step, counted from 0; without a discriminator there is only the first."""
        if not self._variables["discriminator"]:
            return Stage.RECONSTRUCTION
        return self.options.stage(step)

    def train_step(self, example, *, stage: Stage) -> dict:
        """Does one step; nothing waits for it until a loss is looked at.

        Args:
          example: a batch, or what a distributed dataset gives: one for each replica.
          stage: what is updated.

        Returns:
          Name -> float32 scalar: "generator_..." and "discriminator_...", means over all replicas,
          and the norm of each network's gradient before it was clipped.
        """
        return self._step_functions[stage](example)

    def find_failure(self) -> tuple[int, str] | None:
        """The first step, counted from 1, of which a loss was not finite, and the loss's name.

        None if there was no such step since the trainer was made. It waits for the device.
        """
        step, index = self._failure.numpy().tolist()
        return (step, self._loss_names[self.stage(step - 1)][index]) if step else None

    def complete(self, example) -> tf.Tensor:
        """Fills the holes of a batch with the averaged weights, float32 [B, S, S, 3] in [-1, 1]."""
        return self._complete(example)

    def _create_optimizer(self, learning_rate, variables):
        options = self.options
        if options.decay_steps:
            learning_rate = tf.keras.optimizers.schedules.CosineDecay(
                learning_rate, options.decay_steps, alpha=_DECAYED_FRACTION
            )
        optimizer = tf.keras.optimizers.Adam(
            learning_rate, options.beta_1, options.beta_2, jit_compile=False
        )
        # Slots are made now: a checkpoint then restores to the last variable.
        optimizer.build(variables)
        if options.precision == "float16":
            optimizer = tf.keras.mixed_precision.LossScaleOptimizer(optimizer)
        return optimizer

    def _make_step(self, stage):
        def compute(example):
            return self._compute_gradients(example, stage)

        # XLA cannot sum over replicas, as synchronised batch normalisation does.
        if self.strategy.num_replicas_in_sync == 1:
            use_xla = self.options.jit_compile
            if use_xla is None:
                use_xla = bool(tf.config.list_logical_devices("GPU"))
            if use_xla:
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
            losses = {
                name: self.strategy.reduce(tf.distribute.ReduceOp.MEAN, loss, axis=None)
                for name, loss in losses.items()
            }
            self._loss_names[stage] = list(losses)
            # The first failure is kept on the device, so that no step has to wait for the host.
            finite = tf.stack([tf.math.is_finite(each) for each in losses.values()])
            first = tf.stack([self.step, tf.argmin(tf.cast(finite, tf.int32))])
            is_first = tf.logical_and(self._failure[0] == 0, ~tf.reduce_all(finite))
            self._failure.assign(tf.where(is_first, first, self._failure))
            return losses

        return step

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
            name: tape.gradient(totals[name], self._variables[name])
            for name in stage.updated_networks
        }
        losses = {
            f"{network}_{name}": value
            for network, values in terms.items()
            for name, value in values.items()
        }
        return gradients, losses

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
            zip(gradients, self._variables[name], strict=True), skip_gradients_aggregation=True
        )
        return norm

    def _average_weights(self):
        """Moves the averaged generator towards the trained one; what is not averaged is copied."""
        done = tf.cast(self.step, tf.float32)
        # As tf.train.ExponentialMovingAverage: the first steps do not drag the start along.
        decay = tf.minimum(self.options.average_decay, (1.0 + done) / (10.0 + done))
        for average, variable in zip(
            self.averaged_gan.generator_variables, self._variables["generator"], strict=True
        ):
            average.assign(decay * average + (1.0 - decay) * variable)
        for name, twin in self.averaged_gan.networks.items():
            network = self.gan.networks[name]
            if name == "discriminator":  # Some Gans keep it.
                _copy(network.weights, twin.weights)
            elif network.trainable:  # A frozen one has not changed; of others, statistics have.
                _copy(network.non_trainable_weights, twin.non_trainable_weights)


def _copy(sources, targets):
    for source, target in zip(sources, targets, strict=True):
        target.assign(source)
