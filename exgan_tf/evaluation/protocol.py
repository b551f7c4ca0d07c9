"""What an evaluation is: which masks and pairs, what is measured, what is written of it."""

import abc
import pathlib
from collections.abc import Callable, Iterator
from typing import ClassVar

from msgspec import UNSET, UnsetType

from exgan_tf import tally
from exgan_tf.data import mask_names, packing
from exgan_tf.evaluation.parts import Worker
from exgan_tf.evaluation.results import Consistency, Evaluation
from exgan_tf.metrics import intervals

_FEW_PEOPLE = 10  # Ours: an interval of fewer leaves out the truth noticeably too often.


class NothingToMeasureError(Exception):
    """No photograph can be measured; the message goes on after "has no photograph"."""


class Protocol(abc.ABC):
    """Measures methods on a data set; `evaluate.evaluate` drives it and writes what it finds.

    Attributes:
      tool: the command that it belongs to.
      file: the name of its file.
      result: the type of its file, one of `results`.
      columns: of the table, which has a row for each image and method.
      passing: options on which no number depends.
      identities: of the images that were measured so far, text.
    """

    tool: ClassVar[str]
    file: ClassVar[str]
    result: ClassVar[type[Evaluation] | type[Consistency]]
    columns: ClassVar[tuple[str, ...]]
    passing: ClassVar[tuple[str, ...]] = ()
    identities: list[str]

    @abc.abstractmethod
    def __init__(self, methods: dict, dataset, *, options, count: int):
        """Begins with nothing measured.

        Args:
          methods: name -> `Method`.
          dataset: batches of examples, as in `data.examples`.
          options: how to measure.
          count: number of the examples.

        Raises:
          NothingToMeasureError: if that is known already.
        """

    @property
    @abc.abstractmethod
    def count(self) -> int:
        """How many images there are to measure."""

    @property
    @abc.abstractmethod
    def left_out(self) -> tuple[int, str]:
        """How many photographs were not measured, and why."""

    @staticmethod
    def mask_of(options) -> str:
        """The mask of the examples, a name of `mask_names.NAMES`."""
        del options
        return mask_names.EYES

    @property
    def mask(self) -> str | UnsetType:
        """What was hidden; UNSET if it is not one thing."""
        return UNSET

    @abc.abstractmethod
    def measure(
        self,
        work_dir: pathlib.Path,
        *,
        evaluation: str,
        worker: Worker,
        advance: Callable[[int], object],
        report: Callable[[str], None],
    ) -> Iterator[list[dict]]:
        """Measures everything, or, as one of several workers, a share.

        Args:
          work_dir: where parts of what is measured may be kept, in the folder `parts.FOLDER`.
          evaluation: another one where anything is that numbers depend on.
          worker: which one this is.
          advance: is told the number of images that were dealt with.
          report: gets a line of text where something will be left out.

        Yields:
          Rows of the table, where this is the first worker.

        Raises:
          NothingToMeasureError: if there was nothing.
          TimeoutError: if another worker gives no sign of life.
          ValueError: if a method or a control cannot be measured on these photographs, several
            workers need an Inception network that one of them cannot have, or another worker
            measured something else.
          FileNotFoundError: if the folder of the parts is gone.
        """

    @abc.abstractmethod
    def describe(self) -> dict[str, str]:
        """How it is measured, in words; sizes and intervals are described by `evaluate`."""

    @abc.abstractmethod
    def conclude(self, directory: pathlib.Path) -> dict:
        """The fields of `result` that say what was found; pictures are written to `directory`."""


def choose_image_size(methods: dict, record_size: int, requested=None) -> int:
    """The one size at which methods are measured.

    Args:
      methods: name -> `Method`.
      record_size: side of the records' images, in pixels.
      requested: side in pixels; None takes that of the methods that have one, else
        the records'.

    Returns:
      The side in pixels.

    Raises:
      ValueError: if methods are for different sizes, or for another one than was asked for.
    """
    sizes = {
        name: method.inpainter.image_size
        for name, method in methods.items()
        if method.inpainter.image_size is not None
    }
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"the methods are for images of different sizes: {listed}")
    trained_size = next(iter(sizes.values()), None)
    if requested is not None and requested < packing.MIN_IMAGE_SIZE:
        raise ValueError(
            f"image_size is {requested}; expected at least {packing.MIN_IMAGE_SIZE}, or none"
        )
    if None not in (requested, trained_size) and requested != trained_size:
        raise ValueError(f"image_size is {requested}, but the trained methods take {trained_size}")
    return requested or trained_size or record_size


def describe_resize(record_size: int, image_size: int) -> str:
    """How the records' images came to the size that is measured, both in pixels: for a protocol."""
    scaled = "tf.image.resize, area" if image_size != record_size else "as in the records"
    return f"records {record_size} pixels, measured at {image_size}: {scaled}"


def describe_intervals(seed: int) -> str:
    """How intervals and comparisons came about: for a protocol."""
    return (
        f"{intervals.CONFIDENCE:.0%} bootstrap intervals that resample people, "
        f"{intervals.NUM_RESAMPLINGS} times, seed {seed}; methods are compared image by "
        "image, and better or worse is used only where the interval excludes 0"
    )


def warn_of_few_people(identities) -> list:
    """A warning in a list, or none, of the identities of the images that were measured."""
    number = len(set(identities))
    if number >= _FEW_PEOPLE:
        return []
    people = tally.count(number, "person", "people")
    return [f"intervals resample people, and with only {people} they are too narrow"]
