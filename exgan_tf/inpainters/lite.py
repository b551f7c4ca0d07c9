"""An exported model as an in-painter without TensorFlow, which takes seconds to import and to load.

Of Gans with fields exporting writes TFLite files beside the SavedModel. They are programs too: load
only what comes from someone you trust.
"""

import hashlib

import numpy as np

from exgan_tf import images, litert, model_card
from exgan_tf.geometry import AffineTransform, Box
from exgan_tf.inpainters import base

# Ours, pixels that are composed at once: all the memory of 12 megapixels' eyes takes longer to get
# than to fill.
_BLOCK = 1 << 17


class LiteInpainter(base.ExportedInpainter):
    """Fills by the TFLite files of an exported model.

    Each call loads the file anew, in a hundredth of a second: interpreters are for one thread, and
    keep all memory that they ever needed.
    """

    def __init__(self, directory):
        """Raises ValueError as `ExportedInpainter`, and if there are no such files."""
        super().__init__(directory)
        self._models = {name: self._read_file(name) for name in model_card.LITE_FILES}

    def _give_fields(self, inputs):
        expected = self.card.tensors.keys() - {*base.INPUT_NAMES, "completed"}
        singles = [
            {name: array[index : index + 1] for name, array in inputs.items()}
            for index in range(len(inputs["image"]))
        ]
        each = self._run(model_card.FIELDS_FILE, singles, expected=expected)
        return {name: np.concatenate([one[name] for one in each]) for name in expected}

    def compose(self, found: dict, reference, *, places, strip_to_reference) -> np.ndarray:
        """As `Inpainter.compose`, of the model's own `fields.compose`."""
        given = {name: array for name, array in found.items() if name != "strip_to_image"}
        given |= {"reference": reference, "strip_to_reference": strip_to_reference}
        height, width = places.shape[1:3]
        rows = max(1, _BLOCK // width)
        blocks = [
            {**given, "places": places[:, top : top + rows]} for top in range(0, height, rows)
        ]
        composed = self._run(model_card.COMPOSE_FILE, blocks, expected={"composed"})
        return np.concatenate([block["composed"] for block in composed], axis=1)

    def _fill(self, example):
        size, filled = self.image_size, []
        found = self._give_fields(example)
        references = images.to_photo(example.get("reference", np.zeros_like(example["image"])))
        for index in range(len(example["image"])):
            one = {name: array[index : index + 1] for name, array in found.items()}
            to_strip = AffineTransform(one["strip_to_image"]).inverse()
            filled.append(
                self.compose(
                    one,
                    references[index : index + 1],
                    places=to_strip(Box(0, 0, size, size).pixels())[np.newaxis].astype(np.float32),
                    strip_to_reference=one["strip_to_reference"],
                )
            )
        return np.concatenate(filled)

    def _read_file(self, name):
        path = self.directory / name
        model = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(model).hexdigest() != self.card.lite_files.get(name):
            raise ValueError(
                f"{path} is missing or damaged, by its checksum in {model_card.FILE_NAME}: export "
                "it again"
            )
        return model

    def _run(self, name, inputs, *, expected):
        """What the network in a file makes of each of several inputs; `expected` are its names."""
        path = self.directory / name
        try:
            runner = litert.load_interpreter(self._models[name]).get_signature_runner()
            details = runner.get_input_details()
            # It would take what it was not made for.
            for each in inputs[0].keys() & details.keys():
                came, signature = inputs[0][each].shape, details[each]["shape_signature"]
                if came != tuple(np.where(signature < 0, came, signature)):
                    raise ValueError(f"{each} is {list(came)}; expected {signature.tolist()}")
            results = [runner(**given) for given in inputs]
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise ValueError(f"{path} cannot be run ({reason}): export it again") from error
        if results[0].keys() != expected:
            raise ValueError(
                f"{path} gives {', '.join(sorted(results[0]))}; expected "
                f"{', '.join(sorted(expected))}: export it again"
            )
        return results
