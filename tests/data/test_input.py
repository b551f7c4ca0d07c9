import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import examples, masks, records
from exgan_tf.data.disturbance import DisturbanceOptions
from exgan_tf.data.input import load_dataset
from exgan_tf.faces import landmarks
from exgan_tf.geometry import box_centers


def load(directory, *, disturbed=None, **changes):
    settings = {"split": "train", "image_size": 64, "batch_size": 4, "training": True, "seed": 0}
    options = DisturbanceOptions(**(disturbed or {}))
    return load_dataset(directory, disturbances=options, **{**settings, **changes})


def evaluate(directory, **changes):
    settings = {"training": False, "seed": None, "split": "test", **changes}
    return list(load(directory, **settings).as_numpy_iterator())


def take(directory, count, **changes):
    return list(load(directory, **changes).take(count).as_numpy_iterator())


def pair_names(batches):
    return [
        (name.decode(), reference.decode())
        for batch in batches
        for name, reference in zip(batch["name"], batch["reference_name"], strict=True)
    ]


def by_name(batches):
    """Name of the photograph -> its example."""
    return {
        name: {key: values[index] for key, values in batch.items()}
        for batch in batches
        for index, name in enumerate(batch["name"])
    }


def assert_same(batches, others, *, but=()):
    assert len(batches) == len(others)
    for batch, other in zip(batches, others, strict=True):
        for key in batch.keys() - set(but):
            np.testing.assert_array_equal(batch[key], other[key], err_msg=key)


@pytest.fixture(scope="module")
def train_batches(records_dir):
    """Two epochs: 16 photographs in 4 batches, twice."""
    return take(records_dir, 8)


@pytest.fixture(scope="module")
def plain(records_dir):
    """The same photographs by name, as an evaluation has them."""
    return by_name(evaluate(records_dir, split="train"))


@pytest.mark.parametrize("training", [True, False])
def test_batches_are_what_the_feature_spec_says(records_dir, training):
    dataset = load(records_dir, training=training, image_size=48)
    spec = examples.example_spec(48, batch_size=4 if training else None)
    assert dataset.element_spec == spec


def test_images_are_in_their_range_and_masks_those_of_the_eye_boxes(train_batches):
    for batch in train_batches:
        assert -1 <= batch["image"].min() < batch["image"].max() <= 1
        assert batch["image"].std() > 0.1
        for prefix in ("", "reference_"):
            expected = masks.boxes_to_mask(batch[f"{prefix}eye_boxes"], image_size=64)
            np.testing.assert_array_equal(batch[f"{prefix}mask"], expected)


def test_a_reference_is_another_photograph_of_the_same_person(train_batches):
    for name, reference in pair_names(train_batches):
        assert name != reference
        assert name.rsplit("-", 1)[0] == reference.rsplit("-", 1)[0]


def test_every_epoch_has_every_photograph_once_in_a_new_order_with_new_references_and_boxes(
    train_batches,
):
    first, second = pair_names(train_batches[:4]), pair_names(train_batches[4:])
    orders = [[name for name, _ in pairs] for pairs in (first, second)]
    assert len(set(orders[0])) == 16
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert dict(first) != dict(second)
    sizes = [
        {name: example["eye_boxes"][:, 2:].tolist() for name, example in by_name(batches).items()}
        for batches in (train_batches[:4], train_batches[4:])
    ]
    assert any(sizes[0][name] != sizes[1][name] for name in sizes[0])


def test_some_pairs_are_mirrored_both_pictures_and_all_places_together(train_batches, plain):
    mirrored = []
    for batch in train_batches:
        for index, name in enumerate(batch["name"]):
            flips = [
                np.array_equal(batch[key][index][:, ::-1], plain[batch[name_key][index]]["image"])
                for key, name_key in (("image", "name"), ("reference", "reference_name"))
            ]
            assert flips[0] == flips[1]
            mirrored.append(flips[0])
            expected = plain[name]["landmarks"]
            if flips[0]:
                expected = expected[landmarks.MIRRORED] * [-1, 1] + [63, 0]
            points, boxes = batch["landmarks"][index], batch["eye_boxes"][index]
            np.testing.assert_allclose(points, expected, atol=1e-4)
            np.testing.assert_allclose(landmarks.eye_centers(points), box_centers(boxes), atol=2.5)
            left, right = boxes
            assert left[1] + left[3] / 2 < 32 < right[1] + right[3] / 2, name
    assert 0.2 < np.mean(mirrored) < 0.8


def test_the_same_seed_gives_the_same_batches_and_another_seed_others(records_dir, train_batches):
    tf.random.set_seed(1234)  # Global seeds must not matter.
    assert_same(train_batches, take(records_dir, 8))
    assert pair_names(train_batches) != pair_names(take(records_dir, 8, seed=1))


HALF = {"self_pairs": 0.5, "num_self_pair_steps": 2}


@pytest.fixture(scope="module")
def self_paired_batches(records_dir):
    """Two epochs in which some pairs are self pairs, and all of the first two batches."""
    return take(records_dir, 8, disturbed=HALF)


@pytest.fixture(scope="module")
def box_batches(records_dir):
    """Two epochs with other holes than the eyes."""
    return take(records_dir, 8, mask="box")


@pytest.mark.parametrize(
    ("batches", "start", "changes"),
    [
        *(("train_batches", start, {}) for start in (1, 4, 6)),
        ("self_paired_batches", 1, {"disturbed": HALF}),
        ("box_batches", 6, {"mask": "box"}),
    ],
)
def test_a_run_that_goes_on_gets_the_batches_it_has_not_seen(
    records_dir, request, batches, start, changes
):
    expected = request.getfixturevalue(batches)[start:]
    assert_same(expected, take(records_dir, 8 - start, start_batch=start, **changes))


def test_readers_share_each_batch_among_them(records_dir, train_batches):
    """Two workers with two replicas each, so that each replica gets one of the four examples."""
    shares = [
        take(records_dir, 16, input_context=tf.distribute.InputContext(2, worker, 4))
        for worker in range(2)
    ]
    first, second = (pair_names(batches) for batches in shares)
    assert all(len(batch["name"]) == 1 for batches in shares for batch in batches)
    for index, batch in enumerate(train_batches):
        share = slice(2 * index, 2 * index + 2)
        assert sorted(first[share] + second[share]) == sorted(pair_names([batch]))


def test_evaluation_follows_the_benchmark(records_dir):
    names = pair_names(evaluate(records_dir))
    identity = names[0][0].rsplit("-", 1)[0]
    order = [f"{identity}-{number}.jpg" for number in (1, 2, 3, 4)]
    assert names == list(zip(order, order[1:] + order[:1], strict=True))


def test_another_mask_changes_nothing_else(train_batches, box_batches):
    assert_same(train_batches, box_batches, but=["mask"])
    for batch, other in zip(train_batches, box_batches, strict=True):
        assert not np.array_equal(batch["mask"], other["mask"])


def test_training_draws_masks_anew_each_epoch(box_batches):
    first, second = (
        {name: example["mask"].tobytes() for name, example in by_name(batches).items()}
        for batches in (box_batches[:4], box_batches[4:])
    )
    assert len({*first.values(), *second.values()}) == 32


def is_self_paired(batch):
    return batch["name"] == batch["reference_name"]


def test_a_self_pairs_reference_is_the_photograph_disturbed_anew_each_epoch(self_paired_batches):
    first, second = by_name(self_paired_batches[:4]), by_name(self_paired_batches[4:])
    num_twice = 0
    for name, example in first.items():
        if example["reference_name"] != name:
            continue
        image, reference = example["image"], example["reference"]
        assert np.abs(reference).max() <= 1
        assert np.abs(image - reference).mean() > 0.001
        assert np.corrcoef(image.ravel(), reference.ravel())[0, 1] > 0.6
        # Where the eyes were before it was moved, in boxes of sizes of their own.
        centers, others = (box_centers(example[f"{key}eye_boxes"]) for key in ("", "reference_"))
        np.testing.assert_allclose(centers, others, atol=1)
        if second[name]["reference_name"] == name:
            num_twice += 1
            assert not np.array_equal(reference, second[name]["reference"])
    assert num_twice


def test_self_pairs_begin_and_change_nothing_but_the_reference(train_batches, self_paired_batches):
    assert all(is_self_paired(batch).all() for batch in self_paired_batches[:2])
    assert 0.2 < np.mean([is_self_paired(batch) for batch in self_paired_batches[2:]]) < 0.8
    of_reference = {key for key in train_batches[0] if key.startswith("reference")}
    assert_same(self_paired_batches, train_batches, but=of_reference)
    for batch, plain_batch in zip(self_paired_batches, train_batches, strict=True):
        others = ~is_self_paired(batch)
        for key in of_reference:
            np.testing.assert_array_equal(batch[key][others], plain_batch[key][others])


def test_a_share_of_the_pictures_is_relit_and_nothing_else_changes(records_dir, train_batches):
    disturbed = {"relit_references": 0.25, "relit_images": 0.75}
    batches = take(records_dir, len(train_batches), disturbed=disturbed)
    assert_same(batches, train_batches, but=["image", "reference"])
    images, references = (
        [
            (batch[picture] != other[picture]).any(axis=(1, 2, 3))
            for batch, other in zip(batches, train_batches, strict=True)
        ]
        for picture in ("image", "reference")
    )
    assert 0.05 < np.mean(references) < 0.45 and 0.55 < np.mean(images) < 0.95


def test_evaluation_disturbs_nothing(records_dir):
    disturbed = {"self_pairs": 1.0, "relit_references": 1.0, "relit_images": 1.0}
    assert_same(evaluate(records_dir, disturbed=disturbed), evaluate(records_dir))


def test_a_photograph_has_the_same_mask_in_every_evaluation(records_dir):
    found, alone = (
        by_name(evaluate(records_dir, mask="strokes", batch_size=size)) for size in (4, 1)
    )
    for name, example in found.items():
        np.testing.assert_array_equal(alone[name]["mask"], example["mask"])
    assert len({example["mask"].tobytes() for example in found.values()}) == 4


def test_evaluation_uses_the_boxes_of_the_record_and_keeps_the_last_partial_batch(records_dir):
    record = next(iter(tf.data.TFRecordDataset(records.find_shards(records_dir, "test"))))
    expected = examples.decode_record(record)["box_sizes"]
    found = [batch["eye_boxes"][..., 2:] for batch in evaluate(records_dir, batch_size=3)]
    assert [len(boxes) for boxes in found] == [3, 1]
    np.testing.assert_array_equal(np.concatenate(found), expected)


def test_a_smaller_image_is_the_average_of_areas_and_boxes_and_landmarks_fit(records_dir):
    (large,), (small,) = evaluate(records_dir), evaluate(records_dir, image_size=32)
    averaged = tf.nn.avg_pool2d(large["image"], 2, 2, "VALID")
    np.testing.assert_allclose(small["image"], averaged, atol=1e-5)
    large_centers, small_centers = (
        batch["eye_boxes"][..., :2] + batch["eye_boxes"][..., 2:] // 2 for batch in (large, small)
    )
    assert np.abs(small_centers * 2 - large_centers).max() <= 2
    expected = (large["landmarks"] + 0.5) / 2 - 0.5
    np.testing.assert_allclose(small["landmarks"], expected, atol=1e-4)


@pytest.fixture
def build_closed(aligned_copy, tmp_path, edit_json):
    """Returns a function that builds records in which some photographs have closed eyes."""

    def build(chosen, **options):
        def close(identities):
            for photographs in identities.values():
                for photograph in photographs[chosen]:
                    photograph.update(opened=0.1, closed=0.9)

        edit_json(aligned_copy / "data.json", close)
        options = records.RecordOptions(image_size=64, validation_fraction=0, **options)
        records.build_records(aligned_copy, tmp_path / "closed", options)
        return tmp_path / "closed"

    return build


def test_closed_eyes_are_references_never_and_trained_on_only_when_asked_for(build_closed):
    directory = build_closed(slice(1), test_fraction=0.3)
    manifest = records.read_manifest(directory)
    num_batches = manifest.splits["train"].num_pairs["training"] // 4
    names = pair_names(take(directory, num_batches))
    assert len(names) == 12
    assert not [name for pair in names for name in pair if name.endswith("-1.jpg")]
    names = pair_names(take(directory, 4, closed_eyes=True))
    assert [name for name, _ in names if name.endswith("-1.jpg")]
    # They are evaluated and marked.
    (batch,) = evaluate(directory, batch_size=8)
    closed = [name.endswith(b"-1.jpg") for name in batch["name"]]
    assert sum(closed) == 2
    np.testing.assert_array_equal(batch["eyes_closed"], closed)
    assert not [name for name in batch["reference_name"] if name.endswith(b"-1.jpg")]


def test_a_split_without_pairs_or_photographs_is_refused(build_closed):
    directory = build_closed(slice(None), test_fraction=0)
    with pytest.raises(ValueError, match="no two open-eyed photographs"):
        load(directory)
    with pytest.raises(ValueError, match="the test split of .* is empty"):
        evaluate(directory)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": 128}, "image_size is 128; the records in .* give 32 to 64"),
        ({"image_size": 16}, "image_size is 16"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"seed": None}, "seed is None; expected an integer"),
        ({"seed": 2**63}, "seed is 9223372036854775808; exp"),
        ({"start_batch": -1}, "start_batch is -1"),
        ({"mask": "nose"}, "mask is 'nose'; expected one of eyes, box"),
        ({"disturbed": {"self_pairs": 1.5}}, "self_pairs is 1.5: Expected `float` <= 1"),
        ({"disturbed": {"relit_images": float("nan")}}, "relit_images is nan: Expected"),
        ({"split": "dev"}, "split is 'dev'; expected one of train, validation, test"),
    ],
)
def test_arguments_out_of_range_are_refused(records_dir, change, message):
    with pytest.raises(ValueError, match=message):
        load(records_dir, **change)


def test_a_folder_of_something_else_and_a_damaged_shard_are_named_before_any_batch(
    aligned_dir, records_copy
):
    with pytest.raises(ValueError, match="no manifest.json"):
        load(aligned_dir)
    shard = next(records_copy.glob("train-*"))
    shard.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(ValueError, match=shard.name):
        load(records_copy)
