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
      doc: what it says.
      dtype: its type.
      shape: of the value of one photograph; None stands for the side of the images.
      kind: how it moves with the image: "points" are (x, y), "boxes" (top, left, height, width)
        and "sizes" (height, width) in pixels; "" stays as it is.
      mirrored: which of its parts, along the first axis, takes the place of each in a mirrored
        image; None for what is not mirrored part by part.
      paired: whether an example needs it of the reference too; of records only.
      optional: whether records may lack it; it is NaN then.
    """

    doc: str
    dtype: tf.DType
    shape: tuple = ()
    kind: Literal["points", "boxes", "sizes", ""] = ""
    mirrored: Sequence[int] | None = None
    paired: bool = False
    optional: bool = False


_EYES = (1, 0)  # The viewer's left eye comes first.
_LANDMARKS = Field(
    "Landmarks of the face in dlib's order, NaN where unknown.",
    tf.float32,
    (landmarks.COUNT, 2),
    kind="points",
    mirrored=landmarks.MIRRORED,
    optional=True,
)
_IMAGE = Field("RGB in [-1, 1].", tf.float32, (None, None, 3))
_BOXES = Field(
    "Boxes around both eyes, inside the image.", tf.int32, (2, 4), kind="boxes", mirrored=_EYES
)

RECORD_FIELDS = {
    "identity": Field("Name of the person in UTF-8, one a record.", tf.string),
    "names": Field("File name in UTF-8.", tf.string, paired=True),
    "images": Field("A square JPEG.", tf.string, paired=True),
    "eyes": Field(
        "Centres of both eyes.",
        tf.float32,
        (2, 2),
        kind="points",
        mirrored=_EYES,
        paired=True,
    ),
    "box_sizes": Field(
        "Sizes of the mask boxes of both eyes.",
        tf.float32,
        (2, 2),
        kind="sizes",
        mirrored=_EYES,
        paired=True,
    ),
    "eyes_closed": Field("1 where scores say so, 0 where not or unknown.", tf.int64),
    "landmarks": _LANDMARKS,
}

EXAMPLE_FIELDS = {
    "image": _IMAGE,
    "mask": Field("1 in the hole, 0 elsewhere.", tf.float32, (None, None, 1)),
    "eye_boxes": _BOXES,
    "reference": _IMAGE,
    "reference_mask": Field(
        "1 in the reference's eye boxes, 0 elsewhere.", tf.float32, (None, None, 1)
    ),
    "reference_eye_boxes": _BOXES,
    "eyes_closed": Field("Whether the image's eyes are known to be closed.", tf.bool),
    "landmarks": _LANDMARKS,
    "identity": Field("Name of the person in UTF-8.", tf.string),
    "name": Field("File name of the image in UTF-8.", tf.string),
    "reference_name": Field("File name of the reference in UTF-8.", tf.string),
}

_PARSED = {
    key: tf.io.FixedLenFeature([], field.dtype)
    if key == "identity"
    else tf.io.FixedLenSequenceFeature(field.shape, field.dtype, allow_missing=True)
    for key, field in RECORD_FIELDS.items()
}


def example_spec(image_size: int, *, batch_size=None) -> dict:
    """Shape and type of each of `EXAMPLE_FIELDS` in a batch.

    Args:
      image_size: side of the images, in pixels.
      batch_size: number of examples, or None where it varies.

    Returns:
      Key -> tf.TensorSpec, the first axis being the batch.
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
    """Serialises a record.

    Args:
      values: a value for each key of `RECORD_FIELDS`: bytes, a list of bytes, or numbers as an
        array whose first axis counts the photographs.

    Returns:
      A serialised tf.train.Example.

    Raises:
      ValueError: if a key is missing or one too many, or the lengths of the lists differ.
    """
    if values.keys() != RECORD_FIELDS.keys():
        raise ValueError(f"a record holds {sorted(RECORD_FIELDS)}, not {sorted(values)}")
    lengths = {key: len(value) for key, value in values.items() if key != "identity"}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"the features of a record differ in length: {lengths}")
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
