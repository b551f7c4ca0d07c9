"""What every measuring of methods rests on: one size of images, and who made the result."""

import datetime
import platform

import numpy as np
import tensorflow as tf

import exgan_tf
from exgan_tf.data import packing


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


def made_by(tool: str, command=()) -> dict:
    """Who made a result, as JSON values: `tool`, versions, time, and the flags that repeat it."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return {
        "tool": tool,
        "version": exgan_tf.__version__,
        "created": now.isoformat().replace("+00:00", "Z"),
        "flags": list(command),
        "versions": {
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
    }
