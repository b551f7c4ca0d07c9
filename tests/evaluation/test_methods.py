import numpy as np
import pytest

from exgan_tf.evaluation import choose_methods, with_controls
from exgan_tf.evaluation.methods import ReferenceControls
from exgan_tf.inpainters import INPAINTERS

REFERENCE_KEYS = ("reference", "reference_mask", "reference_eye_boxes")


def in_batches(example, size):
    """The example in batches of a size."""
    return [
        {key: value[start : start + size] for key, value in example.items()}
        for start in range(0, len(example["name"]), size)
    ]


def find_strangers(batches):
    """Whose reference each photograph gets, and the references."""
    controls = ReferenceControls(batches, {"stranger"})
    controlled = [controls(each)["stranger"] for each in batches]
    return {key: np.concatenate([each[key] for each in controlled]) for key in REFERENCE_KEYS}


def owner_of(reference, example):
    owners = {
        identity
        for identity, each in zip(example["identity"], example["reference"], strict=True)
        if np.array_equal(each, reference)
    }
    assert len(owners) == 1
    return owners.pop()


@pytest.mark.parametrize(
    ("untrained", "names"),
    [
        (["all"], list(INPAINTERS)),
        (["telea"], ["telea"]),
        (["transplant", "telea"], ["transplant", "telea"]),
    ],
)
def test_untrained_methods_are_chosen_by_name(untrained, names):
    chosen = choose_methods([], untrained=untrained)
    assert list(chosen) == names
    assert not any(method.summary()["trained"] for method in chosen.values())


@pytest.mark.parametrize(
    ("models", "untrained", "message"),
    [
        ([], ["none"], "nothing to measure"),
        ([], ["lama"], "no untrained method 'lama'"),
        (["baseline"], ["none"], "'baseline' is not a model: expected name=DIR"),
        (["=folder"], ["none"], "expected name=DIR"),
        (["telea=folder"], ["none"], "the model's name 'telea' is taken"),
        (["a:b=folder"], ["none"], "has a colon"),
        (["a=nowhere"], ["none"], "nowhere is neither an exported model"),
    ],
)
def test_what_cannot_be_understood_is_named(models, untrained, message):
    with pytest.raises(ValueError, match=message):
        choose_methods(models, untrained=untrained)


def test_controls_follow_the_methods_that_use_the_reference(methods):
    controlled = with_controls(methods, ["stranger", "zeroed"])
    assert list(controlled) == ["grey", "copy", "copy:stranger", "copy:zeroed"]
    assert controlled["copy:zeroed"].summary()["control"] == "zeroed"
    assert "grey image as reference" in controlled["copy:zeroed"].description


def test_an_unknown_control_is_named(methods):
    with pytest.raises(ValueError, match="control 'shuffled' is unknown"):
        with_controls(methods, ["shuffled"])


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7])
def test_a_stranger_is_somebody_else_in_batches_of_any_size(batch, batch_size):
    strangers = find_strangers(in_batches(batch, batch_size))
    for identity, reference in zip(batch["identity"], strangers["reference"], strict=True):
        assert owner_of(reference, batch) != identity


def test_strangers_are_the_same_in_batches_of_any_size(batch):
    expected = find_strangers([batch])
    for batch_size in (1, 3):
        strangers = find_strangers(in_batches(batch, batch_size))
        for key in REFERENCE_KEYS:
            np.testing.assert_array_equal(strangers[key], expected[key])


def test_a_strangers_boxes_and_mask_belong_to_the_strangers_reference(batch):
    strangers = find_strangers([batch])
    for index, reference in enumerate(strangers["reference"]):
        source = [np.array_equal(reference, each) for each in batch["reference"]].index(True)
        for key in REFERENCE_KEYS:
            np.testing.assert_array_equal(strangers[key][index], batch[key][source])


def test_photographs_of_one_person_get_different_strangers(batch):
    strangers = find_strangers([batch])["reference"]
    assert batch["identity"][-1] == batch["identity"][-2]
    assert not np.array_equal(strangers[-1], strangers[-2])


def test_one_person_alone_has_no_stranger(batch):
    person = batch["identity"] == batch["identity"][0]
    alone = {key: value[person] for key, value in batch.items()}
    with pytest.raises(ValueError, match="photographs of two people"):
        ReferenceControls([alone], {"stranger"})
    assert ReferenceControls([alone], {None, "zeroed"})(alone)[None] is alone


def test_zeroed_references_are_grey_and_all_else_stays(batch):
    zeroed = ReferenceControls([batch], {"zeroed"})(batch)["zeroed"]
    assert not zeroed["reference"].any()
    for key in batch.keys() - {"reference"}:
        assert zeroed[key] is batch[key]
