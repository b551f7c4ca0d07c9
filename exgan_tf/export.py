"""A trained Gan as a SavedModel that loads without this package.

MODEL/
  saved_model.pb, variables/   the signature "serving_default", which completes images, and, of Gans
                               that have them, "fields", for photographs of any size
  fields.tflite                that signature, of one example, for LiteRT: it starts in a hundredth
                               of the time; of such Gans alone
  compose.tflite               what applies these fields to photographs: `fields.compose`
  model.json                   what it is and where it comes from: exgan_tf.model_card
"""

import hashlib
import pathlib

import msgspec
import numpy as np
import tensorflow as tf
from tensorflow.python.framework import convert_to_constants  # Nothing public tells weights apart.

import exgan_tf
from exgan_tf import fields, files, litert, model_card
from exgan_tf.data import examples
from exgan_tf.gans import GANS
from exgan_tf.training import runs

TOOL = "export"
_FEWEST_NUMBERS = 64  # Ours; smaller weights are not worth it.


class ServedGan(tf.Module):
    """A Gan as a signature of named tensors.

    Attributes:
      serve: all that is exported: "completed" and, if the Gan gives them, its fields.
    """

    def __init__(self, gan):
        super().__init__(name="served_gan")
        # Not the Gan itself: Keras would save each of its layers as a function of its own.
        self._weights = gan.variables
        specs = examples.example_spec(gan.options.image_size)
        signature = [
            tf.TensorSpec(specs[name].shape, specs[name].dtype, name=name)
            for name in gan.input_names
        ]

        @tf.function(input_signature=signature, autograph=False)
        def serve(*tensors):
            example = dict(zip(gan.input_names, tensors, strict=True))
            served = {"completed": gan.complete(example, training=False)}
            if gan.find_fields:
                served |= gan.find_fields(example)
            return served

        self.serve = serve


class CompactGan(tf.Module):
    """A `ServedGan` whose weights are kept in a quarter of the space; it computes in float32.

    Kernels are kept as int8, with a scale for each output channel, and what has one axis as
    float16.

    Attributes:
      serve: as the `ServedGan`'s.
    """

    def __init__(self, served: ServedGan):
        super().__init__(name="compact_gan")
        frozen = convert_to_constants.convert_variables_to_constants_v2(
            served.serve.get_concrete_function(),
            lower_control_flow=False,  # A lowered loop, of a search, cannot be imported again.
        )
        graph, weights = _take_weights_out(frozen.graph.as_graph_def())
        self._weights = [_Compressed(weight, name=name) for name, weight in weights.items()]
        input_names = [tensor.name for tensor in frozen.inputs]
        # TensorFlow flattens a dict in the order of its sorted keys.
        names = sorted(_output_names(served.serve))
        outputs = dict(zip(names, (tensor.name for tensor in frozen.outputs), strict=True))

        @tf.function(input_signature=served.serve.input_signature, autograph=False)
        def serve(*tensors):
            floats = (weight.read() for weight in self._weights)
            sources = dict(zip([*input_names, *weights], [*tensors, *floats], strict=True))
            served = tf.graph_util.import_graph_def(
                graph, input_map=sources, return_elements=list(outputs.values()), name=""
            )
            return dict(zip(outputs, served, strict=True))

        self.serve = serve


def _output_names(serve):
    return list(serve.get_concrete_function().structured_outputs)


def _signatures(serve):
    """One that completes images, and one that gives all else, if there is anything."""

    def give(chosen):
        @tf.function(input_signature=serve.input_signature, autograph=False)
        def signature(*tensors):
            return {name: value for name, value in serve(*tensors).items() if chosen(name)}

        return signature

    signatures = {"serving_default": give(lambda name: name == "completed")}
    if len(_output_names(serve)) > 1:
        signatures["fields"] = give(lambda name: name != "completed")
    return signatures


def _convert_to_lite(gan, *, compact) -> dict[str, bytes]:
    """What the TFLite files of a Gan with fields hold, by their names."""
    specs = examples.example_spec(gan.options.image_size, batch_size=1)

    def compose(given):
        here = fields.Fields(*(given.pop(name) for name in fields.Fields._fields))
        made = fields.compose(fields.join(here), given.pop("reference"), **given)
        return {"composed": made}

    channels = dict(zip(fields.Fields._fields, fields.CHANNELS, strict=True))
    shapes = {name: [1, None, None, number] for name, number in channels.items()}
    shapes |= {
        "light_gain": [1, 1, 1, 3],
        "places": [1, None, None, 2],
        "strip_to_reference": [1, 2, 3],
    }
    composed = {name: tf.TensorSpec(shape, tf.float32) for name, shape in shapes.items()}
    composed["reference"] = tf.TensorSpec([1, None, None, 3], tf.uint8)
    return {
        model_card.FIELDS_FILE: _convert(
            gan.find_fields, {name: specs[name] for name in gan.input_names}, gan, compact=compact
        ),
        model_card.COMPOSE_FILE: _convert(compose, composed, tf.Module(), compact=False),
    }


def _convert(function, specs, owner, *, compact):
    """A function of tensors by name and of its owner's weights, as what a TFLite file holds."""
    signature = [tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in specs.items()]

    @tf.function(input_signature=signature, autograph=False)
    def convertible(*tensors):
        return function(dict(zip(specs, tensors, strict=True)))

    kept = tf.Module()
    kept.weights = owner.variables
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [convertible.get_concrete_function()], kept
    )
    if compact:  # Kernels in 8 bits, and what comes into them too, while they are at work.
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    with litert.quiet_stderr():
        return converter.convert()


class _Compressed(tf.Module):
    """A float32 weight in less space."""

    def __init__(self, weight, *, name):
        super().__init__()
        if not np.isfinite(weight).all() or np.abs(weight).max() > np.finfo(np.float16).max:
            raise ValueError(f"{name} has weights beyond float16: export without compact")
        if weight.ndim == 1:
            self._values, self._scale = tf.Variable(weight.astype(np.float16)), None
            return
        largest = np.abs(weight).max(axis=tuple(range(weight.ndim - 1)))
        scale = np.maximum(largest, np.finfo(np.float32).tiny) / 127
        self._values = tf.Variable(np.rint(weight / scale).astype(np.int8))
        self._scale = tf.Variable(scale.astype(np.float32))

    def read(self):
        """The weight, float32, to within a 254th of its channel's largest."""
        values = tf.cast(self._values, tf.float32)
        return values if self._scale is None else values * self._scale


def _take_weights_out(graph):
    """The graph with its large float32 constants left open, and these by the tensor's name."""
    weights = {}
    for node in graph.node:
        if node.op == "Const" and node.attr["dtype"].type == tf.float32.as_datatype_enum:
            value = tf.make_ndarray(node.attr["value"].tensor)
            if value.size >= _FEWEST_NUMBERS:
                weights[f"{node.name}:0"] = value
                node.op = "Placeholder"
                del node.attr["value"]
    return graph, weights


def export_saved_model(
    run_directory,
    directory,
    *,
    which: str = "best",
    compact: bool = False,
    overwrite: bool = False,
) -> model_card.ModelCard:
    """Exports the averaged weights of a run.

    Args:
      run_directory: what training wrote.
      directory: the folder to make.
      which: "best", by the validation measure, or "latest".
      compact: keep the weights as whole numbers of 8 bits, in a quarter of the space; a keypoint
        Gan's search may end elsewhere.
      overwrite: replace an earlier export.

    Returns:
      What `model.json` says.

    Raises:
      ValueError: if there is no such checkpoint, the run is an autoencoder's, or the folder is in
        the way.
    """
    run = runs.read_run(run_directory)
    experiment = run.experiment
    if not GANS[experiment.model].fills_holes:
        raise ValueError(f"{run_directory} is a run of {experiment.model}, which fills no holes")
    gan, step = runs.load_gan(run_directory, which=which)
    served = ServedGan(gan)
    lite = _convert_to_lite(gan, compact=compact) if gan.find_fields else {}
    names = [*gan.input_names, *_output_names(served.serve)]
    card = model_card.ModelCard(
        format_version=model_card.FORMAT_VERSION,
        package_version=exgan_tf.__version__,
        kind=experiment.model,
        image_size=gan.options.image_size,
        step=step,
        checkpoint=which,
        experiment=msgspec.to_builtins(experiment),
        data=run.data,
        validation=runs.read_validation(run_directory, step),
        tensors={name: model_card.TENSORS[name] for name in names},
        alignment=model_card.ALIGNMENT,
        lite_files={name: hashlib.sha256(model).hexdigest() for name, model in lite.items()},
    )
    parameters = {"experiment": card.experiment, "step": step, "checkpoint": which}
    parameters["compact"] = compact
    with files.staged_directory(
        directory, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        if compact:
            served = CompactGan(served)
        tf.saved_model.save(served, str(work_dir), signatures=_signatures(served.serve))
        work_dir = pathlib.Path(work_dir)
        for name, model in lite.items():
            (work_dir / name).write_bytes(model)
        files.write_json(work_dir / model_card.FILE_NAME, msgspec.to_builtins(card))
    return card
