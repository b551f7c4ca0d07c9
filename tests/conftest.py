"""Small data sets for the tests: drawn faces, and what the tools make of them."""

import json
import os
import pathlib
import shutil
import signal

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # Before TensorFlow is imported.

import numpy as np
import pytest

from exgan_tf.celeb_id import alignment
from exgan_tf.data import records
from exgan_tf.drawn_faces import data_set

# A shell's background jobs ignore Ctrl-C, and so would the commands that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

NUM_IDENTITIES = 6
PHOTOS_PER_IDENTITY = 4


@pytest.fixture(scope="session")
def raw_dir(tmp_path_factory) -> pathlib.Path:
    """Six drawn people with four photographs each, all eyes open, in the raw layout."""
    directory = tmp_path_factory.mktemp("data") / "raw"
    data_set.draw_data_set(
        directory,
        num_identities=NUM_IDENTITIES,
        photos_per_identity=PHOTOS_PER_IDENTITY,
        closed_fraction=0.0,
        seed=0,
    )
    return directory


@pytest.fixture(scope="session")
def aligned_dir(raw_dir) -> pathlib.Path:
    """The same people aligned, 96 pixels."""
    directory = raw_dir.parent / "aligned"
    alignment.align_photographs(raw_dir, directory, image_size=96, seed=0, num_workers=1)
    return directory


@pytest.fixture(scope="session")
def records_dir(aligned_dir) -> pathlib.Path:
    """The same people as records of 64 pixels: four for training, one each for the rest."""
    directory = aligned_dir.parent / "records"
    records.build_records(
        aligned_dir,
        directory,
        image_size=64,
        test_fraction=0.17,
        validation_fraction=0.17,
        num_shards=2,
        seed=0,
    )
    return directory


@pytest.fixture
def aligned_copy(aligned_dir, tmp_path) -> pathlib.Path:
    """A copy of the aligned people that a test may spoil."""
    return pathlib.Path(shutil.copytree(aligned_dir, tmp_path / "aligned"))


@pytest.fixture
def raw_copy(raw_dir, tmp_path) -> pathlib.Path:
    """A copy of the raw people that a test may spoil."""
    return pathlib.Path(shutil.copytree(raw_dir, tmp_path / "raw"))


@pytest.fixture
def edit_json():
    """Returns a function that passes a JSON file's value through another function, in place."""

    def edit(path, change):
        value = json.loads(path.read_text())
        path.write_text(json.dumps(change(value) or value))

    return edit


@pytest.fixture
def photo() -> np.ndarray:
    """A smooth coloured picture, uint8 [48, 64, 3]."""
    rows, columns = np.mgrid[0:48, 0:64]
    return np.stack([rows * 5, columns * 4, 255 - rows - columns], axis=-1).astype(np.uint8)
