"""A folder of ordinary photographs: whose eyes are closed, and where to take open ones from.

OUT/
  index.html    before and after of every face, and what was left alone and why
  album.json    the same for programs
  photos/       corrected copies, under the names that the originals have
"""

import dataclasses
import functools
import os
import pathlib
import shutil
from collections.abc import Callable

import numpy as np

from exgan_tf import files, parallel
from exgan_tf.faces.detect import DlibFaceDetector, FaceDetector
from exgan_tf.faces.dlib_models import MissingDlibError
from exgan_tf.faces.identity import DlibFaceEmbedder, FaceEmbedder
from exgan_tf.photo import album_correction, album_page, album_plan, picture_file
from exgan_tf.photo.album_correction import describe_error
from exgan_tf.photo.album_plan import AlbumPhoto, FaceReport
from exgan_tf.photo.subjects import find_subjects, subject_from_json, subject_to_json

TOOL = "open_eyes"
PAGE = "index.html"
REPORT = "album.json"
PHOTOS = "photos"
_FACES = "faces"  # What was found in each photo, which an interrupted run leaves to the next.
_DONE = "done"  # What was done in each photo, likewise.

_THUMBNAIL_SIZE = 112  # Pixels.


@dataclasses.dataclass
class AlbumReport:
    """What came of an album.

    Attributes:
      num_photos: number of photographs that could be read.
      num_people: number of different people.
      faces: every face, in the order of the photographs.
      skipped: name of each file that is no readable photograph, and why.
      written: names of the corrected photographs.
      not_kept: for each of these that lacks something that its original has, what that is.
    """

    num_photos: int
    num_people: int
    faces: list[FaceReport]
    skipped: dict[str, str]
    written: list[str]
    not_kept: dict[str, list[str]]


@dataclasses.dataclass(frozen=True)
class _Task:
    source: str
    record: str


def open_album_eyes(
    input_dir,
    output_dir,
    *,
    inpainter: Callable[[dict], np.ndarray],
    inpainter_name: str,
    num_workers: int,
    detector: FaceDetector | None = None,
    embedder: FaceEmbedder | None = None,
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
    }
    with files.staged_directory(
        output_dir, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        examine = functools.partial(
            _examine,
            detector=detector or DlibFaceDetector(every_face=True),
            embedder=embedder or DlibFaceEmbedder(),
        )
        photos, skipped = _find_people(
            paths, input_dir, work_dir, examine=examine, num_workers=num_workers
        )
        plan = album_plan.plan_album(photos)
        written = album_correction.correct_photos(
            plan.corrections,
            inpainter=inpainter,
            photos_dir=work_dir / PHOTOS,
            records_dir=work_dir / _DONE,
            num_workers=num_workers,
        )
        report = AlbumReport(
            num_photos=len(photos),
            num_people=plan.num_people,
            faces=plan.faces,
            skipped=skipped,
            written=list(written),
            not_kept={name: lost for name, lost in written.items() if lost},
        )
        _write_results(work_dir, report)
    return report


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
        examine,
        tasks,
        num_workers=num_workers,
        description="finding faces",
        if_it_dies=lambda task: {"reason": "the process that looked at it died"},
    )
    photos, skipped = [], {}
    # The records first, so that zip lets their workers end instead of breaking them off.
    for record, path in zip(records, paths):
        name = _show(path, input_dir)
        if "reason" in record:
            skipped[name] = record["reason"]
            continue
        subjects = [subject_from_json(each) for each in record["subjects"]]
        photos.append(AlbumPhoto(name, path, subjects, record["thumbnails"]))
    if not photos:
        shutil.rmtree(work_dir)
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(skipped.items())[:3])
        raise ValueError(f"{input_dir} has no readable photograph ({reasons})")
    return photos, skipped


def _examine(task, *, detector, embedder) -> dict:
    """What is on a photo, from the record of an earlier run or by looking."""
    record_path = pathlib.Path(task.record)
    if (record := album_correction.read_record(record_path)) is not None:
        return record
    try:
        photo = picture_file.read_picture(task.source).photo
        subjects = find_subjects(photo, detector=detector, embedder=embedder)
        record = {
            "subjects": [subject_to_json(subject) for subject in subjects],
            "thumbnails": [_thumbnail(photo, subject) for subject in subjects],
        }
    except MissingDlibError:
        raise
    except Exception as error:  # Whatever one photograph raises, the others are looked at.
        record = {"reason": describe_error(error).replace(f"{task.source}: ", "")}
    files.write_json(record_path, record)
    return record


def _thumbnail(photo, subject) -> str | None:
    """A small close-up of a face that is perhaps left alone; None if its eyes are open."""
    if subject.flaw is None and subject.quality.opened >= album_plan.SURELY_OPEN:
        return None
    try:
        return album_correction.encode_close_up(photo, subject.face, size=_THUMBNAIL_SIZE)
    except ValueError:  # At the border there may be too little of a face to show.
        return None


def _write_results(work_dir, report):
    page = album_page.build_page(report)
    files.write_bytes(work_dir / PAGE, page.encode("utf-8", "backslashreplace"))
    described = dataclasses.asdict(report)
    for face in described["faces"]:
        del face["pictures"]
    files.write_json(work_dir / REPORT, described)
    shutil.rmtree(work_dir / _FACES)
    shutil.rmtree(work_dir / _DONE)
