"""What every measuring of methods rests on and says: where, on what, at which size, by whom."""

import datetime
import pathlib
import platform

import numpy as np
import tensorflow as tf
from msgspec import UNSET

import exgan_tf
from exgan_tf import files
from exgan_tf.data import packing, records
from exgan_tf.evaluation.results import Data, MadeBy
from exgan_tf.metrics import intervals

_FEW_PEOPLE = 10  # Ours: an interval of fewer leaves out the truth noticeably too often.


def check_places(methods: dict, records_directory, output_directory):
    """Raises ValueError if the output and the records or a model lie inside each other."""
    for source in (records_directory, *filter(None, (each.source for each in methods.values()))):
        files.check_apart(source, output_directory)


def describe_request(methods: dict, records_directory, options: dict) -> dict:
    """What a result depends on, as JSON values.

    Args:
      methods: name -> `Method`.
      records_directory: the records.
      options: how to measure, as JSON values.

    Returns:
      "records", the checksum of their manifest; "options"; "methods", by what they say of
      themselves and the fingerprints of their files.
    """
    return {
        "records": files.checksum(pathlib.Path(records_directory) / records.MANIFEST),
        "options": options,
        "methods": {
            name: {**method.summary(), "fingerprint": method.fingerprint}
            for name, method in methods.items()
        },
    }


def describe_data(
    records_directory,
    manifest,
    *,
    checksum,
    split,
    image_size,
    identities,
    num_left_out,
    left_out_reason,
    mask=UNSET,
) -> Data:
    """What was measured on.

    Args:
      records_directory: the records.
      manifest, checksum: theirs, as they were when measuring began.
      split: of them.
      image_size: side of the images, in pixels.
      identities: of each image that was measured.
      num_left_out, left_out_reason: how many images were not, and why.
      mask: what was hidden, if one thing.
    """
    return Data(
        records=str(records_directory),
        manifest=checksum,
        split=split,
        image_size=image_size,
        num_images=len(identities),
        num_identities=len(set(identities)),
        num_left_out=num_left_out,
        left_out_reason=left_out_reason,
        parameters=manifest.parameters,
        mask=mask,
    )


def describe_intervals(seed: int) -> str:
    """How intervals and comparisons came about: for a protocol."""
    return (
        f"{intervals.CONFIDENCE:.0%} bootstrap intervals that resample people, "
        f"{intervals.NUM_RESAMPLINGS} times, seed {seed}; methods are compared image by "
        "image, and better or worse is said only where the interval excludes 0"
    )


def warn_of_few_people(identities) -> list:
    """A warning in a list, or none, of the identities of the images that were measured."""
    count = len(set(identities))
    if count >= _FEW_PEOPLE:
        return []
    return [f"intervals resample people, and of {count} they come out too narrow"]


def choose_image_size(methods: dict, record_size: int, wanted=None) -> int:
    """The one size at which methods are measured.

    Args:
      methods: name -> `Method`.
      record_size: side of the records' images, in pixels.
      wanted: side in pixels that was asked for; None takes that of the methods that have one, else
        the records'.

    Returns:
      The side in pixels.

    Raises:
      ValueError: if methods are for different sizes, or for another one than is wanted.
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
    if wanted is not None and wanted < packing.MIN_IMAGE_SIZE:
        raise ValueError(
            f"image_size is {wanted}; at least {packing.MIN_IMAGE_SIZE} is wanted, or none"
        )
    if None not in (wanted, trained_size) and wanted != trained_size:
        raise ValueError(f"image_size is {wanted}, but the trained methods take {trained_size}")
    return wanted or trained_size or record_size


def describe_resize(record_size: int, image_size: int) -> str:
    """How the records' images came to the size that is measured, both in pixels: for a protocol."""
    scaled = "tf.image.resize, area" if image_size != record_size else "as in the records"
    return f"records {record_size} pixels, measured at {image_size}: {scaled}"


def made_by(tool: str, command=()) -> MadeBy:
    """Who made a result: `tool`, versions, time, and the flags that repeat it."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    return MadeBy(
        tool=tool,
        version=exgan_tf.__version__,
        created=now.isoformat().replace("+00:00", "Z"),
        flags=list(command),
        versions={
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    )
