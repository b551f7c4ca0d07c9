"""Carrying out what was decided about an album: filling eyes, and writing the corrected copies."""

import base64
import concurrent.futures
import dataclasses
import functools
import itertools
import pathlib
import threading
import unicodedata
from typing import NamedTuple

import numpy as np
import tqdm

from exgan_tf import files, images
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.inpainters import Inpainter
from exgan_tf.photo import comparison, filling, methods, picture_file
from exgan_tf.photo.decision import Decision
from exgan_tf.photo.photograph import Face, Photograph

_CLOSE_UP_QUALITY = 88


@dataclasses.dataclass
class FaceReport:
    """What came of one face.

    Attributes:
      photo: name of the photograph in the album.
      person: number of the person, from 1.
      status: "opened", "open" (already) or "left alone".
      reason: why it was left alone, or where the eyes come from.
      reference, copy: names of the photograph with the eyes and of the copy, if they were opened.
      choice: index among the faces of choices.json, likewise.
      pictures: close-ups as JPEG in base64, by "before", "reference" and "after".
    """

    photo: str
    person: int
    status: str
    reason: str
    reference: str | None = None
    copy: str | None = None
    choice: int | None = None
    pictures: dict[str, str] = dataclasses.field(default_factory=dict)


class Correction(NamedTuple):
    """A face to fill, what was decided about it, and what is reported of it."""

    face: Face
    decided: Decision
    report: FaceReport


def correct_photographs(
    planned: dict[Photograph, list[Correction]],
    *,
    fingerprints: dict[pathlib.Path, str],
    inpainter: Inpainter,
    photos_dir: pathlib.Path,
    records_dir: pathlib.Path,
    num_workers: int,
    is_marked: bool,
) -> dict[str, list[str]]:
    """Fills every planned face, writes the copies, and completes the reports in `planned`.

    In threads, a photo at a time, as reading, aligning, pasting and writing are done outside
    Python, and processes would each have to load TensorFlow and the model. One thread at a time
    fills, as a precaution: once, in eight albums without that, the process crashed while two
    threads were in TensorFlow. It could not be made to happen again, not even by 800 traces in four
    threads, so the cause is not known.

    Args:
      planned: the faces to fill, by photograph.
      fingerprints: `files.fingerprint` of each file from before faces were looked for: what has
        changed since may show them elsewhere, and is neither filled nor a reference.
      records_dir: for what was done in each photo, which an interrupted run leaves to the next.
      inpainter, photos_dir, num_workers, is_marked: as for `album.open_album_eyes`.

    Returns:
      The names of the copies that were written, each with what could not be kept in it.

    Raises:
      OSError: if the disk is full or read-only.
    """
    names = name_copies([photograph.name for photograph in planned])
    fill = functools.partial(
        _fill_photograph,
        inpainter=inpainter,
        lock=threading.Lock(),
        photos_dir=photos_dir,
        source_term=methods.find_digital_source(inpainter) if is_marked else None,
    )

    def correct(index, photograph, corrections, name):
        record_path = records_dir / f"{index:06d}.json"
        if (record := read_record(record_path)) is not None:
            return record
        try:
            for each in (photograph, *(c.decided.candidates[0].photograph for c in corrections)):
                if files.fingerprint([each.source]) != fingerprints[each.source]:
                    raise ValueError(
                        f"{each.name} has changed since its faces were found: run the command again"
                    )
            record = fill(photograph, corrections, name)
        except Exception as error:  # Whatever one photograph raises, the others are finished.
            if files.is_disk_error(error):
                raise
            reason = f"could not be corrected: {describe_error(error)}"
            record = {"faces": [_left_alone(reason)] * len(corrections), "not_kept": None}
        files.write_json(record_path, record)
        return record

    executor = concurrent.futures.ThreadPoolExecutor(num_workers)
    try:
        results = executor.map(correct, itertools.count(), planned, planned.values(), names)
        bar = tqdm.tqdm(results, total=len(planned), desc="opening eyes", disable=None)
        records = dict(zip(names, bar, strict=True))
    finally:
        executor.shutdown(cancel_futures=True)
    for corrections, record in zip(planned.values(), records.values(), strict=True):
        for correction, outcome in zip(corrections, record["faces"], strict=True):
            for field, value in outcome.items():
                setattr(correction.report, field, value)
    not_kept = {name: record["not_kept"] for name, record in records.items()}
    return {name: lost for name, lost in not_kept.items() if lost is not None}


def encode_close_up(photo: np.ndarray, face: DetectedFace, *, size: int = 256) -> str:
    """`comparison.close_up` for a page: a JPEG in base64."""
    picture = comparison.close_up(photo, face, size=size)
    return base64.b64encode(images.encode_jpeg(picture, quality=_CLOSE_UP_QUALITY)).decode()


def read_record(path: pathlib.Path) -> dict | None:
    """What an earlier run wrote down; None if it did not, or a crash of the machine emptied it."""
    try:
        return files.read_json(path)
    except ValueError:
        return None


def describe_error(error: Exception) -> str:
    """What to tell a user of an error, with its type's name where it is one for programmers."""
    if isinstance(error, ValueError) and str(error):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{type(error).__name__}: {str(error) or 'no details are known'}"


def _fill_photograph(
    photograph, corrections, name, *, inpainter, lock, photos_dir, source_term
) -> dict:
    """Fills the faces of one photograph: the news for each report, and what a copy lacks."""
    picture = picture_file.read_picture(photograph.source)
    after, outcomes = picture.photo, []
    changed = np.zeros(after.shape[:2], bool)
    for face, decided, _ in corrections:
        best = decided.candidates[0]
        try:
            reference = best.photograph.pixels
            with lock:
                filled, region = filling.fill_eyes(
                    after,
                    face.detected,
                    reference=reference,
                    reference_face=best.face.detected,
                    inpainter=inpainter,
                    eyes=decided.eyes,
                )
            pictures = {
                "before": encode_close_up(after, face.detected),
                "reference": encode_close_up(reference, best.face.detected),
                "after": encode_close_up(filled, face.detected),
            }
        except Exception as error:  # The other faces are filled all the same.
            outcomes.append(_left_alone(describe_error(error)))
            continue
        after = filled
        changed |= region
        outcomes.append({"pictures": pictures, "copy": name})
    not_kept = None
    if changed.any():
        path = photos_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        not_kept = picture.write(path, after, changed=changed, source_term=source_term)
    return {"faces": outcomes, "not_kept": not_kept}


def _left_alone(reason):
    return {"status": "left alone", "reason": reason, "reference": None}


def name_copies(names: list[str]) -> list[str]:
    """The names of copies, all different; .png is added where the format cannot be written.

    HEIC and AVIF become .jpg: every program reads it, and HEIC takes 10 s for 12 megapixels. Names
    differ by more than capitals and the encoding of accents, which many disks do not tell apart.
    """

    def fold(path):
        return unicodedata.normalize("NFC", str(path)).casefold()

    folded, taken, copies = set(map(fold, names)), set(), []
    for name in names:
        path = pathlib.PurePosixPath(name)
        if path.suffix.lower() in (".heic", ".heif", ".hif", ".avif"):
            path = path.with_suffix(".jpg")
        elif path.suffix.lower() not in images.WRITABLE_SUFFIXES:
            path = pathlib.PurePosixPath(f"{name}.png")
        copy, number = path, 1
        while fold(copy) in taken or (fold(copy) != fold(name) and fold(copy) in folded):
            number += 1
            copy = path.with_stem(f"{path.stem} {number}")
        taken.add(fold(copy))
        copies.append(str(copy))
    return copies
