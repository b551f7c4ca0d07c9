"""One photograph: whose eyes are opened, and with which reference."""

import dataclasses
import math
import os
import pathlib

import numpy as np

from exgan_tf import images
from exgan_tf.data import masks
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


def inpaint_photo(
    photo,
    references: str | os.PathLike | list,
    *,
    output,
    model: str | Inpainter | None = None,
    method: str | None = None,
    eyes: str = decision.AUTO,
    mask: str = masks.EYES,
    image_size: int | None = None,
    seed: int = 0,
    force: bool = False,
    compare: bool = False,
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
      overwrite: replace an existing output.
      mask, image_size, seed, force: as for `inpaint_pixels`.

    Raises:
      ValueError: as `inpaint_pixels`; and if a file cannot be read or must not be written.
    """
    if isinstance(references, (str, os.PathLike)):
        references = [references]
    output = pathlib.Path(output)
    compare_path = comparison.path_beside(output)
    for path in (output, compare_path) if compare else (output,):
        picture_file.check_output(path, overwrite=overwrite, inputs=[photo, *references])
    picture = picture_file.read_picture(photo)
    shown, errors = {}, []
    for path in references:
        try:
            shown[str(path)] = picture_file.read_picture(path).photo
        except images.UnreadableImageError as error:
            errors.append(error)
    if errors and not shown:
        raise errors[0]
    result = inpaint_pixels(
        picture.photo,
        list(shown.values()),
        methods.create_inpainter(method=method, model=model, mask=mask),
        eyes=eyes,
        mask=mask,
        image_size=image_size,
        seed=seed,
        force=force,
        names=list(shown),
    )
    if compare:  # Before anything is written: what fails here leaves nothing behind.
        reference = list(shown.values())[result.reference_number]
        compared = comparison.compare(
            picture.photo,
            reference,
            result.photo,
            face=result.face,
            reference_face=result.reference_face,
        )
    not_kept = picture.write(output, result.photo, changed=result.changed)
    if compare:
        images.write_photo(compare_path, compared)
    warnings = [f"passed over: {error}" for error in errors]
    if not_kept:
        warnings.append(f"{output} lacks what the original has: {', '.join(not_kept)}")
    return dataclasses.replace(result, warnings=(*warnings, *result.warnings))


def inpaint_pixels(
    photo: np.ndarray,
    references: list[np.ndarray],
    inpainter: Inpainter,
    *,
    detector: FaceDetector | None = None,
    embedder: FaceEmbedder | None = None,
    eyes: str = decision.AUTO,
    mask: str = masks.EYES,
    image_size: int | None = None,
    seed: int = 0,
    force: bool = False,
    names: list[str] | None = None,
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
      eyes: a name of `decision.EYES`: "auto" replaces those that are closed.
      mask: what of the aligned face is replaced, a name of `data.masks.MASKS`; if not the eyes, it
        does not matter whether these are open.
      image_size: side in pixels at which the face is filled, 64 to 512; None for the model's own
        size or, with methods that take any, for the size that the face has in the photo.
      seed: of masks that are drawn, at least 0 and less than 2**63.
      force: go on where the person seems to be another, or may be, the eyes already open, those of
        the reference closed, or a face unsuitable.
      names: what the references are called in messages.

    Raises:
      ValueError: if a face is missing or one of its eyes outside its photo, there is an objection
        that `force` would overrule, or the mask, the seed or the eyes cannot be.
    """
    masks.check_name(mask)
    if not 0 <= seed < 2**63:
        raise ValueError(f"seed is {seed}; an integer from 0 to 2**63 - 1 is wanted")
    if eyes not in decision.EYES:
        raise ValueError(f"eyes is {eyes!r}; one of {', '.join(decision.EYES)} is wanted")
    if mask != masks.EYES and eyes != decision.AUTO:
        raise ValueError(f"eyes is {eyes!r} and mask {mask!r}: give one of the two")
    if not isinstance(references, (list, tuple)) or not references:
        raise ValueError("references is empty or no list; a list of photos was wanted")
    names = names or [f"reference {number + 1}" for number in range(len(references))]
    if len(names) != len(references):
        raise ValueError(f"{len(names)} names came for {len(references)} references")
    embedder = embedder or DlibFaceEmbedder()
    quick, close = detector or BlazeFaceDetector(), detector or BlazeFaceDetector(every_face=True)
    shown = [
        Photograph(name, pixels, find_faces(pixels, detector=quick, embedder=embedder))
        for name, pixels in zip(names, references, strict=True)
    ]
    known = [face for each in shown for face in each.faces]
    faces = find_faces(photo, detector=quick, embedder=embedder)
    if not any(_nearest(face, known) < SAME_PERSON_DISTANCE for face in faces):
        # A large face may have kept the search from the smaller one that is meant.
        faces = find_faces(photo, detector=close, embedder=embedder)
    if not faces or not known:
        raise ValueError(
            f"no face was found in {'the photo' if not faces else ' nor '.join(names)}: those in "
            "profile, covered or very small are not found"
        )
    target = _choose_target(faces, known)
    chosen = [(each, min(each.faces, key=target.distance)) for each in shown if each.faces]
    is_named = len(shown) == len(known) == len(faces) == 1
    decided = decision.decide(
        target,
        chosen,
        caution=dataclasses.replace(decision.ASKED, look_alikes=is_named),
        strangers=np.array(
            [
                face.descriptor
                for face in (*faces, *known)
                if face is not target and all(face is not other for _, other in chosen)
            ]
        ),
        eyes=eyes if mask == masks.EYES else "both",
        companions=[face for face in faces if face is not target],
    )
    best = decided.candidates[0]
    # Nobody can overrule these.
    filling.check_eyes(target.detected, photo, name="the photo")
    filling.check_eyes(best.face.detected, best.photograph.pixels, name=best.photograph.name)
    if decided.objections and not force:
        raise ValueError(
            f"{'; '.join(decided.objections)} (with --force, or force=True, it goes on)"
        )
    result, changed = filling.fill_eyes(
        photo,
        target.detected,
        reference=best.photograph.pixels,
        reference_face=best.face.detected,
        inpainter=inpainter,
        image_size=image_size,
        mask=mask,
        seed=seed,
        eyes=decided.eyes,
    )
    faceless = [f"not from {each.name}: no face found" for each in shown if not each.faces]
    left = [
        f"left as it is: another face with a closed eye, {x / photo.shape[1]:.0%} of the way from "
        "the left: give its own references in a second run"
        for face, x in ((face, face.detected.center.x) for face in faces)
        if face is not target and face.openness.closed_eyes
    ]
    return InpaintedPhoto(
        photo=result,
        changed=changed,
        face=target.detected,
        eyes=decided.eyes,
        reference_number=shown.index(best.photograph),
        reference_face=best.face.detected,
        distance=best.distance,
        explanation="\n".join([decided.explain(), *faceless, *left]),
        warnings=tuple(decided.objections),
    )


def _choose_target(faces: list[Face], known: list[Face]) -> Face:
    """The face of the photo that the references show."""
    distances = {face: _nearest(face, known) for face in faces}
    matching = [face for face in faces if distances[face] < SAME_PERSON_DISTANCE]
    closed = [face for face in matching if face.openness.closed_eyes]
    return min(closed or matching or faces, key=distances.__getitem__)


def _nearest(face, others) -> float:
    return min(map(face.distance, others), default=math.inf)
