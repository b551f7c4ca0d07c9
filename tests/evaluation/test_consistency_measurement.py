import functools

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import inpainters
from exgan_tf.data import masks
from exgan_tf.data.input import evaluation_mask_seeds, load_dataset
from exgan_tf.evaluation import Method
from exgan_tf.evaluation.consistency_measurement import (
    COLUMNS,
    MASK_NAMES,
    FaceMeasurement,
    Faces,
    pairwise_mse,
)
from exgan_tf.metrics import pixel

IMAGE_SIZE = 64
COLOR, BLENDED_COLOR = 0.25, 0.5  # Of the method "one".


@pytest.fixture(scope="module")
def measure(load_people, painters):
    """Returns a function that measures people in batches of a size, once for each size."""

    @functools.cache
    def measure(batch_size=7):
        measured = FaceMeasurement(painters)
        faces = Faces(load_people(batch_size), with_landmarks=False)
        return measured, [row for example in faces for row in measured.add(example)]

    return measure


def test_each_size_of_batches_is_filled_once_before_times_are_taken(load_people):
    class Counts(inpainters.MeanColor):
        sizes = ()

        def _fill(self, example):
            self.sizes += (len(example["image"]),)
            return super()._fill(example)

    counts = Counts()
    measured = FaceMeasurement({"counts": Method(counts, kind="untrained", description="")})
    batches = list(Faces(load_people(4), with_landmarks=False))
    for example in batches:
        measured.add(example)
    for size in {len(example["name"]) for example in batches}:
        num_batches = sum(len(example["name"]) == size for example in batches)
        assert counts.sizes.count(size) == 1 + len(MASK_NAMES) * num_batches


@pytest.fixture
def in_paintings():
    """Five images of each of three faces, float32 [5, 3, 8, 8, 3]."""
    return np.random.default_rng(0).uniform(-1, 1, [5, 3, 8, 8, 3]).astype(np.float32)


def test_the_pairwise_error_is_twice_the_variance(in_paintings):
    expected = 2 * ((in_paintings + 1) / 2).var(axis=0, ddof=1, dtype=np.float64).mean((1, 2, 3))
    np.testing.assert_allclose(pairwise_mse(in_paintings), expected, rtol=1e-5)


def test_one_in_painting_makes_no_pair(in_paintings):
    with pytest.raises(ValueError, match="in_paintings are 1"):
        pairwise_mse(in_paintings[:1])


def test_one_wrong_face_each_time_is_consistent_as_a_painting_alone(measure):
    measured, _ = measure()
    columns = measured.values("one")
    assert not columns["pairwise_mse_painted"].any()
    assert (columns["pairwise_mse_unblended"] > 0).all()
    assert (columns["pairwise_mse"] != columns["pairwise_mse_unblended"]).all()


def test_before_blending_and_after_differ_by_what_lies_in_the_holes(measure, batch):
    measured, rows = measure()
    kept = {key: value[~batch["eyes_closed"]] for key, value in batch.items()}
    seeds = evaluation_mask_seeds(kept["name"])
    completed = {COLOR: [], BLENDED_COLOR: []}
    for name in MASK_NAMES:
        mask = masks.draw_masks(
            name, seeds=seeds, image_size=IMAGE_SIZE, eye_boxes=kept["eye_boxes"]
        )
        for color, images in completed.items():
            images.append(np.where(mask > 0, np.float32(color), kept["image"]))
    columns = measured.values("one")
    np.testing.assert_allclose(columns["pairwise_mse_unblended"], pairwise_mse(completed[COLOR]))
    np.testing.assert_allclose(columns["pairwise_mse"], pairwise_mse(completed[BLENDED_COLOR]))
    assert len(rows) == 2 * len(kept["name"])


def test_a_method_that_paints_the_hole_alone_has_no_painting(measure):
    measured, rows = measure()
    assert measured.painters == {"one"}
    assert all(measured.seconds_per_image("grey", mask) > 0 for mask in MASK_NAMES)
    grey = measured.values("grey")
    assert "pairwise_mse_painted" not in grey
    np.testing.assert_array_equal(grey["pairwise_mse"], grey["pairwise_mse_unblended"])
    assert {"name", "identity", "method", *COLUMNS} == rows[1].keys()


@pytest.mark.parametrize("mask", ["freehand", "eyes"])
def test_a_photograph_has_the_mask_that_it_has_in_every_evaluation(measure, people_dir, mask):
    measured, _ = measure()
    dataset = load_dataset(
        people_dir, split="test", image_size=IMAGE_SIZE, batch_size=7, training=False, mask=mask
    )
    batch = next(dataset.as_numpy_iterator())
    kept = ~batch["eyes_closed"]
    filled = inpainters.MeanColor()(batch)
    expected = pixel.psnr(batch["image"], filled)[kept]
    np.testing.assert_allclose(measured.values("grey")[f"psnr_{mask}"], expected)
    expected = pixel.ssim(batch["image"], filled)[kept]
    np.testing.assert_allclose(measured.values("grey")[f"ssim_{mask}"], expected, rtol=1e-6)
    assert measured.hole_share(mask) == pytest.approx(batch["mask"][kept].mean())


def test_the_size_of_batches_changes_no_number(measure):
    expected, expected_rows = measure()
    measured, rows = measure(batch_size=3)
    assert measured.names == expected.names
    assert [len(case["methods"]) for case in measured.cases] == [2] * 4
    assert [person["name"].tolist() for person in measured.people] == [
        person["name"].tolist() for person in expected.people
    ]
    for row, other in zip(rows, expected_rows, strict=True):
        assert row.keys() == other.keys()
        for column in row.keys() & COLUMNS.keys():
            assert row[column] == pytest.approx(other[column], rel=1e-5, abs=1e-9)


def test_shown_are_the_first_faces_and_one_of_each_person(measure):
    measured, _ = measure()
    people = [person["identity"][0].decode() for person in measured.people]
    assert people == list(dict.fromkeys(measured.identities))
    case = measured.cases[0]
    assert list(case["methods"]) == ["grey", "one"]
    assert len(case["masked"]) == len(case["methods"]["one"]) == len(MASK_NAMES)
    hole = case["masked"][0] != case["image"]
    assert hole.any()
    assert (case["methods"]["one"][0][hole] == BLENDED_COLOR).all()


def names_of(faces):
    return [name.decode() for example in faces for name in example["name"]]


def test_closed_eyes_are_left_out_and_counted(load_people, batch):
    faces = Faces(load_people(4), with_landmarks=False)
    kept = [name.decode() for name in batch["name"][~batch["eyes_closed"]]]
    assert names_of(faces) == kept
    assert len(faces) == len(kept) == 6
    assert dict(faces.left_out) == {"their eyes are known to be closed": 1}


@pytest.mark.parametrize("batch_size", [2, 7])
def test_of_few_photographs_everybody_gives_the_first(load_people, batch_size):
    faces = Faces(load_people(batch_size), num_images=4, with_landmarks=False)
    people = [name.split("-")[0] for name in names_of(faces)]
    assert len(faces) == len(people) == 4
    first, *others = dict.fromkeys(people)
    assert people == [first, first, *others]
    assert len(others) == 2


def test_more_photographs_than_there_are_is_all_of_them(load_people):
    assert len(Faces(load_people(7), num_images=100, with_landmarks=False)) == 6


def test_photographs_without_landmarks_are_left_out_where_landmarks_are_needed(batch):
    landmarks = np.zeros([7, 68, 2], np.float32)
    landmarks[1, 5, 0] = np.nan
    dataset = tf.data.Dataset.from_tensors({**batch, "landmarks": landmarks})
    faces = Faces(dataset, with_landmarks=True)
    assert batch["name"][1].decode() not in names_of(faces)
    assert len(faces) == 5
    assert sorted(faces.left_out.values()) == [1, 1]
    assert len(Faces(dataset, with_landmarks=False)) == 6
