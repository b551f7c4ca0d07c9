import pathlib
import shutil

import pytest

import exgan_tf
from exgan_tf.inpainters import INPAINTERS, Inpainter
from exgan_tf.photo import methods


@pytest.mark.parametrize("name", list(INPAINTERS))
def test_every_method_without_training_is_made_by_name(name):
    inpainter = methods.create_inpainter(method=name)
    assert isinstance(inpainter, INPAINTERS[name])
    assert methods.identify_inpainter(inpainter) == INPAINTERS[name].__name__


def test_only_the_packages_own_model_is_taken_unasked(tmp_path, monkeypatch):
    assert methods.find_model().parent == pathlib.Path(exgan_tf.__file__).parent
    (tmp_path / "pretrained").mkdir()
    (tmp_path / "pretrained" / "model.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(exgan_tf, "__file__", str(tmp_path / "package" / "__init__.py"))
    with pytest.raises(ValueError, match="--model.*make demo.*--method=transplant"):
        methods.find_model()


@pytest.mark.parametrize("name", ["variables/variables.data-00000-of-00001", "compose.tflite"])
def test_other_weights_are_another_inpainter(tmp_path, name):
    shutil.copytree(methods.find_model(), tmp_path / "model")
    inpainter = methods.create_inpainter(model=str(tmp_path / "model"))
    before = methods.identify_inpainter(inpainter)
    assert methods.identify_inpainter(inpainter) == before
    weights = tmp_path / "model" / name
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert methods.identify_inpainter(inpainter) != before


def test_a_model_that_would_close_the_eyes_again_is_refused(monkeypatch):
    class Guided(Inpainter):
        input_names = ("image", "mask", "landmarks")

        def __init__(self, folder):
            del folder

        def _fill(self, example):
            return example["image"]

    monkeypatch.setattr(methods, "_load_exported", Guided)
    with pytest.raises(ValueError, match="--model=keypoint follows the landmarks"):
        methods.create_inpainter(model="keypoint")
    assert isinstance(methods.create_inpainter(model="keypoint", mask="central"), Guided)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"method": "magic"}, "method is 'magic'"),
        ({"model": "somewhere"}, "not an exported model"),
        ({"method": "transplant", "model": "somewhere"}, "one of the two"),
    ],
)
def test_what_is_unknown_or_twice_is_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        methods.create_inpainter(**chosen)
