"""The appearance flow Gan: a Reference ExGAN that moves, lights and mends the reference's eyes.

Its generator paints hardly anything. For every place of a strip with both eyes it says from where
in the reference the colours come, how bright they are, and how much of them to take (`fields`): at
first what it fills in is a copy, and at the end what is sharp in it is the person's own. Ours; the
flow is that of Zhou et al., View Synthesis by Appearance Flow, 2016.

Training sees strips. In the stage of reconstruction the loss is that of what was moved and lit,
without any paint: with paint in it the network learns to paint the average, and never to move.
"""

import tensorflow as tf

from exgan_tf import compositing, fields, losses, option_types, resampling
from exgan_tf.gans import base
from exgan_tf.models import eye_strip, field_network

# Ours.
_PAINT_WEIGHT = 0.2  # Of the paint by itself in the stage of reconstruction, so that it fits later.
_PARTS_WEIGHT = 0.1  # Of what was moved and of the paint, each by itself, in the adversarial stage.
# Of the light at a border: by what factor it differs at most, and its colours from one another.
# What differs more is no light, but hair or what stands behind a turned head.
_LARGEST_LIGHT, _LARGEST_TINT = 2.5, 1.3
_DARK = 0.02  # On a scale of 2: what is darker tells no light.
_RING_WIDTH = 3 / 64  # Of the image's side: 6 pixels of 128 tell the light.


class FlowOptions(base.CompletionOptions, frozen=True):
    """What can be chosen about the flow Gan; all ours.

    Attributes:
      exemplar: whether it sees the reference; without, it is its own baseline and paints.
      coarse_weight: weight of the reconstruction of cells of 4 x 4 pixels, averaged.
      feature_matching_weight: weight of the difference between true and filled strips in the
        discriminator's features.
      bending_weight: weight of the bending of the flow, in pixels.
      paint_weight: weight of the share of the hole that is painted and not copied.
      match_border: whether the filled strip gets the light of the edge of the hole, by factors
        that are continued smoothly into the hole.
    """

    exemplar: bool = True
    coarse_weight: option_types.NonNegative = 0.7
    feature_matching_weight: option_types.NonNegative = 0.4
    bending_weight: option_types.NonNegative = 0.1
    paint_weight: option_types.NonNegative = 0.08
    match_border: bool = True

    def __post_init__(self):
        """Raises ValueError if an option is out of range."""
        super().__post_init__()
        if self.image_size % 32:
            raise ValueError(f"image_size is {self.image_size}; expected a multiple of 32 for flow")


class FlowGan(base.Gan):
    """Fills holes with the reference's eyes: moved, in the image's light, and mended.

    Where the eyes are has to be known in both photographs. With `options.exemplar` off it is its
    own baseline: the same network sees no reference and paints alone.
    """

    Options = FlowOptions

    def __init__(self, options: FlowOptions):
        shared = {"width": options.width, "reference": options.exemplar}
        networks = {
            "generator": field_network.build_field_network(options.image_size, **shared),
            "discriminator": field_network.build_strip_discriminator(
                options.image_size,
                spectral_normalization=options.spectral_normalization,
                **shared,
            ),
        }
        super().__init__(options, networks=networks)

    @property
    def input_names(self) -> tuple:
        """As `Gan.input_names`."""
        exemplar = ("reference", "reference_eye_boxes") if self.options.exemplar else ()
        return ("image", "mask", "eye_boxes", *exemplar)

    def find_fields(self, example: dict) -> dict:
        """As `Inpainter.find_fields`, of a batch as in `data.examples`; float32 tensors."""
        found = self._look(example, training=False)
        context = {name: found[name] for name in fields.CONTEXT}
        return {**fields.split(found["fields"])._asdict(), **context}

    def _look(self, example, *, training):
        """Looks at a face and its reference.

        Outside training the fields are the mean of those of the strips and of their mirror images.

        Returns:
          Tensors by name, float32, h and w being the strip's size:
            fields: [B, h / 2, w / 2, fields.NUM_CHANNELS].
            light_gain: [B, 1, 1, 3], brings the reference into the image's light.
            strip_to_image, strip_to_reference: [B, 2, 3], from pixels of the strip to theirs; of
              images and references of this Gan's size.
            places: [B, h, w, 2], where the strip's pixels lie in the image.
            strip: [B, h, w, 3], the image's, grey in the hole.
            mask: [B, h, w, 1], the hole in the strip.
            reference: [B, h, w, 3], the reference's strip in the image's light.
            moved: [B, h, w, 3], the reference's eyes moved and lit.
            filled: [B, h, w, 3], moved and mended; looked at in the hole alone.
        """
        strip_to_image, places = self._find_strip(example["eye_boxes"])
        grey = compositing.composite(example["image"], tf.zeros([]), example["mask"])
        sampled = resampling.sample_bilinear(tf.concat([grey, example["mask"]], -1), places)
        # What the filter mixed with the hole counts as hole.
        mask = tf.cast(sampled[..., 3:] > 0, tf.float32)
        strip = sampled[..., :3] * (1 - mask)
        brightness = self._edge_brightness(strip, mask)
        found = {"strip_to_image": strip_to_image, "places": places, "strip": strip, "mask": mask}
        found |= self._look_at_reference(example, mask, brightness)
        inputs = {name: found[name] for name in self._seen}
        found["fields"] = self.networks["generator"](inputs, training=training)
        if not training:
            # A face looks as likely in a mirror: the mean of both is nearer to the truth.
            mirrored = {name: tf.reverse(each, [2]) for name, each in inputs.items()}
            mirrored = self.networks["generator"](mirrored, training=False)
            found["fields"] = (found["fields"] + fields.mirror(mirrored)) / 2
        here = fields.split(found["fields"])
        # The bias is told in units of the brightness, without its colour, which is the skin's.
        grey = tf.reduce_mean(brightness, axis=-1, keepdims=True)
        found["fields"] = fields.join(here._replace(bias=here.bias * grey))
        return self._fill_strip(example, found)

    @property
    def _seen(self):
        """What of a strip both networks see, by name."""
        return ("strip", "mask", "reference") if self.options.exemplar else ("strip", "mask")

    def _find_strip(self, boxes):
        """Takes the strip of some eyes to their image, and where its pixels lie there."""
        size = self.options.image_size
        height, width = eye_strip.strip_size(size)
        transform = eye_strip.strip_to_image(boxes, image_size=size)
        return transform, resampling.affine_places(transform, height=height, width=width)

    def _edge_brightness(self, strip, mask):
        ring_width = round(_RING_WIDTH * self.options.image_size)
        return compositing.edge_brightness(strip, mask, ring_width=ring_width)

    def _look_at_reference(self, example, mask, brightness):
        """The reference's strip, as bright as the image around the hole; grey without exemplar."""
        if not self.options.exemplar:
            return {
                "strip_to_reference": tf.eye(2, 3, batch_shape=[tf.shape(mask)[0]]),
                "light_gain": tf.ones_like(brightness),
                "reference": tf.repeat(tf.zeros_like(mask), 3, axis=-1),
            }
        strip_to_reference, places = self._find_strip(example["reference_eye_boxes"])
        reference = resampling.sample_bilinear(example["reference"], places)
        theirs = self._edge_brightness(reference, mask)
        light_gain = compositing.brightness_gain(brightness, theirs)
        return {
            "strip_to_reference": strip_to_reference,
            "light_gain": light_gain,
            "reference": tf.clip_by_value((reference + 1) * light_gain - 1, -1.0, 1.0),
        }

    def _fill_strip(self, example, found):
        """Adds what the fields make of the strip, in the light of the hole's border."""
        height, width = found["mask"].shape[1:3]
        if not self.options.exemplar:
            found["fields"] = fields.without_share(found["fields"])

        def enlarge():
            # Twice as large, with cells that cover areas: the same places as `fields.sample` takes.
            return fields.split(tf.image.resize(found["fields"], [height, width]))

        here = enlarge()
        taken = tf.zeros_like(here.paint)
        if self.options.exemplar:
            grid = resampling.affine_places(
                tf.eye(2, 3, batch_shape=[1]), height=height, width=width
            )
            sources = resampling.apply_affine(found["strip_to_reference"], grid + here.flow)
            taken = resampling.sample_cubic(example["reference"], sources, slope=fields.SLOPE)
            taken = (taken + 1) * found["light_gain"] - 1
        moved = fields.light(taken, here)
        filled = fields.mend(moved, here)
        if self.options.match_border:
            light = _edge_light(found["strip"], filled, found["mask"])
            found["fields"] = fields.relight(found["fields"], light)
            here = enlarge()
            moved = fields.light(taken, here)
            filled = fields.mend(moved, here)
        return {**found, "moved": moved, "filled": filled}

    def complete(self, example: dict, *, training: bool) -> tf.Tensor:
        """As `Gan.complete`; the fields are applied to the reference on the image's own grid."""
        found = self._look(example, training=training)
        size = self.options.image_size
        to_strip = eye_strip.invert(found["strip_to_image"])
        filled = fields.compose(
            found["fields"],
            example.get("reference", tf.zeros_like(example["image"])),
            light_gain=found["light_gain"],
            places=resampling.affine_places(to_strip, height=size, width=size),
            strip_to_reference=found["strip_to_reference"],
        )
        filled = tf.clip_by_value(filled, -1.0, 1.0)
        return compositing.composite(example["image"], filled, example["mask"])

    def generate(self, example: dict) -> dict:
        """Fills the strip, for training.

        Returns:
          What `_look` found, and "truth", float32 [B, h, w, 3], the image's strip, and
          "completed", the same with its hole filled, which may overshoot [-1, 1].
        """
        found = self._look(example, training=True)
        truth = resampling.sample_cubic(example["image"], found["places"])
        completed = compositing.composite(truth, found["filled"], found["mask"])
        return {**found, "truth": truth, "completed": completed}

    def judge(self, example: dict, generated: dict) -> dict:
        """As `Gan.judge`, in one pass over true and filled strips.

        Returns:
          "real_logits" and "fake_logits", float32 [B, N], and "feature_matching", float32 scalar.
        """
        del example
        true = {**generated, "strip": generated["truth"]}
        filled = {**generated, "strip": generated["completed"]}
        inputs = {name: tf.concat([true[name], filled[name]], 0) for name in self._seen}
        opinion = self.networks["discriminator"](inputs, training=True)
        real_logits, fake_logits = tf.split(opinion["logits"], 2)
        features = (tf.split(each, 2) for each in opinion["features"])
        return {
            "real_logits": real_logits,
            "fake_logits": fake_logits,
            "feature_matching": losses.feature_matching_loss(*zip(*features, strict=True)),
        }

    def generator_losses(self, example: dict, generated: dict, *, opinions=None) -> dict:
        """The losses of strips; all but "reconstruction" and "adversarial" is ours.

        Returns:
          name -> float32 scalar, without weights: "reconstruction" and "coarse", of what was moved
          and lit in the stage of reconstruction, of the filled strip later; "moved" and "painted",
          of these by themselves; "bending" of the flow in pixels of the strip; with opinions,
          "adversarial", "feature_matching" and "paint", the share of the hole that is painted; and
          "total".
        """
        del example
        options, mask, truth = self.options, generated["mask"], generated["truth"]
        here = fields.split(generated["fields"])
        paint = tf.image.resize(here.paint, truth.shape[1:3])
        moved, painted, filled = (
            losses.reconstruction_loss(truth, each, mask)
            for each in (generated["moved"], paint, generated["completed"])
        )
        bending = losses.bending_loss(here.flow)
        terms = {"moved": moved, "painted": painted, "bending": bending}
        if opinions is None:
            learnt = generated["moved"] if options.exemplar else paint
            learnt = compositing.composite(truth, learnt, mask)
            terms["reconstruction"] = moved if options.exemplar else painted
        else:
            learnt, terms["reconstruction"] = generated["completed"], filled
        terms["coarse"] = losses.coarse_reconstruction_loss(truth, learnt, mask)
        total = options.reconstruction_weight * terms["reconstruction"]
        total += options.coarse_weight * terms["coarse"]
        if opinions is not None:
            terms["adversarial"] = self._adversarial_loss.generator_loss(opinions["fake_logits"])
            terms["feature_matching"] = opinions["feature_matching"]
            total += options.adversarial_weight * terms["adversarial"]
            total += options.feature_matching_weight * terms["feature_matching"]
        if options.exemplar and opinions is None:
            total += _PAINT_WEIGHT * painted
        elif options.exemplar:
            share = tf.image.resize(here.share, truth.shape[1:3])
            terms["paint"] = losses.masked_mean(1.0 - share, mask)
            total += options.paint_weight * terms["paint"] + _PARTS_WEIGHT * (moved + painted)
        return {**terms, "total": total + options.bending_weight * bending}


def _edge_light(strip, filled, mask):
    """By how much the strip is brighter than what fills it, at the fields' resolution.

    Around the hole it is told, each colour apart, and from there it is continued into the hole. By
    a factor, as light works: a difference would tint what is darker than the skin around.
    """
    hole = tf.nn.max_pool2d(mask, fields.SCALE, fields.SCALE, "VALID")
    edge = tf.nn.max_pool2d(hole, 3, 1, "SAME") * (1 - hole)
    both = tf.concat([strip, filled], -1) + 1
    both = tf.nn.avg_pool2d(both, fields.SCALE, fields.SCALE, "VALID")
    both = compositing.continue_smoothly(tf.where(edge > 0, both, 0.0), edge)
    ours, theirs = tf.split(both, 2, axis=-1)
    light = (tf.maximum(ours, 0.0) + _DARK) / (tf.maximum(theirs, 0.0) + _DARK)
    grey = tf.exp(tf.reduce_mean(tf.math.log(light), -1, keepdims=True))
    tint = tf.clip_by_value(light / grey, 1 / _LARGEST_TINT, _LARGEST_TINT)
    return tint * tf.clip_by_value(grey, 1 / _LARGEST_LIGHT, _LARGEST_LIGHT)
