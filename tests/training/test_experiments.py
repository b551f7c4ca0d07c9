"""The library's way in: from records to a trained network that fills holes, as the README says."""

import numpy as np
import pytest

import exgan_tf
from exgan_tf.data.input import load_dataset
from exgan_tf.training import runs
from exgan_tf.training.loop import LoopOptions


@pytest.fixture
def example(find_readme_block):
    """The block of the README that trains."""
    return find_readme_block("exgan_tf.train(")


def test_the_example_of_the_readme_trains_a_network_that_fills_holes(
    records_dir, tmp_path, monkeypatch, example
):
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "records").symlink_to(records_dir)
    monkeypatch.chdir(tmp_path)
    # Smaller and shorter, and without what would last beyond this test.
    for old, new in {
        "image_size=64, width=0.25": "image_size=32, width=0.05",
        "batch_size=16": "batch_size=4, deterministic=False",
        "num_steps=20_000": "num_steps=1",
    }.items():
        assert old in example
        example = example.replace(old, new)
    names = {}
    exec(example, names)
    assert runs.read_run("build/run").experiment.model == "reference"
    dataset = load_dataset(
        "build/records", split="test", image_size=32, batch_size=3, training=False
    )
    batch = {key: value.numpy() for key, value in next(iter(dataset)).items()}
    completed = names["model"](batch)
    known = np.broadcast_to(batch["mask"] == 0, completed.shape)
    np.testing.assert_array_equal(completed[known], batch["image"][known])
    assert (completed != batch["image"]).any()


def test_options_of_no_gan_are_refused(tmp_path):
    with pytest.raises(ValueError, match="gan is 'reference'; expected one of BaselineOptions"):
        exgan_tf.train("reference", tmp_path, tmp_path / "run", loop=LoopOptions(num_steps=1))


def test_what_the_package_offers_is_listed():
    assert {"inpaint_photo", "load", "train"} <= set(dir(exgan_tf))
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = exgan_tf.trian
