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
TABLES = ("per_image.csv", "provenance.json")
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
    def evaluate(*, overwrite=False, **changes):
        options = msgspec.structs.replace(OPTIONS[protocol], **changes)
        return evaluation.evaluate(
            methods, people_dir, tmp_path / "out", options=options, overwrite=overwrite
        )

    result = evaluate()
    path = tmp_path / "out" / f"{protocol}.json"
    assert files.read_typed(path, type(result)) == result
    assert "with only 3 people they are too narrow" in result.warnings[0]
    written = path.stat().st_mtime_ns
    # On the number of workers no number depends.
    workers = {"num_workers": 2} if protocol == "evaluation" else {}
    with pytest.raises(files.AlreadyCompleteError):
        evaluate(**workers)
    for changes in ({"seed": 1}, {"batch_size": 3}):
        with pytest.raises(ValueError, match="pass --overwrite"):
            evaluate(**changes)
    assert path.stat().st_mtime_ns == written
    copies = {name: path.with_name(name).read_bytes() for name in TABLES}
    assert without_time(evaluate(overwrite=True)) == without_time(result)
    assert path.stat().st_mtime_ns > written
    assert copies == {name: path.with_name(name).read_bytes() for name in TABLES}


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


@EVERY_PROTOCOL
def test_the_documentation_names_every_key(protocol):
    text = (DOCS / f"{protocol}.md").read_text()
    _, kinds = msgspec.json.schema_components([results.Evaluation])
    names = []
    if protocol == "consistency":
        _, own = msgspec.json.schema_components([results.Consistency])
        kinds = {name: kind for name, kind in own.items() if name not in kinds}
        names = [*METRICS, *MASK_NAMES]
    for kind in kinds.values():
        names += kind.get("properties", ())
    assert len(names) > 20
    assert not [name for name in names if f"`{name}`" not in text]
