"""Three drawn people, one of whom closes the eyes once, and methods that cost next to nothing."""

import json
import pathlib
import shutil

import numpy as np
import pytest

from exgan_tf import inpainters
from exgan_tf.data import records
from exgan_tf.data.input import load_dataset
from exgan_tf.evaluation import Method
from exgan_tf.metrics import identity

IMAGE_SIZE = 64
PHOTOS_OF_EACH = (3, 2, 2)
NUM_OPEN = 6  # The third photograph of the first person has closed eyes.


class CopyReference(inpainters.Inpainter):
    """Fills with what lies at the same place of the reference."""

    input_names = ("image", "mask", "reference")

    def _fill(self, example):
        return example["reference"]


class OneColor(inpainters.Inpainter):
    """Paints all in one colour, and blends it into the hole as another one."""

    def _fill(self, example):
        return np.full_like(example["image"], 0.5)

    def paint(self, example):
        return np.full_like(example["image"], 0.25)


@pytest.fixture(scope="session")
def people_dir(aligned_dir, tmp_path_factory) -> pathlib.Path:
    """Records of 64 pixels whose test split holds three people with seven photographs."""
    root = tmp_path_factory.mktemp("people")
    aligned = pathlib.Path(shutil.copytree(aligned_dir, root / "aligned"))

    people = json.loads((aligned / "data.json").read_text())
    kept = {
        name: people[name][:count]
        for name, count in zip(sorted(people), PHOTOS_OF_EACH, strict=False)
    }
    next(iter(kept.values()))[2].update(opened=0.0, closed=1.0)
    (aligned / "data.json").write_text(json.dumps(kept))
    directory = root / "records"
    options = records.RecordOptions(image_size=IMAGE_SIZE, test_fraction=1.0, num_shards=1)
    records.build_records(aligned, directory, options)
    return directory


@pytest.fixture(scope="session")
def load_people(people_dir):
    """Returns a function that gives their batches, of a given size."""

    def load(batch_size):
        return load_dataset(
            people_dir,
            split="test",
            image_size=IMAGE_SIZE,
            batch_size=batch_size,
            training=False,
        )

    return load


@pytest.fixture(scope="session")
def batch(load_people) -> dict:
    """All seven photographs as arrays."""
    return next(load_people(7).as_numpy_iterator())


@pytest.fixture(scope="session")
def methods() -> dict:
    """One method that looks at the reference, and one that does not."""
    return {
        "grey": Method(inpainters.MeanColor(), kind="untrained", description="Mean colour."),
        "copy": Method(CopyReference(), kind="untrained", description="Copies the reference."),
    }


@pytest.fixture(scope="session")
def painters() -> dict:
    """One method that paints the hole alone, and one that paints everything."""
    return {
        "grey": Method(inpainters.MeanColor(), kind="untrained", description="Mean colour."),
        "one": Method(OneColor(), kind="untrained", description="One colour."),
    }


@pytest.fixture(scope="module")
def quick_descriptors():
    """Describes a face by the mean of each image row, as dlib's network takes its time."""

    def describe(task):
        photos = np.stack([task.photo, task.reference, *task.fillings])
        return np.repeat(photos.mean((2, 3)) / 255, 2, axis=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "describe_fillings", describe)
        yield
