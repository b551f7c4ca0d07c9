"""The model that comes with the package."""

import pathlib
import subprocess
import sys

import numpy as np

from exgan_tf import images, model_card
from exgan_tf.inpainters import LiteInpainter
from exgan_tf.inpainters.saved_model import SavedModelInpainter
from exgan_tf.photo import filling, inpaint_pixels, load
from exgan_tf.photo.methods import find_model

OPENED_EYES = pathlib.Path(__file__).with_name("opened_eyes.png")


def test_it_is_small_and_says_what_it_is():
    folder = find_model()
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    assert sum(sizes) < 5e6 and max(sizes) < 1e6
    card = (folder / "README.md").read_text(encoding="utf-8")
    for words in ("Research use only", "Labeled Faces in the Wild", "Limits"):
        assert words in card
    data = model_card.read_model_card(folder).data
    assert not pathlib.PurePath(data["directory"]).is_absolute()


def test_it_opens_drawn_eyes_as_it_did(scenes, detector, embedder, request):
    closed, opened = scenes["closed"], scenes["open"]
    result = inpaint_pixels(
        closed.photo, [opened.photo], load(), detector=detector, embedder=embedder
    )
    eyes = result.photo[40:100, 30:130]
    assert result.changed.sum() == result.changed[40:100, 30:130].sum()
    if request.config.getoption("golden"):
        images.write_photo(OPENED_EYES, eyes)
    difference = np.abs(eyes.astype(int) - images.read_photo(OPENED_EYES))
    # Other processors round otherwise.
    assert np.percentile(difference, 99) <= 4
    assert difference.mean() < 0.2


def test_it_fills_in_eyes_after_the_reference(scenes):
    closed, opened = scenes["closed"], scenes["open"]

    def fill(reference, inpainter):
        return filling.fill_eyes(
            closed.photo,
            closed.faces[0],
            reference=reference.photo,
            reference_face=reference.faces[0],
            inpainter=inpainter,
            image_size=inpainter.image_size,
        )

    inpainter = LiteInpainter(find_model())
    photo, changed = fill(opened, inpainter)
    np.testing.assert_array_equal(photo[~changed], closed.photo[~changed])
    # Something else than before, and than with its own closed eyes as the reference.
    unopened, _ = fill(closed, inpainter)
    for other in (closed.photo, unopened):
        assert np.abs(photo.astype(int) - other)[changed].mean() > 2
    # The SavedModel makes nearly the same: only the TFLite file computes in 8 bits.
    others, _ = fill(opened, SavedModelInpainter(find_model()))
    difference = np.abs(photo.astype(int) - others)[changed]
    assert difference.mean() < 1 and difference.max() <= 12


def test_a_command_opens_eyes_without_tensorflow(drawn_pair, tmp_path):
    for name, photo in zip(("closed", "open"), drawn_pair, strict=True):
        images.write_photo(tmp_path / f"{name}.png", photo)
    code = (
        "import runpy, sys\n"
        "try:\n"
        "    runpy.run_module('exgan_tf', run_name='__main__', alter_sys=True)\n"
        "finally:\n"
        "    print('tensorflow' in sys.modules)\n"
    )
    flags = ["--photo=closed.png", "--reference=open.png", "--output=o.png"]
    run = subprocess.run(
        [sys.executable, "-c", code, "inpaint", *flags],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("written: o.png\nFalse\n")
