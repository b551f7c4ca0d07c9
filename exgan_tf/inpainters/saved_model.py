"""An exported model as an in-painter. It needs the folder alone, none of the networks' code.

A SavedModel is a program: load only what comes from someone you trust.
"""

import tensorflow as tf

from exgan_tf import fields, model_card
from exgan_tf.data import examples
from exgan_tf.inpainters import base

_SIGNATURE = "serving_default"
_FIELDS = "fields"
_RESULT = "completed"


class SavedModelInpainter(base.ExportedInpainter):
    """Fills by the SavedModel of an exported model."""

    def __init__(self, directory):
        """Raises ValueError as `ExportedInpainter`, and if the model is not what its card says."""
        super().__init__(directory)
        try:
            # Kept, as the signature holds no variables of its own.
            self._model = tf.saved_model.load(str(directory))
        except Exception as error:  # TensorFlow raises nearly anything on damaged files.
            raise ValueError(f"{directory} cannot be loaded as a SavedModel ({error})") from error
        signatures = getattr(self._model, "signatures", {})
        self._serve, give_fields = signatures.get(_SIGNATURE), signatures.get(_FIELDS)
        self._check_signatures(give_fields)
        if give_fields is not None:  # Not by `self`, which would hold itself.
            self._give_fields = lambda example: give_fields(**_to_tensors(example))

    def _fill(self, example):
        return self._serve(**_to_tensors(example))[_RESULT].numpy()

    def _check_signatures(self, give_fields):
        """Raises ValueError unless the model takes and gives what `model.json` says."""
        if self._serve is None:
            raise ValueError(f"{self.directory} has no signature {_SIGNATURE!r}: export it again")
        spec = examples.example_spec(self.image_size)
        expected = {name: (spec[name].dtype, spec[name].shape) for name in self.input_names}
        inputs, results = self._serve.structured_input_signature, self._serve.structured_outputs
        found = {name: (tensor.dtype, tensor.shape) for name, tensor in inputs[1].items()}
        if found != expected or _RESULT not in results:
            raise ValueError(
                f"{self.directory} takes {_describe(found)} and gives {', '.join(results)}, but "
                f"its {model_card.FILE_NAME} says {_describe(expected)} and {_RESULT}: export it "
                "again"
            )
        if give_fields is None:
            return
        given = give_fields.structured_outputs.keys()
        names = {*fields.Fields._fields, *fields.CONTEXT}
        if give_fields.structured_input_signature != inputs or given != names:
            raise ValueError(
                f"{self.directory} has a signature {_FIELDS!r} that gives "
                f"{', '.join(sorted(given))}; expected {', '.join(sorted(names))}, of what "
                f"{_SIGNATURE!r} takes: export it again"
            )


def _to_tensors(example):
    return {name: tf.constant(array) for name, array in example.items()}


def _describe(tensors):
    return ", ".join(f"{name} {dtype.name} {shape}" for name, (dtype, shape) in tensors.items())
