"""How fast the Gans train, next to the plain way that runs the generator twice a step.

python -m benchmarks.training_step

Prints images a second of each Gan, with both networks training, in float32 and bfloat16; the same
with a generator pass for each of the two updates; their ratio; and each Gan's cost next to the
baseline's. Timings are taken in turn, so that what else the machine does falls on all alike. With
--memory_only it prints the peak memory of --image_size, --width and --batch_size instead.
"""

import json
import resource
import statistics
import sys
import time

import tensorflow as tf
from absl import app, flags

from exgan_tf.data import examples
from exgan_tf.gans import GANS
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Stage, Trainer, TrainingOptions

_IMAGE_SIZE = flags.DEFINE_integer("image_size", 64, "Side of the images in pixels.")
_WIDTH = flags.DEFINE_float("width", 0.25, "Multiplies the numbers of channels.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 16, "Examples in a batch.")
_PRECISIONS = flags.DEFINE_list("precisions", ["float32", "bfloat16"], "What to time.")
_ROUNDS = flags.DEFINE_integer("rounds", 7, "Timings of each kind, taken in turn.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 5, "Steps in a timing.", lower_bound=1)
_MEMORY_ONLY = flags.DEFINE_bool("memory_only", False, "Print the peak memory instead.")

MODELS = ("baseline", "reference", "code")


class PlainTrainer(Trainer):
    """The plain way: each update runs all that it needs."""

    def _compute_gradients(self, example, stage):
        with tf.GradientTape() as tape:
            generated = self.gan.generate(example)
            opinions = self.gan.judge(example, generated)
            terms = self.gan.generator_losses(example, generated, opinions=opinions)
        gradients = {"generator": tape.gradient(terms["total"], self.gan.generator_variables)}
        generated = tf.nest.map_structure(tf.stop_gradient, self.gan.generate(example))
        with tf.GradientTape() as tape:
            opinions = self.gan.judge(example, generated)
            total = self.gan.discriminator_losses(opinions)["total"]
        gradients["discriminator"] = tape.gradient(total, self.gan.discriminator_variables)
        return gradients, {"generator_total": terms["total"], "discriminator_total": total}


def main(argv):
    del argv
    if _MEMORY_ONLY.value:
        trainer = _build("reference", "float32", trainer_class=Trainer)
        _seconds(trainer, _random_example())
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        print(json.dumps({"peak_megabytes": round(peak / 1e6)}))
        return
    results = {name: flags.FLAGS[name].value for name in ("image_size", "width", "batch_size")}
    for precision in _PRECISIONS.value:
        results[precision] = _time_models(precision)
    print(json.dumps(results, indent=1))


def _time_models(precision):
    example = _random_example()
    trainers = {
        (model, way): _build(model, precision, trainer_class=trainer_class)
        for model in MODELS
        for way, trainer_class in (("one_pass", Trainer), ("plain", PlainTrainer))
    }
    for trainer in trainers.values():
        _seconds(trainer, example)
    seconds = {key: [] for key in trainers}
    for _ in range(_ROUNDS.value):
        for key, trainer in trainers.items():
            seconds[key].append(_seconds(trainer, example))
    median = {key: statistics.median(values) for key, values in seconds.items()}
    return {
        model: {
            "images_per_second": round(_BATCH_SIZE.value / median[model, "one_pass"], 1),
            "plain_images_per_second": round(_BATCH_SIZE.value / median[model, "plain"], 1),
            "one_pass_speedup": round(median[model, "plain"] / median[model, "one_pass"], 3),
            "cost_over_baseline": round(
                median[model, "one_pass"] / median["baseline", "one_pass"], 3
            ),
        }
        for model in MODELS
    }


def _build(model, precision, *, trainer_class):
    strategies.set_precision(precision)
    options = GANS[model].Options(image_size=_IMAGE_SIZE.value, width=_WIDTH.value)
    return trainer_class(
        lambda: GANS[model](options),
        strategy=strategies.create_strategy("one"),
        options=TrainingOptions(precision=precision),
    )


def _random_example():
    """A batch as `data.examples` describes it, with noise for pictures."""
    size, batch = _IMAGE_SIZE.value, _BATCH_SIZE.value
    spec = examples.example_spec(size, batch_size=batch)
    side = size // 4
    boxes = tf.constant([[[size // 3, size // 8, side, side], [size // 3, size // 2, side, side]]])
    example = {
        key: tf.random.stateless_uniform(spec[key].shape, [0, index], -1.0, 1.0)
        for index, key in enumerate(("image", "reference"))
    }
    for prefix in ("", "reference_"):
        example[f"{prefix}eye_boxes"] = tf.repeat(boxes, batch, axis=0)
        example[f"{prefix}mask"] = tf.pad(
            tf.ones([batch, side, size // 2, 1]),
            [
                [0, 0],
                [size // 3, size - size // 3 - side],
                [size // 8, size - size // 8 - size // 2],
                [0, 0],
            ],
        )
    return example


def _seconds(trainer, example):
    start = time.perf_counter()
    for _ in range(_STEPS.value):
        losses = trainer.train_step(example, stage=Stage.ADVERSARIAL)
    float(losses["generator_total"])
    return (time.perf_counter() - start) / _STEPS.value


if __name__ == "__main__":
    app.run(main)
