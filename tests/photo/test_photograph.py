import dataclasses
import json

import numpy as np
import pytest

from exgan_tf.photo.photograph import Face, find_faces


@pytest.fixture
def face(scenes, detector, embedder):
    (face,) = find_faces(scenes["open"].photo, detector=detector, embedder=embedder)
    detected = dataclasses.replace(face.detected, irises=np.array([[1.0, 2], [3, 4]]))
    return dataclasses.replace(face, detected=detected)


def test_a_face_is_described_completely_and_survives_json(face):
    assert face.descriptor.shape == (128,)
    assert face.flaw is None and not face.is_toned
    assert min(face.openness) > 0.5
    again = Face.from_json(json.loads(json.dumps(face.to_json())))
    np.testing.assert_array_equal(again.detected.landmarks, face.detected.landmarks)
    np.testing.assert_array_equal(again.detected.irises, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(again.descriptor, face.descriptor)
    assert again.detected.box == face.detected.box
    assert (again.quality, again.openness) == (face.quality, face.openness)
    assert face.distance(again) == 0


@pytest.mark.parametrize(
    "damage",
    [
        {"quality": {}},
        {"descriptor": [["x"]]},
        {"descriptor": [1.0]},
        {"descriptor": None},
        {"detected": None},
        {"landmarks": [[1.0, 2]]},
        {"irises": 3},
    ],
)
def test_a_damaged_record_of_a_face_is_refused(face, damage):
    record = face.to_json()
    changed = record["detected"] if set(damage) <= set(record["detected"]) else record
    changed.update(damage)
    with pytest.raises(ValueError, match="damaged"):
        Face.from_json(record)
