import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import examples

RECORD = {
    "identity": "Ærø".encode(),
    "names": [b"a-1.jpg", b"a-2.jpg"],
    "images": [b"\xff\xd8one", b"\xff\xd8two"],
    "eyes": np.arange(8, dtype=np.float32).reshape(2, 2, 2),
    "box_sizes": np.arange(8, dtype=np.float32).reshape(2, 2, 2) + 12,
    "eyes_closed": [0, 1],
    "landmarks": np.stack([np.arange(136).reshape(68, 2), np.full([68, 2], np.nan)]),
}


def test_a_record_comes_back_as_it_was_written():
    decoded = examples.decode_record(examples.encode_record(RECORD))
    assert decoded.keys() == RECORD.keys()
    for key, value in RECORD.items():
        dtype = None if key == "landmarks" else object  # NaN equals NaN among numbers only.
        np.testing.assert_array_equal(decoded[key].numpy(), np.array(value, dtype))


def test_the_landmarks_of_an_older_record_are_unknown():
    example = tf.train.Example.FromString(examples.encode_record(RECORD))
    del example.features.feature["landmarks"]
    decoded = examples.decode_record(example.SerializeToString())
    np.testing.assert_array_equal(decoded["landmarks"], np.full([2, 68, 2], np.nan, np.float32))


def test_fields_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="'names': 1, .*'eyes': 2"):
        examples.encode_record({**RECORD, "names": [b"a-1.jpg"]})


@pytest.mark.parametrize("key", ["eye_boxes", "reference_eye_boxes", "landmarks"])
def test_a_field_mirrored_twice_is_as_it_was(key):
    field = examples.EXAMPLE_FIELDS[key]
    values = tf.random.stateless_uniform([3, *field.shape], [1, 2], 0, 20, tf.int32)
    values = tf.cast(values, field.dtype)
    once = examples.mirror(field, values, image_size=32)
    np.testing.assert_array_equal(examples.mirror(field, once, image_size=32), values)
    assert (once.numpy() != values.numpy()).any()


def test_points_scale_around_the_corner_of_the_image_and_sizes_by_the_factor():
    eyes, sizes = (
        examples.scale(examples.RECORD_FIELDS[key], tf.constant([[[-0.5, 3.5], [1, 2]]]), 2)
        for key in ("eyes", "box_sizes")
    )
    np.testing.assert_array_equal(eyes, [[[-0.5, 7.5], [2.5, 4.5]]])
    np.testing.assert_array_equal(sizes, [[[-1, 7], [2, 4]]])
