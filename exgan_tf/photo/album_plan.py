"""What becomes of each face of an album: opened, and after which photograph, or left alone."""

import collections
import dataclasses
import pathlib

from exgan_tf.photo import choice
from exgan_tf.photo.subjects import Subject, group_people

# All ours. At 0.3, 76 % of closed eyes are called closed and 4 % of LFW's open ones; between the
# two nobody is sure, and a user's photograph is better left alone.
_SURELY_CLOSED = 0.3
SURELY_OPEN = 0.6
# Ours, a guess: a blurred or much turned reference is worse than none. Not measured.
_MIN_SCORE = 0.05


@dataclasses.dataclass
class FaceReport:
    """What came of one face.

    Attributes:
      photo: name of the photograph in the album.
      person: number of the person, from 1.
      status: "opened", "open" (already) or "left alone".
      reason: why it was left alone, or where the eyes come from.
      reference: name of the photograph that the eyes come from, if some do.
      copy: name of the corrected photograph below `photos`, if there is one.
      pictures: close-ups as JPEG in base64, by "before", "reference" and "after".
    """

    photo: str
    person: int
    status: str
    reason: str
    reference: str | None = None
    copy: str | None = None
    pictures: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(eq=False)
class AlbumPhoto:
    """A photograph of the album and the people on it.

    Attributes:
      name: what it is called in the album.
      path: where it is.
      subjects: its faces.
      thumbnails: for each face a close-up as JPEG in base64, or None where none is needed.
    """

    name: str
    path: pathlib.Path
    subjects: list[Subject]
    thumbnails: list[str | None]


@dataclasses.dataclass(frozen=True, eq=False)
class Correction:
    """A face to fill.

    Attributes:
      subject: the face.
      reference_photo: the photograph that the eyes come from.
      reference: the face there.
      report: what is reported of it.
    """

    subject: Subject
    reference_photo: AlbumPhoto
    reference: Subject
    report: FaceReport


@dataclasses.dataclass(frozen=True, eq=False)
class AlbumPlan:
    """What is to be done with an album.

    Attributes:
      corrections: the photographs that have faces to fill, each with these.
      faces: a report of every face, in the order of the photographs.
      num_people: number of different people.
    """

    corrections: list[tuple[AlbumPhoto, list[Correction]]]
    faces: list[FaceReport]
    num_people: int


def plan_album(photos: list[AlbumPhoto]) -> AlbumPlan:
    """Decides for each face of an album whether its eyes are opened, and after whom."""
    numbers = group_people([photo.subjects for photo in photos])
    appearances = collections.defaultdict(list)
    for photo, people in zip(photos, numbers):
        for subject, person in zip(photo.subjects, people):
            appearances[person].append((photo, subject))
    planned, faces = [], []
    for photo, people in zip(photos, numbers):
        corrections = []
        for subject, person, thumbnail in zip(photo.subjects, people, photo.thumbnails):
            report = FaceReport(photo.name, person + 1, "left alone", "")
            faces.append(report)
            # A person is in a photo once: `group_people` sees to that.
            others = [each for each in appearances[person] if each[0] is not photo]
            correction = _decide(subject, others, report)
            if correction is not None:
                corrections.append(correction)
            if report.status == "left alone" and thumbnail:
                report.pictures["before"] = thumbnail
        if corrections:
            planned.append((photo, corrections))
    return AlbumPlan(corrections=planned, faces=faces, num_people=len(appearances))


def _decide(subject, others, report) -> Correction | None:
    """What to do with one face: the correction if there is to be one; the report says the rest."""
    if subject.flaw is not None:
        report.reason = subject.flaw
    elif subject.quality.opened >= SURELY_OPEN:
        report.status = "open"
    elif subject.quality.opened > _SURELY_CLOSED:
        report.reason = f"not sure whether the eyes are closed ({1 - subject.quality.opened:.0%})"
    elif not others:
        report.reason = "no reference: the album has no other photograph of this person"
    else:
        return _choose_reference(subject, others, report)
    return None


def _choose_reference(subject, others, report) -> Correction | None:
    candidates = [
        choice.judge_reference(subject, other, name=photo.name, number=number)
        for number, (photo, other) in enumerate(others)
    ]
    # More is asked for than when a user names the reference.
    usable = [each for each in candidates if each.subject.quality.opened >= SURELY_OPEN]
    if not usable:
        report.reason = (
            f"no reference: surely open eyes in none of this person's other photographs "
            f"({len(others)})"
        )
        return None
    best = choice.rank_references(usable)[0]
    if best.obstacle or best.score < _MIN_SCORE:
        report.reason = (
            f"no reference: none of this person's other photographs ({len(others)}) is suitable "
            f"({best.obstacle or best.reasons})"
        )
        return None
    report.status, report.reference = "opened", best.name
    report.reason = choice.explain_choice([best])
    return Correction(subject, *others[best.number], report)
