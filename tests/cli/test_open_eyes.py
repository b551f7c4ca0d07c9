"""The command for an album, with dlib on drawn faces."""

import json

from exgan_tf import images


def test_the_command_corrects_an_album_and_carries_choices_out(run_command, draw_person, tmp_path):
    folder, out, again = (tmp_path / name for name in ("album", "out", "again"))
    folder.mkdir()
    for name, closed in (("blink", True), ("good", False)):
        images.write_photo(folder / f"{name}.jpg", draw_person(1, closed=closed).photo)
    (folder / "notes.txt").write_text("not a photo")
    flags = {"input_dir": folder, "method": "transplant", "num_workers": 1}
    run = run_command("open_eyes", **flags, output_dir=out)
    assert (run.returncode, run.stderr) == (0, "")
    assert "2 photographs, 1 person: 1 face with opened eyes, 0 left alone, 1 already" in run.stdout
    assert f"open {out / 'index.html'}" in run.stdout
    assert "1 file skipped as unreadable" in run.stdout
    report = json.loads((out / "album.json").read_text())
    assert (report["written"], list(report["skipped"])) == (["blink.jpg"], ["notes.txt"])
    run = run_command("open_eyes", **flags, output_dir=out)
    assert run.returncode == 0
    assert "complete already" in run.stdout
    run = run_command("open_eyes", **flags, output_dir=again, choices=out / "choices.json")
    assert (run.returncode, run.stdout) == (0, f"1 copy in {again}\n")
    assert {path.name for path in again.iterdir()} == {"blink.jpg", "provenance.json"}


def test_a_model_that_is_not_there_ends_in_one_line_before_any_work(run_command, tmp_path):
    flags = {"input_dir": tmp_path, "output_dir": tmp_path / "out", "model": tmp_path / "no"}
    run = run_command("open_eyes", **flags)
    assert run.returncode == 1
    assert run.stderr.startswith("error: ") and run.stderr.count("\n") == 1
    assert str(tmp_path / "no") in run.stderr
    assert not (tmp_path / "out").exists()
