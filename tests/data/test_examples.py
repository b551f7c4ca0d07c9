import numpy as np
import pytest

from exgan_tf.data import examples

RECORD = {
    "identity": "Ærø".encode(),
    "names": [b"a-1.jpg", b"a-2.jpg"],
    "images": [b"\xff\xd8one", b"\xff\xd8two"],
    "eyes": np.arange(8, dtype=np.float32).reshape(2, 2, 2),
    "box_sizes": np.arange(8, dtype=np.float32).reshape(2, 2, 2) + 12,
    "eyes_closed": [0, 1],
}


def test_a_record_comes_back_as_it_was_written():
    decoded = examples.decode_record(examples.encode_record(RECORD))
    assert decoded.keys() == RECORD.keys()
    for key, value in RECORD.items():
        np.testing.assert_array_equal(decoded[key].numpy(), np.array(value, object))


def test_a_missing_feature_is_refused():
    with pytest.raises(ValueError, match="a record holds"):
        examples.encode_record({key: RECORD[key] for key in RECORD if key != "eyes"})


def test_features_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="differ in length"):
        examples.encode_record({**RECORD, "eyes_closed": [0]})
