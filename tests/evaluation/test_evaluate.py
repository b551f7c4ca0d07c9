"""The whole evaluation of three drawn people, with dlib's descriptors, done once."""

import csv
import dataclasses
import datetime
import importlib

import msgspec
import numpy as np
import pytest
import tensorflow as tf

import exgan_tf
from exgan_tf import evaluation, inpainters
from exgan_tf.evaluation import EvaluationOptions, Method, measures, with_controls

OPTIONS = EvaluationOptions(batch_size=4)


def evaluate(*arguments, **options):
    """What the file says, as JSON values."""
    return msgspec.to_builtins(evaluation.evaluate(*arguments, **options))


class FakeInception(tf.Module):
    """Says of each image its mean colour, in the shapes of TF-GAN's network."""

    @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3])])
    def __call__(self, images):
        mean = tf.reduce_mean(images, [1, 2], keepdims=True)
        return {"pool_3": mean, "logits": 4 * mean[:, 0, 0]}


class PalerReference(inpainters.Inpainter):
    """Fills with what lies at the same place of the reference, halfway to grey."""

    input_names = ("image", "mask", "reference")

    def _fill(self, example):
        return example["reference"] / 2


@pytest.fixture(scope="module")
def chosen(methods) -> dict:
    """The cheap methods, and one that passes for trained."""
    trained = Method(
        PalerReference(),
        kind="reference",
        description="reference, step 7",
        source="runs/reference",
        step=7,
        checkpoint="best",
    )
    return with_controls({**methods, "reference": trained}, ["stranger"])


@pytest.fixture(scope="module")
def evaluated(chosen, people_dir, tmp_path_factory):
    """What the evaluation returned, and its folder."""
    directory = tmp_path_factory.mktemp("evaluated") / "out"
    result = evaluate(chosen, people_dir, directory, options=OPTIONS, command=["--seed=0"])
    return result, directory


@pytest.fixture(scope="module")
def rows(evaluated) -> list:
    with open(evaluated[1] / "per_image.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_says_who_made_it(evaluated):
    made = evaluated[0]["made_by"]
    assert (made["tool"], made["version"]) == ("evaluate", exgan_tf.__version__)
    assert made["flags"] == ["--seed=0"]
    assert made["versions"].keys() == {"tensorflow", "numpy", "python"}
    created = datetime.datetime.strptime(made["created"], "%Y-%m-%dT%H:%M:%SZ")
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    assert abs(now - created) < datetime.timedelta(minutes=10)


def test_the_data_are_counted(evaluated):
    data = evaluated[0]["data"]
    counts = [data[key] for key in ("num_images", "num_identities", "num_left_out", "image_size")]
    assert counts == [6, 3, 1, 64]


def test_methods_stand_in_order_with_where_they_come_from(evaluated):
    methods = evaluated[0]["methods"]
    assert list(methods) == ["grey", "copy", "copy:stranger", "reference", "reference:stranger"]
    reference = methods["reference"]
    assert (reference["trained"], reference["step"], reference["checkpoint"]) == (True, 7, "best")
    assert methods["copy"]["trained"] is False


def test_means_are_those_of_the_images_in_the_table(evaluated, rows):
    for name, method in evaluated[0]["methods"].items():
        own = [row for row in rows if row["method"] == name]
        assert len(own) == method["num_images"] == 6
        for measure in measures.PER_IMAGE:
            values = np.array([float(row[measure]) for row in own])
            mean = np.exp(np.log(values).mean()) if measure == "detail_energy" else values.mean()
            assert method[measure] == pytest.approx(mean, rel=1e-12)
            low, high = method["intervals"][measure]
            assert low - 1e-9 <= method[measure] <= high + 1e-9


def test_the_table_pairs_photographs_as_published(rows, batch):
    pairs = {
        (name.decode(), reference.decode())
        for name, reference, closed in zip(
            batch["name"], batch["reference_name"], batch["eyes_closed"], strict=True
        )
        if not closed
    }
    assert {(row["name"], row["reference_name"]) for row in rows} == pairs


def test_a_filled_face_is_nearer_to_itself_than_strangers_are(evaluated):
    methods = evaluated[0]["methods"]
    assert 0 < methods["copy"]["identity_to_truth"] < 0.6
    assert methods["copy"]["identity_to_truth"] < methods["copy"]["identity_to_reference"]


def test_without_inception_fid_is_null_with_its_reason(evaluated):
    result, _ = evaluated
    assert result["inception"]["available"] is False
    for method in result["methods"].values():
        for name in ("fid", "eye_fid", "inception_score"):
            assert method[name] is None
            assert "no Inception network was asked for" in method["notes"][name]
        assert method["face_descriptor_frechet_distance"] > 0


def test_few_people_and_samples_are_warned_of(evaluated):
    warnings = evaluated[0]["warnings"]
    assert "with only 3 people they are too narrow" in warnings[0]
    assert any("6 samples of 128 features" in warning for warning in warnings)


def test_all_pictures_are_there(evaluated):
    result, directory = evaluated
    for case in result["cases"]:
        inputs = dict(case["pictures"])
        filled = inputs.pop("methods")
        assert inputs.keys() == {"original", "masked", "reference"}
        assert filled.keys() == {"grey", "copy", "reference"}
        for path in (*inputs.values(), *filled.values()):
            assert (directory / path).is_file()


def test_processes_change_no_number(evaluated, methods, people_dir, tmp_path):
    options = msgspec.structs.replace(OPTIONS, num_workers=2)
    result = evaluate({"copy": methods["copy"]}, people_dir, tmp_path / "out", options=options)
    (again, before) = (each["methods"]["copy"] for each in (result, evaluated[0]))
    assert {**again, "seconds_per_image": 0} == {**before, "seconds_per_image": 0}


@pytest.mark.usefixtures("quick_descriptors")
def test_a_network_that_cannot_be_had_stops_nothing(methods, people_dir, tmp_path):
    options = msgspec.structs.replace(OPTIONS, inception=str(tmp_path / "nothing"), image_size=32)
    result = evaluate(methods, people_dir, tmp_path / "out", options=options)
    assert "neither a folder" in result["inception"]["reason"]
    assert result["methods"]["grey"]["notes"]["fid"] == result["inception"]["reason"]
    assert result["data"]["image_size"] == 32
    assert "records 64 pixels, measured at 32" in result["protocol"]["resize"]


@pytest.fixture(scope="module")
def on_central(methods, people_dir, tmp_path_factory, quick_descriptors) -> dict:
    """Measured with a local Inception network, under another mask than some were trained on."""
    directory = tmp_path_factory.mktemp("central")
    tf.saved_model.save(FakeInception(), str(directory / "inception"))
    trained = {
        f"on_{mask}": dataclasses.replace(methods["copy"], kind="reference", mask=mask)
        for mask in ("eyes", "central")
    }
    options = msgspec.structs.replace(
        OPTIONS, mask="central", inception=str(directory / "inception")
    )
    chosen = with_controls({**methods, **trained}, ["zeroed"])
    return evaluate(chosen, people_dir, directory / "out", options=options)


def test_a_local_network_gives_fid(on_central):
    assert on_central["inception"]["available"] is True
    assert "antialias" in on_central["inception"]["resize"]
    for method in on_central["methods"].values():
        assert method["fid"] > 0
        assert method["eye_fid"] > 0
        assert 1 <= method["inception_score"] <= 3
        assert "fid" not in method["notes"]


def test_the_mask_is_measured_and_named(evaluated, on_central):
    for result, mask, said in (
        (evaluated[0], "eyes", "the eye boxes of the records"),
        (on_central, "central", "central, which hides"),
    ):
        assert result["data"]["mask"] == mask
        assert said in result["protocol"]["mask"]
        for method in result["methods"].values():
            # Over the entire image the hole counts by its share.
            assert 0 < method["l1"] < method["masked_l1"]


def test_a_method_trained_on_another_mask_is_named(on_central):
    told = [warning for warning in on_central["warnings"] if "trained" in warning]
    assert told == ["on_eyes was trained on the mask eyes, but is measured on central"]
    assert on_central["methods"]["on_eyes"]["mask"] == "eyes"
    assert on_central["methods"]["grey"]["mask"] is None


def test_an_unknown_mask_is_refused(methods, people_dir, tmp_path):
    options = msgspec.structs.replace(OPTIONS, mask="nose")
    with pytest.raises(ValueError, match="mask is 'nose'; expected one of eyes, box"):
        evaluate(methods, people_dir, tmp_path / "out", options=options)
    assert not list(tmp_path.iterdir())


def test_closed_eyes_alone_are_nothing_to_measure(methods, people_dir, tmp_path, monkeypatch):
    def load_closed(*arguments, **options):
        examples = load_dataset(*arguments, **options)
        return examples.map(
            lambda batch: {**batch, "eyes_closed": tf.ones_like(batch["eyes_closed"])}
        )

    module = importlib.import_module("exgan_tf.evaluation.evaluate")
    load_dataset = module.load_dataset
    monkeypatch.setattr(module, "load_dataset", load_closed)
    with pytest.raises(ValueError, match="no photograph with open eyes"):
        evaluate(methods, people_dir, tmp_path / "out", options=OPTIONS)
    assert not (tmp_path / "out").exists()
