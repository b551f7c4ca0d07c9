import dataclasses
import errno
import json
import os
import re
import threading
import time

import markupsafe
import numpy as np
import PIL.Image
import pytest

from exgan_tf import fields, files, images, parallel
from exgan_tf.photo import album, album_correction, choices, decision, picture_file


@pytest.fixture
def folder(tmp_path, scenes):
    """An album: a blink, its reference, and a group in a folder of its own."""
    source = tmp_path / "album"
    (source / "trip").mkdir(parents=True)
    images.write_photo(source / "blink.png", scenes["closed"].photo)
    images.write_photo(source / "good.png", scenes["open"].photo)
    images.write_photo(source / "trip" / "group.png", scenes["pair"].photo)
    return source


@pytest.fixture
def run(tmp_path, folder, detector, embedder, painter):
    """Returns a function that opens the eyes of the album into `tmp_path / "out"`."""

    def run(**changes):
        arguments = {
            "inpainter": painter,
            "inpainter_name": "green",
            "num_workers": 1,
            "detector": detector,
            "embedder": embedder,
            **changes,
        }
        return album.open_album_eyes(folder, tmp_path / "out", **arguments)

    return run


def faces_of(report, status):
    return [face for face in report.faces if face.status == status]


def test_closed_eyes_are_opened_after_the_same_persons_photograph(tmp_path, run, scenes):
    report = run()
    assert [face.photo for face in faces_of(report, "opened")] == ["blink.png", "trip/group.png"]
    assert {face.reference for face in faces_of(report, "opened")} == {"good.png"}
    assert len(faces_of(report, "open")) == 2
    assert report.num_people == 2
    written = images.read_photo(tmp_path / "out" / "photos" / "blink.png")
    different = (written != scenes["closed"].photo).any(axis=-1)
    assert 0.005 < different.mean() < 0.15


def test_the_reference_of_the_same_occasion_is_taken(run, folder, scenes):
    for name, scene, day in (
        ("blink.png", "closed", 2),
        ("good.png", "open", 1),
        ("near.png", "open", 2),
    ):
        exif = PIL.Image.Exif()
        exif[0x8769] = {0x9003: f"2026:07:0{day} 10:00:00"}
        PIL.Image.fromarray(scenes[scene].photo).save(folder / name, exif=exif)
    blink = next(face for face in run().faces if face.photo == "blink.png")
    assert (blink.reference, "same occasion (0 s apart)" in blink.reason) == ("near.png", True)


def test_the_originals_are_not_touched(run, folder):
    before = {path: path.read_bytes() for path in folder.rglob("*.png")}
    run()
    assert {path: path.read_bytes() for path in folder.rglob("*.png")} == before


def test_photos_without_corrections_are_not_copied(tmp_path, run):
    report = run()
    copies = {path.name for path in (tmp_path / "out" / "photos").rglob("*.*")}
    assert copies == {"blink.png", "group.png"}
    assert report.written == ["blink.png", "trip/group.png"]


def test_what_was_done_can_be_carried_out_again_as_choices(tmp_path, run, folder, painter):
    report = run(is_marked=False)
    chosen = files.read_typed(tmp_path / "out" / choices.FILE_NAME, choices.Choices)
    assert [face.choice for face in faces_of(report, "opened")] == [0, 1]
    again = tmp_path / "again"
    again.mkdir()
    sources = choices.find_sources(chosen, folder)
    choices.carry_out(chosen, sources, again, inpainter=painter, is_marked=False)
    for name, copy in (("blink.png", "blink.png"), ("trip - group.png", "trip/group.png")):
        copied = images.read_photo(tmp_path / "out" / "photos" / copy)
        # Landmarks are written down to the hundredth of a pixel.
        assert (images.read_photo(again / name) != copied).any(axis=-1).mean() < 0.002


def test_the_output_is_the_page_the_report_and_the_copies(tmp_path, run):
    run()
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        album.PAGE,
        album.REPORT,
        album.PHOTOS,
        choices.FILE_NAME,
        files.PROVENANCE,
    }
    report = json.loads((tmp_path / "out" / album.REPORT).read_text())
    assert report["num_photos"] == 3
    assert {face["status"] for face in report["faces"]} == {"open", "opened"}


def test_a_blink_without_another_photograph_is_left_alone(run, folder, scenes):
    images.write_photo(folder / "lonely.png", scenes["other_closed"].photo)
    (folder / "trip" / "group.png").unlink()
    report = run()
    (face,) = faces_of(report, "left alone")
    assert (face.photo, face.reference) == ("lonely.png", None)
    assert "no other photograph of this person" in face.reason


def test_a_person_whose_eyes_are_always_closed_is_left_alone(run, folder, scenes):
    (folder / "good.png").unlink()
    report = run()
    assert not faces_of(report, "opened")
    assert all("its eyes are closed" in f.reason for f in faces_of(report, "left alone"))


def test_two_blinks_in_one_photograph_are_both_opened(run, folder, scenes):
    images.write_photo(folder / "both.png", scenes["both_closed"].photo)
    report = run()
    both = [face for face in faces_of(report, "opened") if face.photo == "both.png"]
    assert {face.reference for face in both} == {"good.png", "trip/group.png"}


def test_a_face_that_fails_half_way_is_left_as_it_was(
    tmp_path, run, folder, scenes, painter, monkeypatch
):
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
    decide = album._decide

    def decide_late(*arguments, **options):
        photo = images.read_photo(folder / name)
        images.write_photo(folder / name, photo[::-1])
        return decide(*arguments, **options)

    monkeypatch.setattr(album, "_decide", decide_late)
    report = run()
    assert not any(face.photo == "blink.png" for face in faces_of(report, "opened"))
    (left,) = [face for face in faces_of(report, "left alone") if face.photo == "blink.png"]
    assert f"{name} has changed since its faces were found" in left.reason


def test_broken_files_stop_nothing_and_are_named(run, folder):
    (folder / "notes.txt").write_text("not a photo")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    (folder / ".hidden.jpg").write_bytes(b"")
    report = run()
    assert set(report.skipped) == {"notes.txt", "broken.jpg"}
    assert len(faces_of(report, "opened")) == 2


def test_names_from_outside_are_escaped_on_the_page(tmp_path, run, folder):
    name = '<img src=x onerror="alert(1)">&.png'
    (folder / "blink.png").rename(folder / name)
    run()
    page = (tmp_path / "out" / album.PAGE).read_text()
    assert "<img src=x" not in page
    assert str(markupsafe.escape(name)) in page


def test_the_page_needs_nothing_but_itself_and_the_copies(tmp_path, run, folder):
    (folder / "notes.txt").write_text("not a photo")
    run()
    page = (tmp_path / "out" / album.PAGE).read_text()
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    pictures = [link for link in links if link.startswith("data:image/jpeg;base64,")]
    copies = [link for link in links if link not in pictures]
    assert len(pictures) == 6
    assert sorted(copies) == ["photos/blink.png", "photos/trip/group.png"]
    assert all((tmp_path / "out" / copy).is_file() for copy in copies)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, run, detector, build_painter):
    def interrupt(example):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(inpainter=build_painter(interrupt))
    assert not (tmp_path / "out").exists()

    def forget(photo):
        raise AssertionError("looked for faces again")

    report = run(detector=forget)
    assert len(faces_of(report, "opened")) == 2


def test_what_was_filled_is_not_filled_again(tmp_path, run, painter, build_painter):
    started = threading.Event()

    def fill_once(example):
        if started.is_set():
            raise KeyboardInterrupt
        started.set()
        return painter(example)

    with pytest.raises(KeyboardInterrupt):
        run(inpainter=build_painter(fill_once))
    assert len(painter.examples) == 1
    report = run()
    assert len(painter.examples) == 2
    assert all(
        set(f.pictures) == {"before", "reference", "after"} for f in faces_of(report, "opened")
    )


def test_what_was_filled_stays_with_its_photograph_after_a_worker_died(
    tmp_path, run, folder, scenes, painter, build_painter, monkeypatch
):
    images.write_photo(folder / "a.png", scenes["other_closed"].photo)

    def die(function, items, *, if_it_dies, **named):
        del named
        return [(if_it_dies if item.source.endswith("a.png") else function)(item) for item in items]

    def fill_once(example):
        if painter.examples:
            raise KeyboardInterrupt
        return painter(example)

    with monkeypatch.context() as patch:
        patch.setattr(parallel, "map_in_processes", die)
        with pytest.raises(KeyboardInterrupt):
            run(inpainter=build_painter(fill_once))
    report = run()
    opened = faces_of(report, "opened")
    assert [face.copy for face in opened] == [face.photo for face in opened] == report.written
    assert all((tmp_path / "out" / album.PHOTOS / name).is_file() for name in report.written)


def test_a_finished_album_is_not_made_again(run):
    run()
    with pytest.raises(files.AlreadyCompleteError):
        run()
    with pytest.raises(ValueError, match="--overwrite"):
        run(inpainter_name="another")
    assert len(faces_of(run(inpainter_name="another", overwrite=True), "opened")) == 2


@pytest.mark.parametrize("kind", ["painter", "copier"])
def test_one_thread_at_a_time_fills(run, folder, scenes, request, monkeypatch, kind):
    for index in range(4):
        images.write_photo(folder / f"copy{index}.png", scenes["closed"].photo)
    busy, calls = threading.Lock(), []

    def alone(function):
        def call(*arguments, **named):
            assert busy.acquire(blocking=False), "called while at work"
            calls.append(function)
            time.sleep(0.02)
            busy.release()
            return function(*arguments, **named)

        return call

    inpainter = request.getfixturevalue(kind)
    monkeypatch.setattr(type(inpainter), "__call__", alone(type(inpainter).__call__))
    # TensorFlow is called here too.
    monkeypatch.setattr(fields, "compose", alone(fields.compose))
    report = run(inpainter=inpainter, num_workers=4)
    assert len(faces_of(report, "opened")) == 6 <= len(calls)


def test_several_workers_give_the_same(tmp_path, run):
    one = run()
    many = run(num_workers=3, overwrite=True, inpainter_name="threads")
    assert [face.reason for face in one.faces] == [face.reason for face in many.faces]


@pytest.mark.parametrize(
    ("content", "message"),
    [({}, "has no files"), ({"a.txt": b"words"}, "no readable photograph")],
)
def test_an_album_without_photographs_is_refused(tmp_path, painter, content, message):
    source = tmp_path / "empty"
    source.mkdir()
    for name, data in content.items():
        (source / name).write_bytes(data)
    with pytest.raises(ValueError, match=message):
        album.open_album_eyes(
            source, tmp_path / "out", inpainter=painter, inpainter_name="green", num_workers=1
        )
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_an_output_inside_the_album_is_refused(folder, painter):
    with pytest.raises(ValueError, match="inside each other"):
        album.open_album_eyes(
            folder, folder / "out", inpainter=painter, inpainter_name="green", num_workers=1
        )


def test_faces_that_are_no_good_are_named_with_the_reason(run, folder, scenes, detector):
    small = np.ascontiguousarray(scenes["closed"].photo[::3, ::3])
    images.write_photo(folder / "small.png", small)

    def find(photo):
        if photo.shape == small.shape:
            face = scenes["closed"].faces[0]
            return [type(face)(face.landmarks / 3, face.box, face.score)]
        return detector(photo)

    (face,) = faces_of(run(detector=find), "left alone")
    assert face.photo == "small.png"
    assert face.reason.startswith("too small")
    assert set(face.pictures) == {"before"}


@pytest.mark.parametrize(
    "error", [RuntimeError("struct"), MemoryError(), RecursionError("deep"), OSError("encoder")]
)
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


@pytest.mark.parametrize("error", [RuntimeError("struct"), MemoryError(), OSError("encoder")])
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
    assert "could not be corrected" in left.reason
    assert type(error).__name__ in left.reason
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
    report = run()
    assert report.not_kept == {"blink.webp": ["further frames"]}
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


def test_a_folder_that_cannot_be_read_stops_nothing_and_is_named(run, folder, monkeypatch):
    (folder / "private").mkdir()
    scan = os.scandir

    def scan_others(path="."):
        if path == str(folder / "private"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scan_others)
    assert run().skipped == {"private": "Permission denied"}


def test_copies_fit_on_disks_that_tell_no_capitals_apart():
    names = ["IMG_1.HEIC", "IMG_1.JPG", "cafe\u0301.jpg", "caf\xe9.JPG", "img_2.jpg"]
    copies = album_correction.name_copies(names)
    assert copies == ["IMG_1 2.jpg", *names[1:3], "caf\xe9 2.JPG", "img_2.jpg"]


def test_folders_links_and_pipes_among_the_photographs_stop_nothing(run, folder):
    (folder / "a_folder.jpg").mkdir()
    (folder / "loop").symlink_to(folder)
    (folder / "round.jpg").symlink_to(folder / "round.jpg")
    (folder / "dangling.jpg").symlink_to(folder / "gone.jpg")
    os.mkfifo(folder / "pipe.jpg")
    before = {path: path.stat() for path in folder.rglob("*.png")}
    report = run()
    assert set(report.skipped) == {"round.jpg", "dangling.jpg", "pipe.jpg"}
    assert len(faces_of(report, "opened")) == 2
    for path, status in before.items():
        after = path.stat()
        assert (after.st_mtime_ns, after.st_mode) == (status.st_mtime_ns, status.st_mode)


def test_a_record_that_a_crash_emptied_is_made_again(tmp_path, run, build_painter):
    def interrupt(example):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(inpainter=build_painter(interrupt))
    records = sorted((tmp_path / "out.partial" / "faces").iterdir())
    records[0].write_bytes(b"")
    records[1].write_bytes(records[1].read_bytes()[:30])
    assert len(faces_of(run(), "opened")) == 2


@pytest.mark.parametrize("winks", [False, True])
def test_a_wink_is_left_alone_unless_asked_for(run, folder, scenes, detector, winks):
    closed, opened = scenes["closed"], scenes["open"]
    images.write_photo(folder / "wink.png", np.maximum(closed.photo, 1))
    points = closed.faces[0].landmarks.copy()
    points[42:48] = opened.faces[0].landmarks[42:48] - opened.faces[0].landmarks[42] + points[42]

    def find(photo):
        if np.array_equal(photo, np.maximum(closed.photo, 1)):
            return [dataclasses.replace(closed.faces[0], landmarks=points)]
        return detector(photo)

    caution = dataclasses.replace(decision.UNASKED, winks=winks)
    report = run(detector=find, caution=caution)
    (face,) = [face for face in report.faces if face.photo == "wink.png"]
    if winks:
        assert face.reason.startswith("the left eye from good.png")
    else:
        assert (face.status, face.copy) == ("left alone", None)
        assert "perhaps a wink" in face.reason
