"""A small batch of noise with eye boxes, and every in-painter that can fill it."""

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import export, gans, inpainters
from exgan_tf.data import masks
from exgan_tf.training import runs
from exgan_tf.training.trainer import TrainingOptions

IMAGE_SIZE = 32
# The first hole touches the border of the image, the two holes of the second example overlap.
EYE_BOXES = [[[10, 0, 8, 12], [10, 19, 8, 9]], [[12, 3, 6, 12], [11, 14, 8, 10]]]
REFERENCE_EYE_BOXES = [[[9, 5, 8, 8], [11, 20, 8, 8]], [[13, 4, 7, 8], [9, 18, 9, 8]]]
TRAINED = {
    "gan": "code",
    "flow_gan": "flow",
    "saved_model": "reference",
}  # In-painter -> the Gan it fills by.


@pytest.fixture
def example() -> dict:
    """Two examples of 32 pixels, without their names."""
    generator = np.random.default_rng(0)
    example = {}
    for prefix, image, boxes in (
        ("", "image", EYE_BOXES),
        ("reference_", "reference", REFERENCE_EYE_BOXES),
    ):
        values = generator.uniform(-1, 1, [2, IMAGE_SIZE, IMAGE_SIZE, 3])
        example[image] = values.astype(np.float32)
        example[f"{prefix}eye_boxes"] = np.array(boxes, np.int32)
        example[f"{prefix}mask"] = masks.boxes_to_mask(
            tf.constant(boxes), image_size=IMAGE_SIZE
        ).numpy()
    points = generator.uniform(0, IMAGE_SIZE - 1, [2, 68, 2])
    example["landmarks"] = points.astype(np.float32)
    return example


@pytest.fixture(scope="session")
def build_gan():
    """Returns a function that builds a narrow Gan by its name."""

    def build(name):
        options = {"code_size": 8} if name == "code" else {}
        return gans.GANS[name](gans.GANS[name].Options(IMAGE_SIZE, width=0.05, **options))

    return build


@pytest.fixture(scope="session")
def exported_gan(build_gan, tmp_path_factory):
    """A Gan, and the folder of the model that exporting made of it."""
    gan = build_gan(TRAINED["saved_model"])
    root = tmp_path_factory.mktemp("exported")
    experiment = runs.Experiment(
        model=TRAINED["saved_model"],
        gan=gan.options,
        training=TrainingOptions(),
        batch_size=2,
        seed=0,
        records="",
    )
    runs.open_run(root / "run", experiment)
    checkpoint = tf.train.Checkpoint(
        trainer=tf.train.Checkpoint(averaged_gan=gan, step=tf.Variable(7, dtype=tf.int64))
    )
    checkpoint.save(str(root / "run" / runs.BEST / "weights"))
    export.export_saved_model(root / "run", root / "model")
    return gan, root / "model"


@pytest.fixture(scope="session")
def gan_inpainter(build_gan):
    return inpainters.GanInpainter(build_gan(TRAINED["gan"]))


@pytest.fixture(scope="session")
def flow_gan_inpainter(build_gan):
    return inpainters.GanInpainter(build_gan(TRAINED["flow_gan"]))


@pytest.fixture(scope="session")
def saved_model_inpainter(exported_gan):
    return inpainters.SavedModelInpainter(exported_gan[1])


@pytest.fixture(params=[*inpainters.INPAINTERS, *TRAINED])
def inpainter(request):
    """Every in-painter in turn."""
    if request.param in inpainters.INPAINTERS:
        return inpainters.INPAINTERS[request.param]()
    return request.getfixturevalue(f"{request.param}_inpainter")


@pytest.fixture(params=inpainters.INPAINTERS)
def classical_inpainter(request):
    """Every in-painter that needs no training in turn."""
    return inpainters.INPAINTERS[request.param]()
