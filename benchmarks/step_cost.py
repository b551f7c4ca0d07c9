"""What a training would need, counted and not measured: operations, bytes, and days on GPUs.

python -m benchmarks.step_cost [--recipe=train_reference_256]

Operations are those of convolutions and dense layers as TensorFlow's profiler counts them in the
graph of the way forward: a multiplication and an addition are two. The way back costs a layer as
much for its weights as for its inputs, and each as much as the way forward: an adversarial step
costs the generator three times its way forward, and the discriminator three and a half times its
way over true and filled images: back to the inputs, for the generator, it goes over these alone.

Bytes are those of the weights with Adam's two means, the gradient and the moving average; of what
the convolutions give, before and after the activation, kept for the way back; and of the gradients
that several GPUs sum.

Days are for GPUs that do --teraflops, of which a training gets --utilization, and that lose
nothing by being several.
"""

import tensorflow as tf
from absl import app, flags

from benchmarks import commands, training_step
from exgan_tf.gans import GANS

_RECIPE = flags.DEFINE_string("recipe", "train_reference_256", "Name of a flag file.")
_NUM_STEPS = flags.DEFINE_integer("num_steps", 500_000, "Of the training.", lower_bound=1)
_TERAFLOPS = flags.DEFINE_float("teraflops", 312.0, "Of a GPU; an A100's peak in bfloat16.")
_UTILIZATION = flags.DEFINE_float("utilization", 0.25, "Share of them that a training gets.")
_BYTES_A_NUMBER = {"float32": 4, "bfloat16": 2}
_COPIES = 5  # Weight, gradient, Adam's two means, moving average.


def main(argv):
    del argv
    options, batch_size = training_step.read_recipe(_RECIPE.value)
    [gan] = (each(options) for each in GANS.values() if each.Options is type(options))
    example = training_step.random_example(options.image_size, batch_size)
    generate = tf.function(gan.generate).get_concrete_function(example)
    judge = tf.function(gan.judge).get_concrete_function(example, generate.structured_outputs)
    operations = 3 * _count_operations(generate.graph) + 3.5 * _count_operations(judge.graph)
    convolved = sum(
        each.outputs[0].shape.num_elements()
        for graph in (generate.graph, judge.graph)
        for each in graph.get_operations()
        if each.type in ("Conv2D", "Conv2DBackpropInput")  # The latter goes upwards.
    )
    networks = {
        "generator": gan.generator_variables,
        "discriminator": gan.discriminator_variables,
    }
    weights = {
        name: sum(each.shape.num_elements() for each in variables)
        for name, variables in networks.items()
    }
    num_weights = sum(weights.values())
    seconds = operations / (_TERAFLOPS.value * 1e12 * _UTILIZATION.value)
    cost = {
        "gigaflop_an_example": operations / batch_size / 1e9,
        "teraflop_a_step": operations / 1e12,
        "million_weights": {name: count / 1e6 for name, count in weights.items()},
        "gigabytes_of_weights": _COPIES * 4 * num_weights / 1e9,
        "gigabytes_of_activations": {
            name: 2 * size * convolved / 1e9 for name, size in _BYTES_A_NUMBER.items()
        },
        "megabytes_of_gradients": 4 * num_weights / 1e6,
        "days_on_gpus": {count: _NUM_STEPS.value * seconds / count / 86400 for count in (1, 8)},
    }
    commands.show(cost)


def _count_operations(graph):
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    return tf.compat.v1.profiler.profile(graph, cmd="op", options=options).total_float_ops


if __name__ == "__main__":
    app.run(main)
