"""The command for an album, with dlib on drawn faces."""

import json

import numpy as np
import pytest

from exgan_tf import drawn_faces, images


@pytest.fixture
def folder(tmp_path):
    """Two photographs of one drawn person, the eyes closed in one, and a text."""
    folder = tmp_path / "album"
    folder.mkdir()
    rng = np.random.default_rng(1)
    identity = drawn_faces.draw_identity(rng)
    for name, fraction in (("blink", 1.0), ("good", 0.0)):
        conditions = drawn_faces.draw_conditions(rng, closed_fraction=fraction)
        photo = drawn_faces.draw_photograph(identity, conditions).photo
        images.write_photo(folder / f"{name}.jpg", photo)
    (folder / "notes.txt").write_text("not a photo")
    return folder


def test_the_command_corrects_an_album_and_shows_it(run_command, folder, tmp_path):
    flags = {"input_dir": folder, "output_dir": tmp_path / "out", "method": "transplant"}
    run = run_command("open_eyes", **flags)
    assert (run.returncode, run.stderr) == (0, "")
    assert "2 photographs, 1 people: 1 faces with opened eyes, 0 left alone, 1 open" in run.stdout
    assert "index.html" in run.stdout
    assert "1 files are no readable photographs" in run.stdout
    report = json.loads((tmp_path / "out" / "album.json").read_text())
    assert report["written"] == ["blink.jpg"]
    assert list(report["skipped"]) == ["notes.txt"]
    again = run_command("open_eyes", **flags)
    assert again.returncode == 0
    assert "complete already" in again.stdout


def test_without_a_model_the_error_says_what_to_do(run_command, folder, tmp_path):
    run = run_command(
        "open_eyes", input_dir=folder, output_dir=tmp_path / "out", model=tmp_path / "no"
    )
    assert run.returncode == 1
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
