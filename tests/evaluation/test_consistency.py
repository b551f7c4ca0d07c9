"""The whole measurement of three drawn people, done once."""

import csv
import dataclasses
import importlib
import math
import types

import msgspec
import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import evaluation, images, inpainters
from exgan_tf.data.input import load_dataset
from exgan_tf.evaluation import ConsistencyOptions, Method
from exgan_tf.evaluation.consistency_measurement import COLUMNS, MASK_NAMES
from exgan_tf.inpainters.gan import GanInpainter

OPTIONS = ConsistencyOptions(batch_size=4)


def measure_consistency(*arguments, **options):
    """What the file says, as JSON values."""
    return msgspec.to_builtins(evaluation.evaluate(*arguments, **options))


class NeedsLandmarks(inpainters.MeanColor):
    input_names = ("image", "mask", "landmarks")


@pytest.fixture(scope="module")
def measured(painters, people_dir, tmp_path_factory):
    """What was returned, and the folder."""
    directory = tmp_path_factory.mktemp("measured") / "out"
    same = dataclasses.replace(painters["one"], kind="baseline", mask="eyes")
    methods = {**painters, "same": same}
    return measure_consistency(methods, people_dir, directory, options=OPTIONS), directory


@pytest.fixture(scope="module")
def rows(measured) -> list:
    with open(measured[1] / "per_image.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_data_are_counted(measured):
    data = measured[0]["data"]
    counts = [data[key] for key in ("num_images", "num_identities", "num_left_out", "image_size")]
    assert counts == [6, 3, 1, 64]
    assert data["left_out_reason"] == "1: their eyes are known to be closed"


def test_means_are_those_of_the_faces_in_the_table_and_lie_in_their_intervals(measured, rows):
    for name, method in measured[0]["methods"].items():
        own = [row for row in rows if row["method"] == name]
        assert len(own) == method["num_images"] == 6
        for column, (measure, mask) in COLUMNS.items():
            found = method["consistency"] if mask is None else method["by_mask"][mask]
            if found[measure] is None:
                assert {row[column] for row in own} == {""}
                continue
            mean = np.mean([float(row[column]) for row in own])
            assert found[measure] == pytest.approx(mean, rel=1e-12)
            low, high = found["intervals"][measure]
            assert low - 1e-9 <= mean <= high + 1e-9


def test_what_a_method_does_not_paint_is_null(measured):
    result, _ = measured
    grey, one = (result["methods"][name] for name in ("grey", "one"))
    assert (grey["paints_entire_images"], one["paints_entire_images"]) == (False, True)
    assert grey["consistency"]["pairwise_mse_painted"] is None
    assert one["consistency"]["pairwise_mse_painted"] == 0
    compared = [
        (each["method"], each["against"])
        for each in result["paired"]
        if each["metric"] == "pairwise_mse_painted"
    ]
    assert compared == [("same", "one")]
    assert any(warning.startswith("grey: ") for warning in result["warnings"])


def test_methods_are_compared_on_the_same_faces_with_the_verdict_the_right_way(measured):
    result, _ = measured
    itself = [each for each in result["paired"] if each["against"] == "one"]
    assert {(each["difference"], each["verdict"]) for each in itself} == {
        (0, "no difference shown")
    }
    paired = [each for each in result["paired"] if each["method"] == "one"]
    assert {each["against"] for each in paired} == {"grey"}
    assert len(paired) == len(COLUMNS) - 1
    for each in paired:
        methods = [
            result["methods"][name]["by_mask"][each["mask"]]
            if each["mask"]
            else result["methods"][name]["consistency"]
            for name in ("one", "grey")
        ]
        difference = methods[0][each["metric"]] - methods[1][each["metric"]]
        assert each["difference"] == pytest.approx(difference)
        low, high = each["interval"]
        if low <= 0 <= high:
            assert each["verdict"] == "no difference shown"
        else:
            is_better = (difference < 0) == each["metric"].startswith("pairwise")
            assert each["verdict"] == ("better" if is_better else "worse")


def test_the_share_of_each_hole_is_told(measured):
    holes = {name: mask["hole"] for name, mask in measured[0]["masks"].items()}
    for name in ("left", "right", "top", "bottom", "checkerboard"):
        assert holes[name] == pytest.approx(0.5)
    assert holes["central"] == pytest.approx(0.25)
    assert 0 < holes["freehand"] < 1
    assert 0 < holes["eyes"] < 0.3


def test_published_figures_are_marked_as_of_other_data(measured):
    published = measured[0]["published"]
    assert "their own photographs" in published["note"]
    assert {row["image_size"] for row in published["rows"]} == {64, 128}
    assert all(row["psnr"].keys() < set(MASK_NAMES) for row in published["rows"])


def test_methods_that_learnt_to_fill_one_mask_are_warned_of(measured):
    trained = [each for each in measured[0]["warnings"] if "was trained on the mask" in each]
    assert len(trained) == 1
    assert trained[0].startswith("same was trained on the mask eyes")


def test_there_is_a_picture_of_the_cases(measured):
    result, directory = measured
    assert result["pictures"] == {"cases": "cases.png", "pose_and_appearance": None}
    sheet = images.read_photo(directory / "cases.png")
    assert sheet.shape[0] >= 4 * 4 * 128  # Four faces: masked, and three methods.
    assert not (directory / "pose_and_appearance.png").exists()


@pytest.fixture
def set_landmarks(monkeypatch):
    """Returns a function that puts all landmarks of the records at one place."""

    def set_all(place):
        def load(*arguments, **options):
            examples = load_dataset(*arguments, **options)
            points = np.full([68, 2], place, np.float32)
            return examples.map(
                lambda batch: {**batch, "landmarks": tf.zeros_like(batch["landmarks"]) + points}
            )

        module = importlib.import_module("exgan_tf.evaluation.evaluate")
        monkeypatch.setattr(module, "load_dataset", load)

    return set_all


class PaintsFromNoise:
    """A Gan in the place of a trained one."""

    options = types.SimpleNamespace(image_size=64)
    find_fields = None

    def __init__(self, *, guided):
        self.input_names = ("image", "mask", *["landmarks"] * guided)

    def complete(self, example, *, training):
        return example["image"]

    def paint(self, example):
        return example["image"]

    def paint_faces(self, z, landmarks):
        return tf.ones([len(z), 64, 64, 1]) * tf.constant([1.0, -1.0, -1.0])


@pytest.mark.parametrize("guided", [True, False])
def test_guided_generators_are_shown_by_pose_and_appearance(
    set_landmarks, people_dir, tmp_path, guided
):
    set_landmarks(30.0)
    inpainter = GanInpainter(PaintsFromNoise(guided=guided))
    method = Method(inpainter, kind="keypoint", description="")
    options = ConsistencyOptions(num_images=2)
    result = measure_consistency({"guided": method}, people_dir, tmp_path / "out", options=options)
    path = tmp_path / "out" / "pose_and_appearance.png"
    assert path.exists() == guided
    assert result["pictures"]["pose_and_appearance"] == (path.name if guided else None)
    if guided:
        red = (images.read_photo(path) == [255, 0, 0]).all(-1)
        assert red.sum() >= 2 * 5 * 128**2  # Two people's maps, five noises.


def test_nothing_to_measure_is_an_error_that_says_why(set_landmarks, people_dir, tmp_path):
    set_landmarks(math.nan)
    methods = {"guided": Method(NeedsLandmarks(), kind="keypoint", description="", source="runs/a")}
    with pytest.raises(ValueError, match="6: their landmarks are unknown"):
        measure_consistency(methods, people_dir, tmp_path / "out", options=OPTIONS)
    assert not list(tmp_path.iterdir())
