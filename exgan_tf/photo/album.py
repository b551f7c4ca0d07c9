"""A folder of ordinary photographs: whose eyes are closed, and where to take open ones from.

OUT/
  index.html    before and after of every face, and what was left alone and why
  album.json    the same for programs
  photos/       corrected copies, under the names that the originals have
"""

import base64
import concurrent.futures
import dataclasses
import functools
import os
import pathlib
import shutil
import threading
from typing import Callable, Optional

import numpy as np
import tqdm

from exgan_tf import files, images, parallel
from exgan_tf.faces.detect import DlibFaceDetector, FaceDetector
from exgan_tf.faces.dlib_models import MissingDlibError
from exgan_tf.faces.identity import DlibFaceEmbedder, FaceEmbedder
from exgan_tf.photo import album_page, choice, comparison, filling, picture_file
from exgan_tf.photo.subjects import (
    Subject,
    find_subjects,
    group_people,
    subject_from_json,
    subject_to_json,
)

TOOL = "open_eyes"
PAGE = "index.html"
REPORT = "album.json"
PHOTOS = "photos"
_FACES = "faces"  # What was found in each photo, which an interrupted run leaves to the next.
_DONE = "done"  # What was done in each photo, likewise.

# All ours. At 0.3, 76 % of closed eyes are called closed and 4 % of LFW's open ones; between the
# two nobody is sure, and a user's photograph is better left alone.
_SURELY_CLOSED = 0.3
_SURELY_OPEN = 0.6
# Ours, a guess: a blurred or much turned reference is worse than none. Not measured.
_MIN_SCORE = 0.05

_CLOSE_UP_SIZE = 256
_THUMBNAIL_SIZE = 112
_CLOSE_UP_QUALITY = 88


@dataclasses.dataclass
class FaceReport:
    """What came of one face.

    Attributes:
      photo: name of the photograph in the album.
      person: number of the person, from 1.
      status: "opened", "open" (already) or "left alone".
      reason: why it was left alone, or where the eyes come from.
      reference: name of the photograph that the eyes come from, if some do.
      copy: name of the corrected photograph in `PHOTOS`, if there is one.
      pictures: close-ups as JPEG in base64, by "before", "reference" and "after".
    """

    photo: str
    person: int
    status: str
    reason: str
    reference: Optional[str] = None
    copy: Optional[str] = None
    pictures: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class AlbumReport:
    """What came of an album.

    Attributes:
      num_photos: number of photographs that could be read.
      num_people: number of different people.
      faces: every face, in the order of the photographs.
      skipped: name of each file that is no readable photograph, and why.
      written: names of the corrected photographs.
    """

    num_photos: int
    num_people: int
    faces: list[FaceReport]
    skipped: dict[str, str]
    written: list[str]


@dataclasses.dataclass(frozen=True)
class _Task:
    source: str
    record: str


@dataclasses.dataclass(eq=False)
class _Photo:
    """A photograph of the album and the people on it."""

    name: str
    path: pathlib.Path
    subjects: list[Subject]
    thumbnails: list[Optional[str]]


@dataclasses.dataclass(frozen=True, eq=False)
class _Correction:
    """A face to fill: its number in its photo, the reference's photo, and what is reported."""

    number: int
    reference_photo: _Photo
    reference: Subject
    report: FaceReport


def open_album_eyes(
    input_dir,
    output_dir,
    *,
    inpainter: Callable[[dict], np.ndarray],
    inpainter_name: str,
    num_workers: int,
    detector: Optional[FaceDetector] = None,
    embedder: Optional[FaceEmbedder] = None,
    match_color: bool = True,
    overwrite: bool = False,
) -> AlbumReport:
    """Opens closed eyes in a folder of photographs, after other photographs of the same people.

    The originals are only read. An interrupted run goes on where it stopped.

    Args:
      input_dir: the folder, with folders in it or not; names that begin with a dot are passed over.
      output_dir: the folder to make.
      inpainter: an `exgan_tf.inpainters.Inpainter`; called by one thread at a time.
      inpainter_name: what tells it from others, for the record of how the folder was made.
      num_workers: number of processes, and of threads.
      detector: finds faces; dlib if None.
      embedder: describes whose they are; dlib if None.
      match_color: match brightness and colours to those around the eyes.
      overwrite: replace an output that an earlier run made.

    Returns:
      What was done.

    Raises:
      ValueError: if the input has no readable photograph, the output is in the way or inside the
        input, or dlib is not installed.
    """
    input_dir = pathlib.Path(input_dir)
    if not input_dir.is_dir():
        raise ValueError(f"{input_dir} is not a folder; one with photographs was wanted")
    files.check_apart(input_dir, output_dir)
    paths = _list_files(input_dir)
    parameters = {
        "input": files.fingerprint(paths),
        "inpainter": inpainter_name,
        "match_color": match_color,
    }
    with files.staged_directory(
        output_dir, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        examine = functools.partial(
            _examine,
            detector=detector or DlibFaceDetector(),
            embedder=embedder or DlibFaceEmbedder(),
        )
        photos, skipped = _find_people(
            paths, input_dir, work_dir, examine=examine, num_workers=num_workers
        )
        plan, faces, num_people = _plan(photos)
        fill = functools.partial(
            _correct,
            work_dir=work_dir,
            inpainter=_OneAtATime(inpainter),
            match_color=match_color,
        )
        written = _correct_all(plan, fill, num_workers=num_workers)
        report = AlbumReport(
            num_photos=len(photos),
            num_people=num_people,
            faces=faces,
            skipped=skipped,
            written=written,
        )
        _write_results(work_dir, report)
    return report


class _OneAtATime:
    """An in-painter for several threads, as a precaution.

    Once, in eight albums without it, the process crashed while two threads were in TensorFlow; it
    could not be made to happen again, so the cause is not known. Reading, aligning, pasting and
    writing still overlap.
    """

    def __init__(self, inpainter):
        self.image_size = inpainter.image_size
        self._inpainter = inpainter
        self._lock = threading.Lock()

    def __call__(self, example):
        with self._lock:
            return self._inpainter(example)


def _list_files(input_dir):
    paths = []
    for folder, folders, names in os.walk(input_dir):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = sorted(name for name in names if not name.startswith("."))
        paths += [pathlib.Path(folder) / name for name in visible]
    if not paths:
        raise ValueError(f"{input_dir} has no files; a folder of photographs was wanted")
    return paths


def _show(path, input_dir):
    """The name for people; one that is not UTF-8 could not be printed or stored in JSON."""
    return os.fsencode(path.relative_to(input_dir)).decode("utf-8", "replace")


def _find_people(paths, input_dir, work_dir, *, examine, num_workers):
    """The photos that could be read, with their subjects, and why the others could not."""
    for folder in (_FACES, _DONE, PHOTOS):
        (work_dir / folder).mkdir(exist_ok=True)
    tasks = [
        _Task(source=str(path), record=str(work_dir / _FACES / f"{index:06d}.json"))
        for index, path in enumerate(paths)
    ]
    records = parallel.map_in_processes(
        examine, tasks, num_workers=num_workers, description="finding faces"
    )
    photos, skipped = [], {}
    for path, record in zip(paths, records):
        name = _show(path, input_dir)
        if "reason" in record:
            skipped[name] = record["reason"]
            continue
        subjects = [subject_from_json(each) for each in record["subjects"]]
        photos.append(_Photo(name, path, subjects, record["thumbnails"]))
    if not photos:
        shutil.rmtree(work_dir)
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(skipped.items())[:3])
        raise ValueError(f"{input_dir} has no readable photograph ({reasons})")
    return photos, skipped


def _examine(task, *, detector, embedder) -> dict:
    """What is on a photo, from the record of an earlier run or by looking."""
    record_path = pathlib.Path(task.record)
    if record_path.exists():
        return files.read_json(record_path)
    try:
        photo = images.read_photo(task.source)
        subjects = find_subjects(photo, detector=detector, embedder=embedder)
        record = {
            "subjects": [subject_to_json(subject) for subject in subjects],
            "thumbnails": [_thumbnail(photo, subject) for subject in subjects],
        }
    except MissingDlibError:
        raise
    except ValueError as error:
        record = {"reason": str(error).replace(f"{task.source}: ", "")}
    files.write_json(record_path, record)
    return record


def _thumbnail(photo, subject) -> Optional[str]:
    """A small close-up of a face that is perhaps left alone; None if its eyes are open."""
    if subject.flaw is None and subject.quality.opened >= _SURELY_OPEN:
        return None
    try:
        return _encode(comparison.close_up(photo, subject.face, size=_THUMBNAIL_SIZE))
    except ValueError:  # At the border there may be too little of a face to show.
        return None


def _encode(photo) -> str:
    return base64.b64encode(images.encode_jpeg(photo, quality=_CLOSE_UP_QUALITY)).decode()


def _plan(photos) -> tuple[list[tuple[_Photo, list[_Correction]]], list[FaceReport], int]:
    """The corrections of each photo that has some, each face's report, and the number of people."""
    numbers = group_people([photo.subjects for photo in photos])
    plan, reports = [], []
    for photo, people in zip(photos, numbers):
        corrections = []
        for index, (subject, person) in enumerate(zip(photo.subjects, people)):
            report = FaceReport(photo.name, person + 1, "left alone", "")
            reports.append(report)
            report.reason = _reason_to_leave(subject) or ""
            if subject.quality.opened >= _SURELY_OPEN and subject.flaw is None:
                report.status = "open"
            elif not report.reason:
                others = _others(photos, numbers, photo, person)
                found = _choose_reference(subject, others, report)
                if found is not None:
                    corrections.append(_Correction(index, *found, report))
            if report.status == "left alone" and photo.thumbnails[index]:
                report.pictures["before"] = photo.thumbnails[index]
        if corrections:
            plan.append((photo, corrections))
    return plan, reports, len({person for people in numbers for person in people})


def _reason_to_leave(subject) -> Optional[str]:
    if subject.flaw is not None:
        return subject.flaw
    if _SURELY_CLOSED < subject.quality.opened < _SURELY_OPEN:
        return f"not sure whether the eyes are closed ({1 - subject.quality.opened:.0%})"
    return None


def _others(photos, numbers, photo, person):
    """The faces of a person in the other photos."""
    return [
        (other, subject)
        for other, people in zip(photos, numbers)
        if other is not photo
        for subject, number in zip(other.subjects, people)
        if number == person
    ]


def _choose_reference(subject, others, report) -> Optional[tuple[_Photo, Subject]]:
    """The best face to take eyes from, or None; the report says why."""
    if not others:
        report.reason = "no reference: the album has no other photograph of this person"
        return None
    candidates = [
        choice.judge_reference(subject, other, name=photo.name, number=number)
        for number, (photo, other) in enumerate(others)
    ]
    # More is asked for than when a user names the reference.
    usable = [each for each in candidates if each.subject.quality.opened >= _SURELY_OPEN]
    ranked = choice.rank_references(usable)
    if not ranked or ranked[0].obstacle or ranked[0].score < _MIN_SCORE:
        why = "all their eyes are closed" if not ranked else ranked[0].obstacle or ranked[0].reasons
        report.reason = (
            f"no reference: {len(others)} other photographs of this person, none suitable ({why})"
        )
        return None
    report.status, report.reference = "opened", ranked[0].name
    report.reason = choice.explain_choice(ranked[:1])
    return others[ranked[0].number]


def _correct_all(plan, correct, *, num_workers) -> list[str]:
    """Fills every planned face, a photo at a time, in threads: the work is done outside Python."""
    executor = concurrent.futures.ThreadPoolExecutor(num_workers)
    try:
        results = executor.map(correct, range(len(plan)), plan)
        bar = tqdm.tqdm(results, total=len(plan), desc="opening eyes", disable=None)
        return [name for name in bar if name is not None]
    finally:
        executor.shutdown(cancel_futures=True)


def _correct(index, planned, *, work_dir, inpainter, match_color) -> Optional[str]:
    """Writes the corrected copy of one photo; returns its name, or None if nothing was done."""
    photo, corrections = planned
    record_path = work_dir / _DONE / f"{index:06d}.json"
    if record_path.exists():
        record = files.read_json(record_path)
    else:
        record = _fill_photo(
            photo, corrections, work_dir=work_dir, inpainter=inpainter, match_color=match_color
        )
        files.write_json(record_path, record)
    for correction, outcome in zip(corrections, record["faces"]):
        for name, value in outcome.items():
            setattr(correction.report, name, value)
    return record["written"]


def _fill_photo(photo, corrections, *, work_dir, inpainter, match_color) -> dict:
    """Fills the faces of one photo: what of each report is new, and the name written."""
    try:
        before = images.read_photo(photo.path)
        original = photo.path.read_bytes()
    except (ValueError, OSError) as error:
        gone = {"status": "left alone", "reason": f"could not be read again ({error})"}
        return {"faces": [gone] * len(corrections), "written": None}
    written = _writable_name(photo.name)
    after, changed, outcomes = before, np.zeros(before.shape[:2], bool), []
    for correction in corrections:
        face = photo.subjects[correction.number].face
        try:
            reference = images.read_photo(correction.reference_photo.path)
            after, region = filling.fill_eyes(
                after,
                face,
                reference=reference,
                reference_face=correction.reference.face,
                inpainter=inpainter,
                image_size=filling.choose_image_size(
                    face, model_size=inpainter.image_size, image_size=None
                ),
                match_color=match_color,
            )
            pictures = _picture(before, reference, after, correction, face)
        except ValueError as error:
            outcomes.append({"status": "left alone", "reason": str(error), "reference": None})
            continue
        changed |= region
        outcomes.append({"pictures": pictures, "copy": written})
    if not changed.any():
        return {"faces": outcomes, "written": None}
    target = work_dir / PHOTOS / written
    target.parent.mkdir(parents=True, exist_ok=True)
    picture_file.write_like(target, after, original=original, changed=changed)
    return {"faces": outcomes, "written": written}


def _picture(before, reference, after, correction, face) -> dict[str, str]:
    views = {
        "before": (before, face),
        "reference": (reference, correction.reference.face),
        "after": (after, face),
    }
    return {
        name: _encode(comparison.close_up(photo, shown, size=_CLOSE_UP_SIZE))
        for name, (photo, shown) in views.items()
    }


def _writable_name(name):
    """The same name, or with .png after it where the format cannot be written."""
    suffix = pathlib.PurePath(name).suffix.lower()
    return name if suffix in images.WRITABLE_SUFFIXES else f"{name}.png"


def _write_results(work_dir, report):
    page = album_page.build_page(report)
    files.write_bytes(work_dir / PAGE, page.encode("utf-8", "backslashreplace"))
    described = dataclasses.asdict(report)
    for face in described["faces"]:
        del face["pictures"]
    files.write_json(work_dir / REPORT, described)
    shutil.rmtree(work_dir / _FACES)
    shutil.rmtree(work_dir / _DONE)
