import math

import pytest

from exgan_tf.celeb_id.layouts import AlignedPhotograph
from exgan_tf.data import splits
from exgan_tf.data.packing import RecordOptions


def make_identities(count, closed=()):
    return {
        f"person{index}": [
            AlignedPhotograph(filename=f"person{index}-{number}.jpg", closed=score)
            for number, score in enumerate([1.0 if index in closed else 0.0, None], 1)
        ]
        for index in range(count)
    }


def split_identities(identities, **options):
    return splits.split_identities(
        identities, RecordOptions(**{"validation_fraction": 0, **options})
    )


def test_splits_are_disjoint_and_complete():
    identities = make_identities(40)
    parts = split_identities(identities, test_fraction=0.25, validation_fraction=0.1, seed=3)
    assert {name: len(part) for name, part in parts.items()} == {
        "train": 26,
        "validation": 4,
        "test": 10,
    }
    assert sorted(name for part in parts.values() for name in part) == sorted(identities)


def test_the_split_depends_on_the_seed_and_not_on_the_order():
    identities = make_identities(40)
    backwards = dict(reversed(identities.items()))
    first, again, other = (
        split_identities(source, test_fraction=0.25, seed=seed)["test"].keys()
        for source, seed in ((identities, 1), (backwards, 1), (identities, 2))
    )
    assert first == again != other


@pytest.mark.parametrize("seed", range(5))
def test_identities_with_closed_eyes_and_named_ones_can_be_sent_to_the_test(seed):
    parts = split_identities(
        make_identities(40, closed={1, 2, 3, 4}),
        test_fraction=0.1,
        validation_fraction=0.2,
        closed_eyes_to_test=True,
        test_identities=["person7", "person11"],
        seed=seed,
    )
    assert {f"person{index}" for index in (1, 2, 3, 4, 7, 11)} <= parts["test"].keys()
    assert sum(len(part) for part in parts.values()) == 40


def test_all_identities_can_be_for_the_test():
    parts = split_identities(make_identities(5), test_fraction=1, validation_fraction=0.2, seed=0)
    assert [len(parts[split]) for split in ("train", "validation", "test")] == [0, 0, 5]


@pytest.mark.parametrize(
    ("count", "settings", "message"),
    [
        (4, {"test_identities": ["nobody"]}, "'nobody', which is not in the data"),
        *((4, {"test_fraction": value}, "test_fraction is") for value in (-0.1, 1.1, math.nan)),
        (1, {}, "none is left for training"),
    ],
)
def test_a_split_that_cannot_be_made_is_refused(count, settings, message):
    with pytest.raises(ValueError, match=message):
        split_identities(make_identities(count), **settings)
