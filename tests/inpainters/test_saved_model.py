import shutil
import types

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import export, files, inpainters, model_card


@pytest.fixture
def model_dir(exported_gan, tmp_path):
    """A copy of an exported model that a test may spoil."""
    return shutil.copytree(exported_gan[1], tmp_path / "model")


def test_it_fills_as_the_exported_gan_does(exported_gan, saved_model_inpainter, example):
    expected = exported_gan[0].complete(example, training=False)
    np.testing.assert_allclose(saved_model_inpainter(example), expected, atol=1e-5)


class LandmarkGan(tf.Module):
    """Fills each hole with one grey, which its landmarks tell."""

    options = types.SimpleNamespace(image_size=32)
    input_names = ("image", "mask", "landmarks")
    find_fields = None

    def complete(self, example, *, training):
        grey = tf.reduce_mean(example["landmarks"], axis=[1, 2]) / 32
        return tf.ones_like(example["image"]) * grey[:, tf.newaxis, tf.newaxis, tf.newaxis]


def test_landmarks_are_among_what_an_exported_model_can_read(exported_gan, example, tmp_path):
    served = export.ServedGan(LandmarkGan())
    tf.saved_model.save(served, str(tmp_path), signatures={"serving_default": served.serve})
    card = files.read_json(exported_gan[1] / model_card.FILE_NAME)
    card["tensors"] = dict.fromkeys([*LandmarkGan.input_names, "completed"], "")
    files.write_json(tmp_path / model_card.FILE_NAME, card)
    inpainter = inpainters.SavedModelInpainter(tmp_path)
    assert inpainter.input_names == LandmarkGan.input_names
    expected = np.where(
        example["mask"] > 0,
        example["landmarks"].mean(axis=(1, 2))[:, None, None, None] / 32,
        example["image"],
    )
    np.testing.assert_allclose(inpainter(example), expected, atol=1e-6)


def test_it_says_what_it_is(saved_model_inpainter):
    assert saved_model_inpainter.input_names == ("image", "mask", "reference")
    assert (saved_model_inpainter.kind, saved_model_inpainter.image_size) == ("reference", 32)
    assert saved_model_inpainter.card.step == 7


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
    with pytest.raises(ValueError, match="image_size is '32': Expected `int`, got `str`"):
        inpainters.SavedModelInpainter(model_dir)
