"""How long a training step takes, next to the plain way in Keras and to PyTorch.

python -m benchmarks.training_step [--recipes=cpu_flow_adversarial,cpu_reference]
    [--torch_python=ENVIRONMENT/bin/python]

Prints, for each recipe in float32 and bfloat16, processor seconds of an adversarial step: this
package's; `fit` of a Keras model whose train_step has a tape for each network, with Keras's own
clipping and moving average; and, with --torch_python, the same networks in PyTorch, in a Python
that has it (`training_step_torch.py`). Then the others' time over this package's: above 1 this
package is faster. The three are timed in turn, on one thread each, and the medians taken, so that
what else the machine does falls on all alike; other processes do not count, but they do take cache
and memory bandwidth. With --memory_only it prints the peak memory of the first recipe instead.
"""

import json
import pathlib
import statistics
import subprocess
import time

import msgspec
import numpy as np
import tensorflow as tf
from absl import app, flags

from benchmarks import commands
from exgan_tf.data import examples
from exgan_tf.gans import GANS
from exgan_tf.models import blocks
from exgan_tf.training import strategy as strategies
from exgan_tf.training.trainer import Stage, Trainer, TrainingOptions

_RECIPES = flags.DEFINE_list(
    "recipes", ["cpu_flow_adversarial", "cpu_reference"], "Names of flag files."
)
_PRECISIONS = flags.DEFINE_list("precisions", ["float32", "bfloat16"], "What to time.")
_TORCH_PYTHON = flags.DEFINE_string("torch_python", None, "A Python that has PyTorch.")
_ROUNDS = flags.DEFINE_integer("rounds", 5, "Timings of each kind, taken in turn.", lower_bound=1)
_STEPS = flags.DEFINE_integer("steps", 3, "Steps in a timing.", lower_bound=1)
_THREADS = flags.DEFINE_integer("threads", 1, "Threads of each.", lower_bound=1)
_MEMORY_ONLY = flags.DEFINE_bool("memory_only", False, "Print the peak memory instead.")


def main(argv):
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(_THREADS.value)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    if _MEMORY_ONLY.value:
        PackageStep(*read_recipe(_RECIPES.value[0]), precision="float32").seconds(1)
        commands.show({"peak_megabytes": round(commands.peak_memory() / 1e6)})
        return
    results = {
        recipe: {each: _time(*read_recipe(recipe), precision=each) for each in _PRECISIONS.value}
        for recipe in _RECIPES.value
    }
    commands.show({"threads": _THREADS.value, **results})


def read_recipe(name: str):
    """The options of a Gan and the batch size that flags/NAME.flags asks for, without others."""
    lines = (commands.ROOT / "flags" / f"{name}.flags").read_text(encoding="utf-8").splitlines()
    named = (line[2:].partition("=") for line in lines if line.startswith("--"))
    found = {name: value if equals else "true" for name, equals, value in named}
    options = GANS[found["model"]].Options
    own = {key: value for key, value in found.items() if key in options.__struct_fields__}
    return msgspec.convert(own, options, strict=False), int(found["batch_size"])


def random_example(image_size: int, batch_size: int) -> dict:
    """A batch as `data.examples` describes it, with noise for pictures."""
    spec = examples.example_spec(image_size, batch_size=batch_size)
    side, top, left = image_size // 4, image_size // 3, image_size // 8
    boxes = tf.constant([[[top, left, side, side], [top, image_size // 2, side, side]]])
    example = {
        key: tf.random.stateless_uniform(spec[key].shape, [0, index], -1.0, 1.0)
        for index, key in enumerate(("image", "reference"))
    }
    mask = np.zeros([batch_size, image_size, image_size, 1], np.float32)
    mask[:, top : top + side, left : left + image_size // 2] = 1
    for prefix in ("", "reference_"):
        example[f"{prefix}eye_boxes"] = tf.repeat(boxes, batch_size, axis=0)
        example[f"{prefix}mask"] = tf.constant(mask)
    return example


class PackageStep:
    """This package's way."""

    def __init__(self, options, batch_size, *, precision):
        """Builds a Gan of these options; `precision` is a `strategy.Precision`."""
        strategies.set_precision(precision)
        self._example = random_example(options.image_size, batch_size)
        self._trainer = Trainer(
            lambda: _build_gan(options),
            strategy=strategies.create_strategy("one"),
            options=TrainingOptions(precision=precision),
        )

    def seconds(self, steps: int) -> float:
        """Processor seconds of a step."""
        start = time.process_time()
        for _ in range(steps):
            losses = self._trainer.train_step(self._example, stage=Stage.ADVERSARIAL)
        float(losses["generator_total"])
        return (time.process_time() - start) / steps


class KerasStep(tf.keras.Model):
    """The plain way in Keras: a model with a train_step, and `fit`."""

    def __init__(self, options, batch_size, *, precision):
        strategies.set_precision(precision)
        super().__init__()
        self._gan = _build_gan(options)
        example = random_example(options.image_size, batch_size)
        self._examples = tf.data.Dataset.from_tensors(example).repeat()
        settings = {"learning_rate": 2e-4, "beta_1": 0.5, "global_clipnorm": 10.0}
        average = {"use_ema": True, "ema_momentum": 0.999}
        self._optimizers = [tf.keras.optimizers.Adam(**settings, **each) for each in (average, {})]
        self.compile()

    def train_step(self, example):
        gan = self._gan
        blocks.iterate_spectral_norms(gan.networks["discriminator"])
        networks = gan.generator_variables, gan.discriminator_variables
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            generated = gan.generate(example)
            opinions = gan.judge(example, generated)
            losses = [gan.generator_losses(example, generated, opinions=opinions)["total"]]
            losses.append(gan.discriminator_losses(opinions)["total"])
        for optimizer, tape, loss, variables in zip(
            self._optimizers, (generator_tape, discriminator_tape), losses, networks, strict=True
        ):
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return {"loss": losses[0], "discriminator_loss": losses[1]}

    def seconds(self, steps: int) -> float:
        start = time.process_time()
        self.fit(self._examples, steps_per_epoch=steps, verbose=0)
        return (time.process_time() - start) / steps


class TorchStep:
    """PyTorch's way, in a process of its own."""

    def __init__(self, options, batch_size, *, precision):
        script = pathlib.Path(__file__).with_name("training_step_torch.py")
        self._process = subprocess.Popen(
            [_TORCH_PYTHON.value, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        [model] = (name for name, gan in GANS.items() if gan.Options is type(options))
        task = {"model": model, "image_size": options.image_size, "width": options.width}
        task |= {"batch_size": batch_size, "precision": precision, "threads": _THREADS.value}
        gan = _build_gan(options)
        ours = [
            sum(each.shape.num_elements() for each in variables)
            for variables in (gan.generator_variables, gan.discriminator_variables)
        ]
        if self._ask(task) != ours:
            raise ValueError(f"PyTorch's networks have other numbers of weights than {ours}")

    def _ask(self, task):
        print(json.dumps(task), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def seconds(self, steps: int) -> float:
        return self._ask(steps)

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def _build_gan(options):
    [gan] = (each for each in GANS.values() if each.Options is type(options))
    return gan(options)


def _time(options, batch_size, *, precision):
    kinds = {"package": PackageStep, "keras": KerasStep}
    if _TORCH_PYTHON.value:
        kinds["torch"] = TorchStep
    steps = {name: kind(options, batch_size, precision=precision) for name, kind in kinds.items()}
    for each in steps.values():  # Traces, and warms up.
        each.seconds(2)
    seconds = {name: [] for name in steps}
    for _ in range(_ROUNDS.value):
        for name, each in steps.items():
            seconds[name].append(each.seconds(_STEPS.value))
    if "torch" in steps:
        steps["torch"].close()
    median = {name: statistics.median(values) for name, values in seconds.items()}
    shares = {name: round(value / median["package"], 3) for name, value in median.items()}
    del shares["package"]
    rounded = {name: round(value, 4) for name, value in median.items()}
    return {"seconds": rounded, "over_package": shares}


if __name__ == "__main__":
    app.run(main)
