"""Finding the method that fills the eyes: by name, a model's folder, or the package's own model."""

import hashlib
import pathlib

import exgan_tf
from exgan_tf import files, model_card
from exgan_tf.data import mask_names
from exgan_tf.inpainters import INPAINTERS, Inpainter, LiteInpainter
from exgan_tf.photo import digital_source


def load(directory=None, *, checkpoint: str = "best") -> Inpainter:
    """Loads a trained network, as a function of an example: arrays by names, its `input_names`.

    Args:
      directory: an exported model, or the run directory of a training; None for the package's own.
      checkpoint: of a run directory: "best" by the validation measure, or "latest".

    Raises:
      ValueError: if the folder is neither, or damaged.
    """
    directory = find_model() if directory is None else pathlib.Path(directory)
    if not (directory / model_card.FILE_NAME).is_file():
        # Here, as it takes seconds to import TensorFlow.
        from exgan_tf.inpainters.gan import GanInpainter
        from exgan_tf.training import runs

        if (directory / runs.RUN).is_file():
            return GanInpainter(runs.load_gan(directory, which=checkpoint)[0])
    return _load_exported(directory)


def create_inpainter(
    *, method: str | None = None, model: str | Inpainter | None = None, mask: str = mask_names.EYES
) -> Inpainter:
    """Makes what fills what a mask, one of `mask_names.NAMES`, hides.

    It is a method of `INPAINTERS`, an exported model in a folder, or what `load` made of one; by
    default the model of `find_model`.

    Raises:
      ValueError: if both are given, the method is unknown, there is no usable model, or it is to
        open eyes and cannot.
    """
    if method is not None:
        if model is not None:
            raise ValueError(f"--method={method} needs no --model: give one of the two")
        if method not in INPAINTERS:
            raise ValueError(f"method is {method!r}; expected one of {', '.join(INPAINTERS)}")
        return INPAINTERS[method]()
    if isinstance(model, Inpainter):
        inpainter = model
    else:
        inpainter = _load_exported(find_model() if model is None else model)
    if mask == mask_names.EYES and "landmarks" in inpainter.input_names:
        raise ValueError(
            f"--model={model} follows the landmarks of the photograph itself, so it would paint "
            "closed eyes closed again: give another one"
        )
    return inpainter


def _load_exported(directory):
    """An exported model, without TensorFlow if that can be, as importing it takes seconds."""
    if model_card.read_model_card(directory).lite_files:
        return LiteInpainter(directory)
    from exgan_tf.inpainters.saved_model import SavedModelInpainter

    return SavedModelInpainter(directory)


def find_digital_source(inpainter: Inpainter) -> str:
    """The term of `digital_source` for what an in-painter makes: by a model, or of photographs."""
    if isinstance(inpainter, tuple(INPAINTERS.values())):
        return digital_source.OF_PHOTOGRAPHS
    return digital_source.OF_MODELS


def identify_inpainter(inpainter: Inpainter) -> str:
    """What tells an in-painter from others: its class and, of a model, all files of its folder."""
    name = type(inpainter).__name__
    if inpainter.directory is None:
        return name
    contents = "".join(
        f"{path.relative_to(inpainter.directory)} {files.checksum(path)}\n"
        for path in sorted(inpainter.directory.rglob("*"))
        if path.is_file()
    )
    return f"{name} {hashlib.sha256(contents.encode()).hexdigest()}"


def find_model() -> pathlib.Path:
    """The folder of the model that comes with the package.

    None is looked for in the working folder: a model is a program, and whoever made the folder of
    an album could have put one there.

    Raises:
      ValueError: if there is none.
    """
    folder = pathlib.Path(exgan_tf.__file__).parent / "pretrained"
    if not (folder / model_card.FILE_NAME).is_file():
        raise ValueError(
            "there is no model: give the folder of an exported one with --model (`make demo` makes "
            "some), or use --method=transplant, which needs none"
        )
    return folder
