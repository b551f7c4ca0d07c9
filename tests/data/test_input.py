import collections
import shutil

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.data import examples, masks, records
from exgan_tf.data.disturbance import DisturbanceOptions
from exgan_tf.data.input import load_dataset
from exgan_tf.faces import landmarks
from exgan_tf.geometry import box_centers


def load(directory, *, disturbed=None, **changes):
    settings = {
        "split": "train",
        "image_size": 64,
        "batch_size": 4,
        "training": True,
        "seed": 0,
    }
    options = DisturbanceOptions(**(disturbed or {}))
    return load_dataset(directory, disturbances=options, **{**settings, **changes})


def evaluate(directory, **changes):
    return load(directory, **{"training": False, "seed": None, "split": "test", **changes})


def take(dataset, count):
    return list(dataset.take(count).as_numpy_iterator())


def pair_names(batches):
    return [
        (name.decode(), reference.decode())
        for batch in batches
        for name, reference in zip(batch["name"], batch["reference_name"], strict=True)
    ]


def assert_same(batches, others):
    assert len(batches) == len(others)
    for batch, other in zip(batches, others, strict=True):
        for key in batch:
            np.testing.assert_array_equal(batch[key], other[key], err_msg=key)


@pytest.fixture(scope="module")
def train_batches(records_dir):
    """Two epochs: 16 photographs in 4 batches, twice."""
    return take(load(records_dir), 8)


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


def test_every_epoch_shows_every_photograph_once_in_another_order(train_batches):
    first, second = (
        [name for name, _ in pair_names(batches)]
        for batches in (train_batches[:4], train_batches[4:])
    )
    assert len(set(first)) == 16
    assert sorted(first) == sorted(second)
    assert first != second


def test_references_and_boxes_are_drawn_anew_each_epoch(train_batches):
    first, second = dict(pair_names(train_batches[:4])), dict(pair_names(train_batches[4:]))
    assert first.keys() == second.keys()
    assert first != second
    heights = collections.defaultdict(set)
    for batch in train_batches:
        for name, boxes in zip(batch["name"], batch["eye_boxes"], strict=True):
            heights[name].add(tuple(boxes[:, 2:].ravel()))
    assert max(len(sizes) for sizes in heights.values()) == 2


def test_landmarks_follow_the_image_and_its_mirroring(records_dir, train_batches):
    plain = {
        name: (image, points)
        for batch in evaluate(records_dir, split="train").as_numpy_iterator()
        for name, image, points in zip(
            batch["name"], batch["image"], batch["landmarks"], strict=True
        )
    }
    num_mirrored = 0
    for batch in train_batches:
        for name, image, points in zip(
            batch["name"], batch["image"], batch["landmarks"], strict=True
        ):
            plain_image, expected = plain[name]
            if not np.array_equal(image, plain_image):
                num_mirrored += 1
                expected = expected[landmarks.MIRRORED] * [-1, 1] + [63, 0]
            np.testing.assert_allclose(points, expected, atol=1e-4)
    assert num_mirrored


def test_landmarks_lie_in_the_boxes_around_the_eyes(train_batches):
    for batch in train_batches:
        for points, boxes in zip(batch["landmarks"], batch["eye_boxes"], strict=True):
            centers = landmarks.eye_centers(points)
            np.testing.assert_allclose(centers, box_centers(boxes), atol=2.5)


def test_some_pairs_are_mirrored_and_both_pictures_together(records_dir):
    plain = {
        name: image
        for batch in evaluate(records_dir, split="train").as_numpy_iterator()
        for name, image in zip(batch["name"], batch["image"], strict=True)
    }
    mirrored = []
    for batch in take(load(records_dir), 8):
        for index, name in enumerate(batch["name"]):
            flips = [
                np.array_equal(batch[key][index][:, ::-1], plain[batch[name_key][index]])
                for key, name_key in (("image", "name"), ("reference", "reference_name"))
            ]
            assert flips[0] == flips[1]
            mirrored.append(flips[0])
            left, right = batch["eye_boxes"][index]
            assert left[1] + left[3] / 2 < 32 < right[1] + right[3] / 2, name
    assert 0.2 < np.mean(mirrored) < 0.8


def test_the_same_seed_gives_the_same_batches_and_another_seed_others(records_dir, train_batches):
    tf.random.set_seed(1234)  # Global seeds must not matter.
    assert_same(train_batches, take(load(records_dir), 8))
    assert pair_names(train_batches) != pair_names(take(load(records_dir, seed=1), 8))


@pytest.mark.parametrize("start", [1, 4, 6])
def test_a_run_that_goes_on_gets_the_batches_it_has_not_seen(records_dir, train_batches, start):
    assert_same(train_batches[start:], take(load(records_dir, start_batch=start), 8 - start))


@pytest.mark.parametrize("num_workers", [1, 2])
def test_readers_share_each_batch_among_them(records_dir, train_batches, num_workers):
    shares = [
        take(
            load(
                records_dir,
                input_context=tf.distribute.InputContext(
                    num_input_pipelines=num_workers,
                    input_pipeline_id=worker,
                    num_replicas_in_sync=2,
                ),
            ),
            8 * 2 // num_workers,
        )
        for worker in range(num_workers)
    ]
    together = [pair_names(batches) for batches in shares]
    assert all(len(batch["name"]) == 2 for batches in shares for batch in batches)
    for index, batch in enumerate(train_batches):
        per_worker = 4 // num_workers
        parts = [names[index * per_worker : (index + 1) * per_worker] for names in together]
        assert sorted(sum(parts, [])) == sorted(pair_names([batch]))


def test_evaluation_follows_the_benchmark(records_dir):
    names = pair_names(evaluate(records_dir).as_numpy_iterator())
    identity = names[0][0].rsplit("-", 1)[0]
    order = [f"{identity}-{number}.jpg" for number in (1, 2, 3, 4)]
    assert names == list(zip(order, order[1:] + order[:1], strict=True))


@pytest.fixture(scope="module")
def box_batches(records_dir):
    """Two epochs with other holes than the eyes."""
    return take(load(records_dir, mask="box"), 8)


def test_another_mask_changes_nothing_else(train_batches, box_batches):
    for batch, other in zip(train_batches, box_batches, strict=True):
        for key in batch.keys() - {"mask"}:
            np.testing.assert_array_equal(batch[key], other[key], err_msg=key)
        assert not np.array_equal(batch["mask"], other["mask"])


def test_training_draws_masks_anew_each_epoch_and_by_seed(records_dir, box_batches):
    epochs = [
        {
            name: mask
            for batch in batches
            for name, mask in zip(batch["name"], batch["mask"], strict=True)
        }
        for batches in (box_batches[:4], box_batches[4:])
    ]
    assert not any(np.array_equal(epochs[0][name], epochs[1][name]) for name in epochs[0])
    assert len({mask.tobytes() for mask in epochs[0].values()}) == 16
    assert_same(box_batches, take(load(records_dir, mask="box"), 8))
    (other,) = take(load(records_dir, mask="box", seed=1), 1)
    assert not np.array_equal(other["mask"], box_batches[0]["mask"])
    # A run that goes on gets those it has not seen.
    assert_same(box_batches[6:], take(load(records_dir, mask="box", start_batch=6), 2))


HALF = {"self_pairs": 0.5, "num_self_pair_steps": 1}


@pytest.fixture(scope="module")
def self_paired_batches(records_dir):
    """An epoch in which some pairs are self pairs, and all of its first batch."""
    return take(load(records_dir, disturbed=HALF), 4)


def is_self_paired(batch):
    return batch["name"] == batch["reference_name"]


def test_a_self_pairs_reference_is_the_photograph_disturbed_anew_each_epoch(records_dir):
    batches = take(load(records_dir, disturbed={"self_pairs": 1.0}), 8)
    first, second = (
        {
            name: image
            for batch in each
            for name, image in zip(batch["name"], batch["reference"], strict=True)
        }
        for each in (batches[:4], batches[4:])
    )
    assert not any(np.array_equal(first[name], second[name]) for name in first)
    for batch in batches[:2]:
        assert is_self_paired(batch).all()
        assert np.abs(batch["reference"]).max() <= 1
        for image, reference in zip(batch["image"], batch["reference"], strict=True):
            assert np.abs(image - reference).mean() > 0.001
            assert np.corrcoef(image.ravel(), reference.ravel())[0, 1] > 0.6
        # Where the eyes were before it was moved, in boxes of sizes of their own.
        centers, others = (box_centers(batch[key].reshape(-1, 4)) for key in BOX_KEYS)
        np.testing.assert_allclose(centers, others, atol=1)


BOX_KEYS = ("eye_boxes", "reference_eye_boxes")


def test_at_the_beginning_all_pairs_are_self_pairs(records_dir, train_batches):
    batches = take(load(records_dir, disturbed={"num_self_pair_steps": 2}), 4)
    for batch in batches[:2]:
        assert is_self_paired(batch).all()
    assert_same(batches[2:], train_batches[2:4])


def test_self_pairs_change_nothing_but_the_reference(train_batches, self_paired_batches):
    assert 0.2 < np.mean([is_self_paired(batch) for batch in self_paired_batches[1:]]) < 0.8
    for batch, plain in zip(self_paired_batches, train_batches[:4], strict=True):
        of_reference = {key for key in batch if key.startswith("reference")}
        for key in batch.keys() - of_reference:
            np.testing.assert_array_equal(batch[key], plain[key], err_msg=key)
        others = ~is_self_paired(batch)
        for key in of_reference:
            np.testing.assert_array_equal(batch[key][others], plain[key][others], err_msg=key)


@pytest.mark.parametrize("start", [1, 3])
def test_a_run_that_goes_on_gets_the_self_pairs_it_has_not_seen(
    records_dir, self_paired_batches, start
):
    gone_on = load(records_dir, disturbed=HALF, start_batch=start)
    assert_same(self_paired_batches[start:], take(gone_on, 4 - start))


def test_evaluation_has_no_self_pairs(records_dir):
    names = pair_names(evaluate(records_dir, disturbed={"self_pairs": 1.0}).as_numpy_iterator())
    assert not [name for name, reference in names if name == reference]


@pytest.mark.parametrize(
    ("share", "picture"), [("relit_references", "reference"), ("relit_images", "image")]
)
def test_a_share_of_the_pictures_is_relit_and_nothing_else_changes(
    records_dir, train_batches, share, picture
):
    relit = []
    batches = take(load(records_dir, disturbed={share: 0.5}), len(train_batches))
    for batch, plain in zip(batches, train_batches, strict=True):
        for key in batch.keys() - {picture}:
            np.testing.assert_array_equal(batch[key], plain[key], err_msg=key)
        relit += [(a != b).any() for a, b in zip(batch[picture], plain[picture], strict=True)]
    assert 0.2 < np.mean(relit) < 0.8


def test_evaluation_relights_nothing(records_dir):
    for batch, plain in zip(
        evaluate(
            records_dir, disturbed={"relit_references": 1.0, "relit_images": 1.0}
        ).as_numpy_iterator(),
        evaluate(records_dir).as_numpy_iterator(),
        strict=True,
    ):
        for key in ("image", "reference"):
            np.testing.assert_array_equal(batch[key], plain[key], err_msg=key)


def test_a_photograph_has_the_same_mask_in_every_evaluation(records_dir):
    def masks_by_name(**changes):
        return {
            name: mask.tobytes()
            for batch in evaluate(records_dir, mask="strokes", **changes).as_numpy_iterator()
            for name, mask in zip(batch["name"], batch["mask"], strict=True)
        }

    found = masks_by_name()
    assert masks_by_name(batch_size=1) == found
    assert len(set(found.values())) == len(found) == 4


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
def closed_records(aligned_copy, tmp_path, edit_json):
    """Records in which the first photograph of everybody has closed eyes."""

    def close(identities):
        for photographs in identities.values():
            photographs[0]["closed"], photographs[0]["opened"] = 0.9, 0.1

    edit_json(aligned_copy / "data.json", close)
    output = tmp_path / "closed"
    records.build_records(aligned_copy, output, image_size=64, test_fraction=0.3, seed=0)
    return output


def test_closed_eyes_are_trained_on_only_when_asked_for_and_never_referred_to(closed_records):
    manifest = records.read_manifest(closed_records)
    num_batches = manifest.splits["train"].num_pairs["training"] // 4
    names = pair_names(take(load(closed_records), num_batches))
    assert len(names) == 12
    assert not [name for pair in names for name in pair if name.endswith("-1.jpg")]
    names = pair_names(take(load(closed_records, closed_eyes=True), 4))
    assert [name for name, _ in names if name.endswith("-1.jpg")]


def test_closed_eyes_are_evaluated_and_marked_but_not_referred_to(closed_records):
    (batch,) = evaluate(closed_records, batch_size=8)
    closed = [name.endswith(b"-1.jpg") for name in batch["name"].numpy()]
    assert sum(closed) == 2
    np.testing.assert_array_equal(batch["eyes_closed"], closed)
    assert not [name for name in batch["reference_name"].numpy() if name.endswith(b"-1.jpg")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": 128}, "image_size is 128; the records in .* give 32 to 64"),
        ({"image_size": 16}, "image_size is 16"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"seed": None}, "training needs a seed"),
        ({"seed": 2**63}, "training needs a seed"),
        ({"start_batch": -1}, "start_batch is -1"),
        ({"mask": "nose"}, "mask is 'nose'; one of eyes, box"),
        ({"disturbed": {"self_pairs": 1.5}}, "self_pairs is 1.5: Expected `float` <= 1"),
        ({"disturbed": {"relit_images": float("nan")}}, "relit_images is nan: Expected"),
        ({"split": "dev"}, "split is 'dev', one of train, validation, test is wanted"),
    ],
)
def test_arguments_out_of_range_are_refused(records_dir, change, message):
    with pytest.raises(ValueError, match=message):
        load(records_dir, **change)


def test_a_folder_of_something_else_is_refused(aligned_dir):
    with pytest.raises(ValueError, match="no manifest.json"):
        load(aligned_dir)


def test_a_damaged_shard_is_named_before_any_batch(records_dir, tmp_path):
    copy = tmp_path / "records"
    shutil.copytree(records_dir, copy)
    shard = next(copy.glob("train-*"))
    shard.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(ValueError, match=shard.name):
        load(copy)


def test_a_split_without_pairs_or_photographs_is_refused(aligned_copy, tmp_path, edit_json):
    def close_all(identities):
        for photographs in identities.values():
            for photograph in photographs:
                photograph["closed"], photograph["opened"] = 0.9, 0.1

    edit_json(aligned_copy / "data.json", close_all)
    output = tmp_path / "all_closed"
    records.build_records(aligned_copy, output, image_size=64, test_fraction=0, seed=0)
    with pytest.raises(ValueError, match="no two open-eyed photographs"):
        load(output)
    with pytest.raises(ValueError, match="the test split of .* is empty"):
        evaluate(output)
