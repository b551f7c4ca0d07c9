import types
import weakref

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from exgan_tf import export, files, model_card
from exgan_tf.inpainters.saved_model import SavedModelInpainter


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
    inpainter = SavedModelInpainter(tmp_path)
    assert inpainter.input_names == LandmarkGan.input_names
    expected = np.where(
        example["mask"] > 0,
        example["landmarks"].mean(axis=(1, 2))[:, None, None, None] / 32,
        example["image"],
    )
    np.testing.assert_allclose(inpainter(example), expected, atol=1e-6)


def test_it_says_what_it_is(exported_gan, saved_model_inpainter):
    assert saved_model_inpainter.input_names == exported_gan[0].input_names
    assert (saved_model_inpainter.card.kind, saved_model_inpainter.image_size) == ("flow", 32)
    assert saved_model_inpainter.card.step == 1


def test_it_is_gone_when_nobody_holds_it(exported_gan):
    reference = weakref.ref(SavedModelInpainter(exported_gan[1]))
    assert reference() is None


def test_a_model_is_exported_once_and_not_once_a_signature(flow_dir):
    saved = saved_model_pb2.SavedModel.FromString(
        (flow_dir / "model" / "saved_model.pb").read_bytes()
    )
    functions = saved.meta_graphs[0].graph_def.library.function
    first, second, *_ = sorted((each.ByteSize() for each in functions), reverse=True)
    assert second < first / 4


def test_an_image_of_another_size_is_refused(saved_model_inpainter, example):
    example = {name: values[:, :24] for name, values in example.items()}
    with pytest.raises(ValueError, match="24 x 32 pixels; SavedModelInpainter takes only 32 x 32"):
        saved_model_inpainter(example)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("saved_model.pb", b""),
        ("saved_model.pb", b"noise"),
        ("variables/variables.index", b"noise"),
        ("variables/variables.index", None),
    ],
)
def test_a_damaged_model_is_refused(model_dir, name, data):
    (model_dir / name).unlink()
    if data is not None:
        (model_dir / name).write_bytes(data)
    with pytest.raises(ValueError, match="cannot be loaded as a SavedModel|has no signature"):
        SavedModelInpainter(model_dir)


@pytest.mark.parametrize(
    ("names", "size", "result", "message"),
    [
        (["serve"], 32, "completed", "has no signature 'serving_default'"),
        (["serving_default"], 64, "completed", "takes .* but its model.json says .*: export it"),
        (["serving_default"], 32, "filled", "takes .* but its model.json says .*: export it again"),
        (
            ["serving_default", "fields"],
            32,
            "completed",
            "has a signature 'fields' that gives comp",
        ),
    ],
)
def test_a_model_that_does_not_fit_its_description_is_refused(
    model_dir, edit_json, names, size, result, message
):
    spec = tf.TensorSpec([None, size, size, 3], tf.float32)

    @tf.function(input_signature=[spec, tf.TensorSpec([None, size, size, 1], tf.float32)])
    def serve(image, mask):
        return {result: image}

    tensors = {"image": "", "mask": "", "completed": ""}
    edit_json(model_dir / model_card.FILE_NAME, lambda card: card.update(tensors=tensors))
    tf.saved_model.save(tf.Module(), str(model_dir), signatures=dict.fromkeys(names, serve))
    with pytest.raises(ValueError, match=message):
        SavedModelInpainter(model_dir)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("tensors", {"image": "", "mask": "", "completed": ""}, "but its model.json says"),
        ("image_size", "32", "image_size is '32': Expected `int`, got `str`"),
    ],
)
def test_a_description_of_another_model_is_refused(model_dir, edit_json, field, value, message):
    edit_json(model_dir / model_card.FILE_NAME, lambda card: {**card, field: value})
    with pytest.raises(ValueError, match=message):
        SavedModelInpainter(model_dir)
