"""The keypoint-guided GAN (Lahiri et al., 2017), and its unguided form (Yeh et al., 2017).

The generator paints a whole face from noise `z`, guided by a map of its landmarks, and never learns
to fill holes. A hole is filled by searching the `z` whose face is nearest to what is known of the
image; the face found is blended into the hole.
"""

import tensorflow as tf

from exgan_tf import compositing, option_types
from exgan_tf.gans import base
from exgan_tf.models import blocks, dcgan, face_map

# Adam's own, of the search.
_BETA_1 = 0.9
_BETA_2 = 0.999
_EPSILON = 1e-8
_WINDOW_RADIUS = 7 / 64  # Of the image's side: Yeh et al.'s window of 15 in 64 pixels.


class KeypointOptions(base.AdversarialOptions, frozen=True):
    """What can be chosen about the keypoint Gan; the defaults of the search are the paper's.

    Attributes:
      normalization: normalization in both networks: "batch" (DCGAN's), "instance", "group" or
        "none".
      guided: whether both networks see a map of the face's landmarks.
      search_steps: steps of the search for a face that fits, for each image.
      search_learning_rate: learning rate of the search's Adam.
      prior_weight: weight of the discriminator's opinion in the search, against a sum of
        differences.
    """

    normalization: blocks.Normalization = "batch"
    guided: bool = True
    search_steps: option_types.Count = 1500
    search_learning_rate: option_types.Positive = 0.01
    prior_weight: option_types.NonNegative = 0.1


class KeypointGan(base.Gan):
    """Paints faces by their landmarks, and fills holes by searching among them.

    It learns from its discriminator alone: there is no reconstruction term.

    In training `complete` paints a face for noise drawn at random, entire, which has nothing to do
    with the image but its landmarks. The noise comes from a generator of random numbers of the
    Gan's own, seeded from TensorFlow's global seed; it is part of a checkpoint, and each replica
    draws other numbers.
    """

    Options = KeypointOptions
    adversarial_only = True

    def __init__(self, options: KeypointOptions):
        sizes = {
            "width": options.width,
            "normalization": options.normalization,
            "guided": options.guided,
        }
        networks = {
            "generator": dcgan.build_dcgan_generator(options.image_size, **sizes),
            "discriminator": dcgan.build_dcgan_discriminator(
                options.image_size, spectral_normalization=options.spectral_normalization, **sizes
            ),
        }
        super().__init__(options, networks=networks)
        seed = tf.random.uniform([], maxval=tf.int32.max, dtype=tf.int32)
        self._noise = tf.random.Generator.from_seed(int(seed))

    @property
    def input_names(self) -> tuple:
        """As `Gan.input_names`; only a guided one looks at landmarks."""
        return ("image", "mask", "landmarks") if self.options.guided else ("image", "mask")

    def drop_discriminator(self) -> None:
        """Forgets the noise of training. The discriminator stays: it takes part in the search."""
        del self._noise

    def paint_faces(self, z, landmarks=None) -> tf.Tensor:
        """Paints faces.

        Args:
          z: float32 [B, 100] in [-1, 1], the appearance.
          landmarks: float32 [B, 68, 2], the pose: (x, y) in pixels, in dlib's order; an unguided
            Gan does not look at them.

        Returns:
          float32 [B, S, S, 3] in [-1, 1].

        Raises:
          ValueError: if a guided Gan is given no landmarks.
        """
        if self.options.guided and landmarks is None:
            raise ValueError("landmarks is None; expected float32 [B, 68, 2], as the Gan is guided")
        inputs = {"z": z, **self._guidance({"landmarks": landmarks})}
        return self.networks["generator"](inputs, training=False)

    def paint(self, example: dict) -> tf.Tensor:
        """Paints the face that is found for each image.

        The search starts from the same noise for every image, so it is a function of the image
        alone; landmarks of the entire photograph tell a guided Gan where the hidden eyes are and
        how far open. It makes `search_steps` steps of Adam on

          sum of W |painted - image| + prior_weight * the generator's adversarial loss,

        `z` being clipped to [-1, 1] after each. W is 1 at known pixels for a guided Gan; for an
        unguided one it is the share of the hole in a window around a known pixel: 15 pixels wide in
        images of 64. The loss takes the place of Yeh et al.'s log(1 - D), whose gradient vanishes
        where the discriminator is sure; DCGAN's code trains with it as well.

        Returns:
          float32 [B, S, S, 3] in [-1, 1], the entire painted image.
        """
        return self.paint_faces(self._search(example), example.get("landmarks"))

    def complete(self, example: dict, *, training: bool) -> tf.Tensor:
        """In training paints a face to be judged, of random noise; otherwise fills holes.

        Returns:
          float32 [B, S, S, 3] in [-1, 1]: in training the entire painted image; otherwise what
          `paint` found, Poisson-blended into the hole, and the image, bit for bit, outside.
        """
        image, mask = example["image"], example["mask"]
        if training:
            z = self._noise.uniform([tf.shape(image)[0], dcgan.NOISE_SIZE], -1.0, 1.0)
            return self.networks["generator"]({"z": z, **self._guidance(example)}, training=True)
        blended = compositing.blend_poisson(image, self.paint(example), mask)
        return compositing.composite(image, tf.clip_by_value(blended, -1.0, 1.0), mask)

    def generator_losses(self, example: dict, generated: dict, *, opinions=None) -> dict:
        """As `Gan.generator_losses`, of "adversarial" alone: painted faces have no truth.

        Raises:
          ValueError: if there are no opinions.
        """
        del example, generated
        if opinions is None:
            raise ValueError(
                f"opinions is None; expected what `judge` says, all that {self.name} learns from"
            )
        loss = self._adversarial_loss.generator_loss(opinions["fake_logits"])
        return {"adversarial": loss, "total": loss}

    def _discriminator_inputs(self, example, image):
        return {"image": image, **self._guidance(example)}

    def _guidance(self, example):
        """What both networks are given besides, by name."""
        if not self.options.guided:
            return {}
        return {"face_map": face_map.draw_face_map(example["landmarks"], self.options.image_size)}

    def _search(self, example):
        """The noise whose face is nearest to what is known, float32 [B, 100]."""
        options, mask, guidance = self.options, example["mask"], self._guidance(example)
        known = compositing.composite(example["image"], 0.0, mask)
        weights = 1.0 - mask
        if not options.guided:
            weights *= _hole_nearby(mask)
        num_examples = tf.cast(tf.shape(mask)[0], tf.float32)

        # Each number of Adam's memory belongs to one example, so no example sees another.
        def improve(step, z, mean, square):
            with tf.GradientTape() as tape:
                tape.watch(z)
                painted = self.networks["generator"]({"z": z, **guidance}, training=False)
                difference = tf.reduce_sum(weights * tf.abs(painted - known))
                judged = {"image": painted, **guidance}
                logits = self.networks["discriminator"](judged, training=False)
                prior = num_examples * self._adversarial_loss.generator_loss(logits)
                loss = difference + options.prior_weight * prior
            gradient = tape.gradient(loss, z)
            mean = _BETA_1 * mean + (1.0 - _BETA_1) * gradient
            square = _BETA_2 * square + (1.0 - _BETA_2) * tf.square(gradient)
            unbiased_mean = mean / (1.0 - _BETA_1 ** (step + 1.0))
            unbiased_square = square / (1.0 - _BETA_2 ** (step + 1.0))
            change = unbiased_mean / (tf.sqrt(unbiased_square) + _EPSILON)
            z = tf.clip_by_value(z - options.search_learning_rate * change, -1.0, 1.0)
            return step + 1.0, z, mean, square

        # Ours: every search starts from the same place.
        start = tf.random.stateless_uniform([1, dcgan.NOISE_SIZE], [0, 0], -1.0, 1.0)
        start = tf.repeat(start, tf.shape(mask)[0], axis=0)
        nothing = tf.zeros_like(start)
        _, z, _, _ = tf.while_loop(
            lambda step, *_: step < float(options.search_steps),
            improve,
            (0.0, start, nothing, nothing),
        )
        return z


def _hole_nearby(mask):
    """The share of the hole in the window around each pixel; beyond the border nothing counts."""
    window = 2 * round(_WINDOW_RADIUS * mask.shape[1]) + 1
    return tf.nn.avg_pool2d(mask, window, strides=1, padding="SAME")
