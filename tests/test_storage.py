"""Remote files, of TensorFlow's file system in memory: whatever it can, gs:// and the like can."""

import pathlib

import pytest

from exgan_tf import files, images, storage
from exgan_tf.celeb_id import alignment
from exgan_tf.data import records
from exgan_tf.data.input import load_dataset
from exgan_tf.storage import RemotePath

MADE_BY = {"tool": "maker", "parameters": {"seed": 1}}


@pytest.fixture
def remote(tmp_path):
    """An empty remote folder."""
    return storage.to_path(f"ram:/{tmp_path}")


def copy_tree(source, target):
    for path in source.rglob("*"):
        if path.is_file():
            copied = target
            for part in path.relative_to(source).parts:
                copied = copied / part
            copied.parent.mkdir(parents=True, exist_ok=True)
            files.write_bytes(copied, path.read_bytes())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def make(directory, *, overwrite=False, **made_by):
    with files.staged_directory(directory, overwrite=overwrite, **{**MADE_BY, **made_by}) as work:
        files.write_bytes(work / "result.txt", b"done")


def stop_midway(directory):
    with files.staged_directory(directory, **MADE_BY) as work:
        files.write_bytes(work / "half.txt", b"half")
        files.write_bytes(work / ".0123.tmp", b"ha")
        raise InterruptedError


def test_only_urls_are_remote():
    assert storage.to_path("/a/b") == pathlib.Path("/a/b")
    assert storage.to_path("gs://a/b/") == RemotePath("gs://a/b")
    assert storage.to_path(RemotePath("gs://a/b")) == RemotePath("gs://a/b")


def test_a_remote_path_has_the_parts_of_a_path():
    path = RemotePath("gs://bucket/folder/file.jpg")
    assert path.name == "file.jpg"
    assert path.parent == RemotePath("gs://bucket/folder")
    assert path.with_name("b.jpg") == path.parent / "b.jpg"
    assert path.parents == [RemotePath("gs://bucket"), RemotePath("gs://bucket/folder")]


def test_a_missing_remote_file_is_told_as_a_local_one(remote, tmp_path):
    for folder in (remote, tmp_path):
        with pytest.raises(images.UnreadableImageError, match="none.jpg: No such file"):
            images.read_photo(folder / "none.jpg")
        with pytest.raises(ValueError, match="cannot read .*none.json"):
            files.read_json(folder / "none.json")


def test_a_remote_fingerprint_tells_of_new_and_changed_files(remote):
    paths = [remote / "a.jpg", remote / "b.jpg"]
    seen = {files.fingerprint(paths)}
    for data in (b"one", b"another"):
        files.write_bytes(remote / "a.jpg", data)
        seen.add(files.fingerprint(paths))
    assert len(seen) == 3
    assert files.fingerprint(paths) in seen


def test_output_and_input_must_lie_apart(remote):
    with pytest.raises(ValueError, match="lie inside each other"):
        files.check_apart(remote / "in", remote / "in" / "out")
    files.check_apart(remote / "in", remote / "in_out")


def test_interrupted_work_is_told_from_a_result_and_finished_by_the_same_command(remote):
    with pytest.raises(InterruptedError):
        stop_midway(remote / "out")
    assert files.PROVENANCE not in names(remote / "out")
    make(remote / "out")
    assert names(remote / "out") == ["half.txt", files.PROVENANCE, "result.txt"]
    with pytest.raises(files.AlreadyCompleteError):
        make(remote / "out")


def test_another_command_begins_anew_and_replaces_no_result_unasked(remote):
    with pytest.raises(InterruptedError):
        stop_midway(remote / "out")
    make(remote / "out", parameters={"seed": 2})
    assert names(remote / "out") == [files.PROVENANCE, "result.txt"]
    with pytest.raises(ValueError, match="--overwrite"):
        make(remote / "out")
    make(remote / "out", overwrite=True)
    assert names(remote / "out") == [files.PROVENANCE, "result.txt"]


def test_a_remote_folder_of_the_users_own_is_never_replaced(remote):
    files.write_bytes(remote / "out" / "letter.txt", b"dear")
    with pytest.raises(ValueError, match="was not made by this tool"):
        make(remote / "out", overwrite=True)
    assert names(remote / "out") == ["letter.txt"]


def test_remote_photographs_become_the_same_records(raw_dir, aligned_dir, records_dir, remote):
    copy_tree(raw_dir, remote / "raw")
    alignment.align_photographs(remote / "raw", remote / "aligned", image_size=96, seed=0)
    options = records.RecordOptions(
        image_size=64, test_fraction=0.17, validation_fraction=0.17, num_shards=2
    )
    records.build_records(remote / "aligned", remote / "records", options)
    for local, made in ((aligned_dir, remote / "aligned"), (records_dir, remote / "records")):
        assert names(made) == names(local)
        for path in local.iterdir():
            # The times of change are among what it was made by.
            if path.name != files.PROVENANCE:
                assert (made / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(files.AlreadyCompleteError):
        alignment.align_photographs(remote / "raw", remote / "aligned", image_size=96, seed=0)
    dataset = load_dataset(
        remote / "records", split="train", image_size=64, batch_size=2, training=True, seed=0
    )
    assert next(iter(dataset))["image"].shape == (2, 64, 64, 3)
