import json

import numpy as np

from exgan_tf.photo.photograph import Face, find_faces


def test_a_face_is_described_completely_and_survives_json(scenes, detector, embedder):
    (face,) = find_faces(scenes["open"].photo, detector=detector, embedder=embedder)
    assert face.descriptor.shape == (128,)
    assert face.flaw is None and not face.is_toned
    assert min(face.openness) > 0.5
    again = Face.from_json(json.loads(json.dumps(face.to_json())))
    np.testing.assert_array_equal(again.detected.landmarks, face.detected.landmarks)
    np.testing.assert_array_equal(again.descriptor, face.descriptor)
    assert again.detected.box == face.detected.box
    assert (again.quality, again.openness) == (face.quality, face.openness)
    assert face.distance(again) == 0
