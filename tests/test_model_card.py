import json

import msgspec
import pytest

from exgan_tf import model_card

CARD = {
    "format_version": model_card.FORMAT_VERSION,
    "package_version": "1.0",
    "kind": "baseline",
    "image_size": 32,
    "step": 7,
    "checkpoint": "best",
    "experiment": {"model": "baseline"},
    "data": None,
    "tensors": {name: model_card.TENSORS[name] for name in ("image", "mask", "completed")},
    "alignment": model_card.ALIGNMENT,
}
DAMAGED = {
    "format_version": [None, 2, "1", True, 1.0, [1]],
    "kind": [None, 7, "", "../../etc", "<script>", "a" * 10_000],
    "image_size": [None, "32", True, 32.0, 0, -32, 513, 10**30],
    "step": ["7", -1, 1.5],
    "tensors": [None, [], {}, {"image": "", "mask": ""}, {**CARD["tensors"], "a\nb": ""}],
    "experiment": [None, "x", {"mask": 3}, {"mask": "../x"}, {"mask": "a" * 10_000}],
    "alignment": [3],
}


def write_card(directory, card):
    (directory / model_card.FILE_NAME).write_text(json.dumps(card))


def test_a_card_is_read_as_it_was_written_whatever_else_it_says(tmp_path):
    write_card(tmp_path, {**CARD, "author": "me"})
    card = model_card.read_model_card(tmp_path)
    assert msgspec.to_builtins(card) == {**CARD, "validation": None, "lite_files": {}}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in DAMAGED.items() for value in values],
    ids=lambda value: ascii(value)[:20],
)
def test_a_field_that_cannot_be_is_named_in_one_short_line(tmp_path, field, value):
    write_card(tmp_path, {**CARD, field: value})
    with pytest.raises(ValueError, match=field.replace("_", "[ _]")) as caught:
        model_card.read_model_card(tmp_path)
    message = str(caught.value).replace(str(tmp_path), "")
    assert len(message) < 400
    assert "\n" not in message


@pytest.mark.parametrize("field", sorted(CARD.keys() - {"data"}))
def test_a_missing_field_is_named(tmp_path, field):
    write_card(tmp_path, {name: value for name, value in CARD.items() if name != field})
    with pytest.raises(ValueError, match=field.replace("_", "[ _]")):
        model_card.read_model_card(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 100_000, '{"format_version": NaN}'],
    ids=["empty", "cut short", "list", "null", "deep", "NaN"],
)
def test_what_is_no_card_is_refused(tmp_path, text):
    (tmp_path / model_card.FILE_NAME).write_text(text)
    with pytest.raises(ValueError, match="model.json"):
        model_card.read_model_card(tmp_path)


@pytest.mark.parametrize("path", [".", "nowhere", "notes.txt"])
def test_a_folder_without_a_card_is_no_exported_model(tmp_path, path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ValueError, match="is not an exported model: it has no model.json"):
        model_card.read_model_card(tmp_path / path)


def test_a_file_of_megabytes_is_not_read(tmp_path):
    write_card(tmp_path, {**CARD, "filler": "x" * (1 << 21)})
    with pytest.raises(ValueError, match="is larger than 1048576 bytes"):
        model_card.read_model_card(tmp_path)
