"""Carrying out the plan of an album: filling the eyes, and writing the corrected copies."""

import base64
import concurrent.futures
import functools
import pathlib
import threading
from typing import Callable, Optional

import numpy as np
import tqdm

from exgan_tf import files, images
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.photo import comparison, filling, picture_file, toning
from exgan_tf.photo.album_plan import AlbumPhoto, Correction

_CLOSE_UP_SIZE = 256
_CLOSE_UP_QUALITY = 88


def correct_photos(
    planned: list[tuple[AlbumPhoto, list[Correction]]],
    *,
    inpainter: Callable[[dict], np.ndarray],
    match_color: bool,
    photos_dir: pathlib.Path,
    records_dir: pathlib.Path,
    num_workers: int,
) -> list[str]:
    """Fills every planned face and writes the copies; the corrections' reports say what came of it.

    In threads, a photo at a time, as reading, aligning, pasting and writing are done outside
    Python, and processes would each have to load TensorFlow and the model. The in-painter is
    called by one thread at a time, as a precaution: once, in eight albums without that, the process
    crashed while two threads were in TensorFlow. It could not be made to happen again, not even by
    800 traces in four threads, so the cause is not known.

    Args:
      planned: the photographs that have faces to fill, each with these.
      inpainter: an `exgan_tf.inpainters.Inpainter`.
      match_color: match brightness and colours to those around the eyes.
      photos_dir: folder for the copies.
      records_dir: folder for what was done in each photo, which an interrupted run leaves to the
        next.
      num_workers: number of threads.

    Returns:
      The names of the copies that were written.

    Raises:
      OSError: if a copy cannot be written.
    """
    correct = functools.partial(
        _correct,
        fill=functools.partial(
            _fill_face, inpainter=inpainter, lock=threading.Lock(), match_color=match_color
        ),
        photos_dir=photos_dir,
        records_dir=records_dir,
    )
    executor = concurrent.futures.ThreadPoolExecutor(num_workers)
    try:
        results = executor.map(correct, range(len(planned)), planned)
        bar = tqdm.tqdm(results, total=len(planned), desc="opening eyes", disable=None)
        return [name for name in bar if name is not None]
    finally:
        executor.shutdown(cancel_futures=True)


def encode_close_up(photo: np.ndarray, face: DetectedFace, *, size: int = _CLOSE_UP_SIZE) -> str:
    """A close-up of a face for a page: a JPEG of `size` x `size` pixels, in base64.

    Raises:
      ValueError: if the face is outside the photo.
    """
    picture = comparison.close_up(photo, face, size=size)
    return base64.b64encode(images.encode_jpeg(picture, quality=_CLOSE_UP_QUALITY)).decode()


def _correct(index, planned, *, fill, photos_dir, records_dir) -> Optional[str]:
    """Writes the corrected copy of one photo; returns its name, or None if nothing was done."""
    photo, corrections = planned
    record_path = records_dir / f"{index:06d}.json"
    if record_path.exists():
        record = files.read_json(record_path)
    else:
        record = _fill_photo(photo, corrections, fill=fill, photos_dir=photos_dir)
        files.write_json(record_path, record)
    for correction, outcome in zip(corrections, record["faces"]):
        for name, value in outcome.items():
            setattr(correction.report, name, value)
    return record["written"]


def _fill_photo(photo, corrections, *, fill, photos_dir) -> dict:
    """Fills the faces of one photo: what of each report is new, and the name written."""
    try:
        before = images.read_photo(photo.path)
        original = photo.path.read_bytes()
    except (ValueError, OSError) as error:
        reason = f"could not be read again ({error})"
        return {"faces": [_left_alone(reason)] * len(corrections), "written": None}
    written = _writable_name(photo.name)
    after, changed, outcomes = before, np.zeros(before.shape[:2], bool), []
    for correction in corrections:
        try:
            after, region, pictures = fill(before, after, correction)
        except ValueError as error:
            outcomes.append(_left_alone(str(error)))
            continue
        changed |= region
        outcomes.append({"pictures": pictures, "copy": written})
    if not changed.any():
        return {"faces": outcomes, "written": None}
    target = photos_dir / written
    target.parent.mkdir(parents=True, exist_ok=True)
    picture_file.write_like(target, after, original=original, changed=changed)
    return {"faces": outcomes, "written": written}


def _left_alone(reason):
    return {"status": "left alone", "reason": reason, "reference": None}


def _fill_face(before, partly_filled, correction, *, inpainter, lock, match_color):
    """The photo with one more face filled, where that differs, and the close-ups."""
    face, reference_face = correction.subject.face, correction.reference.face
    reference = images.read_photo(correction.reference_photo.path)

    def inpaint_alone(example):
        with lock:
            return inpainter(example)

    after, region = filling.fill_eyes(
        partly_filled,
        face,
        reference=reference,
        reference_face=reference_face,
        inpainter=inpaint_alone,
        image_size=filling.choose_image_size(
            face, model_size=inpainter.image_size, image_size=None
        ),
        match_color=match_color,
    )
    after = toning.keep_toning(after, before, region)
    pictures = {
        "before": encode_close_up(before, face),
        "reference": encode_close_up(reference, reference_face),
        "after": encode_close_up(after, face),
    }
    return after, region, pictures


def _writable_name(name):
    """The same name, or with .png after it where the format cannot be written."""
    suffix = pathlib.PurePath(name).suffix.lower()
    return name if suffix in images.WRITABLE_SUFFIXES else f"{name}.png"
