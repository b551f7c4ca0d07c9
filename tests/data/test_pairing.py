import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import pairing


def make_record(eyes_closed):
    return {
        "identity": tf.constant("ann"),
        "names": tf.constant([f"ann-{index}.jpg" for index in range(len(eyes_closed))]),
        "eyes_closed": tf.constant(eyes_closed, tf.int64),
    }


def evaluate(eyes_closed, closed_eyes=False):
    pairs = pairing.evaluation_pairs(make_record(eyes_closed), closed_eyes=closed_eyes)
    return list(zip(*(index.numpy().tolist() for index in pairs), strict=True))


def train(eyes_closed, seed=0, closed_eyes=False):
    pairs = pairing.training_pairs(
        make_record(eyes_closed), seed=tf.constant([seed, 0], tf.int64), closed_eyes=closed_eyes
    )
    return list(zip(*(index.numpy().tolist() for index in pairs), strict=True))


@pytest.mark.parametrize(
    ("eyes_closed", "closed_eyes", "pairs"),
    [
        # The next one; the last takes the first.
        ([0, 0, 0, 0], False, [(0, 1), (1, 2), (2, 3), (3, 0)]),
        # Closed eyes are passed over as references and kept as targets,
        ([0, 1, 0, 1], False, [(0, 2), (1, 2), (2, 0), (3, 0)]),
        # but by the published rule taken as they come.
        ([0, 1, 0], True, [(0, 1), (1, 2), (2, 0)]),
        # The only open photograph has no reference and is left out.
        ([1, 0, 1], False, [(0, 1), (2, 1)]),
        ([1, 1], False, []),
    ],
)
def test_evaluation_takes_the_next_photograph_as_reference(eyes_closed, closed_eyes, pairs):
    assert evaluate(eyes_closed, closed_eyes) == pairs


def test_training_takes_every_open_photograph_once_and_never_itself_as_reference():
    for seed in range(30):
        pairs = train([0, 1, 0, 0, 1], seed)
        assert [image for image, _ in pairs] == [0, 2, 3]
        assert all(image != reference for image, reference in pairs)
        assert {reference for _, reference in pairs} <= {0, 2, 3}


def test_over_the_epochs_training_sees_the_cartesian_product():
    seen = {pair for epoch in range(60) for pair in train([0, 0, 0, 0], epoch)}
    assert seen == {(i, j) for i in range(4) for j in range(4) if i != j}


def test_references_are_drawn_evenly():
    counts = np.zeros((3, 3))
    for epoch in range(600):
        for pair in train([0, 0, 0], epoch):
            counts[pair] += 1
    assert np.abs(counts[~np.eye(3, dtype=bool)] / 600 - 0.5).max() < 0.08


def test_closed_eyes_train_only_when_asked_for():
    assert [image for image, _ in train([0, 1, 1], closed_eyes=True)] == [0, 1, 2]
    assert train([0, 1, 1]) == []


@pytest.mark.parametrize("eyes_closed", [[0], [1], [0, 0], [0, 1], [1, 1], [0, 0, 1], [1, 1, 0]])
@pytest.mark.parametrize("closed_eyes", [False, True])
def test_counting_agrees_with_pairing(eyes_closed, closed_eyes):
    for training, pairs in (
        (True, train(eyes_closed, closed_eyes=closed_eyes)),
        (False, evaluate(eyes_closed, closed_eyes)),
    ):
        counted = pairing.count_pairs(eyes_closed, training=training, closed_eyes=closed_eyes)
        assert counted == len(pairs)


def test_pairing_is_the_same_inside_tf_data():
    record = make_record([0, 1, 0])
    dataset = tf.data.Dataset.from_tensors(record).map(
        lambda each: pairing.evaluation_pairs(each, closed_eyes=False)
    )
    (pairs,) = dataset.as_numpy_iterator()
    assert list(zip(*(index.tolist() for index in pairs), strict=True)) == evaluate([0, 1, 0])
