"""What many tests need: drawn faces, what the tools make of them, and models nobody trained."""

import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # Before TensorFlow is imported.

import numpy as np
import pytest

# What loads TensorFlow is imported where it is needed: many tests do without.
from exgan_tf import drawn_faces
from exgan_tf.celeb_id import alignment
from exgan_tf.drawn_faces import data_set

# A shell's background jobs ignore Ctrl-C, and so would the commands that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--golden", action="store_true", help="keep what comes out as what is right")


def pytest_collection_modifyitems(items):
    """Begins with what takes longest: a long file at the end keeps one core idle."""
    longest = ("test_train_and_export.py", "test_distribution.py")
    folders = ("cli", "training", "inpainters", "web")
    items.sort(
        key=lambda item: (item.path.name not in longest, item.path.parent.name not in folders)
    )


NUM_IDENTITIES = 6
PHOTOS_PER_IDENTITY = 4


@pytest.fixture(scope="session")
def make_once(tmp_path_factory):
    """Returns a function that gives a folder made by another one: once for all workers of xdist."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def make(name, fill) -> pathlib.Path:
        with open(root / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (root / name).exists():
                unfinished = root / f"{name}.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)  # Of a test that failed here.
                fill(unfinished)
                unfinished.rename(root / name)
        return root / name

    return make


@pytest.fixture(scope="session")
def raw_dir(make_once) -> pathlib.Path:
    """Six drawn people with four photographs each, all eyes open, in the raw layout."""

    def draw(directory):
        data_set.draw_data_set(
            directory,
            num_identities=NUM_IDENTITIES,
            photos_per_identity=PHOTOS_PER_IDENTITY,
            closed_fraction=0.0,
            seed=0,
        )

    return make_once("raw", draw)


@pytest.fixture(scope="session")
def aligned_dir(make_once, raw_dir) -> pathlib.Path:
    """The same people aligned, 96 pixels."""

    def align(directory):
        alignment.align_photographs(raw_dir, directory, image_size=96, seed=0)

    return make_once("aligned", align)


@pytest.fixture(scope="session")
def records_dir(make_once, aligned_dir) -> pathlib.Path:
    """The same people as records of 64 pixels: four for training, one each for the rest."""
    from exgan_tf.data import records

    options = records.RecordOptions(
        image_size=64, test_fraction=0.17, validation_fraction=0.17, num_shards=2
    )
    return make_once(
        "records", lambda directory: records.build_records(aligned_dir, directory, options)
    )


@pytest.fixture(scope="session")
def flow_dir(make_once) -> pathlib.Path:
    """The "run" of a flow Gan, of one step, and the "model" that exporting made of it."""
    from exgan_tf import export

    def make(directory):
        golden = pathlib.Path(__file__).parent / "training" / "golden_run"
        shutil.copytree(golden, directory / "run")
        (directory / "run" / "checkpoints").rename(directory / "run" / "best")
        export.export_saved_model(directory / "run", directory / "model")

    return make_once("flow", make)


@pytest.fixture
def aligned_copy(aligned_dir, tmp_path) -> pathlib.Path:
    """A copy of the aligned people that a test may spoil."""
    return pathlib.Path(shutil.copytree(aligned_dir, tmp_path / "aligned"))


@pytest.fixture
def records_copy(records_dir, tmp_path) -> pathlib.Path:
    """A copy of the records that a test may spoil."""
    return pathlib.Path(shutil.copytree(records_dir, tmp_path / "records"))


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


@pytest.fixture(scope="session")
def draw_person():
    """Returns a function that draws one person under given seed, the eyes open or closed."""

    def draw(person, *, closed, size=320):
        rng = np.random.default_rng(person)
        identity = drawn_faces.draw_identity(rng)
        conditions = drawn_faces.draw_conditions(rng, closed_fraction=float(closed))
        return drawn_faces.draw_photograph(identity, conditions, size=size)

    return draw


@pytest.fixture(scope="session")
def noise_example():
    """Returns a function that gives two examples of noise, 32 pixels, without their names."""
    from exgan_tf.data import masks

    def make(eye_boxes) -> dict:
        generator = np.random.default_rng(0)
        reference_boxes = [[[9, 5, 8, 8], [11, 20, 8, 8]], [[13, 4, 7, 8], [9, 18, 9, 8]]]
        example = {}
        for image, prefix, boxes in (
            ("image", "", eye_boxes),
            ("reference", "reference_", reference_boxes),
        ):
            example[image] = generator.uniform(-1, 1, [2, 32, 32, 3]).astype(np.float32)
            example[f"{prefix}eye_boxes"] = np.array(boxes, np.int32)
            mask = masks.boxes_to_mask(example[f"{prefix}eye_boxes"], image_size=32)
            example[f"{prefix}mask"] = mask.numpy()
        example["landmarks"] = generator.uniform(0, 31, [2, 68, 2]).astype(np.float32)
        return example

    return make


@pytest.fixture(scope="session")
def save_run():
    """Returns a function that makes a run directory of a Gan, as if it had made seven steps."""
    import tensorflow as tf

    from exgan_tf import gans
    from exgan_tf.training import runs
    from exgan_tf.training.trainer import TrainingOptions

    def save(directory, gan):
        (model,) = (name for name, gan_class in gans.GANS.items() if gan_class is type(gan))
        experiment = runs.Experiment(
            model=model,
            gan=gan.options,
            training=TrainingOptions(),
            batch_size=2,
            seed=0,
            records="",
        )
        runs.open_run(directory, experiment)
        trainer = tf.train.Checkpoint(averaged_gan=gan, step=tf.Variable(7, dtype=tf.int64))
        tf.train.Checkpoint(trainer=trainer).save(str(directory / runs.BEST / "weights"))
        return directory

    return save


@pytest.fixture(scope="session")
def free_addresses():
    """Returns a function that gives some addresses, "host:port", at which nobody listens."""

    def find(count):
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
        for each in sockets:
            each.close()
        return addresses

    return find


@pytest.fixture
def photo() -> np.ndarray:
    """A smooth coloured picture, uint8 [48, 64, 3]."""
    rows, columns = np.mgrid[0:48, 0:64]
    return np.stack([rows * 5, columns * 4, 255 - rows - columns], axis=-1).astype(np.uint8)


@pytest.fixture(scope="session")
def find_readme_block():
    """Returns a function that gives the one Python block of the README in which a text stands."""

    def find(text):
        blocks = re.findall(
            r"^```python\n(.*?)^```",
            (pathlib.Path(__file__).parents[1] / "README.md").read_text(),
            flags=re.MULTILINE | re.DOTALL,
        )
        (block,) = [block for block in blocks if text in block]
        return block

    return find
