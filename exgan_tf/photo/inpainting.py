"""One photograph: whose eyes are opened, and with which reference."""

import dataclasses
import datetime
import math
import os
import pathlib

import numpy as np

from exgan_tf import images
from exgan_tf.data import mask_names
from exgan_tf.faces.detect import BlazeFaceDetector, DetectedFace, FaceDetector
from exgan_tf.faces.identity import SAME_PERSON_DISTANCE, DlibFaceEmbedder, FaceEmbedder
from exgan_tf.inpainters import Inpainter
from exgan_tf.photo import comparison, decision, filling, methods, picture_file
from exgan_tf.photo.photograph import Face, Photograph, find_faces


@dataclasses.dataclass(frozen=True, eq=False)
class InpaintedPhoto:
    """A photograph with other eyes.

    Attributes:
      photo: uint8 [height, width, 3], RGB.
      changed: where `photo` may differ from the original, bool [height, width].
      face: the face whose eyes were replaced.
      eyes: which of them, "left" and "right" as the viewer sees them.
      reference_number: which of the references they come from, from 0.
      reference_face: the face there.
      distance: of the two faces' descriptors; one grown person's are less than 0.6 apart.
      explanation: why this reference, a line for each of them.
      warnings: objections that `force` overruled, and what else a user should know.
      alternatives: the same after the next best references, if they were asked for.
    """

    photo: np.ndarray
    changed: np.ndarray
    face: DetectedFace
    eyes: tuple[str, ...]
    reference_number: int
    reference_face: DetectedFace
    distance: float
    explanation: str
    warnings: tuple[str, ...]
    alternatives: tuple["InpaintedPhoto", ...] = ()


def inpaint_photo(
    photo,
    references: str | os.PathLike | list,
    *,
    output,
    model: str | Inpainter | None = None,
    method: str | None = None,
    face: int | None = None,
    eyes: str = decision.AUTO,
    strength: float = 1.0,
    num_candidates: int = 1,
    mask: str = mask_names.EYES,
    image_size: int | None = None,
    seed: int = 0,
    force: bool = False,
    compare: bool = False,
    is_marked: bool = True,
    overwrite: bool = False,
) -> InpaintedPhoto:
    """Opens the eyes of one person in a photograph, after other photographs of that person.

    Args:
      photo: the file of the photograph.
      references: the file, or a list of files, of photographs of the same person with open eyes;
        what is unreadable among several stops nothing.
      output: the file to write, with all that the photograph's file holds besides the pixels.
      model: the folder of an exported model, or what `methods.load` made of it, which saves time
        with several photographs; the package's own without this or `method`.
      method: a name of `inpainters.INPAINTERS`, instead of a model.
      eyes: "auto" for those that are closed, or "left", "right" (the viewer's) or "both".
      compare: write before, reference and after beside the output, at `comparison.path_beside`.
      num_candidates: after how many references, the best first; the second is written beside the
        output, as OUTPUT_2 with its ending, and so on.
      is_marked: whether the copy says how it came about, by XMP's `DigitalSourceType`.
      overwrite: replace an existing output.
      face, strength, mask, image_size, seed, force: as for `inpaint_pixels`.

    Raises:
      ValueError: as `inpaint_pixels`; and if a file cannot be read or must not be written.
    """
    if isinstance(references, (str, os.PathLike)):
        references = [references]
    output = pathlib.Path(output)
    compare_path = comparison.path_beside(output)
    paths = name_candidates(output, num_candidates)

    def check_outputs():
        for path in (*paths, compare_path) if compare else paths:
            picture_file.check_output(path, overwrite=overwrite, inputs=[photo, *references])

    check_outputs()
    picture = picture_file.read_picture(photo)
    shown, errors = {}, []
    for path in references:
        try:
            shown[str(path)] = picture_file.read_picture(path)
        except images.UnreadableImageError as error:
            errors.append(error)
    if errors and not shown:
        raise errors[0]
    inpainter = methods.create_inpainter(method=method, model=model, mask=mask)
    result = inpaint_pixels(
        picture.photo,
        [each.photo for each in shown.values()],
        inpainter,
        face=face,
        eyes=eyes,
        strength=strength,
        num_candidates=num_candidates,
        mask=mask,
        image_size=image_size,
        seed=seed,
        force=force,
        names=list(shown),
        taken=[each.taken for each in (picture, *shown.values())],
    )
    if compare:  # Before anything is written: what fails here leaves nothing behind.
        reference = list(shown.values())[result.reference_number].photo
        compared = comparison.compare(
            picture.photo,
            reference,
            result.photo,
            face=result.face,
            reference_face=result.reference_face,
        )
    source_term = methods.find_digital_source(inpainter) if is_marked else None
    check_outputs()  # Once more, as the work may have taken minutes.
    for path, each in zip(paths, (result, *result.alternatives), strict=False):
        not_kept = picture.write(path, each.photo, changed=each.changed, source_term=source_term)
    if compare:
        images.write_photo(compare_path, compared)
    warnings = [f"skipped: {error}" for error in errors]
    if not_kept:
        warnings.append(f"{output} lacks {', '.join(not_kept)}")
    return dataclasses.replace(result, warnings=(*warnings, *result.warnings))


def inpaint_pixels(
    photo: np.ndarray,
    references: list[np.ndarray],
    inpainter: Inpainter,
    *,
    detector: FaceDetector | None = None,
    embedder: FaceEmbedder | None = None,
    face: int | None = None,
    eyes: str = decision.AUTO,
    strength: float = 1.0,
    num_candidates: int = 1,
    mask: str = mask_names.EYES,
    image_size: int | None = None,
    seed: int = 0,
    force: bool = False,
    names: list[str] | None = None,
    taken: list[datetime.datetime | None] | None = None,
) -> InpaintedPhoto:
    """As `inpaint_photo`, in memory.

    Of several faces it is the one that the references show; of several such, one with a closed
    eye, and then the one most like them. Who names one reference of one face for one face has said
    whose eyes these are; otherwise people who cannot be told apart are an objection.

    Args:
      photo: uint8 [height, width, 3], RGB, upright.
      references: photographs of the same person with open eyes, each uint8 [height, width, 3].
      inpainter: what fills.
      detector: finds faces; BlazeFace if None.
      embedder: describes whose they are; dlib if None.
      face: whose eyes they are: the number of the face in the photo, from 1 at the left.
      eyes: a name of `decision.EYES`: "auto" replaces those that are closed.
      strength: as for `filling.fill_eyes`.
      num_candidates: after how many references, if as many suit; those after the best come as
        `alternatives`.
      mask: what of the aligned face is replaced, one of `mask_names.NAMES`; if not the eyes, these
        may be open.
      image_size: side in pixels at which the face is filled, 64 to 512; None for the model's own
        size or, with methods that take any, for the size that the face has in the photo.
      seed: of masks that are drawn, at least 0 and less than 2**63.
      force: go on where the person seems to be another, or may be, the eyes already open, those of
        the reference closed, or a face unsuitable.
      names: what the references are called in messages.
      taken: when the photo was taken, and then each reference, as far as that is known.

    Raises:
      ValueError: if a face is missing or one of its eyes outside its photo, there is an objection
        that `force` would overrule, or the mask, the seed or the eyes cannot be.
    """
    mask_names.check_name(mask)
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed is {seed}; expected an integer from 0 to 2**63 - 1")
    if eyes not in decision.EYES:
        raise ValueError(f"eyes is {eyes!r}; expected one of {', '.join(decision.EYES)}")
    if not 0 <= strength <= 1:
        raise ValueError(f"strength is {strength}; expected a number from 0 to 1")
    if num_candidates < 1:
        raise ValueError(f"num_candidates is {num_candidates}; expected 1 or more")
    if mask != mask_names.EYES and eyes != decision.AUTO:
        raise ValueError(f"eyes is {eyes!r} and mask {mask!r}: give one of the two")
    if not isinstance(references, (list, tuple)) or not references:
        raise ValueError("references is empty or not a list; expected a list of photos")
    names = names or [f"reference {number + 1}" for number in range(len(references))]
    if len(names) != len(references):
        raise ValueError(
            f"names has {len(names)} entries; expected one for each of {len(references)} references"
        )
    when, *times = taken or [None] * (1 + len(references))
    if len(times) != len(references):
        raise ValueError(
            f"taken has {1 + len(times)} times; expected that of the photo and "
            f"{len(references)} of the references"
        )
    embedder = embedder or DlibFaceEmbedder()
    quick, close = detector or BlazeFaceDetector(), detector or BlazeFaceDetector(every_face=True)
    shown = [
        Photograph(name, pixels, find_faces(pixels, detector=quick, embedder=embedder), time)
        for name, pixels, time in zip(names, references, times, strict=True)
    ]
    known = [face for each in shown for face in each.faces]
    faces = find_faces(photo, detector=quick, embedder=embedder)
    if face is not None or not any(_nearest(each, known) < SAME_PERSON_DISTANCE for each in faces):
        # A large face may have kept the search from the smaller one that is meant.
        faces = find_faces(photo, detector=close, embedder=embedder)
    if not faces or not known:
        raise ValueError(
            f"no face was found in {'the photo' if not faces else ' nor '.join(names)}: those in "
            "profile, covered or very small are not found"
        )
    if face is not None and not 1 <= face <= len(faces):
        raise ValueError(f"face is {face}; the photo has {len(faces)}, from 1 at the left")
    target = _choose_target(faces, known) if face is None else _sort_faces(faces)[face - 1]
    chosen = [(each, min(each.faces, key=target.distance)) for each in shown if each.faces]
    is_named = len(shown) == len(known) == len(faces) == 1
    same = {target, *(each for _, each in chosen)}
    decided = decision.decide(
        target,
        Photograph("the photo", photo, faces, when),
        chosen,
        caution=dataclasses.replace(decision.ASKED, look_alikes=is_named),
        strangers=np.array([each.descriptor for each in (*faces, *known) if each not in same]),
        eyes=eyes if mask == mask_names.EYES else "both",
    )
    best = decided.candidates[0]
    # Nobody can overrule these.
    filling.check_eyes(target.detected, photo, name="the photo")
    filling.check_eyes(best.face.detected, best.photograph.pixels, name=best.photograph.name)
    if decided.objections and not force:
        raise ValueError(
            f"{'; '.join(decided.objections)} (--force, or force=True, overrides this)"
        )
    faceless = [f"not from {each.name}: no face found" for each in shown if not each.faces]
    left = [
        "not changed: another face with a closed eye, "
        f"{each.detected.center.x / photo.shape[1]:.0%} of the way from the left: give its own "
        "references in a second run"
        for each in faces
        if each is not target and each.openness.closed_eyes
    ]

    def fill(candidate) -> InpaintedPhoto:
        filled, changed = filling.fill_eyes(
            photo,
            target.detected,
            reference=candidate.photograph.pixels,
            reference_face=candidate.face.detected,
            inpainter=inpainter,
            image_size=image_size,
            mask=mask,
            seed=seed,
            eyes=decided.eyes,
            strength=strength,
        )
        return InpaintedPhoto(
            photo=filled,
            changed=changed,
            face=target.detected,
            eyes=decided.eyes,
            reference_number=shown.index(candidate.photograph),
            reference_face=candidate.face.detected,
            distance=candidate.distance,
            explanation="\n".join([decided.explain(), *faceless, *left]),
            warnings=tuple(decided.objections),
        )

    others = decided.candidates[1:]
    suiting = [each for each in others if each.obstacle is None][: num_candidates - 1]
    return dataclasses.replace(fill(best), alternatives=tuple(map(fill, suiting)))


def name_candidates(output: pathlib.Path, number: int) -> list[pathlib.Path]:
    """Where `inpaint_photo` writes what it makes after each of so many references."""
    return [output, *(output.with_stem(f"{output.stem}_{n}") for n in range(2, number + 1))]


def number_faces(photo, *, output, overwrite: bool = False) -> int:
    """Writes a copy of a photograph with the numbers of its faces, as `inpaint_photo` takes them.

    Returns:
      How many there are.

    Raises:
      ValueError: if no face is found, or a file cannot be read or must not be written.
    """
    picture_file.check_output(output, overwrite=overwrite, inputs=[photo])
    pixels = picture_file.read_picture(photo).photo
    faces = find_faces(
        pixels, detector=BlazeFaceDetector(every_face=True), embedder=DlibFaceEmbedder()
    )
    if not faces:
        raise ValueError("no face was found in the photo")
    ordered = [face.detected for face in _sort_faces(faces)]
    images.write_photo(output, comparison.number_faces(pixels, ordered))
    return len(faces)


def _sort_faces(faces: list[Face]) -> list[Face]:
    """Faces from the left to the right."""
    return sorted(faces, key=lambda face: face.detected.center.x)


def _choose_target(faces: list[Face], known: list[Face]) -> Face:
    """The face of the photo that the references show."""
    distances = {face: _nearest(face, known) for face in faces}
    matching = [face for face in faces if distances[face] < SAME_PERSON_DISTANCE]
    closed = [face for face in matching if face.openness.closed_eyes]
    return min(closed or matching or faces, key=distances.__getitem__)


def _nearest(face, others) -> float:
    return min(map(face.distance, others), default=math.inf)
