import dataclasses
import types

import msgspec
import numpy as np
import pytest

from exgan_tf import images
from exgan_tf.evaluation import cases, with_controls
from exgan_tf.evaluation.measurement import keep_open_eyes


def summary(masked_l1, *, trained=True, control=None):
    return types.SimpleNamespace(masked_l1=masked_l1, trained=trained, control=control)


def by_group(chosen):
    groups = {}
    for case in chosen:
        groups.setdefault(case["group"], []).append(case["index"])
    return groups


def test_best_median_and_worst_go_by_the_error_in_the_hole():
    errors = np.random.default_rng(0).permutation(11) / 10
    groups = by_group(cases.choose_cases({"gan": summary(0.5)}, {"gan": errors}))
    assert groups["first"] == [0, 1, 2, 3, 4, 5]
    assert errors[groups["best"]].tolist() == [0.0, 0.1, 0.2]
    assert errors[groups["median"]].tolist() == [0.4, 0.5, 0.6]
    assert errors[groups["worst"]].tolist() == [1.0, 0.9, 0.8]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_few_images_are_shown_as_far_as_there_are_any(count):
    errors = np.arange(count) / 10
    groups = by_group(cases.choose_cases({"gan": summary(0.5)}, {"gan": errors}))
    assert groups["first"] == list(range(count))
    assert (groups["best"][0], groups["worst"][0]) == (0, count - 1)
    assert groups["median"]
    assert all(len(set(group)) == len(group) <= 3 for group in groups.values() if count < 4)


@pytest.mark.parametrize(
    ("summaries", "judge"),
    [
        (
            {
                "telea": summary(0.1, trained=False),
                "weak": summary(0.9),
                "strong": summary(0.5),
                "strong:zeroed": summary(0.2, control="zeroed"),
            },
            "strong",
        ),
        (
            {
                "copy": summary(0.5, trained=False),
                "copy:zeroed": summary(0.1, trained=False, control="zeroed"),
            },
            "copy",
        ),
    ],
)
def test_the_best_trained_method_decides_and_never_a_control(summaries, judge):
    errors = {name: np.arange(3) / 10 for name in summaries}
    judges = {case["sorted_by"] for case in cases.choose_cases(summaries, errors)}
    assert judges == {None, judge}


def test_failures_name_the_worst_images_of_trained_methods():
    summaries = {"gan": summary(0.5), "telea": summary(0.1, trained=False)}
    errors = {"gan": np.array([0.1, 0.4, 0.1]), "telea": np.array([9.0, 9.0, 9.0])}
    failures = cases.name_failures(summaries, errors, ["a", "b", "c"])
    assert {each.method for each in failures} == {"gan"}
    assert failures[0].name == "b"
    assert failures[0].reason == "L1 in the hole 0.400, 2.0 times the method's mean"


def test_pictures_show_what_was_measured(methods, batch, load_people, tmp_path):
    named = with_controls({**methods, "reference": methods["copy"]}, ["zeroed"])
    named["odd/name"] = dataclasses.replace(methods["grey"])
    example = keep_open_eyes(batch)
    errors = {name: np.arange(6) / 10 for name in named}
    chosen = [{"group": "worst", "index": 4, "sorted_by": "copy"}]
    written = cases.write_cases(chosen, load_people(4), named, masked_l1=errors, directory=tmp_path)
    (case,) = msgspec.to_builtins(written)
    assert case["name"] == example["name"][4].decode()
    assert case["identity"] == example["identity"][4].decode()
    assert case["masked_l1"] == dict.fromkeys(["grey", "copy", "reference", "odd/name"], 0.4)
    pictures = dict(case["pictures"])
    filled = pictures.pop("methods")
    assert filled.keys() == case["masked_l1"].keys()
    assert len({*pictures.values(), *filled.values()}) == 7
    one = {key: value[4:5] for key, value in example.items()}
    expected = {
        pictures["original"]: one["image"],
        pictures["reference"]: one["reference"],
        pictures["masked"]: one["image"] * (one["mask"] == 0),
        filled["reference"]: methods["copy"].inpainter(one),
        filled["grey"]: methods["grey"].inpainter(one),
    }
    for path, image in expected.items():
        np.testing.assert_array_equal(images.read_photo(tmp_path / path), images.to_photo(image[0]))


def test_the_eye_region_holds_both_boxes_and_stays_inside(batch, methods, load_people, tmp_path):
    chosen = [{"group": "first", "index": index, "sorted_by": None} for index in range(6)]
    errors = {name: np.zeros(6) for name in methods}
    written = cases.write_cases(
        chosen, load_people(7), methods, masked_l1=errors, directory=tmp_path
    )
    for case, boxes in zip(written, keep_open_eyes(batch)["eye_boxes"], strict=True):
        start, size = np.split(np.array(case.eye_region), 2)
        assert (start >= 0).all()
        assert (start + size <= 64).all()
        assert (start <= boxes[:, :2]).all()
        assert (boxes[:, :2] + boxes[:, 2:] <= start + size).all()
