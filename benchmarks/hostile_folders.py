"""Albums under bad conditions: are the originals untouched and the results those of a quiet run?

  python -m benchmarks.hostile_folders --num_files=1000

Runs `open_eyes` and `inpaint` on drawn faces among links, loops, folders and pipes; gives them a
disk of 5 megabytes (as root, else that is skipped), a folder that is read-only, and models that are
none. Prints as JSON what was seen, and under "faults" whatever is not as it should be. Exit code 1
if anything is. `soak_runs` kills albums.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import app, flags

from benchmarks import commands, people
from exgan_tf import drawn_faces, files, images, model_card
from exgan_tf.photo import methods

_NUM_FILES = flags.DEFINE_integer("num_files", 1000, "Files in the large album.", lower_bound=10)
_DISK_SIZE = "5m"
_METHOD = {"method": "transplant"}


def draw_album(folder: pathlib.Path, *, num_people: int):
    """Makes a folder with a blink and an open-eyed photograph of each of some drawn people."""
    folder.mkdir()
    for person in range(num_people):
        rng = np.random.default_rng(person)
        identity = drawn_faces.draw_identity(rng)
        for name, closed in (("blink", True), ("good", False)):
            photo = people.draw(identity, rng, closed=closed)
            images.write_photo(folder / f"{name}{person}.png", photo)


def add_hostile_files(folder: pathlib.Path, *, num_files: int):
    """Fills an album up with small pictures, and puts what is no photograph among them."""
    blank = images.encode_jpeg(np.full((40, 40, 3), 128, np.uint8))
    for number in range(num_files - len(list(folder.iterdir()))):
        (folder / f"x{number:04d}.jpg").write_bytes(blank)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "folder.jpg").mkdir()
    (folder / "dangling.jpg").symlink_to("gone.jpg")
    (folder / "round.jpg").symlink_to("round.jpg")
    (folder / "loop").symlink_to(folder)
    (folder / "locked.jpg").write_bytes(blank)
    (folder / "locked.jpg").chmod(0)


def describe(folder: pathlib.Path) -> dict:
    """Checksum, mode and time of change of each file in a folder."""
    paths = {path: path.stat() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        str(path.relative_to(folder)): (files.checksum(path), status.st_mode, status.st_mtime_ns)
        for path, status in paths.items()
    }


def run(name, **flag_values):
    return subprocess.run(commands.line(name, **flag_values), capture_output=True, text=True)


def fill(folder, output):
    """In-paints the one who blinks in a folder of `draw_album`."""
    photographs = {"photo": folder / "blink0.png", "reference": folder / "good0.png"}
    return run("inpaint", **photographs, output=output, **_METHOD)


def check_error(ended, expected):
    """What is wrong with a run that should have ended in one line on stderr."""
    one_line = ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1
    if ended.returncode == 1 and one_line and expected in ended.stderr:
        return []
    return [f"{expected!r} was expected: exit code {ended.returncode}, {ended.stderr[-300:]!r}"]


def check_large_album(folder):
    album = folder / "large"
    draw_album(album, num_people=1)
    add_hostile_files(album, num_files=_NUM_FILES.value)
    before = describe(album)
    ended = run("open_eyes", input_dir=album, output_dir=folder / "large_out", **_METHOD)
    faults = [] if describe(album) == before else ["an original was touched"]
    if ended.returncode:
        return [*faults, f"exit code {ended.returncode}: {ended.stderr[-300:]}"]
    report = json.loads((folder / "large_out" / "album.json").read_text())
    expected = {"pipe.jpg", "dangling.jpg", "round.jpg"}
    if os.geteuid():
        expected.add("locked.jpg")
    if set(report["skipped"]) != expected or report["written"] != ["blink0.png"]:
        faults.append(f"skipped {report['skipped']}, written {report['written']}")
    return faults


def check_full_disk(folder):
    album, disk = folder / "noise", folder / "disk"
    album.mkdir()
    disk.mkdir()
    draw_album(folder / "drawn", num_people=1)
    for path in (folder / "drawn").iterdir():
        # Noise around the face, so that a copy alone is larger than the disk.
        photo = images.read_photo(path)
        noise = np.random.default_rng(0).integers(0, 256, (1400, 1400, 3), np.uint8)
        noise[: photo.shape[0], : photo.shape[1]] = photo
        images.write_photo(album / path.name, noise)
    before = describe(album)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_SIZE}", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        return None
    out, settings = disk / "out", {"input_dir": album, **_METHOD}
    try:
        faults = check_error(run("open_eyes", output_dir=out, **settings), "No space left")
        faults += [] if not out.exists() else ["a half-written album has its final name"]
        faults += check_error(fill(album, disk / "o.png"), "No space left")
        faults += [] if not list(disk.glob("*o.png")) else ["half a picture was left"]
        faults += [] if not list(disk.glob(".*.tmp")) else ["something temporary was left"]
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for ended in (
            run("open_eyes", output_dir=disk / "n", **settings),
            fill(album, disk / "p.png"),
        ):
            faults += check_error(ended, "Read-only file system")
        subprocess.run(["mount", "-o", "remount,rw,size=100m", str(disk)], check=True)
        ended = run("open_eyes", output_dir=out, **settings)
        faults += [] if ended.returncode == 0 else [f"with room again: {ended.stderr[-300:]}"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    return faults + ([] if describe(album) == before else ["an original was touched"])


def check_models(folder):
    """Folders of models that are none: each must be refused in one line."""
    draw_album(folder / "people", num_people=1)
    photo, faults = folder / "people" / "blink0.png", []

    def edit_card(model, **changes):
        path = model / model_card.FILE_NAME
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    def cut_file(model):
        path = model / model_card.FIELDS_FILE
        path.write_bytes(path.read_bytes()[:1000])

    def other_network(model):
        data = (model / model_card.COMPOSE_FILE).read_bytes()
        (model / model_card.FIELDS_FILE).write_bytes(data)
        edit_card(
            model, lite_files=dict.fromkeys(model_card.LITE_FILES, hashlib.sha256(data).hexdigest())
        )

    def cut_weights(model):
        edit_card(model, lite_files={})  # With them the SavedModel is not read.
        (weights,) = (model / "variables").glob("*.data-*")
        weights.write_bytes(weights.read_bytes()[:1000])

    def wrong_signature(model):
        edit_card(model, lite_files={})
        path = model / "saved_model.pb"
        path.write_bytes(path.read_bytes().replace(b"serving_default", b"serving_defauld"))

    def absurd_shapes(model):
        edit_card(model, image_size=30_000)

    def other_shapes(model):
        edit_card(model, image_size=512)

    def large_card(model):
        path = model / model_card.FILE_NAME
        path.write_text(path.read_text() + " " * (1 << 20))

    for spoil in (
        cut_file,
        other_network,
        cut_weights,
        wrong_signature,
        absurd_shapes,
        other_shapes,
        large_card,
    ):
        model = folder / spoil.__name__
        shutil.copytree(methods.find_model(), model)
        spoil(model)
        output = folder / f"{spoil.__name__}.png"
        ended = run(
            "inpaint", photo=photo, reference=photo.parent / "good0.png", output=output, model=model
        )
        faults += [f"{spoil.__name__}: {fault}" for fault in check_error(ended, spoil.__name__)]
        faults += [f"{spoil.__name__}: a picture was written"] if output.exists() else []
    return faults


def main(argv):
    del argv
    seen, faults = {"num_files": _NUM_FILES.value}, {}
    for check in (check_large_album, check_full_disk, check_models):
        name = check.__name__.removeprefix("check_")
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            found = check(pathlib.Path(folder))
        seen[name] = "skipped" if found is None else f"{time.monotonic() - start:.0f} s"
        if found:
            faults[name] = found
    commands.show({**seen, "faults": faults})
    sys.exit(bool(faults))


if __name__ == "__main__":
    app.run(main)
