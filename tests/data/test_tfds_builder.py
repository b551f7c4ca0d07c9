"""`tfds.load("celeb_id")` over drawn people; the test case is TensorFlow Datasets' own."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

tfds = pytest.importorskip("tensorflow_datasets", reason="TensorFlow Datasets is not installed")

from exgan_tf.data import examples, records, tfds_builder  # noqa: E402

SETTINGS = {"image_size": 48, "test_fraction": 0.17, "validation_fraction": 0.17, "seed": 0}
CONFIG = tfds_builder.CelebIdConfig(name="drawn", **SETTINGS)


class TestCelebId(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = tfds_builder.CelebId
    BUILDER_CONFIG_NAMES_TO_TEST = [CONFIG]
    SPLITS = {"train": 4, "validation": 1, "test": 1}

    @pytest.fixture(autouse=True, scope="class")
    def fake_data(self, request, aligned_dir, tmp_path_factory):
        folder = tmp_path_factory.mktemp("manual")
        shutil.copytree(aligned_dir, folder / "celeb_id")
        request.cls.EXAMPLE_DIR = folder


@pytest.fixture
def load(aligned_copy, tmp_path):
    """Returns a function that loads a split of the people in `aligned_copy`."""
    aligned_copy.rename(tmp_path / "celeb_id")

    def load_split(split):
        return tfds.load(
            "celeb_id",
            split=split,
            data_dir=tmp_path / "tfds",
            with_info=True,
            builder_kwargs={"config": CONFIG},
            decoders={"photographs": {"images": tfds.decode.SkipDecoding()}},
            download_and_prepare_kwargs={
                "download_config": tfds.download.DownloadConfig(manual_dir=tmp_path)
            },
        )

    return load_split


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_photographs_are_those_of_the_records(aligned_dir, tmp_path, load, split):
    options = records.RecordOptions(**SETTINGS)
    records.build_records(aligned_dir, tmp_path / "records", options)
    shards = records.find_shards(tmp_path / "records", split)
    expected = {
        record["identity"].numpy(): record
        for record in map(examples.decode_record, tf.data.TFRecordDataset(shards))
    }
    dataset, _ = load(split)
    people = {person["identity"]: person["photographs"] for person in dataset.as_numpy_iterator()}
    assert people.keys() == expected.keys()
    for identity, photographs in people.items():
        for key, values in photographs.items():
            np.testing.assert_array_equal(values, expected[identity][key].numpy(), err_msg=key)


def test_what_is_left_out_is_named(aligned_copy, load, tmp_path):
    (aligned_copy.parent / "celeb_id" / "drawn_00001-1.jpg").write_bytes(b"")
    load("train")
    _, info = load("train")  # Now from the disk.
    assert info.metadata["skipped"] == {"drawn_00001-1.jpg": "the file is empty"}
