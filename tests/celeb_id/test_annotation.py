import dataclasses
import json
import math
import os

import cv2
import numpy as np
import PIL.Image
import pytest

from exgan_tf import drawn_faces, files, images, parallel, storage
from exgan_tf.celeb_id import annotation, layouts
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import Box

LANDMARKS = drawn_faces.draw_photograph(
    drawn_faces.draw_identity(np.random.default_rng(0)),
    drawn_faces.draw_conditions(np.random.default_rng(1), closed_fraction=0.0),
    size=200,
).landmarks.astype(float)


@dataclasses.dataclass
class CodedDetector:
    """Finds a face for each of the first red pixels that is not 0; its number says whose."""

    def __call__(self, photo):
        codes = [int(code) for code in photo[0, :4, 0] if code]
        scale = max(photo.shape) / 200
        box = Box(0, 0, 10, 10)
        return [DetectedFace(landmarks=LANDMARKS * scale, box=box, score=code) for code in codes]


def describe(photo, face):
    """Describes a face by the number that the coded detector found."""
    return np.eye(128)[int(face.score)]


def fill_photo(photo):
    """Finds one face that fills the photo, whatever it shows."""
    return [DetectedFace(LANDMARKS * max(photo.shape) / 200, Box(0, 0, 10, 10), score=1)]


def write_coded(path, *codes, size=60):
    """Writes a PNG in which the coded detector finds faces of the people `codes`."""
    photo = np.zeros((size, size, 3), np.uint8)
    photo[0, : len(codes), 0] = codes
    path.parent.mkdir(parents=True, exist_ok=True)
    images.write_photo(path, photo)


def run(input_dir, output_dir, *, detector=None, **settings):
    settings = {"detector": detector or CodedDetector(), "embedder": describe, **settings}
    return annotation.annotate_photos(input_dir, output_dir, **settings)


def read_report(output_dir):
    return json.loads((output_dir / annotation.REPORT).read_text())


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in", tmp_path / "out"


def test_the_output_is_a_raw_folder_in_pixels_of_the_stored_photos(folders):
    source, target = folders
    write_coded(source / "Ann" / "b.png", 1)
    write_coded(source / "Ann" / "a.png", 1, size=400)
    write_coded(source / "Bob" / "x.png", 2)
    tally = run(source, target)
    photographs, skipped = layouts.read_raw(target)
    assert list(photographs) == ["ann-1.jpg", "ann-2.jpg", "bob-1.jpg"]
    assert (tally.num_done, tally.skipped, skipped.skipped) == (3, {}, {})
    assert read_report(target)["sources"]["ann-1.jpg"] == "Ann/a.png"
    assert sorted(path.name for path in target.iterdir()) == sorted(
        [layouts.RAW_JSON, layouts.RAW_IMAGES, annotation.REPORT, "provenance.json"]
    )
    found = photographs["ann-1.jpg"].annotation
    expected = DetectedFace(LANDMARKS * 2, Box(0, 0, 1, 1), score=1).annotation()
    assert found.eye_left == pytest.approx(expected.eye_left, abs=0.01)
    np.testing.assert_allclose(found.landmarks, expected.landmarks, atol=0.01)
    assert found.face_width == pytest.approx(expected.face_width, abs=0.01)


def test_the_face_of_the_folders_person_is_chosen(folders):
    source, target = folders
    write_coded(source / "Ann" / "1.png", 1)
    write_coded(source / "Ann" / "2.png", 2, 1)
    write_coded(source / "Ann" / "3.png", 3, 4)
    write_coded(source / "Ann" / "4.png", 5)
    tally = run(source, target)
    assert tally.num_done == 3
    assert "several faces" in tally.skipped["Ann/3.png"]
    # A lone face unlike the others is kept and noted.
    assert list(read_report(target)["noted"]) == ["Ann/4.png"]
    assert len(list((target / layouts.RAW_IMAGES).iterdir())) == 3


@pytest.mark.parametrize("error", [ValueError, RuntimeError, cv2.error])
def test_what_cannot_be_used_is_skipped_and_named(folders, error):
    class OddDetector(CodedDetector):
        def __call__(self, photo):
            if photo[0, 0, 0] == 3:
                raise error("a face of no width")
            return super().__call__(photo)

    source, target = folders
    write_coded(source / "Ann" / "good.png", 1)
    write_coded(source / "Ann" / "no_face.png")
    write_coded(source / "Ann" / "odd.png", 3)
    write_coded(source / "Ann" / "deeper" / "a.png", 1)
    write_coded(source / "stray.png", 1)
    (source / "Ann" / "notes.txt").write_text("not an image")
    (source / "Empty").mkdir()
    (source / "Ann" / ".DS_Store").write_text("passed over")
    tally = run(source, target, detector=OddDetector())
    assert sorted(tally.skipped) == [
        *("Ann/deeper", "Ann/no_face.png", "Ann/notes.txt", "Ann/odd.png"),
        *("Empty", "stray.png"),
    ]
    assert tally.skipped["Ann/no_face.png"] == "no face was found"
    reason = f"the face cannot be read ({error.__name__}: a face of no width)"
    assert tally.skipped["Ann/odd.png"] == reason
    assert read_report(target)["skipped"] == tally.skipped
    assert tally.num_done == 1


def test_links_that_lead_outside_are_not_followed(folders):
    source, target = folders
    write_coded(source / "Ann" / "a.png", 1)
    write_coded(source.parent / "private" / "secret.png", 1)
    (source / "Ann" / "b.png").symlink_to(source.parent / "private" / "secret.png")
    (source / "Ann" / "c.png").symlink_to(source / "Ann" / "a.png")
    (source / "Linked").symlink_to(source.parent / "private")
    (source / "loop").symlink_to("loop")
    tally = run(source, target)
    assert sorted(tally.skipped) == ["Ann/b.png", "Linked", "loop"]
    assert tally.num_done == 2


def test_folders_that_would_share_a_name_are_told_apart(folders):
    source, target = folders
    for folder in ("Jose Unal", "Jose_Unal_2", "José Ünal", "jose-unal", "佐藤", "山田"):
        write_coded(source / folder / "a.png", 1)
    run(source, target)
    assert sorted(layouts.read_raw(target)[0]) == [
        *("jose_unal-1.jpg", "jose_unal_2-1.jpg", "jose_unal_3-1.jpg", "jose_unal_4-1.jpg"),
        *("person-1.jpg", "person_2-1.jpg"),
    ]


def test_a_name_that_is_not_utf_8_is_reported_readably(folders):
    source, target = folders
    write_coded(source / "Ann" / "a.png", 1)
    os.rename(source / "Ann", os.fsencode(source) + b"/Ann\xff")
    run(source, target)
    assert read_report(target)["sources"]["ann-1.jpg"] == "Ann\N{REPLACEMENT CHARACTER}/a.png"


def store_jpeg(folders, *, mode="RGB", exif=b""):
    """What is stored of a JPEG, and the JPEG."""
    source, target = folders
    path = source / "Ann" / "a.jpg"
    path.parent.mkdir()
    picture = PIL.Image.new("RGB", (80, 40), (200, 30, 30))
    picture.paste((20, 20, 200), (0, 0, 20, 20))  # The top left corner is blue.
    picture.convert(mode).save(path, exif=exif, quality=95)
    run(source, target, detector=fill_photo)
    return target / layouts.RAW_IMAGES / "ann-1.jpg", path


def orient(number):
    exif = PIL.Image.Exif()
    exif[0x0112] = number
    return exif


BROKEN_EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x03abc\0"


@pytest.mark.parametrize("exif", [orient(1), BROKEN_EXIF], ids=["upright", "broken"])
def test_an_upright_jpeg_is_stored_byte_for_byte(folders, recwarn, exif):
    stored, path = store_jpeg(folders, exif=exif)
    assert stored.read_bytes() == path.read_bytes()
    assert not recwarn.list


def test_a_turned_jpeg_is_stored_upright(folders):
    stored, _ = store_jpeg(folders, exif=orient(6))  # To be turned clockwise by 90 degrees.
    with PIL.Image.open(stored) as picture:
        assert picture.getexif().get(0x0112, 1) == 1
        assert picture.size == (40, 80)
        red, _, blue = picture.getpixel((35, 5))
        assert blue > 150 > red


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_of_another_kind_is_stored_in_rgb(folders, mode):
    with PIL.Image.open(store_jpeg(folders, mode=mode)[0]) as picture:
        assert picture.mode == "RGB"


@pytest.mark.parametrize(("scale", "expected"), [(15, 2048), (1, 3000)])
def test_a_large_photo_is_stored_smaller_but_not_with_a_small_face(folders, scale, expected):
    def find(photo):
        return [DetectedFace(LANDMARKS * scale, Box(0, 0, 1, 1), score=1)]

    source, target = folders
    write_coded(source / "Ann" / "a.png", 1, size=3000)
    run(source, target, detector=find)
    photo = images.read_photo(target / layouts.RAW_IMAGES / "ann-1.jpg")
    assert photo.shape == (expected, expected, 3)
    found = layouts.read_raw(target)[0]["ann-1.jpg"].annotation
    (face,) = find(photo)
    assert found.eye_left == pytest.approx(np.multiply(face.eye_left, expected / 3000), abs=0.5)


@dataclasses.dataclass
class InterruptedDetector(CodedDetector):
    """Counts what it sees; is interrupted at the first photo of the person 9, if it is told so."""

    fails: bool = dataclasses.field(repr=False)
    seen: list[int] = dataclasses.field(default_factory=list, repr=False)

    def __call__(self, photo):
        self.seen.append(int(photo[0, 0, 0]))
        if self.fails and self.seen[-1] == 9:
            raise KeyboardInterrupt
        return super().__call__(photo)


def test_an_interrupted_run_goes_on_after_the_last_person(folders):
    source, target = folders
    for name, person in (("Ann", 1), ("Bob", 9), ("Cid", 3)):
        write_coded(source / name / "a.png", person)
    write_coded(source / "Ann" / "b.png")
    with pytest.raises(KeyboardInterrupt):
        run(source, target, detector=InterruptedDetector(fails=True))
    assert not target.exists()
    second = InterruptedDetector(fails=False)
    tally = run(source, target, detector=second)
    assert second.seen == [9, 3]
    assert tally.num_done == 3
    assert list(tally.skipped) == ["Ann/b.png"]
    assert len(layouts.read_raw(target)[0]) == 3


def test_a_damaged_file_of_an_interrupted_run_is_named_before_the_work(folders):
    source, target = folders
    for name, person in (("Ann", 9), ("Bob", 1)):
        write_coded(source / name / "a.png", person)
    with pytest.raises(KeyboardInterrupt):
        run(source, target, detector=InterruptedDetector(fails=True))
    (people,) = target.parent.glob("*/people")
    (people / "bob.json").write_text("{")
    second = InterruptedDetector(fails=False)
    with pytest.raises(ValueError, match="bob.json"):
        run(source, target, detector=second)
    assert not second.seen


def test_neither_the_number_of_processes_nor_the_file_system_matters(folders, tmp_path):
    source, target = folders
    remote = storage.to_path(f"ram:/{tmp_path}")
    for person in (1, 2):
        (remote / "in" / f"p{person}").mkdir()
        for index in range(3):
            name = f"p{person}/{index}.png"
            write_coded(source / name, person)
            files.write_bytes(remote / "in" / name, (source / name).read_bytes())
    run(source, target)
    run(source, tmp_path / "two", engine=parallel.Processes(2))
    run(remote / "in", remote / "out")
    for name in [layouts.RAW_JSON, f"{layouts.RAW_IMAGES}/p2-3.jpg", annotation.REPORT]:
        for other in (tmp_path / "two", remote / "out"):
            assert (other / name).read_bytes() == (target / name).read_bytes()
    assert not (remote / "out" / "pending").exists()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda source: write_coded(source / "Ann" / "a.png"), "no face was found in any"),
        (lambda source: write_coded(source / "a.png", 1), "one folder for each person"),
        (lambda source: (source / "Ann").mkdir(), "has no photographs"),
        (lambda source: source.rmdir(), "is not a folder"),
        (lambda source: None, "no folders"),
    ],
)
def test_nothing_to_annotate_is_an_error_that_leaves_nothing(folders, make, message):
    source, target = folders
    make(source)
    with pytest.raises(ValueError, match=message):
        run(source, target)
    assert {path.name for path in target.parent.iterdir()} <= {"in"}


@pytest.mark.parametrize("output", [".", "out", ".."])
def test_an_output_around_or_in_the_input_is_refused(folders, output):
    source, _ = folders
    write_coded(source / "Ann" / "a.png", 1)
    with pytest.raises(ValueError, match="inside each other"):
        run(source, source / output)


def test_drawn_people_are_annotated_with_dlib(raw_dir, tmp_path):
    truth = {name: each.annotation for name, each in layouts.read_raw(raw_dir)[0].items()}
    for filename in sorted(truth)[:6]:
        folder = tmp_path / "in" / filename.rsplit("-", 1)[0]
        folder.mkdir(parents=True, exist_ok=True)
        data = (raw_dir / layouts.RAW_IMAGES / filename).read_bytes()
        (folder / filename).write_bytes(data)
    tally = annotation.annotate_photos(tmp_path / "in", tmp_path / "out")
    sources = read_report(tmp_path / "out")["sources"]
    found = layouts.read_raw(tmp_path / "out")[0]
    assert (tally.num_done, len(found)) == (6, 6)
    for name, photo in found.items():
        expected = truth[sources[name].split("/")[1]]
        distance = math.dist(expected.eye_left, expected.eye_right)
        assert math.dist(photo.annotation.eye_left, expected.eye_left) < 0.15 * distance
