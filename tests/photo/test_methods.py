import pytest

from exgan_tf.inpainters import INPAINTERS, Inpainter
from exgan_tf.photo import methods


def put_model(folder):
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{}")
    return folder


def find(tmp_path):
    return methods.find_model(package_dir=tmp_path / "package", working_dir=tmp_path)


@pytest.mark.parametrize("name", list(INPAINTERS))
def test_every_method_without_training_is_made_by_name(name):
    inpainter = methods.create_inpainter(method=name)
    assert isinstance(inpainter, INPAINTERS[name])
    assert methods.identify_inpainter(inpainter) == INPAINTERS[name].__name__


def test_the_packages_model_comes_before_the_demos(tmp_path):
    code = put_model(tmp_path / "build" / "demo" / "models" / "code")
    assert find(tmp_path) == code
    reference = put_model(tmp_path / "build" / "demo" / "models" / "reference")
    assert find(tmp_path) == reference
    ours = put_model(tmp_path / "package" / "pretrained")
    assert find(tmp_path) == ours


def test_without_any_model_the_error_says_what_to_do(tmp_path):
    with pytest.raises(ValueError, match="--model.*make demo.*--method=transplant"):
        find(tmp_path)


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

    monkeypatch.setattr(methods, "SavedModelInpainter", Guided)
    with pytest.raises(ValueError, match="--model=keypoint follows the landmarks"):
        methods.create_inpainter(model="keypoint")
    assert isinstance(methods.create_inpainter(model="keypoint", mask="central"), Guided)


def test_unknown_methods_and_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match="method is 'magic'"):
        methods.create_inpainter(method="magic")
    with pytest.raises(ValueError, match="no exported model"):
        methods.create_inpainter(model=str(tmp_path))
