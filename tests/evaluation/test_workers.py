"""Several workers share an evaluation, and what one of them makes alone comes out."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import msgspec
import numpy as np
import pytest

from exgan_tf import evaluation, files, inpainters
from exgan_tf.evaluation import (
    ConsistencyOptions,
    EvaluationOptions,
    Worker,
    benchmark,
    choose_methods,
    with_controls,
)
from exgan_tf.evaluation import parts as parts_module
from exgan_tf.evaluation.parts import ALONE, Part, Parts

OPTIONS = EvaluationOptions(batch_size=1)  # In parts of two images: four parts of seven.
NAMES = ("worker 0 (here:1)", "worker 1 (there:2)")
# The command, with parts so small that there are some for each.
SCRIPT = """
from exgan_tf.cli import entry, evaluate
from exgan_tf.evaluation import benchmark
benchmark._PART_IMAGES = 2
entry.run(evaluate.main)
"""
PART = Part({"name": ["a"]}, [{"l1": [0.1]}], [[(1.0, 1, True)]], 0, 64)


class CountImages(inpainters.MeanColor):
    num_filled = 0

    def _fill(self, example):
        self.num_filled += len(example["mask"])
        return super()._fill(example)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(benchmark, "_PART_IMAGES", 2)


@pytest.fixture
def evaluate(people_dir, tmp_path, methods):
    """Returns a function that evaluates into a folder, by default as the only worker."""
    controlled = with_controls(methods, ["stranger"])

    def evaluate(directory, *, methods=controlled, worker=ALONE, options=OPTIONS, **how):
        return evaluation.evaluate(
            methods, people_dir, tmp_path / directory, options=options, worker=worker, **how
        )

    return evaluate


def make_parts(work_dir, *, evaluation="this", worker=ALONE, setting=""):
    (work_dir / parts_module.FOLDER).mkdir(exist_ok=True)
    return Parts(work_dir, worker, evaluation=evaluation, setting=setting)


def read_all(directory: pathlib.Path) -> dict:
    """Every file of an evaluation, but for date and times."""
    written = {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
    result = json.loads(written.pop("evaluation.json"))
    del result["made_by"]["created"]
    for method in result["methods"].values():
        assert method.pop("seconds_per_image") > 0
    return {**written, "evaluation.json": result}


def test_two_processes_write_what_one_does(people_dir, evaluate, tmp_path):
    methods = with_controls(choose_methods([], untrained=["transplant"]), ["stranger"])
    evaluate("alone", methods=methods)
    config = {"cluster": {"worker": ["here:1", "there:2"]}, "task": {"type": "worker", "index": 1}}
    command = [sys.executable, "-c", SCRIPT, f"--records={people_dir}", "--inception="]
    command += ["--untrained=transplant", "--controls=stranger", "--batch_size=1"]
    command += [f"--output_dir={tmp_path}/shared", "--worker_wait=100", "--num_workers=1"]
    with subprocess.Popen(
        command,
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as other:
        evaluate("shared", methods=methods, worker=Worker(0, NAMES, 100))
        said, _ = other.communicate()
    assert said.splitlines() == [
        "waiting for worker 0 (here:1), 100 seconds at most",
        f"done: worker 0 (here:1) writes {tmp_path}/shared",
    ]
    assert other.returncode == 0
    assert read_all(tmp_path / "shared") == read_all(tmp_path / "alone")
    with pytest.raises(files.AlreadyCompleteError):  # Too late, there is nothing left to do.
        evaluate("shared", methods=methods, worker=Worker(1, NAMES, 0.1))


@pytest.mark.usefixtures("quick_descriptors")
def test_who_does_not_come_is_named_and_what_is_measured_is_kept(evaluate, tmp_path, methods):
    counting = CountImages()
    counted = {"grey": dataclasses.replace(methods["grey"], inpainter=counting)}
    with pytest.raises(TimeoutError, match=r"nothing came from worker 1 \(there:2\) for 0.1 sec"):
        evaluate("shared", methods=counted, worker=Worker(0, NAMES, 0.1))
    assert counting.num_filled == 4  # And a closed one, and one of the other's.
    assert evaluate("shared", methods=counted).data.num_images == 6
    assert counting.num_filled == 2 * 6  # Once more for the pictures.
    assert not (tmp_path / "shared" / "parts").exists()


@pytest.mark.usefixtures("quick_descriptors")
def test_nothing_of_another_evaluation_is_taken(evaluate, tmp_path):
    first, second = (Worker(number, NAMES, 0.1) for number in range(2))
    with pytest.raises(TimeoutError, match="worker 0"):
        evaluate("shared", worker=second)
    with pytest.raises(TimeoutError, match="worker 1"):
        evaluate("shared", worker=first)
    with pytest.raises(TimeoutError, match="worker 0 .* the same command"):
        evaluate("shared", worker=second, options=msgspec.structs.replace(OPTIONS, seed=1))
    make_parts(tmp_path / "shared.partial", evaluation="another").write(1, PART, {})
    for worker in (first, second, ALONE):
        with pytest.raises(ValueError, match="00001.part was measured with other flags"):
            evaluate("shared", worker=worker)


@pytest.mark.usefixtures("quick_descriptors")
def test_methods_in_another_order_make_another_evaluation(evaluate, tmp_path, methods):
    first, second = (Worker(number, NAMES, 0.1) for number in range(2))
    counting = CountImages()
    copy, grey = methods["copy"], dataclasses.replace(methods["grey"], inpainter=counting)
    turned = {"copy": copy, "grey": grey}
    with pytest.raises(TimeoutError, match="worker 1"):
        evaluate("shared", methods={"grey": grey, "copy": copy}, worker=first)
    with pytest.raises(TimeoutError, match="worker 0 .* the same command"):
        evaluate("shared", methods=turned, worker=second)
    assert len(list((tmp_path / "shared.partial" / "parts").glob("*.part"))) == 2
    counting.num_filled = 0
    assert list(evaluate("shared", methods=turned).methods) == ["copy", "grey"]
    assert counting.num_filled == 2 * 6  # All anew, and once more for the pictures.
    with pytest.raises(ValueError, match="not the result of this very command"):
        evaluate("shared", methods=methods)


@pytest.mark.usefixtures("quick_descriptors")
@pytest.mark.parametrize(("moment", "num_filled"), [("is_own", 0), ("write", 2)])
def test_a_worker_without_whom_the_first_is_done_ends_well(
    evaluate, tmp_path, methods, monkeypatch, moment, num_filled
):
    counting = CountImages()
    counted = {"grey": dataclasses.replace(methods["grey"], inpainter=counting)}
    with pytest.raises(TimeoutError, match="worker 1"):
        evaluate("shared", methods=counted, worker=Worker(0, NAMES, 0.1))
    counting.num_filled = 0
    do = getattr(Parts, moment)

    def finish_and_do(*arguments):
        if (tmp_path / "shared.partial").exists():
            (tmp_path / "shared.partial").rename(tmp_path / "shared")
        return do(*arguments)

    monkeypatch.setattr(Parts, moment, finish_and_do)
    assert evaluate("shared", methods=counted, worker=Worker(1, NAMES, 0.1)) is None
    assert counting.num_filled == num_filled


def test_consistency_is_not_shared(evaluate):
    with pytest.raises(ValueError, match="consistency cannot be shared"):
        evaluate("shared", worker=Worker(1, NAMES, 0.1), options=ConsistencyOptions())


@pytest.mark.usefixtures("quick_descriptors")
def test_several_workers_need_the_network_that_was_asked_for(evaluate):
    options = msgspec.structs.replace(OPTIONS, inception="/nowhere")
    with pytest.raises(
        ValueError, match="with several workers each needs the network.* --inception="
    ):
        evaluate("shared", worker=Worker(0, NAMES, 0.1), options=options)


def test_what_is_damaged_or_of_another_setting_is_measured_anew(tmp_path):
    parts = make_parts(tmp_path)
    assert parts.find(0) is None
    parts.write(0, PART, {"face": np.full([1, 128], 1.5)})
    assert parts.find(0) == PART
    np.testing.assert_array_equal(parts.load(0, "face"), np.full([1, 128], 1.5))
    assert make_parts(tmp_path, setting="Inception").find(0) is None
    path = tmp_path / "parts" / "00000.part"
    whole = path.read_bytes()
    number = np.array(1.5).tobytes()
    assert number in whole
    for damaged in (b"", whole[:9], whole[:-9], whole.replace(number, bytes(8), 1)):
        path.write_bytes(damaged)
        assert parts.find(0) is None


def test_a_slow_worker_is_waited_for_as_long_as_it_lives(tmp_path, monkeypatch):
    monkeypatch.setattr(parts_module, "_SIGN_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(parts_module, "_LOOK_EVERY_SECONDS", 0.05)
    first, second = (make_parts(tmp_path, worker=Worker(number, NAMES, 0.5)) for number in range(2))

    def work():
        with second.signs_of_life():
            time.sleep(1.5)
            second.write(1, PART, {})

    thread = threading.Thread(target=work)
    thread.start()
    assert first.wait_for(1) == PART
    thread.join()
