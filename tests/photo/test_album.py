import dataclasses
import errno
import functools
import json
import os
import re
import shutil
import threading
import time
from typing import NamedTuple

import known_faces
import markupsafe
import numpy as np
import PIL.Image
import pytest

from exgan_tf import files, images, parallel
from exgan_tf.photo import album, album_correction, choices, decision, filling, picture_file


def write_album(folder, scenes):
    """Writes a blink, its reference, and a group in a folder of its own."""
    (folder / "trip").mkdir(parents=True)
    for name, scene in (("blink", "closed"), ("good", "open"), ("trip/group", "pair")):
        images.write_photo(folder / f"{name}.png", scenes[scene].photo)
    return folder


class Done(NamedTuple):
    """An album, the folder that was made of it, and the report."""

    folder: os.PathLike
    out: os.PathLike
    report: album.AlbumReport


@pytest.fixture(scope="module")
def open_eyes(detector, embedder, build_painter):
    """Returns a function that opens the eyes of an album into a folder."""

    def open_eyes(folder, out, **changes):
        tools = {"inpainter": build_painter(), "detector": detector, "embedder": embedder}
        return album.open_album_eyes(folder, out, **{"num_workers": 1, **tools, **changes})

    return open_eyes


@pytest.fixture(scope="module")
def done(tmp_path_factory, scenes, open_eyes):
    """The album after its eyes were opened, for tests that only look at it."""
    folder = write_album(tmp_path_factory.mktemp("done") / "album", scenes)
    out = folder.with_name("out")
    return Done(folder, out, open_eyes(folder, out))


@pytest.fixture
def folder(tmp_path, scenes):
    """An album of its own, for tests that change it."""
    return write_album(tmp_path / "album", scenes)


@pytest.fixture
def run(tmp_path, folder, open_eyes, painter):
    """Opens the eyes of `folder` into `tmp_path / "out"`."""
    return functools.partial(open_eyes, folder, tmp_path / "out", inpainter=painter)


@pytest.fixture
def interrupt(run, build_painter):
    """Returns a function that opens the eyes of `folder` until some faces are filled."""

    def interrupt(*, filled):
        left = iter(range(filled))

        def paint(example):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return np.float32([-1, 1, -1])

        with pytest.raises(KeyboardInterrupt):
            run(inpainter=build_painter(paint))

    return interrupt


def faces_of(report, status):
    return [face for face in report.faces if face.status == status]


def face_of(report, photo):
    (face,) = [face for face in report.faces if face.photo == photo]
    return face


def test_closed_eyes_are_opened_after_the_same_persons_photograph(done, scenes):
    opened = faces_of(done.report, "opened")
    assert [face.photo for face in opened] == ["blink.png", "trip/group.png"]
    assert {face.reference for face in opened} == {"good.png"}
    assert len(faces_of(done.report, "open")) == 2
    assert done.report.num_people == 2
    written = images.read_photo(done.out / "photos" / "blink.png")
    different = (written != scenes["closed"].photo).any(axis=-1)
    assert 0.005 < different.mean() < 0.15


def test_the_reference_of_the_same_occasion_is_taken(run, folder, scenes):
    for name, scene, day in (("blink", "closed", 2), ("good", "open", 1), ("near", "open", 2)):
        exif = PIL.Image.Exif()
        exif[0x8769] = {0x9003: f"2026:07:0{day} 10:00:00"}
        PIL.Image.fromarray(scenes[scene].photo).save(folder / f"{name}.png", exif=exif)
    blink = face_of(run(), "blink.png")
    assert (blink.reference, "same occasion (0 s apart)" in blink.reason) == ("near.png", True)


def test_what_was_done_can_be_carried_out_again_as_choices(tmp_path, done, painter):
    chosen = files.read_typed(done.out / choices.FILE_NAME, choices.Choices)
    assert [face.choice for face in faces_of(done.report, "opened")] == [0, 1]
    sources = choices.find_sources(chosen, done.folder)
    written = choices.carry_out(chosen, sources, tmp_path, inpainter=painter)
    assert list(written) == ["blink.png", "trip - group.png"]
    for again, copy in zip(written, done.report.written, strict=True):
        copied = images.read_photo(done.out / "photos" / copy)
        # Landmarks are written down to the hundredth of a pixel.
        assert (images.read_photo(tmp_path / again) != copied).any(axis=-1).mean() < 0.002


def test_choices_pass_over_files_that_cannot_be_read(done, tmp_path, monkeypatch):
    chosen = files.read_typed(done.out / choices.FILE_NAME, choices.Choices)
    folder = shutil.copytree(done.folder, tmp_path / "album")
    sources = choices.find_sources(chosen, folder)
    (folder / "private.png").touch()
    checksum = files.checksum

    def refuse(path):
        if path.name == "private.png":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return checksum(path)

    monkeypatch.setattr(files, "checksum", refuse)
    assert choices.find_sources(chosen, folder) == sources


def test_the_output_is_the_page_the_report_and_the_copies(done):
    names = {str(path.relative_to(done.out)) for path in done.out.rglob("*")}
    copies = {"photos/blink.png", "photos/trip/group.png"}
    pages = {album.PAGE, album.REPORT, choices.FILE_NAME, files.PROVENANCE}
    assert names == {*pages, "photos", "photos/trip", *copies}
    assert done.report.written == ["blink.png", "trip/group.png"]
    report = json.loads((done.out / album.REPORT).read_text())
    assert report["num_photos"] == 3
    assert {face["status"] for face in report["faces"]} == {"open", "opened"}
    # The page needs nothing but itself and the copies.
    links = re.findall(r'(?:src|href)="([^"]*)"', (done.out / album.PAGE).read_text())
    assert len([link for link in links if link.startswith("data:image/jpeg;base64,")]) == 6
    assert {link for link in links if not link.startswith("data:")} == copies


@pytest.mark.parametrize(
    ("photos", "reason"),
    [
        ({"blink.png": "closed", "other.png": "other_open"}, "no other photograph of this person"),
        ({"blink.png": "closed", "again.png": "closed"}, "its eyes are closed"),
    ],
)
def test_a_blink_without_open_eyes_of_the_same_person_is_left_alone(
    run, folder, scenes, photos, reason
):
    for path in list(folder.rglob("*.png")):
        path.unlink()
    for name, scene in photos.items():
        images.write_photo(folder / name, scenes[scene].photo)
    report = run()
    blink = face_of(report, "blink.png")
    assert (blink.status, blink.reference) == ("left alone", None)
    assert reason in blink.reason
    assert not faces_of(report, "opened")


def test_a_face_that_fails_half_way_is_left_as_it_was(tmp_path, run, folder, scenes, monkeypatch):
    for name in ("blink.png", "trip/group.png"):
        (folder / name).unlink()
    images.write_photo(folder / "both.png", scenes["both_closed"].photo)
    images.write_photo(folder / "other.png", scenes["other_open"].photo)
    show = album_correction.encode_close_up

    def fail_on_the_first(photo, face, **options):
        if face.score == 1:
            raise ValueError("nothing to be seen")
        return show(photo, face, **options)

    monkeypatch.setattr(album_correction, "encode_close_up", fail_on_the_first)
    report = run()
    (opened,), (left,) = faces_of(report, "opened"), faces_of(report, "left alone")
    assert (opened.photo, left.photo, left.reason) == ("both.png", "both.png", "nothing to be seen")
    written = images.read_photo(tmp_path / "out" / "photos" / "both.png")
    before, half = scenes["both_closed"].photo, scenes["closed"].photo.shape[1]
    np.testing.assert_array_equal(written[:, :half], before[:, :half])
    assert (written[:, half:] != before[:, half:]).any()


@pytest.mark.parametrize("name", ["blink.png", "good.png"])
def test_what_changes_after_its_faces_were_found_is_left_alone(run, folder, monkeypatch, name):
    decide = decision.decide

    def decide_late(*arguments, **options):
        os.utime(folder / name, (0, 0))
        return decide(*arguments, **options)

    monkeypatch.setattr(decision, "decide", decide_late)
    blink = face_of(run(), "blink.png")
    assert (blink.status, blink.copy) == ("left alone", None)
    assert f"{name} has changed since its faces were found" in blink.reason


def test_names_from_outside_are_escaped_on_the_page(tmp_path, run, folder):
    name = '<img src=x onerror="alert(1)">&.png'
    (folder / "blink.png").rename(folder / name)
    run()
    page = (tmp_path / "out" / album.PAGE).read_text()
    assert "<img src=x" not in page
    assert str(markupsafe.escape(name)) in page


def test_an_interrupted_run_goes_on_where_it_stopped(
    tmp_path, run, interrupt, painter, monkeypatch
):
    interrupt(filled=1)
    assert not (tmp_path / "out").exists()

    def forget(self, photo):
        raise AssertionError("looked for faces again")

    monkeypatch.setattr(known_faces.KnownDetector, "__call__", forget)
    opened = faces_of(run(), "opened")
    assert len(painter.examples) == 1
    assert [set(face.pictures) for face in opened] == [{"before", "reference", "after"}] * 2


def test_another_detector_begins_anew(run, interrupt):
    interrupt(filled=1)
    assert not run(detector=lambda photo: []).faces


def test_what_was_filled_stays_with_its_photograph_after_a_worker_died(
    tmp_path, run, interrupt, folder, scenes, monkeypatch
):
    images.write_photo(folder / "a.png", scenes["other_closed"].photo)

    def die(function, items, *, if_it_dies, **named):
        del named
        return [(if_it_dies if item[0].name == "a.png" else function)(item) for item in items]

    with monkeypatch.context() as patch:
        patch.setattr(parallel, "map_in_processes", die)
        interrupt(filled=1)
    report = run()
    opened = faces_of(report, "opened")
    assert [face.copy for face in opened] == [face.photo for face in opened] == report.written
    assert all((tmp_path / "out" / album.PHOTOS / name).is_file() for name in report.written)


def test_a_record_that_a_crash_emptied_is_made_again(tmp_path, run, interrupt):
    interrupt(filled=0)
    records = sorted((tmp_path / "out.partial" / "faces").iterdir())
    records[0].write_bytes(b"")
    records[1].write_bytes(records[1].read_bytes()[:30])
    assert len(faces_of(run(), "opened")) == 2


def test_a_finished_album_is_not_made_again(run):
    run()
    with pytest.raises(files.AlreadyCompleteError):
        run()
    with pytest.raises(ValueError, match="--overwrite"):
        run(is_marked=False)
    assert len(faces_of(run(is_marked=False, overwrite=True), "opened")) == 2


def test_one_thread_at_a_time_fills(run, folder, scenes, monkeypatch):
    for index in range(4):
        images.write_photo(folder / f"copy{index}.png", scenes["closed"].photo)
    busy, fill = threading.Lock(), filling.fill_eyes

    def fill_alone(*arguments, **named):
        assert busy.acquire(blocking=False), "called while at work"
        time.sleep(0.02)
        busy.release()
        return fill(*arguments, **named)

    monkeypatch.setattr(filling, "fill_eyes", fill_alone)
    # Threads are started all the same.
    monkeypatch.setattr(
        parallel, "map_in_processes", lambda function, items, **_: map(function, items)
    )
    assert len(faces_of(run(num_workers=4), "opened")) == 6


def test_several_workers_give_the_same(run, done):
    assert run(num_workers=2).faces == done.report.faces


@pytest.mark.parametrize(
    ("source", "output", "message"),
    [
        ("empty", "out", "has no files"),
        ("full", "out", "no readable photograph"),
        ("full", "full/out", "inside each other"),
        ("full/a.txt", "out", "is not a folder"),
    ],
)
def test_what_is_no_album_or_has_no_photographs_is_refused(
    tmp_path, painter, source, output, message
):
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "a.txt").write_text("words")
    with pytest.raises(ValueError, match=message):
        album.open_album_eyes(
            tmp_path / source, tmp_path / output, inpainter=painter, num_workers=1
        )
    assert {path.name for path in tmp_path.rglob("*")} == {"empty", "full", "a.txt"}


def test_faces_that_are_no_good_are_named_with_the_reason(run, folder, scenes, detector):
    small = np.ascontiguousarray(scenes["closed"].photo[::3, ::3])
    images.write_photo(folder / "small.png", small)

    def find(photo):
        if photo.shape == small.shape:
            face = scenes["closed"].faces[0]
            return [dataclasses.replace(face, landmarks=face.landmarks / 3)]
        return detector(photo)

    (face,) = faces_of(run(detector=find), "left alone")
    assert face.photo == "small.png"
    assert face.reason.startswith("too small")
    assert set(face.pictures) == {"before"}


@pytest.mark.parametrize("error", [RecursionError("deep"), MemoryError(), OSError("encoder")])
def test_whatever_looking_at_a_photograph_raises_the_others_are_finished(
    run, folder, scenes, detector, error
):
    images.write_photo(folder / "poison.png", scenes["other_closed"].photo)

    def find(photo):
        if photo.tobytes() == scenes["other_closed"].photo.tobytes():
            raise error
        return detector(photo)

    report = run(detector=find)
    assert report.skipped["poison.png"].startswith(type(error).__name__)
    assert len(faces_of(report, "opened")) == 2


@pytest.mark.parametrize("error", [MemoryError(), OSError("encoder")])
def test_whatever_writing_a_copy_raises_the_others_are_finished(run, monkeypatch, error):
    write = picture_file.Picture.write

    def fail_on_the_blink(self, path, photo, **options):
        if path.name == "blink.png":
            raise error
        return write(self, path, photo, **options)

    monkeypatch.setattr(picture_file.Picture, "write", fail_on_the_blink)
    report = run()
    (left,) = faces_of(report, "left alone")
    assert (left.photo, left.copy, left.reference) == ("blink.png", None, None)
    assert f"could not be corrected: {type(error).__name__}" in left.reason
    assert report.written == ["trip/group.png"]


def test_a_full_disk_ends_an_album_and_the_next_run_finishes_it(run, monkeypatch, tmp_path):
    def fill_up(self, path, photo, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(picture_file.Picture, "write", fill_up)
        with pytest.raises(OSError, match="No space left"):
            run()
    assert not (tmp_path / "out").exists()
    assert len(faces_of(run(), "opened")) == 2


def test_what_a_copy_lacks_is_named(tmp_path, run, folder, scenes):
    frames = [PIL.Image.fromarray(scenes[name].photo) for name in ("closed", "open")]
    frames[0].save(folder / "blink.webp", save_all=True, append_images=frames[1:], lossless=True)
    assert run().not_kept == {"blink.webp": ["further frames"]}
    page = (tmp_path / "out" / album.PAGE).read_text()
    assert "<bdi>blink.webp</bdi>: without further frames" in page


def test_copies_never_replace_each_other(tmp_path, run, folder, scenes):
    source = PIL.Image.fromarray(scenes["closed"].photo)
    for name in ("blink.xyz", "blink.xyz.png", os.fsdecode(b"\xff.png"), os.fsdecode(b"\xfe.png")):
        source.save(folder / name, format="PNG")
    report = run()
    copies = [path for path in (tmp_path / "out" / "photos").rglob("*") if path.is_file()]
    assert len(copies) == len(report.written) == len(set(report.written)) == 6
    assert {"blink.xyz.png", "blink.xyz 2.png"} <= set(report.written)


def test_copies_fit_on_disks_that_tell_no_capitals_apart():
    names = ["IMG_1.HEIC", "IMG_1.JPG", "cafe\u0301.jpg", "caf\xe9.JPG", "img_2.jpg"]
    copies = album_correction.name_copies(names)
    assert copies == ["IMG_1 2.jpg", *names[1:3], "caf\xe9 2.JPG", "img_2.jpg"]


def test_a_folder_that_cannot_be_read_stops_nothing_and_is_named(run, folder, monkeypatch):
    (folder / "private").mkdir()
    scan = os.scandir

    def scan_others(path="."):
        if path == str(folder / "private"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scan_others)
    assert run().skipped == {"private": "Permission denied"}


def test_what_is_no_photograph_stops_nothing_and_the_originals_stay_untouched(run, folder):
    (folder / "notes.txt").write_text("not a photo")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    (folder / ".hidden.jpg").write_bytes(b"")
    (folder / "a_folder.jpg").mkdir()
    (folder / "loop").symlink_to(folder)
    (folder / "round.jpg").symlink_to(folder / "round.jpg")
    (folder / "dangling.jpg").symlink_to(folder / "gone.jpg")
    os.mkfifo(folder / "pipe.jpg")

    def look():
        paths = sorted(folder.rglob("*.png"))
        return [(p, p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in paths]

    before = look()
    report = run()
    links = {"round.jpg", "dangling.jpg", "pipe.jpg"}
    assert set(report.skipped) == {"notes.txt", "broken.jpg", *links}
    assert len(faces_of(report, "opened")) == 2
    assert look() == before


@pytest.mark.parametrize(
    ("winks", "status", "reason"),
    [(False, "left alone", "perhaps a wink"), (True, "opened", "the left eye from good.png")],
)
def test_a_wink_is_left_alone_unless_asked_for(
    run, folder, scenes, detector, tmp_path, winks, status, reason
):
    (closed,), (opened,) = scenes["closed"].faces, scenes["open"].faces
    winking = np.maximum(scenes["closed"].photo, 1)
    images.write_photo(folder / "wink.png", winking)
    points = closed.landmarks.copy()
    points[42:48] = opened.landmarks[42:48] - opened.landmarks[42] + points[42]

    def find(photo):
        if np.array_equal(photo, winking):
            return [dataclasses.replace(closed, landmarks=points)]
        return detector(photo)

    caution = dataclasses.replace(decision.UNASKED, winks=winks)
    wink = face_of(run(detector=find, caution=caution), "wink.png")
    assert wink.status == status
    assert wink.reason.startswith(reason)
    assert ("--winks opens them" in (tmp_path / "out" / album.PAGE).read_text()) == (not winks)
