"""The command for one photograph, with dlib on drawn faces."""

import shutil

import numpy as np
import PIL.Image
import pytest

from exgan_tf import images
from exgan_tf.photo import digital_source


@pytest.fixture(scope="module")
def folder(draw_person, tmp_path_factory):
    """Photographs of a person with closed and with open eyes, and a damaged one."""
    folder = tmp_path_factory.mktemp("photos")
    for name, closed in (("closed", True), ("open", False)):
        images.write_photo(folder / f"{name}.png", draw_person(1, closed=closed).photo)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    return folder


@pytest.fixture
def inpaint(run_command, folder, tmp_path):
    """Returns a function that runs the command on files of the folder."""

    def run(*arguments, photo="closed.png", reference="open.png", **flags):
        references = ",".join(str(folder / name) for name in reference.split(","))
        given = {"output": tmp_path / "out.png", "method": "transplant", **flags}
        return run_command(
            "inpaint",
            *arguments,
            photo=folder / photo,
            reference=references,
            **{name: value for name, value in given.items() if value is not None},
        )

    return run


def test_the_command_opens_eyes_and_says_what_it_did(inpaint, folder, tmp_path):
    run = inpaint("--compare", reference="closed.png,open.png")
    assert (run.returncode, run.stderr) == (0, "")
    assert "open.png: eyes open" in run.stdout
    assert "closed.png: its eyes are closed" in run.stdout
    before, after = (
        images.read_photo(path) for path in (folder / "closed.png", tmp_path / "out.png")
    )
    different = (before != after).any(axis=-1)
    assert 0.005 < different.mean() < 0.1
    assert digital_source.OF_PHOTOGRAPHS.encode() in (tmp_path / "out.png").read_bytes()
    with PIL.Image.open(tmp_path / "out_compare.jpg") as comparison:
        assert comparison.size[0] > 3 * comparison.size[1]


def test_another_part_of_a_face_is_replaced(inpaint, folder, tmp_path):
    run = inpaint(photo="open.png", mask="box", seed=3)
    assert (run.returncode, run.stderr) == (0, "")
    photos = [images.read_photo(path) for path in (folder / "open.png", tmp_path / "out.png")]
    assert 0.001 < np.not_equal(*photos).any(axis=-1).mean() < 0.3


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"photo": "open.png"}, "the eyes are already open"),
        ({"photo": "broken.jpg"}, "broken.jpg: "),
        ({"method": None, "model": "nowhere"}, "not an exported model"),
        ({"reference": "nowhere.jpg"}, "nowhere.jpg: no such file"),
        ({"reference": "none*.jpg"}, "none*.jpg: no such file"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_nothing_is_written(inpaint, tmp_path, flags, message):
    run = inpaint(**flags)
    assert run.returncode == 1
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert message in run.stderr
    assert not list(tmp_path.iterdir())


def test_an_existing_output_is_replaced_only_when_asked(inpaint, folder, tmp_path):
    (tmp_path / "out.png").write_text("mine")
    run = inpaint()
    assert run.returncode == 1
    assert "--overwrite" in run.stderr
    assert (tmp_path / "out.png").read_text() == "mine"
    run = inpaint("--overwrite", "--force", photo="open.png")
    assert run.returncode == 0
    assert "warning: the eyes are already open" in run.stdout
    assert images.read_photo(tmp_path / "out.png").shape == (320, 320, 3)


@pytest.mark.parametrize("kind", ["files", "folders"])
def test_references_are_named_in_many_ways(run_command, folder, tmp_path, kind):
    album, more = tmp_path / "album", tmp_path / "album" / "more"
    more.mkdir(parents=True)
    closed, opened = album / "closed.png", album / "open, mine.png"
    shutil.copy(folder / "closed.png", closed)
    shutil.copy(folder / "open.png", opened)
    shutil.copy(folder / "broken.jpg", more)
    (more / "same.png").symlink_to(closed)
    arguments, photo = {
        "files": (
            [f"--reference={closed},{opened}", f"--reference={opened}"],
            folder / closed.name,
        ),
        # The photograph lies among the references, and is none of them.
        "folders": ([f"--reference={album}/*.png", f"--reference={more}"], closed),
    }[kind]
    output = album / "out.png"
    run = run_command("inpaint", *arguments, photo=photo, output=output, method="transplant")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.count("open, mine.png") == 1
    assert "open, mine.png: eyes open" in run.stdout
    assert ("closed.png: its eyes are closed" in run.stdout) == (kind == "files")
    assert ("skipped: " in run.stdout) == (kind == "folders")
    assert "same.png" not in run.stdout
    assert output.exists()


def test_a_folder_of_references_that_cannot_be_read_is_named(run_code, folder):
    code = f"""if True:
        import os, runpy, sys
        def list_others(path="."):
            if path == {str(folder)!r}:
                raise PermissionError(13, "Permission denied", path)
            return list_all(path)
        list_all, os.listdir = os.listdir, list_others
        sys.argv = ["inpaint", "--photo=p.png", "--output=o.png", "--reference={folder}"]
        runpy.run_module("exgan_tf.cli.inpaint", run_name="__main__")
    """
    run = run_code(code)
    assert (run.returncode, run.stderr.count("\n")) == (1, 1)
    assert f"Permission denied: '{folder}'" in run.stderr


def test_what_the_copy_lacks_is_said(inpaint, folder, tmp_path):
    frames = [PIL.Image.open(folder / name) for name in ("closed.png", "open.png")]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    run = inpaint(photo="film.gif")
    assert (run.returncode, run.stderr) == (0, "")
    assert "out.png lacks further frames" in run.stdout


def test_of_several_faces_the_numbered_one_is_opened_as_much_as_is_said(
    run_command, inpaint, draw_person, folder, tmp_path
):
    closed, other = (draw_person(person, closed=True).photo for person in (1, 2))
    images.write_photo(folder / "two.png", np.hstack([other, closed]))
    images.write_photo(folder / "open2.png", draw_person(1, closed=False).photo[:, ::-1])
    numbered = tmp_path / "numbered.png"
    run = run_command("inpaint", "--number_faces", photo=folder / "two.png", output=numbered)
    assert (run.returncode, run.stderr) == (0, "")
    assert "2 faces" in run.stdout
    assert (images.read_photo(numbered) != images.read_photo(folder / "two.png")).any()
    run = inpaint(
        "--nomark_source",
        photo="two.png",
        reference="open.png,open2.png",
        face=2,
        strength=0.5,
        num_candidates=2,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "written: " + str(tmp_path / "out_2.png") in run.stdout
    before = images.read_photo(folder / "two.png").astype(int)
    for name in ("out.png", "out_2.png"):
        after = images.read_photo(tmp_path / name)
        different = (after != before).any(axis=-1)
        assert not different[:, : other.shape[1]].any()
        assert different[:, other.shape[1] :].mean() > 0.005
        assert b"DigitalSourceType" not in (tmp_path / name).read_bytes()
    run = inpaint("--overwrite", photo="two.png", face=3)
    assert "face is 3; the photo has 2" in run.stderr
