"""The TFLite files against the SavedModel beside them."""

import concurrent.futures
import hashlib
import shutil

import numpy as np
import pytest

from exgan_tf import model_card
from exgan_tf.inpainters import LiteInpainter, lite


def apply(inpainter, found):
    """What an in-painter makes of a finer reference, on a grid that is not the image's."""
    rng = np.random.default_rng(0)
    return inpainter.compose(
        {name: array[:1] for name, array in found.items()},
        rng.integers(0, 256, [1, 50, 70, 3], dtype=np.uint8),
        places=rng.uniform(-3, 27, [1, 9, 11, 2]).astype(np.float32),
        strip_to_reference=np.float32([[[2.5, 0.1, 3], [-0.1, 2.5, 4]]]),
    )


def test_both_ways_give_the_same(lite_inpainter, saved_model_inpainter, example, monkeypatch):
    monkeypatch.setattr(lite, "_BLOCK", 25)  # Five blocks, of which the last is the smaller.
    saved = saved_model_inpainter
    expected, found = saved.find_fields(example), lite_inpainter.find_fields(example)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, atol=1e-4, err_msg=name)
    np.testing.assert_allclose(apply(lite_inpainter, expected), apply(saved, expected), atol=1e-4)
    # Here the reference is rounded to 8 bits.
    np.testing.assert_allclose(lite_inpainter(example), saved(example), atol=0.01)


def test_threads_do_not_disturb_each_other(lite_inpainter, example):
    expected = apply(lite_inpainter, lite_inpainter.find_fields(example))
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        results = executor.map(
            lambda _: apply(lite_inpainter, lite_inpainter.find_fields(example)), range(8)
        )
        for result in results:
            np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("name", model_card.LITE_FILES)
@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: data[:-1], None])
def test_a_damaged_file_is_refused(model_dir, name, spoil):
    path = model_dir / name
    if spoil:
        path.write_bytes(spoil(path.read_bytes()))
    else:
        path.unlink()
    with pytest.raises(ValueError, match=f"{name} is missing or damaged, .*: export it again"):
        LiteInpainter(model_dir)


FIELDS, COMPOSE = model_card.LITE_FILES


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (FIELDS, lambda data: b"words", "cannot be run"),
        (FIELDS, lambda data: data[: len(data) // 2], "cannot be run"),
        (FIELDS, COMPOSE, "cannot be run"),
        (COMPOSE, FIELDS, "cannot be run"),
        (FIELDS, lambda data: data.replace(b"share", b"spare"), "gives .*spare.*; expected"),
    ],
)
def test_a_file_that_the_card_knows_and_that_is_no_such_network_is_refused(
    model_dir, edit_json, example, name, change, message
):
    path = model_dir / name
    if isinstance(change, str):
        shutil.copy(model_dir / change, path)
    else:
        path.write_bytes(change(path.read_bytes()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    edit_json(
        model_dir / model_card.FILE_NAME, lambda card: card["lite_files"].update({name: digest})
    )
    inpainter = LiteInpainter(model_dir)
    with pytest.raises(ValueError, match=f"{name} {message}.*: export it again") as caught:
        inpainter(example)
    assert "\n" not in str(caught.value)


def test_a_card_that_speaks_of_another_size_is_refused(model_dir, edit_json, example):
    edit_json(model_dir / model_card.FILE_NAME, lambda card: card.update(image_size=64))
    larger = {
        name: array.repeat(2, axis=1).repeat(2, axis=2) if array.ndim == 4 else array
        for name, array in example.items()
    }
    message = r"\[1, 64, 64, \d\]; expected \[1, 32, 32, \d\].*: export it again"
    with pytest.raises(ValueError, match=message):
        LiteInpainter(model_dir)(larger)


def test_a_model_without_such_files_is_refused(model_dir, edit_json):
    edit_json(model_dir / model_card.FILE_NAME, lambda card: card.update(lite_files={}))
    with pytest.raises(ValueError, match="fields.tflite is missing or damaged"):
        LiteInpainter(model_dir)
