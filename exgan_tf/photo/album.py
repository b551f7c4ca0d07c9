"""A folder of ordinary photographs: whose eyes are closed, and where to take open ones from.

OUT/
  index.html    before and after of every face, and what was left alone and why
  album.json    the same for programs
  choices.json  whose eyes were opened from which photograph, for `open-eyes --choices`
  photos/       corrected copies, under the names that the originals have
"""

import collections
import dataclasses
import datetime
import functools
import os
import pathlib
import shutil
import urllib.parse

import msgspec

from exgan_tf import files, pages, parallel, tally
from exgan_tf.faces.detect import BlazeFaceDetector, FaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder, FaceEmbedder
from exgan_tf.faces.model_files import MissingModelError
from exgan_tf.inpainters import Inpainter
from exgan_tf.photo import album_correction, choices, decision, methods, picture_file
from exgan_tf.photo.album_correction import Correction, FaceReport, describe_error
from exgan_tf.photo.photograph import Face, Photograph, find_faces

TOOL = "open_eyes"
PAGE = "index.html"
REPORT = "album.json"
PHOTOS = "photos"
_FACES = "faces"  # What was found in each photo, which an interrupted run leaves to the next.
_DONE = "done"  # What was done in each photo, likewise.

_THUMBNAIL_SIZE = 112  # Pixels.

# How a user can have eyes opened that were left alone, by the kind of the objection.
_REMEDIES = {
    "perhaps a wink": "--winks opens them",
    "perhaps laughing": "exgan inpaint opens them",
    "not sure who it is": "--look_alikes opens them",
}


@dataclasses.dataclass
class AlbumReport:
    """What came of an album.

    Attributes:
      num_photos: number of readable photographs.
      faces: every face, in the order of the photographs.
      skipped: by name, why a file is no readable photograph, or a folder cannot be read.
      written: names of the corrected copies.
      not_kept: by name, what a copy lacks that its original has.
    """

    num_photos: int
    num_people: int
    faces: list[FaceReport]
    skipped: dict[str, str]
    written: list[str]
    not_kept: dict[str, list[str]]


def open_album_eyes(
    input_dir,
    output_dir,
    *,
    inpainter: Inpainter,
    num_workers: int,
    detector: FaceDetector | None = None,
    embedder: FaceEmbedder | None = None,
    caution: decision.Caution = decision.UNASKED,
    is_marked: bool = True,
    overwrite: bool = False,
) -> AlbumReport:
    """Opens closed eyes in a folder of photographs, using other photographs of the same people.

    The originals are only read. An interrupted run resumes where it stopped.

    Args:
      input_dir: searched with all folders in it, but for names that begin with a dot.
      output_dir: the folder to make.
      inpainter: called by one thread at a time.
      num_workers: number of processes, and of threads.
      detector: finds faces; BlazeFace if None.
      embedder: describes whose they are; dlib if None.
      caution: how sure a decision to replace eyes has to be.
      is_marked: whether the copies say how they came about, by XMP's `DigitalSourceType`.
      overwrite: replace an output that an earlier run made.

    Raises:
      ValueError: if the input has no readable photograph, the output exists or is inside the input,
        or dlib is not installed.
    """
    input_dir = pathlib.Path(input_dir)
    if not input_dir.is_dir():
        raise ValueError(f"{input_dir} is not a folder: give one with photographs")
    files.check_apart(input_dir, output_dir)
    paths, unreadable_folders = _list_files(input_dir)
    fingerprints = {path: files.fingerprint([path]) for path in paths}
    detector, embedder = (
        detector or BlazeFaceDetector(every_face=True),
        embedder or DlibFaceEmbedder(),
    )
    parameters = {
        "input": files.fingerprint(paths),
        "detector": repr(detector),
        "embedder": repr(embedder),
        "inpainter": methods.identify_inpainter(inpainter),
        "caution": dataclasses.asdict(caution),
        "is_marked": is_marked,
    }
    with files.staged_directory(
        output_dir, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        examine = functools.partial(_examine, detector=detector, embedder=embedder)
        photographs, thumbnails, skipped = _find_faces(
            paths, input_dir, work_dir, examine=examine, num_workers=num_workers
        )
        planned, faces = _decide(photographs, thumbnails, caution=caution)
        written = album_correction.correct_photographs(
            planned,
            fingerprints=fingerprints,
            inpainter=inpainter,
            photos_dir=work_dir / PHOTOS,
            records_dir=work_dir / _DONE,
            num_workers=num_workers,
            is_marked=is_marked,
        )
        report = AlbumReport(
            num_photos=len(photographs),
            num_people=len({face.person for face in faces}),
            faces=faces,
            skipped=unreadable_folders | skipped,
            written=list(written),
            not_kept={name: lost for name, lost in written.items() if lost},
        )
        _write_results(work_dir, report, _collect_choices(planned))
    return report


def _list_files(input_dir):
    """The files, and by name why a folder cannot be read."""
    paths, unreadable_folders = [], {}

    def pass_over(error):
        unreadable_folders[_show(pathlib.Path(error.filename), input_dir)] = error.strerror

    for folder, folders, names in os.walk(input_dir, onerror=pass_over):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = sorted(name for name in names if not name.startswith("."))
        paths += [pathlib.Path(folder) / name for name in visible]
    if not paths:
        raise ValueError(f"{input_dir} has no files that can be read: give one with photographs")
    return paths, unreadable_folders


def _show(path, input_dir):
    """The name as UTF-8: another could not be printed or stored in JSON."""
    return os.fsencode(path.relative_to(input_dir)).decode("utf-8", "replace")


def _find_faces(paths, input_dir, work_dir, *, examine, num_workers):
    """The photographs that could be read, close-ups of their faces, and why others cannot be."""
    for folder in (_FACES, _DONE, PHOTOS):
        (work_dir / folder).mkdir(exist_ok=True)
    records = parallel.map_in_processes(
        examine,
        [(path, work_dir / _FACES / f"{index:06d}.json") for index, path in enumerate(paths)],
        num_workers=num_workers,
        description="finding faces",
        if_it_dies=_write_death,
    )
    photographs, thumbnails, skipped = [], {}, {}
    # The records first, so that zip lets their workers end instead of breaking them off.
    for record, path in zip(records, paths, strict=True):
        name = _show(path, input_dir)
        if "reason" in record:
            skipped[name] = record["reason"]
        else:
            faces = [Face.from_json(face) for face in record["faces"]]
            taken = record["taken"] and datetime.datetime.fromisoformat(record["taken"])
            photographs.append(Photograph(name, path, faces, taken))
            thumbnails |= zip(faces, record["thumbnails"], strict=True)
    if not photographs:
        shutil.rmtree(work_dir)
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(skipped.items())[:3])
        raise ValueError(f"{input_dir} has no readable photograph ({reasons})")
    return photographs, thumbnails, skipped


def _examine(task, *, detector, embedder) -> dict:
    """What is in a photograph, by the record of an earlier run or by looking."""
    path, record_path = task
    if (record := album_correction.read_record(record_path)) is not None:
        return record
    try:
        picture = picture_file.read_picture(path)
        faces = find_faces(picture.photo, detector=detector, embedder=embedder)
        record = {
            "faces": [face.to_json() for face in faces],
            "thumbnails": [_thumbnail(picture.photo, face) for face in faces],
            "taken": picture.taken and picture.taken.isoformat(),
        }
    except MissingModelError:
        raise
    except Exception as error:  # Whatever one photograph raises, the others are looked at.
        record = {"reason": describe_error(error).replace(f"{path}: ", "")}
    files.write_json(record_path, record)
    return record


def _write_death(task) -> dict:
    """The record of a photograph that took its process down with it.

    It is written down too: if the next run found faces there, what was done in other photographs
    would no longer be what is planned.
    """
    _, record_path = task
    record = {"reason": "the process that examined it died"}
    files.write_json(record_path, record)
    return record


def _thumbnail(pixels, face) -> str | None:
    """A small close-up for the page."""
    try:
        return album_correction.encode_close_up(pixels, face.detected, size=_THUMBNAIL_SIZE)
    except ValueError:  # At the border there may be too little of a face to show.
        return None


def _decide(photographs, thumbnails, *, caution):
    """What is to be filled in each photograph, and a report of every face."""
    planned, reports = collections.defaultdict(list), []
    for photograph, face, person, decided in decision.decide_all(
        photographs, caution=caution, ranks_always=False
    ):
        report = FaceReport(photograph.name, person, "left alone", "")
        reports.append(report)
        if decided.is_open:
            report.status = "open"
        elif decided.objections:
            report.reason = decided.objections[0]
            report.pictures = {"before": thumbnails[face]} if thumbnails[face] else {}
        else:
            report.status, report.reason = "opened", decided.explain().split("\n")[0]
            report.reference = decided.candidates[0].photograph.name
            planned[photograph].append(Correction(face, decided, report))
    return planned, reports


def _collect_choices(planned) -> choices.Choices:
    """What was done, as if it had been chosen; the reports learn their places among it."""
    names, collected = {}, choices.Choices({}, [])

    def name(photograph):
        if photograph.source not in names:
            # Names of choices have no folders, and may become equal without them.
            flat = stem = photograph.name.replace("/", " - ")
            number = 1
            while flat in collected.photographs:
                number += 1
                flat = f"{number} - {stem}"
            names[photograph.source] = flat
            collected.photographs[flat] = files.checksum(photograph.source)
        return names[photograph.source]

    for photograph, corrections in planned.items():
        for face, decided, report in corrections:
            if report.status != "opened":
                continue
            best = decided.candidates[0]
            eye = choices.Eye(name(best.photograph), choices.to_points(best.face.detected))
            eyes = dict.fromkeys(decided.eyes, eye)
            report.choice = len(collected.faces)
            points = choices.to_points(face.detected)
            collected.faces.append(choices.ChosenFace(name(photograph), points, **eyes))
    return collected


def _write_results(work_dir, report, chosen):
    values = msgspec.to_builtins(chosen)
    files.write_json(work_dir / choices.FILE_NAME, values)
    page = _build_page(report, values)
    files.write_bytes(work_dir / PAGE, page.encode("utf-8", "backslashreplace"))
    described = dataclasses.asdict(report)
    for face in described["faces"]:
        del face["pictures"]
    files.write_json(work_dir / REPORT, described)
    shutil.rmtree(work_dir / _FACES)
    shutil.rmtree(work_dir / _DONE)


def _build_page(report, chosen) -> str:
    """The page, which needs nothing but the copies beside it."""
    opened = [face for face in report.faces if face.status == "opened"]
    left = [face for face in report.faces if face.status == "left alone"]
    by_kind = {}
    for face in left:
        by_kind.setdefault(face.reason.partition(":")[0], []).append(face)
    values = {
        "counts": [
            tally.count(report.num_photos, "photograph"),
            tally.count(report.num_people, "person", "people"),
            tally.count(len(report.faces), "face"),
            f"{len(report.faces) - len(opened) - len(left):,} with open eyes",
            f"{len(opened):,} opened",
            f"{len(left):,} left alone",
        ],
        "num_copies": len(report.written),
        "choices": chosen,
        "opened": [
            (face, urllib.parse.quote(f"{PHOTOS}/{face.copy}", errors="replace")) for face in opened
        ],
        "left_alone": dict(sorted(by_kind.items(), key=lambda item: -len(item[1]))),
        "remedies": _REMEDIES,
        "not_kept": {name: f"without {', '.join(lost)}" for name, lost in report.not_kept.items()},
        "skipped": report.skipped,
    }
    return pages.render("album.html", values)
