import errno
import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys
from typing import Annotated

import msgspec
import pytest

from exgan_tf import files

MADE_BY = {"tool": "maker", "parameters": {"seed": 1}}


def make(directory, *, overwrite=False, text="done", **made_by):
    with files.staged_directory(directory, overwrite=overwrite, **{**MADE_BY, **made_by}) as work:
        (work / "result.txt").write_text(text)


class StoppedError(Exception):
    pass


def stop_midway(directory, **made_by):
    made_by = {**MADE_BY, **made_by}
    with pytest.raises(StoppedError), files.staged_directory(directory, **made_by) as work:
        (work / "half.txt").write_text("half")
        raise StoppedError


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), OSError("no number"), KeyboardInterrupt("Ctrl-C")],
)
def test_a_file_that_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(type(error), match=re.escape(str(error))):
        files.write_bytes(tmp_path / "a.bin", b"abc")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    code = (
        "import resource, signal, sys\n"
        "from exgan_tf import files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "files.write_bytes(sys.argv[1], b'x' * 5000)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert f"File too large: '{path}'" in run.stderr
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "a.bin").symlink_to(tmp_path / "disk" / "b.bin")
    for data in (b"new", b"newer"):
        files.write_bytes(tmp_path / "a.bin", data)
        assert (tmp_path / "a.bin").is_symlink()
        assert (tmp_path / "disk" / "b.bin").read_bytes() == data
    assert os.listdir(tmp_path / "disk") == ["b.bin"]


def test_written_files_have_the_users_usual_permissions(tmp_path):
    files.write_bytes(tmp_path / "a.bin", b"abc")
    (tmp_path / "b.bin").touch()
    assert (tmp_path / "a.bin").stat().st_mode == (tmp_path / "b.bin").stat().st_mode


def test_json_that_is_not_finite_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_json_is_for_people_too_whatever_files_are_called(tmp_path):
    files.write_json(tmp_path / "a.json", {"name": "José \udcff"})
    assert '"José \\udcff"' in (tmp_path / "a.json").read_text(encoding="utf-8")
    assert files.read_json(tmp_path / "a.json") == {"name": "José \udcff"}


BROKEN = ["", "{", "[1,", "[" * 100_000, '{"a": 1}}', "1" * 6000]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:10])
def test_a_broken_json_is_named(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="broken.json is not valid JSON"):
        files.read_json(path)


def test_a_json_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "binary.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="cannot read .*binary.json"):
        files.read_json(path)


class Measures(msgspec.Struct):
    methods: dict[str, dict[str, float]]
    steps: list[Annotated[int, msgspec.Meta(ge=1)]]


def test_a_typed_file_is_read(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(path, {"methods": {"a": {"l1": 0.5}}, "steps": [1, 2]})
    assert files.read_typed(path, Measures) == Measures({"a": {"l1": 0.5}}, [1, 2])


@pytest.mark.parametrize(
    ("methods", "steps", "message"),
    [
        ({"a": {"l1": 1, "l2": "x"}, "b": {}}, [], "methods.a.l2 is 'x': Expected"),
        ({"a": {}, "b": {}, "c": {"k": 1, "l": "x", "m": 1}}, [], "methods.c.l is 'x': Expected"),
        ({"a": {"l1": 1}, "b": {"l1": 1}, "c": 3}, [], "methods.c is 3: Expected"),
        ({}, [1] * 11 + [0] + [1] * 8, r"steps\[11\] is 0: Expected"),
        ({"k" * 60: {}, "m" * 61: "y"}, [], f"methods.{'m' * 60}... is 'y'"),
        ({"k" * 60: "y"}, [], f"methods.{'k' * 60} is 'y'"),
        ("z" * 78, [], f"methods is '{'z' * 78}': "),
        ("z" * 79, [], f"methods is '{'z' * 79}...: "),
    ],
)
def test_what_does_not_fit_a_type_is_named(methods, steps, message):
    with pytest.raises(ValueError, match=f"^the source: {message}"):
        files.convert({"methods": methods, "steps": steps}, Measures, source="the source")


def test_of_many_keys_the_one_at_fault_is_found_in_few_steps(monkeypatch):
    convert, calls = msgspec.convert, []
    monkeypatch.setattr(msgspec, "convert", lambda *given: calls.append(given) or convert(*given))
    methods = {**{f"key {number}": {} for number in range(1000)}, "last": 1}
    with pytest.raises(ValueError, match="methods.last is 1: Expected"):
        files.convert({"methods": methods, "steps": []}, Measures, source="the source")
    assert len(calls) < 20


def test_a_file_of_another_type_is_named(tmp_path):
    files.write_json(tmp_path / "a.json", 3)
    with pytest.raises(ValueError, match=r"a.json: the file is 3: Expected"):
        files.read_typed(tmp_path / "a.json", Measures)


def test_a_checksum_is_of_the_whole_file(tmp_path):
    data = bytes(range(256)) * 10_000
    (tmp_path / "a.bin").write_bytes(data)
    assert files.checksum(tmp_path / "a.bin") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("error", "expected"),
    [(OSError(errno.ENOSPC, ""), True), (OSError(errno.ENOENT, ""), False), (ValueError(), False)],
)
def test_errors_of_the_disk_are_told_from_others(error, expected):
    assert files.is_disk_error(error) is expected


@pytest.mark.parametrize("name", ["out", "not/yet/there", "empty"])
def test_a_finished_directory_holds_the_work_and_says_how_it_was_made(tmp_path, name):
    (tmp_path / "empty").mkdir()
    make(tmp_path / name)
    assert (tmp_path / name / "result.txt").read_text() == "done"
    provenance = json.loads((tmp_path / name / "provenance.json").read_text())
    assert provenance["tool"] == "maker"
    assert provenance["parameters"] == {"seed": 1}


def test_the_same_command_goes_on_with_unfinished_work(tmp_path):
    stop_midway(tmp_path / "out")
    assert os.listdir(tmp_path) == ["out.partial"]
    make(tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["half.txt", "provenance.json", "result.txt"]
    assert os.listdir(tmp_path) == ["out"]


def test_half_written_files_of_a_killed_process_do_not_get_into_the_result(tmp_path):
    stop_midway(tmp_path / "out")
    (tmp_path / "out.partial" / "photos").mkdir()
    (tmp_path / "out.partial" / "photos" / ".0123.tmp").write_text("ha")
    make(tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_another_command_does_not_mix_with_unfinished_work(tmp_path):
    stop_midway(tmp_path / "out", parameters={"seed": 2})
    (tmp_path / "out.partial" / "photos" / "deeper").mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    (tmp_path / "out.partial" / "link").symlink_to(tmp_path / "mine")
    make(tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["provenance.json", "result.txt"]
    assert os.listdir(tmp_path / "mine") == ["thesis.txt"]


def test_a_finished_directory_is_not_made_twice(tmp_path):
    make(tmp_path / "out")
    with pytest.raises(files.AlreadyCompleteError, match="complete already"):
        make(tmp_path / "out", text="again")
    assert (tmp_path / "out" / "result.txt").read_text() == "done"
    assert os.listdir(tmp_path) == ["out"]


def test_another_result_is_replaced_as_a_whole_and_only_when_asked(tmp_path):
    make(tmp_path / "out")
    (tmp_path / "out" / "old.txt").touch()
    with pytest.raises(ValueError, match="--overwrite"):
        make(tmp_path / "out", parameters={"seed": 2})
    assert (tmp_path / "out" / "old.txt").exists()
    make(tmp_path / "out", parameters={"seed": 2}, overwrite=True)
    assert sorted(os.listdir(tmp_path / "out")) == ["provenance.json", "result.txt"]
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize("provenance", [None, "[]", "3", "{}", '{"tool": "other"}'])
def test_the_users_own_folder_is_never_replaced(tmp_path, provenance):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    if provenance:
        (tmp_path / "out" / "provenance.json").write_text(provenance)
    with pytest.raises(ValueError, match="was not made by this tool"):
        make(tmp_path / "out", overwrite=True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_the_users_own_folder_in_the_way_of_the_work_is_kept(tmp_path):
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="in the way"):
        make(tmp_path / "out")
    assert (tmp_path / "out.partial" / "thesis.txt").exists()


def test_what_appears_in_the_place_of_the_result_meanwhile_is_kept(tmp_path):
    def make_while_somebody_else_does():
        with files.staged_directory(tmp_path / "out", **MADE_BY) as work:
            (work / "result.txt").write_text("done")
            (tmp_path / "out").mkdir()
            (tmp_path / "out" / "thesis.txt").write_text("mine")

    with pytest.raises(ValueError, match="exists"):
        make_while_somebody_else_does()
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_through_a_link_the_result_lies_where_the_link_leads(tmp_path):
    (tmp_path / "disk" / "big").mkdir(parents=True)
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "big")
    make(tmp_path / "out")
    assert (tmp_path / "disk" / "big" / "result.txt").exists()
    assert (tmp_path / "out").is_symlink()
    assert os.listdir(tmp_path / "disk") == ["big"]


@pytest.mark.parametrize("inner", ["", "inner", ".."])
def test_output_and_input_must_lie_apart(tmp_path, inner):
    (tmp_path / "data").mkdir()
    with pytest.raises(ValueError, match="inside each other"):
        files.check_apart(tmp_path / "data", tmp_path / "data" / inner)


def test_a_fingerprint_tells_of_new_and_changed_files(tmp_path):
    path = tmp_path / "a.jpg"
    prints = [files.fingerprint([]), files.fingerprint([path])]
    for text in ("one", "three"):
        path.write_text(text)
        prints.append(files.fingerprint([path]))
    assert len(set(prints)) == 4
    assert files.fingerprint([path]) == prints[-1]


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(ValueError, match="is a file"):
        make(tmp_path / "out")


def test_two_processes_do_not_make_the_same_directory(tmp_path):
    with (
        files.staged_directory(tmp_path / "out", **MADE_BY),
        pytest.raises(ValueError, match="another process"),
        files.staged_directory(tmp_path / "out", **MADE_BY),
    ):
        pass


def test_a_helping_process_finds_the_directory_that_is_worked_in(tmp_path):
    out = tmp_path / "out"
    assert files.find_staged(out, **MADE_BY) is None
    with files.staged_directory(out, **MADE_BY) as work:
        assert files.find_staged(out, **MADE_BY) == work
        assert files.find_staged(out, tool="maker", parameters={"seed": 2}) is None
    with pytest.raises(files.AlreadyCompleteError):
        files.find_staged(out, **MADE_BY)


@pytest.mark.parametrize(
    ("moved", "message"), [("finished", "complete already"), ("out.partial", "another process")]
)
def test_another_process_may_end_before_the_lock_is_had(tmp_path, monkeypatch, moved, message):
    make(tmp_path / "finished")
    lock = fcntl.flock

    def lock_late(*arguments):
        (tmp_path / moved).rename(tmp_path / "out")
        lock(*arguments)

    monkeypatch.setattr(fcntl, "flock", lock_late)
    with (
        pytest.raises(ValueError, match=message),
        files.staged_directory(tmp_path / "out", **MADE_BY),
    ):
        pytest.fail("the work was begun")


def test_what_the_work_raises_does_not_speak_of_another_process(tmp_path):
    with pytest.raises(BlockingIOError), files.staged_directory(tmp_path / "out", **MADE_BY):
        raise BlockingIOError
