import shutil

import pytest

from exgan_tf.inpainters import INPAINTERS, Inpainter
from exgan_tf.photo import methods


def put_model(folder):
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{}")
    return folder


@pytest.mark.parametrize("name", list(INPAINTERS))
def test_every_method_without_training_is_made_by_name(name):
    inpainter = methods.create_inpainter(method=name)
    assert isinstance(inpainter, INPAINTERS[name])
    assert methods.identify_inpainter(inpainter) == INPAINTERS[name].__name__


def test_only_the_packages_own_model_is_taken_unasked(tmp_path, monkeypatch):
    put_model(tmp_path / "build" / "demo" / "models" / "reference")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="--model.*make demo.*--method=transplant"):
        methods.find_model(package_dir=tmp_path / "package")
    ours = put_model(tmp_path / "package" / "pretrained")
    assert methods.find_model(package_dir=tmp_path / "package") == ours


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


def test_a_method_and_a_model_are_one_too_many():
    with pytest.raises(ValueError, match="one of the two"):
        methods.create_inpainter(method="transplant", model="somewhere")


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


def test_unknown_methods_and_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match="method is 'magic'"):
        methods.create_inpainter(method="magic")
    with pytest.raises(ValueError, match="no exported model"):
        methods.create_inpainter(model=str(tmp_path))
