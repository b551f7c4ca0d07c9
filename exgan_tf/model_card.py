"""`model.json`: what an exported model says of itself, and the conventions of its tensors.

Exporting writes it, everything that loads an exported model reads it. As such a file may come
from anywhere, nothing of it is believed unchecked.
"""

import pathlib
from typing import Annotated, Any, Literal

import msgspec

from exgan_tf import files

FILE_NAME = "model.json"
FORMAT_VERSION: Literal[1] = 1
# TFLite files beside the SavedModel of Gans that have fields: what gives these, of one example, and
# what applies them to a reference of any size, on any grid, `exgan_tf.fields.compose`.
FIELDS_FILE, COMPOSE_FILE = LITE_FILES = ("fields.tflite", "compose.tflite")
TENSORS = {
    "image": "float32 [B, size, size, 3], RGB in [-1, 1]; what lies in the hole is not looked at",
    "mask": "float32 [B, size, size, 1], 1 = hole, 0 = known",
    "reference": "float32 [B, size, size, 3], RGB in [-1, 1], the same person with open eyes",
    "eye_boxes": "int32 [B, 2, 4], (top, left, height, width) in pixels, the viewer's left first",
    "reference_eye_boxes": "int32 [B, 2, 4], the eyes of the reference, likewise",
    "landmarks": "float32 [B, 68, 2], (x, y) in pixels, 68 points of the face in dlib's order",
    "flow": "float32 [B, h, w, 2], (x, y) in pixels of the strip: from how far aside colours come",
    "gain": "float32 [B, h, w, 3], what they are multiplied by, counted from black",
    "bias": "float32 [B, h, w, 3], what is added to them then",
    "share": "float32 [B, h, w, 1], in [0, 1], how much of them is taken",
    "paint": "float32 [B, h, w, 3], RGB, black -1, what is taken for the rest",
    "light_gain": "float32 [B, 1, 1, 3], what the reference is multiplied by first, from black",
    "strip_to_image": "float32 [B, 2, 3], takes (x, y, 1) of the strip to pixels of the image",
    "strip_to_reference": "float32 [B, 2, 3], takes (x, y, 1) of the strip to the reference",
    "completed": "float32 [B, size, size, 3], RGB in [-1, 1], the image outside the hole",
}
ALIGNMENT = "levelled by the eyes, 1.2 times the face box: exgan_tf.faces.align"


_MAX_BYTES = 1 << 20  # Ours; an exported one has about 3,000.
_Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]


class _Experiment(msgspec.Struct):
    """What is checked of the experiment; models from before there was a choice name no mask."""

    mask: _Name | None = None


class ModelCard(msgspec.Struct, kw_only=True):
    """What an exported model says of itself.

    Attributes:
      format_version: of this file.
      package_version: of exgan_tf, which exported it.
      kind: which Gan it is, a name of `gans.GANS`.
      image_size: the side of its images in pixels.
      step: after how many steps of training it was exported.
      checkpoint: which of the run's it is, "best" or "latest".
      experiment: how it was trained, as `run.json` says it; only a `mask` in it is checked.
      data: what it was trained on, likewise, or None.
      validation: what the validation after that step measured, or None.
      tensors: what it takes and gives, and what that means, by name.
      alignment: how its faces lie.
      lite_files: SHA-256, in hexadecimal, of each of `LITE_FILES`; empty without them.
    """

    format_version: Literal[1]
    package_version: str
    kind: _Name
    image_size: Annotated[int, msgspec.Meta(ge=32, le=512)]  # As networks are built.
    step: Annotated[int, msgspec.Meta(ge=0)]
    checkpoint: str
    experiment: dict[str, Any]
    data: Any = None
    validation: Any = None
    tensors: dict[str, str]
    alignment: str
    lite_files: dict[str, str] = {}


def read_model_card(directory) -> ModelCard:
    """Reads and checks the `model.json` of an exported model.

    Args:
      directory: the folder that exporting made.

    Raises:
      ValueError: if the folder is no exported model, or one of another version, or the file is
        damaged.
    """
    path = pathlib.Path(directory) / FILE_NAME
    if not path.is_file():
        raise ValueError(f"{directory} is not an exported model: it has no {FILE_NAME}")
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{path} is larger than {_MAX_BYTES} bytes: that is no exported model's")
    try:
        card = files.read_typed(path, ModelCard)
        files.convert(card.experiment, _Experiment, source=f"{path}: experiment")
    except ValueError as error:
        raise ValueError(f"{error}: export the model again") from error
    unknown = card.tensors.keys() - TENSORS.keys()
    if unknown or not {"image", "mask", "completed"} <= card.tensors.keys():
        raise ValueError(
            f"{path}: tensors are {ascii(sorted(card.tensors))[:80]}; expected image, mask, "
            f"completed, and no others than {', '.join(TENSORS)}: export the model again"
        )
    return card
