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
    return list(zip(*(index.numpy().tolist() for index in pairs)))


def train(eyes_closed, seed=0, closed_eyes=False):
    pairs = pairing.training_pairs(
        make_record(eyes_closed), seed=tf.constant([seed, 0], tf.int64), closed_eyes=closed_eyes
    )
    return list(zip(*(index.numpy().tolist() for index in pairs)))


def test_the_next_photograph_is_the_reference_and_the_last_takes_the_first():
    assert evaluate([0, 0, 0, 0]) == [(0, 1), (1, 2), (2, 3), (3, 0)]


def test_closed_eyes_are_passed_over_as_references_and_kept_as_targets():
    assert evaluate([0, 1, 0, 1]) == [(0, 2), (1, 2), (2, 0), (3, 0)]


def test_the_published_rule_takes_closed_eyes_as_they_come():
    assert evaluate([0, 1, 0], closed_eyes=True) == [(0, 1), (1, 2), (2, 0)]


def test_the_only_open_photograph_has_no_reference_and_is_left_out():
    assert evaluate([1, 0, 1]) == [(0, 1), (2, 1)]


def test_without_open_eyes_there_is_nothing_to_evaluate():
    assert evaluate([1, 1]) == []


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
    assert list(zip(*(index.tolist() for index in pairs))) == evaluate([0, 1, 0])
