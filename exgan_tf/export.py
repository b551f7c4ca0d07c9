"""A trained Gan as a SavedModel that loads without this package.

MODEL/
  saved_model.pb, variables/   one signature, "serving_default"
  model.json                   what it is and where it comes from: exgan_tf.model_card
"""

import dataclasses
import pathlib

import tensorflow as tf

import exgan_tf
from exgan_tf import files, model_card
from exgan_tf.training import runs

TOOL = "export"


class ServedGan(tf.Module):
    """A Gan as a signature of named tensors.

    Attributes:
      serve: the function that is exported.
    """

    def __init__(self, gan):
        """Wraps `gan`, whose `options.image_size` fixes the size of the images."""
        super().__init__(name="served_gan")
        self.gan = gan
        size = gan.options.image_size
        image = tf.TensorSpec([None, size, size, 3], tf.float32)
        boxes = tf.TensorSpec([None, 2, 4], tf.int32)
        specs = {
            "image": image,
            "mask": tf.TensorSpec([None, size, size, 1], tf.float32),
            "reference": image,
            "eye_boxes": boxes,
            "reference_eye_boxes": boxes,
        }
        signature = [
            tf.TensorSpec(specs[name].shape, specs[name].dtype, name=name)
            for name in gan.input_names
        ]

        @tf.function(input_signature=signature)
        def serve(*tensors):
            example = dict(zip(gan.input_names, tensors))
            return {"completed": gan.complete(example, training=False)}

        self.serve = serve


def export_saved_model(run_directory, directory, *, which: str = "best", overwrite=False) -> dict:
    """Exports the averaged weights of a run.

    Args:
      run_directory: what training wrote.
      directory: the folder to make.
      which: "best", by the validation measure, or "latest".
      overwrite: replace an earlier export.

    Returns:
      What `model.json` says.

    Raises:
      ValueError: if there is no such checkpoint, the run is an autoencoder's, or the folder is in
        the way.
    """
    experiment = runs.read_experiment(run_directory)
    if experiment.model == "autoencoder":
        raise ValueError(f"{run_directory} is the run of an autoencoder, which fills no holes")
    gan, step = runs.load_gan(run_directory, which=which)
    names = [*gan.input_names, "completed"]
    model = {
        "format_version": model_card.FORMAT_VERSION,
        "package_version": exgan_tf.__version__,
        "kind": experiment.model,
        "image_size": gan.options.image_size,
        "step": step,
        "checkpoint": which,
        "experiment": dataclasses.asdict(experiment),
        "data": runs.read_details(run_directory).get("data"),
        "validation": runs.read_validation(run_directory, step),
        "tensors": {name: model_card.TENSORS[name] for name in names},
        "alignment": model_card.ALIGNMENT,
    }
    parameters = {"experiment": model["experiment"], "step": step, "checkpoint": which}
    with files.staged_directory(
        directory, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        served = ServedGan(gan)
        tf.saved_model.save(served, str(work_dir), signatures={"serving_default": served.serve})
        files.write_json(pathlib.Path(work_dir) / model_card.FILE_NAME, model)
    return model
