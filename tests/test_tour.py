"""The notebook of the documentation, cell after cell, with less people and one step of training."""

import json
import pathlib
import tempfile

import pytest

from exgan_tf import images

NOTEBOOK = pathlib.Path(__file__).parents[1] / "docs" / "tour.ipynb"
SMALLER = {
    "NUM_PEOPLE = 40": "NUM_PEOPLE = 4",
    "IMAGE_SIZE = 64": "IMAGE_SIZE = 32",
    "NUM_STEPS = 400": "NUM_STEPS = 1",
    "report=print": "deterministic=False",  # Which would last beyond this test.
}


@pytest.fixture
def cells():
    """Its cells of code."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_it_is_kept_without_what_it_shows(cells):
    assert not any(cell["outputs"] or cell["execution_count"] for cell in cells)


def test_it_opens_eyes_and_trains(cells, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "\n".join("".join(cell["source"]) for cell in cells)
    for given, smaller in SMALLER.items():
        assert code.count(given) == 1
        code = code.replace(given, smaller)
    names = {}
    exec(compile(code, NOTEBOOK.name, "exec"), names)
    before, after = (
        images.read_photo(names["work_dir"] / f"{name}.jpg") for name in ("blinked", "opened")
    )
    assert (before != after).any()
    assert "open.jpg: eyes open" in capsys.readouterr().out
    assert names["filled"].shape == names["batch"]["image"].shape
