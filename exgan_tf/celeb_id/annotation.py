"""A collection of one's own to the published raw layout: faces found, people told apart.

The input is one folder a person with ordinary photographs; the output is what `layouts.read_raw`
reads: `celeb_params.json` and `celeb_id_raw/IDENTITY-N.jpg`.
"""

import collections
import dataclasses
import functools
import itertools
import os
import re
import unicodedata

import msgspec

from exgan_tf import files, images, parallel, storage
from exgan_tf.celeb_id import layouts
from exgan_tf.faces import cutting
from exgan_tf.faces.detect import BlazeFaceDetector, FaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder, FaceEmbedder, choose_person
from exgan_tf.faces.model_files import MissingModelError
from exgan_tf.tally import Tally, count

TOOL = "annotate_photos"
REPORT = "annotation_report.json"

# Ours. Larger photos are stored smaller, but never so that a face is narrower than the 512-pixel
# crop of 1.2 face boxes shows it.
_MAX_STORED_SIDE = 2048
_MIN_STORED_FACE_WIDTH = 512 / 1.2
_STORED_QUALITY = 97  # Ours: once more encoded, and nothing to be seen of it.
_MAX_NAME_LENGTH = 100  # Ours, letters; file systems stop at 255.

_PEOPLE = "people"  # An `_Outcome` of each person who is finished.
_PENDING = "pending"  # Upright photos of the person at work.


class _Outcome(msgspec.Struct):
    """What came of a person's photographs; an interrupted run leaves a file of it to the next.

    Attributes:
      annotations: stored name -> its entry in `celeb_params.json`.
      sources: stored name -> the photograph it was made from.
      skipped: photograph -> why it was left out.
      noted: photograph -> what there is to say about it.
    """

    annotations: dict[str, layouts.RawPhotograph] = {}
    sources: dict[str, str] = {}
    skipped: dict[str, str] = {}
    noted: dict[str, str] = {}


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
            f"{input_dir} is not a folder; expected one with a folder of photographs per person"
        )
    files.check_apart(input_dir, output_dir)
    tally = Tally()
    people = _list_people(input_dir, tally)
    detector, embedder = detector or BlazeFaceDetector(), embedder or DlibFaceEmbedder()
    parameters = {
        "input": files.fingerprint(path for photos in people.values() for path in photos),
        "detector": repr(detector),
        "embedder": repr(embedder),
    }
    examine = functools.partial(_examine, detector=detector, embedder=embedder)
    with files.staged_directory(
        output_dir, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        annotations, noted, sources = {}, {}, {}
        for outcome in _annotate_people(people, work_dir, examine=examine, engine=engine):
            annotations |= outcome.annotations
            noted |= outcome.noted
            sources |= outcome.sources
            for name, reason in outcome.skipped.items():
                tally.skip(name, reason)
        tally.num_done = len(annotations)
        if not annotations:
            storage.remove_tree(work_dir)
            raise ValueError(f"no face was found in any photograph\n{tally.summary(most=3)}")
        files.write_json(work_dir / layouts.RAW_JSON, msgspec.to_builtins(annotations))
        report = {"skipped": tally.skipped, "noted": noted, "sources": sources}
        files.write_json(work_dir / REPORT, report)
        storage.remove_tree(work_dir / _PENDING)
        storage.remove_tree(work_dir / _PEOPLE)
    return tally


def _list_people(input_dir, tally):
    """Identity -> its photographs; what else lies in `input_dir` goes into the tally."""
    folders, strays, people = [], [], {}
    for path in _list_inside(input_dir, input_dir, tally):
        (folders if path.is_dir() else strays).append(path)
    if not folders:
        raise ValueError(
            f"{input_dir} has {count(len(strays), 'file')} and no folders; "
            "expected one folder for each person, with the photographs in it"
        )
    for path in strays:
        tally.skip(_show(path), "not in the folder of a person")
    identities = _name_identities([path.name for path in folders])
    for folder, identity in zip(folders, identities, strict=True):
        photos = []
        for path in _list_inside(folder, input_dir, tally):
            if path.is_file():
                photos.append(path)
            else:
                kind = (
                    "a folder inside a person's folder" if path.is_dir() else "not a regular file"
                )
                tally.skip(_show(folder, path), kind)
        if photos:
            people[identity] = photos
        else:
            tally.skip(_show(folder), "a folder without photographs")
    if not people:
        raise ValueError(f"{input_dir} has no photographs\n{tally.summary(most=3)}")
    return people


def _list_inside(folder, input_dir, tally):
    """What is in a folder, without hidden files and links that lead out of `input_dir`."""
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        # A link in a circle does not exist, and could not be resolved.
        if not path.is_symlink() or (
            path.exists() and input_dir.resolve() in path.resolve().parents
        ):
            yield path
        else:
            name = _show(path) if folder == input_dir else _show(folder, path)
            tally.skip(name, "a link that leads out of the input folder, or nowhere")


def _show(*paths):
    """Their names for people; one that is not UTF-8 could not be printed or stored in JSON."""
    return "/".join(os.fsencode(path.name).decode("utf-8", "replace") for path in paths)


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
    """The `_Outcome` of each person, from the files of an earlier run or by working."""
    for folder in (_PEOPLE, _PENDING, layouts.RAW_IMAGES):
        (work_dir / folder).mkdir(exist_ok=True)
    paths = {identity: work_dir / _PEOPLE / f"{identity}.json" for identity in people}
    # All before the work, so that a damaged file does not stop the run hours later.
    finished = {
        identity: files.read_typed(path, _Outcome)
        for identity, path in paths.items()
        if path.exists()
    }
    waiting = {
        identity: [
            (path, work_dir / _PENDING / f"{identity}-{index}") for index, path in enumerate(photos)
        ]
        for identity, photos in people.items()
        if identity not in finished
    }
    tasks = list(itertools.chain(*waiting.values()))
    results = engine(examine, tasks, description="finding faces")
    for identity, path in paths.items():
        if identity in waiting:
            examined = [next(results) for _ in waiting[identity]]
            outcome = _settle_person(identity, waiting[identity], examined, work_dir)
            files.write_json(path, msgspec.to_builtins(outcome))
        else:
            outcome = finished[identity]
        yield outcome
    results.close()


def _settle_person(identity, tasks, examined, work_dir):
    """Chooses the person's face in each photograph and gives the stored photo its name."""
    outcome = _Outcome()
    chosen = choose_person(
        [[] if isinstance(faces, str) else [each for _, each in faces] for faces in examined]
    )
    for (path, pending), faces, index in zip(tasks, examined, chosen, strict=True):
        source = _show(path.parent, path)
        if isinstance(faces, str):
            outcome.skipped[source] = faces
            continue
        if index is None and len(faces) > 1:
            outcome.skipped[source] = "several faces, and none like the folder's other photographs"
            pending.unlink()
            continue
        if index is None:
            outcome.noted[source] = "kept, but unlike the folder's other photographs"
        filename = f"{identity}-{len(outcome.annotations) + 1}.jpg"
        pending.replace(work_dir / layouts.RAW_IMAGES / filename)
        annotation, _ = faces[index or 0]
        outcome.annotations[filename] = layouts.RawPhotograph.of(annotation)
        outcome.sources[filename] = source
    return outcome


def _examine(task, *, detector, embedder):
    """Stores a photo upright; its faces, each with its descriptor, or why there are none."""
    source, stored = task
    try:
        data = images.read_file(source)
        photo = images.decode_photo(data)
    except images.UnreadableImageError as error:
        return str(error)
    try:
        faces = detector(photo)
        if not faces:
            return "no face was found"
        descriptors = [embedder(photo, face) for face in faces]
        annotations = [face.annotation() for face in faces]
        narrowest = min(annotation.face_width for annotation in annotations)
        factor = max(_MAX_STORED_SIDE / max(photo.shape), _MIN_STORED_FACE_WIDTH / narrowest)
        if factor < 1:
            photo, shrink = cutting.scale_photo(photo, factor)
            annotations = [
                dataclasses.replace(face, landmarks=shrink(face.landmarks)).annotation()
                for face in faces
            ]
        if factor < 1 or not _is_plain_jpeg(data):
            data = images.encode_jpeg(photo, quality=_STORED_QUALITY, full_color=True)
    except MissingModelError:
        raise
    except Exception as error:  # Whatever one photograph raises, the others are looked at.
        return f"the face cannot be read ({type(error).__name__}: {error})"
    files.write_bytes(stored, data)
    return list(zip(annotations, descriptors, strict=True))


def _is_plain_jpeg(data):
    """Whether a file that is known to decode is an upright RGB JPEG, to be kept as it is."""
    with images.open_picture(data) as picture:
        is_upright = images.read_orientation(picture) == 1
        return picture.format == "JPEG" and picture.mode == "RGB" and is_upright
