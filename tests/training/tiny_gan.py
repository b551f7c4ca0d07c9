"""A Gan of one layer each, which compiles in no time: for tests of what surrounds a Gan."""

import tensorflow as tf

from exgan_tf import losses
from exgan_tf.compositing import composite


class TinyGan(tf.Module):
    """Has the methods of `gans.Gan`; its generator is a convolution and a batch normalisation."""

    best_measure = "eye_pixel_frechet_distance"

    def __init__(self, *, channels=3):
        super().__init__(name="tiny_gan")
        image = tf.keras.Input([32, 32, 3])
        features = tf.keras.layers.Conv2D(channels, 3, padding="same")(image)
        features = tf.keras.layers.BatchNormalization(synchronized=True)(features)
        completed = tf.keras.layers.Conv2D(3, 1)(features)
        logits = tf.keras.layers.Dense(1)(tf.keras.layers.GlobalAveragePooling2D()(image))
        self.networks = {
            "generator": tf.keras.Model(image, completed),
            "discriminator": tf.keras.Model(image, logits),
        }

    @property
    def generator_variables(self):
        return self.networks["generator"].trainable_variables

    @property
    def discriminator_variables(self):
        return self.networks["discriminator"].trainable_variables

    def drop_discriminator(self):
        self.networks = {"generator": self.networks["generator"]}

    def complete(self, example, *, training):
        completed = self.networks["generator"](example["image"], training=training)
        return composite(example["image"], completed, example["mask"])

    def generate(self, example):
        return {"completed": self.complete(example, training=True)}

    def judge(self, example, generated):
        real, fake = (
            self.networks["discriminator"](image)
            for image in (example["image"], generated["completed"])
        )
        return {"real_logits": real, "fake_logits": fake}

    def generator_losses(self, example, generated, *, opinions=None):
        total = losses.reconstruction_loss(
            example["image"], generated["completed"], example["mask"]
        )
        if opinions is not None:
            total += losses.non_saturating_generator_loss(opinions["fake_logits"])
        return {"total": total}

    def discriminator_losses(self, opinions):
        return {"total": losses.non_saturating_discriminator_loss(**opinions)}
