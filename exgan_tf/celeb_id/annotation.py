"""A collection of one's own to the published raw layout: faces found, people told apart.

The input is one folder a person with ordinary photographs; the output is what `layouts.read_raw`
reads: `celeb_params.json` and `celeb_id_raw/IDENTITY-N.jpg`.
"""

import collections
import dataclasses
import functools
import os
import pathlib
import re
import unicodedata

import msgspec
import numpy as np

from exgan_tf import files, images, parallel, storage
from exgan_tf.celeb_id import layouts
from exgan_tf.faces import cutting
from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.faces.detect import BlazeFaceDetector, DetectedFace, FaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder, FaceEmbedder, choose_person
from exgan_tf.faces.model_files import MissingModelError
from exgan_tf.geometry import Box
from exgan_tf.tally import Tally

TOOL = "annotate_photos"
REPORT = "annotation_report.json"

# Ours. Larger photos are stored smaller, but never so that a face is narrower than the 512-pixel
# crop of 1.2 face boxes shows it.
_MAX_STORED_SIDE = 2048
_MIN_STORED_FACE_WIDTH = 512 / 1.2
_STORED_QUALITY = 97  # Ours: once more encoded, and nothing to be seen of it.
_MAX_NAME_LENGTH = 100  # Ours, letters; file systems stop at 255.

_PEOPLE = "people"  # An `_Outcome` each, which an interrupted run leaves to the next.
_PENDING = "pending"  # Upright photos of the person at work.


@dataclasses.dataclass(frozen=True)
class _Task:
    source: str
    stored: str


@dataclasses.dataclass(frozen=True)
class _Examined:
    """What a worker found in one photo: its faces, or the reason why there is none."""

    annotations: list[FaceAnnotation] = dataclasses.field(default_factory=list)
    descriptors: list[np.ndarray] = dataclasses.field(default_factory=list)
    reason: str | None = None


class _Outcome(msgspec.Struct):
    """What came of photographs: the file of a finished person, which an interrupted run leaves.

    Attributes:
      annotations: stored name -> its entry in `celeb_params.json`.
      sources: stored name -> the photograph it was made of.
      skipped: photograph -> why it was left out.
      noted: photograph -> what there is to say about it.
    """

    annotations: dict[str, layouts.RawPhotograph] = {}
    sources: dict[str, str] = {}
    skipped: dict[str, str] = {}
    noted: dict[str, str] = {}


@dataclasses.dataclass
class _Person:
    identity: str
    photos: list[pathlib.Path]
    outcome: _Outcome | None = None


def annotate_photos(
    input_dir,
    output_dir,
    *,
    engine: parallel.Engine = parallel.IN_THIS_PROCESS,
    detector: FaceDetector | None = None,
    embedder: FaceEmbedder | None = None,
    overwrite=False,
) -> Tally:
    """Finds the faces of a collection of photographs and writes it in the published raw layout.

    IDENTITY is the folder's name in plain letters, N counts a person's photographs that have a
    usable face, in the order of the file names. Photos are stored upright: the very bytes where
    that is what they are already, as JPEG otherwise. Where a photograph shows several people, the
    one counts whom the folder's other photographs show. `annotation_report.json` beside the
    result says where each photograph came from, and what was left out and why. Names that begin
    with a dot are passed over.

    An interrupted run goes on after the last person who was finished.

    Args:
      input_dir: a folder with one folder of photographs for each person.
      output_dir: the folder to make.
      engine: does the work; every engine gives the same bytes.
      detector: finds faces; BlazeFace if None.
      embedder: describes whose they are; dlib if None.
      overwrite: replace an output that an earlier run made.

    Returns:
      How many photographs were annotated, and which were skipped and why.

    Raises:
      ValueError: if the input has no photographs in the form described, the output is in the way
        or inside the input, dlib is not installed, or no face was found at all.
    """
    input_dir = storage.to_path(input_dir)
    if not input_dir.is_dir():
        raise ValueError(
            f"{input_dir} is not a folder; one with a folder of photographs a person is needed"
        )
    files.check_apart(input_dir, output_dir)
    tally = Tally()
    people = _list_people(input_dir, tally)
    detector, embedder = detector or BlazeFaceDetector(), embedder or DlibFaceEmbedder()
    parameters = {
        "input": files.fingerprint(path for person in people for path in person.photos),
        "detector": repr(detector),
        "embedder": repr(embedder),
    }
    examine = functools.partial(_examine, detector=detector, embedder=embedder)
    with files.staged_directory(
        output_dir, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        _annotate_people(people, work_dir, examine=examine, engine=engine)
        for person in people:
            for name, reason in person.outcome.skipped.items():
                tally.skip(name, reason)
        tally.num_done = sum(len(person.outcome.annotations) for person in people)
        if tally.num_done == 0:
            storage.remove_tree(work_dir)
            raise ValueError(f"no face was found in any photograph\n{tally.summary(most=3)}")
        _write_results(work_dir, people, tally)
    return tally


def _list_people(input_dir, tally):
    """The people with at least one file; what else lies in `input_dir` goes into the tally."""
    folders, strays = [], []
    for path in _visible(input_dir):
        if _leads_outside(path, input_dir):
            tally.skip(_show(path), "a link that leads out of the input folder, or nowhere")
        elif path.is_dir():
            folders.append(path)
        else:
            strays.append(path)
    if not folders:
        raise ValueError(
            f"{input_dir} has {len(strays)} files and no folders: "
            "one folder for each person was wanted, with the photographs in it"
        )
    for path in strays:
        tally.skip(_show(path), "not in the folder of a person")
    people = []
    for folder, identity in zip(
        folders, _name_identities([path.name for path in folders]), strict=True
    ):
        photos = _list_photos(folder, input_dir, tally)
        if photos:
            people.append(_Person(identity=identity, photos=photos))
        else:
            tally.skip(_show(folder), "a folder without photographs")
    if not people:
        raise ValueError(f"{input_dir} has no photographs\n{tally.summary(most=3)}")
    return people


def _list_photos(folder, input_dir, tally):
    photos = []
    for path in _visible(folder):
        name = f"{_show(folder)}/{_show(path)}"
        if _leads_outside(path, input_dir):
            tally.skip(name, "a link that leads out of the input folder, or nowhere")
        elif path.is_dir():
            tally.skip(name, "a folder inside a person's folder")
        elif not path.is_file():
            tally.skip(name, "not a regular file")
        else:
            photos.append(path)
    return photos


def _visible(folder):
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _show(path):
    """The name for people; one that is not UTF-8 could not be printed or stored in JSON."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def _leads_outside(path, input_dir):
    if not path.is_symlink():
        return False
    resolved = pathlib.Path(os.path.realpath(path))
    return input_dir.resolve() not in resolved.parents or not resolved.exists()


def _name_identities(folder_names):
    """A name of lower-case letters, digits and underscores for each folder, all different."""
    identities, counts = {}, collections.Counter()
    for folder_name in folder_names:
        decomposed = unicodedata.normalize("NFKD", folder_name)
        plain = decomposed.encode("ascii", "ignore").decode().lower()
        base = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:_MAX_NAME_LENGTH] or "person"
        name = base
        while name in identities:
            counts[base] += 1
            name = f"{base}_{counts[base] + 1}"
        identities[name] = folder_name
    return list(identities)


def _annotate_people(people, work_dir, *, examine, engine):
    """Fills in what came of each person, from the files of an earlier run or by working."""
    for folder in (_PEOPLE, _PENDING, layouts.RAW_IMAGES):
        (work_dir / folder).mkdir(exist_ok=True)
    finished = {
        person.identity: work_dir / _PEOPLE / f"{person.identity}.json" for person in people
    }
    waiting = []
    for person in people:
        if finished[person.identity].exists():
            person.outcome = files.read_typed(finished[person.identity], _Outcome)
        else:
            waiting.append(person)
    tasks = [
        _Task(source=str(path), stored=str(work_dir / _PENDING / f"{person.identity}-{index}"))
        for person in waiting
        for index, path in enumerate(person.photos)
    ]
    results = engine(examine, tasks, description="finding faces")
    for person in waiting:
        person.outcome = _settle_person(person, [next(results) for _ in person.photos], work_dir)
        files.write_json(finished[person.identity], msgspec.to_builtins(person.outcome))
    results.close()


def _settle_person(person, examined, work_dir):
    """Chooses the person's face in each photograph and gives the stored photo its name."""
    outcome = _Outcome()
    chosen = choose_person([result.descriptors for result in examined])
    for index, (path, result, face) in enumerate(zip(person.photos, examined, chosen, strict=True)):
        source = f"{_show(path.parent)}/{_show(path)}"
        if not result.annotations:
            outcome.skipped[source] = result.reason
            continue
        pending = work_dir / _PENDING / f"{person.identity}-{index}"
        if face is None and len(result.annotations) > 1:
            outcome.skipped[source] = "several faces, and none like the folder's other photographs"
            pending.unlink()
            continue
        if face is None:
            outcome.noted[source] = "kept, but unlike the folder's other photographs"
        filename = f"{person.identity}-{len(outcome.annotations) + 1}.jpg"
        pending.replace(work_dir / layouts.RAW_IMAGES / filename)
        outcome.annotations[filename] = layouts.RawPhotograph.of(result.annotations[face or 0])
        outcome.sources[filename] = source
    return outcome


def _write_results(work_dir, people, tally):
    annotations, report = {}, {"skipped": tally.skipped, "noted": {}, "sources": {}}
    for person in people:
        annotations |= person.outcome.annotations
        report["noted"] |= person.outcome.noted
        report["sources"] |= person.outcome.sources
    files.write_json(work_dir / layouts.RAW_JSON, msgspec.to_builtins(annotations))
    files.write_json(work_dir / REPORT, report)
    storage.remove_tree(work_dir / _PENDING)
    storage.remove_tree(work_dir / _PEOPLE)


def _examine(task, *, detector, embedder):
    """Finds the faces of one photo and stores it upright if there are any."""
    try:
        data = images.read_file(task.source)
        photo = images.decode_photo(data)
    except images.UnreadableImageError as error:
        return _Examined(reason=str(error))
    try:
        faces = detector(photo)
        if not faces:
            return _Examined(reason="no face was found")
        descriptors = [embedder(photo, face) for face in faces]
        factor = _storing_factor(photo, faces)
        if factor < 1:
            photo, shrinking = cutting.scale_photo(photo, factor)
            faces = [_move(face, shrinking) for face in faces]
        if factor < 1 or not _is_plain_jpeg(data):
            data = images.encode_jpeg(photo, quality=_STORED_QUALITY, full_color=True)
    except MissingModelError:
        raise
    except Exception as error:  # Whatever one photograph raises, the others are looked at.
        return _Examined(reason=f"the face cannot be read ({type(error).__name__}: {error})")
    files.write_bytes(task.stored, data)
    return _Examined(annotations=[face.annotation() for face in faces], descriptors=descriptors)


def _storing_factor(photo, faces):
    narrowest = min(face.annotation().face_width for face in faces)
    return max(_MAX_STORED_SIDE / max(photo.shape), _MIN_STORED_FACE_WIDTH / narrowest)


def _move(face: DetectedFace, transform):
    """The face after a scaling of its photo."""
    box = face.box
    corners = transform([[box.left, box.top], [box.left + box.width, box.top + box.height]])
    (left, top), (right, bottom) = corners.round().astype(int).tolist()
    moved = Box(top, left, bottom - top, right - left)
    return dataclasses.replace(face, landmarks=transform(face.landmarks), box=moved)


def _is_plain_jpeg(data):
    """Whether a file that is known to decode is an upright RGB JPEG, to be kept as it is."""
    with images.open_picture(data) as picture:
        is_upright = images.read_orientation(picture) == 1
        return picture.format == "JPEG" and picture.mode == "RGB" and is_upright
