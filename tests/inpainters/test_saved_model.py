import shutil

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import inpainters, model_card


@pytest.fixture
def model_dir(exported_gan, tmp_path):
    """A copy of an exported model that a test may spoil."""
    return shutil.copytree(exported_gan[1], tmp_path / "model")


def test_it_fills_as_the_exported_gan_does(exported_gan, saved_model_inpainter, example):
    expected = exported_gan[0].complete(example, training=False)
    np.testing.assert_allclose(saved_model_inpainter(example), expected, atol=1e-5)


def test_it_says_what_it_is(saved_model_inpainter):
    assert saved_model_inpainter.input_names == ("image", "mask", "reference")
    assert (saved_model_inpainter.kind, saved_model_inpainter.image_size) == ("reference", 32)
    assert saved_model_inpainter.description["step"] == 7


def test_an_image_of_another_size_is_refused(saved_model_inpainter, example):
    example = {name: values[:, :24] for name, values in example.items()}
    with pytest.raises(ValueError, match="24 x 32 pixels; SavedModelInpainter takes 32 x 32 alone"):
        saved_model_inpainter(example)


@pytest.mark.parametrize("kind", ["nothing", "an empty folder", "a file"])
def test_what_is_no_exported_model_is_refused(tmp_path, kind):
    path = tmp_path / "model"
    if kind == "an empty folder":
        path.mkdir()
    elif kind == "a file":
        path.write_text("{}")
    with pytest.raises(ValueError, match="no exported model: it has no model.json"):
        inpainters.SavedModelInpainter(path)


def spoil_nothing_but_the_end(path):
    path.write_bytes(path.read_bytes()[:-100])


def spoil_with_noise(path):
    path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size))


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        spoil_nothing_but_the_end,
        spoil_with_noise,
    ],
    ids=["missing", "empty", "cut short", "noise"],
)
def test_a_damaged_model_is_refused(model_dir, name, spoil):
    spoil(model_dir / name)
    with pytest.raises(ValueError, match="cannot be loaded as a SavedModel|has no signature"):
        inpainters.SavedModelInpainter(model_dir)


def save_in_place(model_dir, *, signatures, module=None):
    shutil.rmtree(model_dir / "variables")
    (model_dir / "saved_model.pb").unlink()
    tf.saved_model.save(module or tf.Module(), str(model_dir), signatures=signatures)


def test_a_model_without_the_signature_is_refused(model_dir):
    save_in_place(model_dir, signatures=None)
    with pytest.raises(ValueError, match="has no signature 'serving_default'"):
        inpainters.SavedModelInpainter(model_dir)


@pytest.mark.parametrize(
    ("size", "result"), [(64, "completed"), (32, "filled")], ids=["another size", "another result"]
)
def test_a_model_that_does_not_fit_its_description_is_refused(model_dir, size, result):
    spec = tf.TensorSpec([None, size, size, 3], tf.float32)

    @tf.function(input_signature=[spec, spec, spec])
    def serve(image, mask, reference):
        return {result: image}

    save_in_place(model_dir, signatures={"serving_default": serve})
    with pytest.raises(ValueError, match=r"takes .* but its model.json says .*: export it anew"):
        inpainters.SavedModelInpainter(model_dir)


@pytest.mark.parametrize(
    ("field", "value"),
    [("image_size", 64), ("tensors", {"image": "", "mask": "", "completed": ""})],
)
def test_a_description_of_another_model_is_refused(model_dir, edit_json, field, value):
    edit_json(model_dir / model_card.FILE_NAME, lambda card: {**card, field: value})
    with pytest.raises(ValueError, match=r"but its model.json says"):
        inpainters.SavedModelInpainter(model_dir)


def test_a_damaged_description_is_refused(model_dir, edit_json):
    edit_json(model_dir / model_card.FILE_NAME, lambda card: {**card, "image_size": "32"})
    with pytest.raises(ValueError, match="image_size is '32', a whole number is wanted"):
        inpainters.SavedModelInpainter(model_dir)
