"""One photograph: whose eyes to open, with which reference, and what speaks against it."""

import dataclasses
import functools
import math
from collections.abc import Callable

import numpy as np

from exgan_tf.data import masks
from exgan_tf.faces.detect import DetectedFace, DlibFaceDetector, FaceDetector
from exgan_tf.faces.identity import SAME_PERSON_DISTANCE, DlibFaceEmbedder, FaceEmbedder
from exgan_tf.photo import choice, filling, toning
from exgan_tf.photo.missing_face import explain_missing_face, is_upside_down
from exgan_tf.photo.subjects import Subject, find_subjects


@dataclasses.dataclass(frozen=True, eq=False)
class InpaintedPhoto:
    """A photograph with other eyes.

    Attributes:
      photo: uint8 [height, width, 3], RGB.
      changed: where `photo` may differ from the original, bool [height, width].
      face: the face whose eyes were replaced.
      reference_number: which of the references they come from, from 0.
      reference_face: the face there.
      distance: of the two faces' descriptors; one person's are less than 0.6 apart.
      explanation: why this reference, a line for each of them.
      warnings: what spoke against it and was overruled by `force`.
    """

    photo: np.ndarray
    changed: np.ndarray
    face: DetectedFace
    reference_number: int
    reference_face: DetectedFace
    distance: float
    explanation: str
    warnings: tuple[str, ...]


def inpaint_photo(
    photo: np.ndarray,
    references: list[np.ndarray],
    inpainter: Callable[[dict], np.ndarray],
    *,
    detector: FaceDetector | None = None,
    embedder: FaceEmbedder | None = None,
    image_size: int | None = None,
    mask: str = masks.EYES,
    seed: int = 0,
    force: bool = False,
    names: list[str] | None = None,
) -> InpaintedPhoto:
    """Opens the eyes of one person in a photograph, after other photographs of that person.

    Of several faces it is the one that the references show; of several such, one with closed eyes,
    and then the one most like them.

    Args:
      photo: uint8 [height, width, 3], RGB, upright.
      references: photographs of the same person with open eyes, each uint8 [height, width, 3].
      inpainter: an `exgan_tf.inpainters.Inpainter`.
      detector: finds faces; dlib if None.
      embedder: describes whose they are; dlib if None.
      image_size: side in pixels at which the face is filled, 64 to 512; None for the model's own
        size or, with methods that take any, for the size that the face has in the photo.
      mask: what of the aligned face is replaced, a name of `data.masks.MASKS`; if not the eyes, it
        does not matter whether these are open.
      seed: of masks that are drawn, at least 0 and less than 2**63.
      force: go on where the person seems to be another, the eyes already open, those of the
        reference closed, or a face unsuitable.
      names: what the references are called in messages.

    Returns:
      The photo, and what was done.

    Raises:
      ValueError: if a face is missing or something speaks against it that `force` would overrule,
        or if the mask or the seed cannot be.
    """
    masks.check_name(mask)
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed is {seed}; an integer from 0 to 2**63 - 1 is wanted")
    names = _check_names(names, references)
    embedder = embedder or DlibFaceEmbedder()
    quick, close = detector or DlibFaceDetector(), detector or DlibFaceDetector(every_face=True)
    found = [find_subjects(each, detector=quick, embedder=embedder) for each in references]
    subjects = find_subjects(photo, detector=quick, embedder=embedder)
    if not any(_distance(subject, found) < SAME_PERSON_DISTANCE for subject in subjects):
        # A large face may have kept the search from the smaller one that is meant.
        subjects = find_subjects(photo, detector=close, embedder=embedder)
    if not subjects:
        raise ValueError(explain_missing_face(photo, "the photo", detector=quick))
    if not any(found):
        reasons = map(functools.partial(explain_missing_face, detector=quick), references, names)
        raise ValueError("; ".join(reasons))
    target = _choose_target(subjects, found)
    ranked = choice.rank_references(_candidates(target, found, names))
    warnings = _list_objections(target, ranked[0], mask=mask)
    if warnings and not force:
        turned = [
            f"{name}: the face seems to be upside down or lying: turn the photograph"
            for each, name in zip((photo, *references), ("the photo", *names))
            if is_upside_down(each, detector=quick)
        ]
        warnings = (*turned, *warnings)
        raise ValueError(f"{'; '.join(warnings)} (with --force, or force=True, it goes on)")
    best = ranked[0]
    result, changed = filling.fill_eyes(
        photo,
        target.face,
        reference=references[best.number],
        reference_face=best.subject.face,
        inpainter=inpainter,
        image_size=filling.choose_image_size(
            target.face, model_size=inpainter.image_size, image_size=image_size
        ),
        mask=mask,
        seed=seed,
    )
    return InpaintedPhoto(
        photo=toning.keep_toning(result, photo, changed),
        changed=changed,
        face=target.face,
        reference_number=best.number,
        reference_face=best.subject.face,
        distance=best.distance,
        explanation="\n".join(
            [
                choice.explain_choice(ranked),
                *_faceless(found, names),
                *_left_closed(subjects, target, photo.shape[1]),
            ]
        ),
        warnings=warnings,
    )


def _check_names(names, references):
    if not isinstance(references, (list, tuple)) or not references:
        raise ValueError("references is empty or no list; a list of photos was wanted")
    names = names or [f"reference {number + 1}" for number in range(len(references))]
    if len(names) != len(references):
        raise ValueError(f"{len(names)} names came for {len(references)} references")
    return names


def _faceless(found, names):
    return [f"not from {name}: no face found" for name, each in zip(names, found) if not each]


def _left_closed(subjects, target, width):
    """A line for each other face whose eyes are closed, and stay so."""
    return [
        f"left as it is: another face with closed eyes, {each.face.center.x / width:.0%} of the "
        "way from the left: give its own references in a second run"
        for each in subjects
        if each is not target and each.quality.opened < 0.5
    ]


def _nearest(target: Subject, subjects: list[Subject]) -> Subject:
    return min(subjects, key=target.distance)


def _choose_target(subjects, found) -> Subject:
    """The face of the photo that the references show."""
    distances = {subject: _distance(subject, found) for subject in subjects}
    matching = [each for each in subjects if distances[each] < SAME_PERSON_DISTANCE]
    closed = [subject for subject in matching if subject.quality.opened < 0.5]
    return min(closed or matching or subjects, key=distances.get)


def _distance(subject, found) -> float:
    """To the nearest face of all references."""
    others = [other for each in found for other in each]
    return min((subject.distance(other) for other in others), default=math.inf)


def _candidates(target, found, names):
    return [
        choice.judge_reference(target, _nearest(target, subjects), name=name, number=number)
        for number, (subjects, name) in enumerate(zip(found, names))
        if subjects
    ]


def _list_objections(target: Subject, best: choice.Candidate, *, mask: str) -> tuple[str, ...]:
    objections = []
    if best.obstacle:
        objections.append(f"{best.name}: {best.obstacle}")
    if target.flaw:
        objections.append(f"the face in the photo: {target.flaw}")
    elif mask == masks.EYES and target.quality.opened >= 0.5:
        objections.append(f"the eyes are already open ({target.quality.opened:.0%} sure)")
    return tuple(objections)
