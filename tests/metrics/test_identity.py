import functools
import pickle

import numpy as np
import pytest

from exgan_tf.data import input as data_input
from exgan_tf.metrics import identity


@pytest.fixture(scope="module")
def example(records_dir):
    """One batch of aligned drawn faces, 64 pixels, of four people."""
    dataset = data_input.load_dataset(
        records_dir, split="train", image_size=64, batch_size=8, training=False
    )
    return {key: value.numpy() for key, value in next(iter(dataset)).items()}


@functools.cache
def embedder():
    return pickle.loads(pickle.dumps(identity.AlignedFaceEmbedder()))


@pytest.fixture(scope="module")
def described(example):
    """The face in each image, its descriptor, and that of the reference."""
    faces = [
        embedder().locate(*each)
        for each in zip(example["image"], example["eye_boxes"], strict=True)
    ]
    truths = [embedder().describe(*each) for each in zip(example["image"], faces, strict=True)]
    references = [
        embedder().describe(image, embedder().locate(image, boxes))
        for image, boxes in zip(example["reference"], example["reference_eye_boxes"], strict=True)
    ]
    return faces, np.array(truths), np.array(references)


def test_the_landmarks_lie_on_the_known_eyes(example, described):
    for face, boxes in zip(described[0], example["eye_boxes"], strict=True):
        centers = boxes[:, 1::-1] + (boxes[:, :1:-1] - 1) / 2
        errors = np.linalg.norm([face.eye_left, face.eye_right] - centers, axis=1)
        assert errors.max() < 0.2 * face.eye_distance


def test_a_person_is_nearer_to_their_reference_than_to_others(example, described):
    _, truths, references = described
    distances = identity.identity_distance(truths[:, np.newaxis], references)
    same = example["identity"][:, np.newaxis] == example["identity"]
    assert truths.shape == (8, 128)
    assert np.diag(distances).mean() < 0.8 * distances[~same].mean()


def test_the_more_of_the_eyes_is_lost_the_larger_the_distance(example, described):
    faces, truths, _ = described
    images, masks = example["image"], example["mask"]
    means = []
    for strength in (0.2, 1.0):
        fillings = images * (1 - strength * masks)
        descriptors = [
            embedder().describe(*each) for each in zip(fillings[:4], faces[:4], strict=True)
        ]
        means.append(identity.identity_distance(descriptors, truths[:4]).mean())
    assert 0 < means[0] < means[1]


def test_what_no_picture_file_holds_makes_no_distance(example, described):
    image = example["image"][0] * 0.9
    levels = np.rint((image + 1) * 127.5)
    one, other = (
        embedder().describe(((levels + nudge) / 127.5 - 1).astype(np.float32), described[0][0])
        for nudge in (0.0, 0.3)
    )
    np.testing.assert_array_equal(one, other)


def test_the_distance_is_euclidean():
    descriptors = np.zeros([2, 128])
    descriptors[1, :2] = 3, 4
    distances = identity.identity_distance(descriptors, np.zeros(128))
    np.testing.assert_array_equal(distances, [0.0, 5.0])
