"""What one record holds, and what one example of a batch holds: a table of fields each.

A *record* is one identity with all its photographs, n of them. An *example* pairs a photograph
with a reference, another photograph of the same identity. Writing and reading, scaling and
mirroring, signatures and checks follow the tables, so they cannot drift apart.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import tensorflow as tf

from exgan_tf.faces import landmarks


class Field(NamedTuple):
    """One field of a record or of an example.

    Attributes:
      dtype: its type.
      shape: of the value of one photograph; None stands for the side of the images.
      kind: how it moves with the image: "points" are (x, y), "boxes" (top, left, height, width)
        and "sizes" (height, width) in pixels; "" stays as it is.
      mirrored: which of its parts, along the first axis, takes the place of each in a mirrored
        image; None for what is not mirrored part by part.
      paired: whether an example needs it of the reference too; of records only.
      optional: whether records may lack it; it is NaN then.
    """

    dtype: tf.DType
    shape: tuple = ()
    kind: Literal["points", "boxes", "sizes", ""] = ""
    mirrored: Sequence[int] | None = None
    paired: bool = False
    optional: bool = False


_EYES = (1, 0)  # The viewer's left eye comes first.
# Of the face, in dlib's order, NaN where unknown.
_LANDMARKS = Field(
    tf.float32,
    (landmarks.COUNT, 2),
    kind="points",
    mirrored=landmarks.MIRRORED,
    optional=True,
)
_IMAGE = Field(tf.float32, (None, None, 3))  # RGB in [-1, 1].
_MASK = Field(tf.float32, (None, None, 1))
# Around both eyes, inside the image.
_BOXES = Field(tf.int32, (2, 4), kind="boxes", mirrored=_EYES)

RECORD_FIELDS = {
    "identity": Field(tf.string),  # Name of the person in UTF-8, one a record.
    "names": Field(tf.string, paired=True),  # File name in UTF-8.
    "images": Field(tf.string, paired=True),  # A square JPEG.
    # Centres of both eyes.
    "eyes": Field(tf.float32, (2, 2), kind="points", mirrored=_EYES, paired=True),
    # Of the mask boxes of both eyes.
    "box_sizes": Field(tf.float32, (2, 2), kind="sizes", mirrored=_EYES, paired=True),
    "eyes_closed": Field(tf.int64),  # 1 where scores say so, 0 where not or unknown.
    "landmarks": _LANDMARKS,
}

EXAMPLE_FIELDS = {
    "image": _IMAGE,
    "mask": _MASK,  # 1 in the hole, 0 elsewhere.
    "eye_boxes": _BOXES,
    "reference": _IMAGE,
    "reference_mask": _MASK,  # 1 in the reference's eye boxes, 0 elsewhere.
    "reference_eye_boxes": _BOXES,
    "eyes_closed": Field(tf.bool),  # Whether the image's eyes are known to be closed.
    "landmarks": _LANDMARKS,
    "identity": Field(tf.string),  # Name of the person in UTF-8.
    "name": Field(tf.string),  # File name of the image in UTF-8.
    "reference_name": Field(tf.string),  # Likewise of the reference.
}

_PARSED = {
    key: tf.io.FixedLenFeature([], field.dtype)
    if key == "identity"
    else tf.io.FixedLenSequenceFeature(field.shape, field.dtype, allow_missing=True)
    for key, field in RECORD_FIELDS.items()
}


def example_spec(image_size: int, *, batch_size=None) -> dict:
    """The tf.TensorSpec of each of `EXAMPLE_FIELDS` in a batch, its first axis the batch.

    Args:
      image_size: side of the images, in pixels.
      batch_size: number of examples, or None where it varies.
    """
    return {
        key: tf.TensorSpec([batch_size, *(side or image_size for side in field.shape)], field.dtype)
        for key, field in EXAMPLE_FIELDS.items()
    }


def scale(field: Field, values: tf.Tensor, factor: float) -> tf.Tensor:
    """Values of a field in an image scaled by `factor`; points and sizes, [B, *shape], floats."""
    if field.kind == "points":
        # Pixel centres lie on whole numbers, so the image's edge is at -0.5.
        return (values + 0.5) * factor - 0.5
    return values * factor if field.kind == "sizes" else values


def mirror(field: Field, values: tf.Tensor, *, image_size: int) -> tf.Tensor:
    """Values of a field, [B, *shape], in the mirrored image of side `image_size`, of its type."""
    if field.mirrored is None:
        return values
    values = tf.gather(values, field.mirrored, axis=1)
    if field.kind == "points":
        x, y = tf.unstack(values, axis=-1)
        return tf.stack([image_size - 1.0 - x, y], axis=-1)
    if field.kind == "boxes":
        top, left, height, width = tf.unstack(values, axis=-1)
        return tf.stack([top, image_size - left - width, height, width], axis=-1)
    return values


def encode_record(values: dict) -> bytes:
    """Serialises a record as a tf.train.Example.

    Args:
      values: a value for each key of `RECORD_FIELDS`: bytes, a list of bytes, or numbers as an
        array whose first axis counts the photographs.

    Raises:
      ValueError: if they are not of the same number of photographs.
    """
    lengths = {key: len(value) for key, value in values.items() if key != "identity"}
    if len(set(lengths.values())) != 1:
        raise ValueError(
            f"the lengths of a record's fields are {lengths}; expected one and the same"
        )
    features = {key: _feature(value, RECORD_FIELDS[key].dtype) for key, value in values.items()}
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def decode_record(serialized: tf.Tensor) -> dict:
    """Parses a serialised record, string [], into tensors that are n long, `identity` aside."""
    record = tf.io.parse_single_example(serialized, _PARSED)
    count = tf.size(record["names"])
    for key, field in RECORD_FIELDS.items():
        if field.optional:
            lacking = tf.fill([count - tf.shape(record[key])[0], *field.shape], math.nan)
            record[key] = tf.concat([record[key], lacking], axis=0)
    return record


def _feature(value, dtype):
    if dtype == tf.string:
        value = [value] if isinstance(value, bytes) else value
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=value))
    numbers = tf.reshape(tf.cast(value, dtype), [-1]).numpy()
    if dtype == tf.int64:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=numbers))
    return tf.train.Feature(float_list=tf.train.FloatList(value=numbers))
