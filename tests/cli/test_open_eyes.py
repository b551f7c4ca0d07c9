"""The command for an album, with dlib on drawn faces."""

import json

import pytest

from exgan_tf import images


@pytest.fixture
def folder(draw_person, tmp_path):
    """Two photographs of one drawn person, the eyes closed in one, and a text."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name, closed in (("blink", True), ("good", False)):
        images.write_photo(folder / f"{name}.jpg", draw_person(1, closed=closed).photo)
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
    flags = {"input_dir": folder, "output_dir": tmp_path / "other", "model": tmp_path / "no"}
    run = run_command("open_eyes", **flags)
    assert run.returncode == 1
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "other").exists()
