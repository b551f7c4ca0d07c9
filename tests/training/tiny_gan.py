"""A Gan of a layer or two each, which compiles in no time: for tests of what surrounds a Gan."""

import tensorflow as tf

from exgan_tf import gans, losses
from exgan_tf.models import blocks


class TinyGan(gans.Gan):
    """Its networks have what a step has to care for: batch and spectral normalisation."""

    def __init__(self, *, channels=3):
        image = tf.keras.Input([32, 32, 3], name="image")
        features = blocks.convolve(image, channels, kernel=3, normalization="batch")
        completed = tf.keras.layers.Conv2D(3, 1, dtype=tf.float32)(features)
        features = blocks.convolve_downwards(image, 8, kernel=4, spectral_normalization=True)
        features = tf.keras.layers.GlobalAveragePooling2D()(features)
        logits = tf.keras.layers.Dense(1, dtype=tf.float32)(features)
        networks = {
            "generator": tf.keras.Model({"image": image}, completed),
            "discriminator": tf.keras.Model({"image": image}, logits),
        }
        super().__init__(gans.GanOptions(32), networks=networks)

    def generator_losses(self, example, generated, *, opinions=None):
        total = self._reconstruction(example, generated["completed"])
        if opinions is not None:
            total += losses.non_saturating_generator_loss(opinions["fake_logits"])
        return {"total": total}

    def discriminator_losses(self, opinions):
        return {"total": losses.non_saturating_discriminator_loss(**opinions)}

    def _generator_inputs(self, example):
        return {"image": example["image"]}

    def _discriminator_inputs(self, example, image):
        return {"image": image}
