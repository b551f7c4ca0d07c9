"""An exported model as an in-painter. It needs the folder alone, none of the networks' code.

A SavedModel is a program: load only what comes from someone you trust.
"""

import pathlib

import tensorflow as tf

from exgan_tf import fields, model_card
from exgan_tf.data import examples
from exgan_tf.inpainters import base

_SIGNATURE = "serving_default"
_FIELDS = "fields"
_RESULT = "completed"


class SavedModelInpainter(base.Inpainter):
    """Fills by what exporting wrote.

    Attributes:
      input_names: what the model reads.
      image_size: the side of the images in pixels.
      kind: which Gan it is, a name of `gans.GANS`.
      card: what `model.json` says.
      directory: the folder that it was loaded from.
    """

    def __init__(self, directory):
        """Loads a model.

        Args:
          directory: the folder that exporting made.

        Raises:
          ValueError: if the folder is no exported model, or one of another version, or damaged.
        """
        self.directory = pathlib.Path(directory)
        self.card = model_card.read_model_card(directory)
        self.kind = self.card.kind
        self.image_size = self.card.image_size
        self.input_names = tuple(name for name in base.INPUT_NAMES if name in self.card.tensors)
        try:
            # Kept, as the signature holds no variables of its own.
            self._model = tf.saved_model.load(str(directory))
        except Exception as error:  # TensorFlow raises nearly anything on damaged files.
            raise ValueError(f"{directory} cannot be loaded as a SavedModel ({error})") from error
        signatures = getattr(self._model, "signatures", {})
        self._serve, self._find_fields = signatures.get(_SIGNATURE), signatures.get(_FIELDS)
        self._check_signature(directory)

    def find_fields(self, example: dict) -> dict | None:
        """As `Inpainter.find_fields`, by the second signature if the model has one."""
        if self._find_fields is None:
            return None
        found = self._find_fields(**_to_tensors(self._read(example)))
        found = {name: tensor.numpy() for name, tensor in found.items()}
        for array in found.values():
            base.check_finite(array, who=self)
        return found

    def _fill(self, example):
        return self._serve(**_to_tensors(example))[_RESULT].numpy()

    def _check_signature(self, directory):
        """Raises ValueError unless the model takes and gives what `model.json` says."""
        if self._serve is None:
            raise ValueError(f"{directory} has no signature {_SIGNATURE!r}: export it anew")
        spec = examples.example_spec(self.image_size)
        wanted = {name: (spec[name].dtype, spec[name].shape) for name in self.input_names}
        found = {
            name: (tensor.dtype, tensor.shape)
            for name, tensor in self._serve.structured_input_signature[1].items()
        }
        results = self._serve.structured_outputs
        if found != wanted or _RESULT not in results:
            raise ValueError(
                f"{directory} takes {_describe(found)} and gives {', '.join(results)}, but its "
                f"{model_card.FILE_NAME} says {_describe(wanted)} and {_RESULT}: export it anew"
            )
        if self._find_fields is None:
            return
        given = self._find_fields.structured_outputs.keys()
        names = {*fields.Fields._fields, *fields.CONTEXT}
        if (
            self._find_fields.structured_input_signature != self._serve.structured_input_signature
            or (given != names)
        ):
            raise ValueError(
                f"{directory} has a signature {_FIELDS!r} that gives {', '.join(sorted(given))}; "
                f"{', '.join(sorted(names))}, of what {_SIGNATURE!r} takes, are wanted: export it "
                "anew"
            )


def _to_tensors(example):
    return {name: tf.constant(array) for name, array in example.items()}


def _describe(tensors):
    return ", ".join(f"{name} {dtype.name} {shape}" for name, (dtype, shape) in tensors.items())
