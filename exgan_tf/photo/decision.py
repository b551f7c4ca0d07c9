"""Whether the eyes of a face are replaced, which of them, and from which photograph.

The rules are the same for one photograph, an album and the page; what differs is the caution.
"""

import collections
import dataclasses
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from exgan_tf.faces import identity
from exgan_tf.faces.identity import SAME_PERSON_DISTANCE
from exgan_tf.faces.openness import EVEN, EyesOpenness, looks_laughing
from exgan_tf.photo.photograph import Face, Photograph

AUTO = "auto"
# What a user may ask for, and the eyes (the viewer's) that it means; `AUTO`: those that are closed.
EYES = {AUTO: (), "left": ("left",), "right": ("right",), "both": ("left", "right")}

# All ours: the differences of `FaceQuality` at which a reference is worth 0.6 (exp -1/2) of one
# without them, in degrees of turn and half widths of the eye (faces that look at the camera are
# within 0.15), and from what sharpness on a face counts as sharp (the middle of LFW is at 0.11,
# London's at 0.15).
_SCALES = {"turn": 18.0, "side_light": 0.3, "brightness": 0.25, "gaze": 0.2}
_SHARP = 0.1
# Ours: within how many seconds light and face are the same, and what a reference of another
# occasion is worth, if the photograph's time is known: as much less as by one of the differences
# above. So what is blurred, turned or looks elsewhere beyond these is not preferred for its time.
_SAME_OCCASION = 600
_OTHER_OCCASION = math.exp(-0.5)
# Ours: of pairs of different people of LFW, blurred, 0.3 % are nearer than 0.55 and 2 % nearer than
# 0.6 where both faces are from 0.04 to 0.05, 1 % and 4 % below, 3 % and 9 % below 0.03; above 0.05
# as many as of sharp ones, 0.1 % and 0.5 %. Of LFW as it is 0.3 % are below, of portraits none.
# Smallness alone, eyes 20 pixels apart, does no harm.
_TOO_BLURRED = 0.05


@dataclasses.dataclass(frozen=True)
class Caution:
    """How sure a decision to replace eyes has to be.

    Attributes:
      closed: openness up to which an eye is surely closed, in [0, 1].
      opened: openness from which an eye is surely open.
      score: the least score of a reference, in [0, 1].
      winks: whether one closed eye is opened while the other is surely open.
      look_alikes: whether likeness is trusted where people cannot be told apart.
      asked: whether a user asks about this one photograph: perhaps laughing eyes are opened too.
    """

    closed: float
    opened: float
    score: float
    winks: bool
    look_alikes: bool
    asked: bool


# For one photograph, about which the user asks.
ASKED = Caution(closed=EVEN, opened=EVEN, score=0.0, winks=True, look_alikes=False, asked=True)
# All ours, for a whole album: between the first two nobody is sure, and a user's photograph is
# better left alone. The third is a guess, not measured: a blurred or much turned reference is worse
# than none.
UNASKED = Caution(closed=0.3, opened=0.6, score=0.05, winks=False, look_alikes=False, asked=False)


@dataclasses.dataclass(frozen=True, eq=False)
class Candidate:
    """A face of another photograph, the reference, whose eyes may be used.

    Attributes:
      distance: between its descriptor and that of the face to be filled.
      obstacle: why it is not used, or None.
      score: how well it suits, in [0, 1].
      is_same_occasion: whether both photographs are known to be of one occasion.
      reasons: what the score consists of, in words.
    """

    photograph: Photograph
    face: Face
    distance: float
    obstacle: str | None
    score: float
    is_same_occasion: bool
    reasons: str


@dataclasses.dataclass(frozen=True, eq=False)
class Decision:
    """What becomes of the eyes of a face.

    Attributes:
      eyes: which are replaced if there is no objection: "left", "right", both, or none.
      candidates: the references, the best first.
      objections: why nothing is replaced, in words; a user may overrule them. What objections of a
        kind have in common comes before a colon.
      is_open: whether both eyes are surely open already.
    """

    eyes: tuple[str, ...]
    candidates: list[Candidate]
    objections: list[str]
    is_open: bool

    def explain(self) -> str:
        """Why the eyes come from the first candidate, and not from the others."""
        best, *others = self.candidates
        eyes = "eyes" if len(self.eyes) == 2 else f"the {self.eyes[0]} eye"
        lines = [
            f"{eyes} from {best.photograph.name}: {best.reasons}, distance {best.distance:.2f}"
        ]
        for other in others:
            less = f"less suitable ({other.score:.2f}, not {best.score:.2f}): {other.reasons}"
            lines.append(f"not from {other.photograph.name}: {other.obstacle or less}")
        return "\n".join(lines)


class DecidedFace(NamedTuple):
    """A face of an album: the number of its person, from 1 on, and what becomes of its eyes."""

    photograph: Photograph
    face: Face
    person: int
    decision: Decision


def decide(
    face: Face,
    photograph: Photograph,
    references: list[tuple[Photograph, Face]],
    *,
    caution: Caution,
    strangers: np.ndarray,
    eyes: str = AUTO,
    ranks_always: bool = True,
) -> Decision:
    """Decides about the eyes of one face.

    Each eye is judged by itself: what is open is left as it is. One closed eye beside a surely open
    one may be a wink, which is opened only on request. A reference suits that looks where the other
    faces of the photograph do, or where an eye that stays does; without either, at the camera.

    Args:
      face: the face of `photograph` that may be filled.
      references: other photographs, each with the face in it that may be the same person's.
      strangers: descriptors of other people, who must not look as much alike, float [n, 128].
      eyes: a name of `EYES`; what is named is replaced even if it is open.
      ranks_always: whether references are compared even if there is an objection already.
    """
    named, objection = _choose_eyes(face.openness, eyes, caution)
    if eyes == AUTO and not caution.asked and looks_laughing(face.detected.landmarks):
        objection = objection or "perhaps laughing: the lower lids are lifted"
    is_open = face.flaw is None and eyes == AUTO and min(face.openness) >= caution.opened
    objections = [each for each in (face.flaw or objection,) if each]
    if objections and not ranks_always:
        return Decision(named, [], objections, is_open)
    gaze, taken = _find_gaze(face, named, photograph), photograph.taken
    candidates = [
        _judge(face, *each, eyes=named, gaze=gaze, caution=caution, taken=taken)
        for each in references
    ]
    # Without an obstacle first, then the same person's, then others.
    candidates.sort(
        key=lambda c: (c.obstacle is not None, c.distance >= SAME_PERSON_DISTANCE, -c.score)
    )
    if not candidates:
        objections.append("no reference: there is no other photograph of this person")
    elif candidates[0].obstacle:
        best, *others = candidates
        more = f" (and {len(others)} more)" if others else ""
        objections.append(f"no reference: {best.photograph.name}: {best.obstacle}{more}")
    elif not caution.look_alikes:
        other = candidates[0].face
        doubt = identity.doubt_same_person(face.descriptor, other.descriptor, strangers=strangers)
        if min(face.quality.sharpness, other.quality.sharpness) < _TOO_BLURRED:
            doubt = "a face is too blurred to be recognised"
        if doubt:
            objections.append(f"not sure who it is: {doubt}")
    return Decision(named, candidates, objections, is_open)


def decide_all(
    photographs: list[Photograph], *, caution: Caution, ranks_always: bool
) -> Iterator[DecidedFace]:
    """Tells the people of an album apart, and decides about each face after those of its person.

    All faces come in the order of the photographs. `ranks_always` is as of `decide`: to compare all
    photographs of a person with each other takes time that grows with the square of their number.
    """
    people = identity.group_people([[f.descriptor for f in each.faces] for each in photographs])
    found = [
        (photograph, face, person + 1)
        for photograph, persons in zip(photographs, people, strict=True)
        for face, person in zip(photograph.faces, persons, strict=True)
    ]
    descriptors = np.array([face.descriptor for _, face, _ in found])
    numbers = np.array([person for _, _, person in found])
    appearances = collections.defaultdict(list)
    for photograph, face, person in found:
        appearances[person].append((photograph, face))
    for photograph, face, person in found:
        # A person is in a photograph once: `group_people` sees to that.
        references = [each for each in appearances[person] if each[0] is not photograph]
        strangers = descriptors[numbers != person]  # All at a time would fill the memory.
        decided = decide(
            face,
            photograph,
            references,
            caution=caution,
            strangers=strangers,
            ranks_always=ranks_always,
        )
        yield DecidedFace(photograph, face, person, decided)


def _choose_eyes(openness: EyesOpenness, eyes, caution):
    """The eyes to be replaced, and the objection to that or None."""
    if eyes != AUTO:
        return EYES[eyes], None
    closed = openness.closed_eyes
    sure = f"left {openness.left:.0%}, right {openness.right:.0%} likely to be open"
    if min(openness) >= caution.opened:
        return EYES["both"], f"the eyes are already open: {sure}"
    if min(openness) > caution.closed:
        return closed or EYES["both"], f"not sure whether the eyes are closed: {sure}"
    if len(closed) == 1 and not caution.winks:
        if max(openness) >= caution.opened:
            return closed, f"perhaps a wink: only the {closed[0]} eye is closed"
        return closed, f"not sure whether one eye is closed or both: {sure}"
    return closed, None


def _find_gaze(face, eyes, photograph):
    """Where new eyes should look, as `FaceQuality.gaze`."""
    if set(EYES["both"]) - {*eyes, *face.openness.closed_eyes}:
        return face.quality.gaze
    others = [each for each in photograph.faces if each is not face]
    gazes = [each.quality.gaze for each in others if max(each.openness) >= EVEN]
    return float(np.median(gazes)) if gazes else 0.0


def _judge(target, photograph, face, *, eyes, gaze, caution, taken) -> Candidate:
    quality = face.quality
    distance = target.distance(face)
    opened = min(getattr(face.openness, name) for name in eyes)
    aim = dataclasses.replace(target.quality, gaze=gaze)
    apart = {name: abs(getattr(quality, name) - getattr(aim, name)) for name in _SCALES}
    off = {name: apart[name] / scale for name, scale in _SCALES.items()}
    sharpness = quality.sharpness / _SHARP
    size = quality.eye_distance / aim.eye_distance
    likeness = (math.exp(-0.5 * each**2) for each in off.values())
    score = math.prod((opened, min(1.0, sharpness), min(1.0, size), *likeness))
    seconds = _count_seconds(taken, photograph.taken)
    is_same_occasion = seconds is not None and seconds <= _SAME_OCCASION
    is_lit_alike = max(off["side_light"], off["brightness"]) <= 1
    reasons = [
        f"{'eyes' if len(eyes) == 2 else 'eye'} open ({opened:.0%} sure)",
        "sharp" if sharpness >= 1 else f"blurred ({sharpness:.0%})",
        "large enough" if size >= 0.9 else f"smaller ({size:.0%})",
        f"head turned {apart['turn']:.0f} degrees differently",
        "similar light" if is_lit_alike else "other light",
    ]
    if off["gaze"] > 1:
        reasons.append("looks elsewhere")
    if is_same_occasion:
        reasons.append(f"same occasion ({seconds:.0f} s apart)")
    elif seconds is not None:
        reasons.append("another occasion")
    explanation = ", ".join(reasons)
    obstacle: str | None = None
    if distance >= SAME_PERSON_DISTANCE:
        obstacle = (
            f"another person: distance {distance:.2f}, one person's is below {SAME_PERSON_DISTANCE}"
        )
    elif face.flaw is not None:
        obstacle = face.flaw
    elif opened < EVEN:
        closed = "its eyes are closed" if len(eyes) == 2 else f"its {eyes[0]} eye is closed"
        obstacle = f"{closed} ({1 - opened:.0%} sure)"
    elif opened < caution.opened:
        obstacle = f"not sure whether its eyes are open ({opened:.0%})"
    elif face.is_toned and not target.is_toned:
        obstacle = "it has no colours (black and white, or toned), but the photo has"
    elif score < caution.score:
        obstacle = f"not suitable ({explanation})"
    if taken is not None and not is_same_occasion:
        score *= _OTHER_OCCASION
    return Candidate(photograph, face, distance, obstacle, score, is_same_occasion, explanation)


def _count_seconds(one, other) -> float | None:
    """How far apart two times are, as local times unless both have a time zone."""
    if one is None or other is None:
        return None
    if one.tzinfo is None or other.tzinfo is None:
        one, other = one.replace(tzinfo=None), other.replace(tzinfo=None)
    return abs((one - other).total_seconds())
