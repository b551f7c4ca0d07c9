"""THE feature spec: what one record holds, and what one example of a batch holds.

A *record* is one identity with all its photographs, n of them. An *example* pairs a photograph
with a reference, another photograph of the same identity. One spec writes and reads records, so
the two cannot drift apart.
"""

import math

import tensorflow as tf

from exgan_tf.faces import landmarks

# "eyes" are centres (x, y), "box_sizes" are (height, width), both in pixels of the record's
# images, the left eye first; "eyes_closed" is 1 where the scores say so, 0 where not or unknown;
# "landmarks" are (x, y) in the same pixels, in dlib's order, NaN where unknown.
RECORD_FEATURES = {
    "identity": tf.io.FixedLenFeature([], tf.string),
    "names": tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True),
    "images": tf.io.FixedLenSequenceFeature([], tf.string, allow_missing=True),
    "eyes": tf.io.FixedLenSequenceFeature([2, 2], tf.float32, allow_missing=True),
    "box_sizes": tf.io.FixedLenSequenceFeature([2, 2], tf.float32, allow_missing=True),
    "eyes_closed": tf.io.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
    "landmarks": tf.io.FixedLenSequenceFeature(
        [landmarks.COUNT, 2], tf.float32, allow_missing=True
    ),
}


def example_spec(image_size: int, *, batch_size=None) -> dict:
    """The fixed keys of a batch of examples, with shape and type of each.

    `image`, `reference`: RGB in [-1, 1]. `mask`: 1 in the hole, 0 elsewhere. `reference_mask`: 1
    in the reference's eye boxes, 0 elsewhere.
    `eye_boxes`, `reference_eye_boxes`: (top, left, height, width) in pixels inside the image, the
    viewer's left eye first. `eyes_closed`: whether the image's eyes are known to be closed.
    `landmarks`: (x, y) of the image's face in pixels, in dlib's order, NaN where unknown.
    `identity`, `name`, `reference_name`: UTF-8 text.

    Args:
      image_size: side of the images, in pixels.
      batch_size: number of examples, or None where it varies.

    Returns:
      Key -> tf.TensorSpec, the first axis being the batch.
    """
    image = tf.TensorSpec([batch_size, image_size, image_size, 3], tf.float32)
    mask = tf.TensorSpec([batch_size, image_size, image_size, 1], tf.float32)
    boxes = tf.TensorSpec([batch_size, 2, 4], tf.int32)
    text = tf.TensorSpec([batch_size], tf.string)
    return {
        "image": image,
        "mask": mask,
        "eye_boxes": boxes,
        "reference": image,
        "reference_mask": mask,
        "reference_eye_boxes": boxes,
        "eyes_closed": tf.TensorSpec([batch_size], tf.bool),
        "landmarks": tf.TensorSpec([batch_size, landmarks.COUNT, 2], tf.float32),
        "identity": text,
        "name": text,
        "reference_name": text,
    }


def encode_record(values: dict) -> bytes:
    """Serialises a record.

    Args:
      values: a value for each key of `RECORD_FEATURES`: bytes, a list of bytes, or numbers as an
        array whose first axis counts the photographs.

    Returns:
      A serialised tf.train.Example.

    Raises:
      ValueError: if a key is missing or one too many, or the lengths of the lists differ.
    """
    if values.keys() != RECORD_FEATURES.keys():
        raise ValueError(f"a record holds {sorted(RECORD_FEATURES)}, not {sorted(values)}")
    lengths = {key: len(value) for key, value in values.items() if key != "identity"}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"the features of a record differ in length: {lengths}")
    features = {key: _feature(value, RECORD_FEATURES[key].dtype) for key, value in values.items()}
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def decode_record(serialized: tf.Tensor) -> dict:
    """Parses a serialised record, string [], into tensors that are n long, `identity` aside."""
    record = tf.io.parse_single_example(serialized, RECORD_FEATURES)
    points = record["landmarks"]
    # Records made before there were landmarks have none.
    lacking = tf.fill([tf.size(record["names"]) - tf.shape(points)[0], *points.shape[1:]], math.nan)
    return {**record, "landmarks": tf.concat([points, lacking], axis=0)}


def _feature(value, dtype):
    if dtype == tf.string:
        value = [value] if isinstance(value, bytes) else value
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=value))
    numbers = tf.reshape(tf.cast(value, dtype), [-1]).numpy()
    if dtype == tf.int64:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=numbers))
    return tf.train.Feature(float_list=tf.train.FloatList(value=numbers))
