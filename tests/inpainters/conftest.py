"""A small batch of noise with eye boxes, and every in-painter that can fill it."""

import shutil

import pytest

from exgan_tf import gans, inpainters
from exgan_tf.inpainters.gan import GanInpainter
from exgan_tf.inpainters.saved_model import SavedModelInpainter
from exgan_tf.training import runs

# The first hole touches the border of the image, the two holes of the second example overlap.
EYE_BOXES = [[[10, 0, 8, 12], [10, 19, 8, 9]], [[12, 3, 6, 12], [11, 14, 8, 10]]]
TRAINED = ["gan", "flow_gan", "saved_model", "lite"]


@pytest.fixture
def example(noise_example) -> dict:
    return noise_example(EYE_BOXES)


@pytest.fixture(scope="session")
def build_gan():
    """Returns a function that builds a narrow Gan by its name."""

    def build(name):
        options = {"code_size": 8} if name == "code" else {}
        return gans.GANS[name](gans.GANS[name].Options(32, width=0.05, **options))

    return build


@pytest.fixture(scope="session")
def exported_gan(flow_dir):
    """A Gan with fields, and the folder of the model, with TFLite files, that was made of it."""
    return runs.load_gan(flow_dir / "run")[0], flow_dir / "model"


@pytest.fixture
def model_dir(exported_gan, tmp_path):
    """A copy of the exported model that a test may spoil."""
    return shutil.copytree(exported_gan[1], tmp_path / "model")


@pytest.fixture(scope="session")
def gan_inpainter(build_gan):
    return GanInpainter(build_gan("code"))


@pytest.fixture(scope="session")
def flow_gan_inpainter(exported_gan):
    return GanInpainter(exported_gan[0])


@pytest.fixture(scope="session")
def saved_model_inpainter(exported_gan):
    return SavedModelInpainter(exported_gan[1])


@pytest.fixture(scope="session")
def lite_inpainter(exported_gan):
    return inpainters.LiteInpainter(exported_gan[1])


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
