"""What is true of the benchmark and of consistency alike: how a result is written, and where."""

import dataclasses
import json
import pathlib
import shutil

import msgspec
import pytest

from exgan_tf import evaluation, files
from exgan_tf.evaluation import ConsistencyOptions, EvaluationOptions, results
from exgan_tf.evaluation.consistency_measurement import MASK_NAMES, METRICS

DOCS = pathlib.Path(__file__).parents[2] / "docs"
OPTIONS = {
    "evaluation": EvaluationOptions(batch_size=4),
    "consistency": ConsistencyOptions(batch_size=4),
}
EVERY_PROTOCOL = pytest.mark.parametrize("protocol", OPTIONS)
pytestmark = pytest.mark.usefixtures("quick_descriptors")


def without_time(result):
    """What is the same each time: all but the date and how long filling took."""
    result = json.loads(json.dumps(msgspec.to_builtins(result)))
    del result["made_by"]["created"]
    for method in result["methods"].values():
        for numbers in (method, *method.get("by_mask", {}).values()):
            del numbers["seconds_per_image"]
    return result


@EVERY_PROTOCOL
def test_a_result_is_written_and_neither_repeated_nor_replaced_unasked(
    protocol, methods, people_dir, tmp_path
):
    def evaluate(directory, **changes):
        options = msgspec.structs.replace(OPTIONS[protocol], **changes)
        return evaluation.evaluate(methods, people_dir, tmp_path / directory, options=options)

    result = evaluate("out")
    path = tmp_path / "out" / f"{protocol}.json"
    written = files.read_json(path)
    assert written == json.loads(json.dumps(msgspec.to_builtins(result)))
    assert "of 3 they come out too narrow" in result.warnings[0]
    before = path.stat().st_mtime_ns
    with pytest.raises(files.AlreadyCompleteError):
        evaluate("out")
    for changes in ({"seed": 1}, {"batch_size": 3}):
        with pytest.raises(ValueError, match="pass --overwrite"):
            evaluate("out", **changes)
    assert path.stat().st_mtime_ns == before
    assert without_time(evaluate("again")) == without_time(result)
    for name in ("per_image.csv", "provenance.json"):
        copies = [(tmp_path / folder / name).read_bytes() for folder in ("out", "again")]
        assert copies[0] == copies[1]


@EVERY_PROTOCOL
@pytest.mark.parametrize("output", ["records", "records/out", ".", "model"])
def test_what_is_measured_on_or_measured_is_never_replaced(
    protocol, methods, people_dir, tmp_path, output
):
    copy = shutil.copytree(people_dir, tmp_path / "records")
    trained = dataclasses.replace(methods["grey"], source=str(tmp_path / "model"))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match="lie inside each other"):
        evaluation.evaluate(
            {"own": trained}, copy, tmp_path / output, options=OPTIONS[protocol], overwrite=True
        )
    assert sorted(tmp_path.rglob("*")) == before


@EVERY_PROTOCOL
def test_a_split_without_photographs_is_named(protocol, methods, people_dir, tmp_path):
    options = msgspec.structs.replace(OPTIONS[protocol], split="validation")
    with pytest.raises(ValueError, match="validation"):
        evaluation.evaluate(methods, people_dir, tmp_path / "out", options=options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("page", "kinds", "further"),
    [
        (
            "evaluation.md",
            (
                results.MadeBy,
                results.Data,
                results.Published,
                results.PublishedRow,
                results.Evaluation,
                results.Inception,
                results.MethodResult,
                results.Comparison,
                results.Case,
                results.Pictures,
                results.Failure,
            ),
            (),
        ),
        (
            "consistency.md",
            (
                results.Consistency,
                results.ConsistencyResult,
                results.PairwiseErrors,
                results.MaskMeasures,
                results.MaskShare,
                results.Sheets,
            ),
            (*METRICS, *MASK_NAMES),
        ),
    ],
)
def test_the_documentation_names_every_key(page, kinds, further):
    text = (DOCS / page).read_text()
    names = [name for kind in kinds for name in kind.__struct_fields__]
    assert not [name for name in (*names, *further) if f"`{name}`" not in text]
