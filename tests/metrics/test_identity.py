import numpy as np
import pytest

from exgan_tf import images
from exgan_tf.data import input as data_input
from exgan_tf.metrics import identity


@pytest.fixture(scope="module")
def example(records_dir):
    """One batch of aligned drawn faces, 64 pixels, of four people; images as uint8."""
    dataset = data_input.load_dataset(
        records_dir, split="train", image_size=64, batch_size=8, training=False
    )
    example = next(dataset.as_numpy_iterator())
    return example | {key: images.to_photo(example[key]) for key in ("image", "reference")}


@pytest.fixture(scope="module")
def described(example):
    """Of each image the descriptors of itself, its reference, and two that lose their eyes."""
    keys = ("image", "eye_boxes", "reference", "reference_eye_boxes")
    rows = zip(*(example[key] for key in keys), example["mask"], strict=True)
    return np.array(
        [
            identity.describe_fillings(
                identity.FillingsTask(
                    *row, fillings=np.uint8([row[0] * (1 - lost * mask) for lost in (0.2, 1.0)])
                )
            )
            for *row, mask in rows
        ]
    )


def test_the_landmarks_lie_on_the_known_eyes(example):
    for photo, boxes in zip(example["image"], example["eye_boxes"], strict=True):
        face = identity.fit_face(photo, boxes)
        centers = boxes[:, 1::-1] + (boxes[:, :1:-1] - 1) / 2
        errors = np.linalg.norm([face.eye_left, face.eye_right] - centers, axis=1)
        assert errors.max() < 0.2 * face.eye_distance


def test_a_person_is_nearer_to_their_reference_than_to_others(example, described):
    truths, references, *_ = np.moveaxis(described, 1, 0)
    distances = identity.identity_distance(truths[:, np.newaxis], references)
    same = example["identity"][:, np.newaxis] == example["identity"]
    assert truths.shape == (8, 128)
    assert np.diag(distances).mean() < 0.8 * distances[~same].mean()


def test_the_more_of_the_eyes_is_lost_the_larger_the_distance(described):
    truths, _, *fillings = np.moveaxis(described, 1, 0)
    little, much = (identity.identity_distance(each, truths).mean() for each in fillings)
    assert 0 < little < much


def test_each_face_is_described_once(example, monkeypatch):
    seen = []

    def describe(photo, face):
        seen.append(photo.tobytes())
        return np.zeros(128)

    monkeypatch.setattr(identity, "DlibFaceEmbedder", lambda: describe)
    darker = example | {key: example[key] // 2 for key in ("image", "reference")}
    keys = ("image", "eye_boxes", "reference", "reference_eye_boxes")
    for row in zip(*(darker[key] for key in keys), strict=True):
        identity.describe_fillings(identity.FillingsTask(*row, fillings=row[0][np.newaxis] // 2))
    assert len(seen) == len(set(seen)) == 2 * len(example["image"])


def test_the_distance_is_euclidean():
    descriptors = np.zeros([2, 128])
    descriptors[1, :2] = 3, 4
    distances = identity.identity_distance(descriptors, np.zeros(128))
    np.testing.assert_array_equal(distances, [0.0, 5.0])
