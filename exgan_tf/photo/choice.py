"""Choosing the photograph to take eyes from, and saying in words why."""

import dataclasses
import math

from exgan_tf.faces.identity import SAME_PERSON_DISTANCE
from exgan_tf.faces.quality import FaceQuality
from exgan_tf.photo.subjects import Subject

# All ours: the differences at which a reference is worth 0.6 (exp -1/2) of one without them, and
# from what sharpness on a face counts as sharp (the middle of LFW is at 0.11, London's at 0.15).
_TURN_SCALE = 18.0  # Degrees.
_SIDE_LIGHT_SCALE = 0.3
_BRIGHTNESS_SCALE = 0.25
_SHARP = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class Candidate:
    """A face of a reference photograph that may give its eyes.

    Attributes:
      name: of the photograph, for people.
      number: which of the reference photographs it is, from 0.
      subject: the face.
      distance: of its descriptor from that of the face that is to be filled.
      obstacle: why it is not used, or None.
      score: how well it suits, in [0, 1].
      reasons: what the score is made of, in words.
    """

    name: str
    number: int
    subject: Subject
    distance: float
    obstacle: str | None
    score: float
    reasons: str


def judge_reference(target: Subject, reference: Subject, *, name: str, number: int) -> Candidate:
    """Judges how well one face suits as an example for another.

    Args:
      target: the face that is to be filled.
      reference: a face with open eyes.
      name: of the reference photograph.
      number: which it is, from 0.
    """
    wanted, given = target.quality, reference.quality
    distance = target.distance(reference)
    turned = abs(given.turn - wanted.turn)
    side_light = abs(given.side_light - wanted.side_light)
    brightness = abs(given.brightness - wanted.brightness)
    size = given.eye_distance / wanted.eye_distance
    score = (
        given.opened
        * min(1.0, given.sharpness / _SHARP)
        * min(1.0, size)
        * _likeness(turned, _TURN_SCALE)
        * _likeness(side_light, _SIDE_LIGHT_SCALE)
        * _likeness(brightness, _BRIGHTNESS_SCALE)
    )
    lit = max(side_light / _SIDE_LIGHT_SCALE, brightness / _BRIGHTNESS_SCALE)
    reasons = ", ".join(
        (
            f"eyes open ({given.opened:.0%} sure)",
            "sharp" if given.sharpness >= _SHARP else f"blurred ({given.sharpness / _SHARP:.0%})",
            "large enough" if size >= 0.9 else f"smaller ({size:.0%})",
            f"head turned {turned:.0f} degrees differently",
            "similar light" if lit <= 1 else "other light",
        )
    )
    return Candidate(
        name=name,
        number=number,
        subject=reference,
        distance=distance,
        obstacle=_find_obstacle(reference, distance),
        score=score,
        reasons=reasons,
    )


def rank_references(candidates: list[Candidate]) -> list[Candidate]:
    """The candidates, the best first: without an obstacle, then of the same person, then others."""

    def rank(candidate):
        stranger = candidate.distance >= SAME_PERSON_DISTANCE
        return candidate.obstacle is not None, stranger, -candidate.score

    return sorted(candidates, key=rank)


def explain_choice(ranked: list[Candidate]) -> str:
    """Why the first of `rank_references` was chosen, and what is wrong with the others."""
    best, *others = ranked
    lines = [f"eyes from {best.name}: {best.reasons}, distance {best.distance:.2f}"]
    for other in others:
        verdict = other.obstacle or f"suits less ({other.score:.2f} to {best.score:.2f})"
        detail = "" if other.obstacle else f": {other.reasons}"
        lines.append(f"not from {other.name}: {verdict}{detail}")
    return "\n".join(lines)


def _likeness(difference: float, scale: float) -> float:
    return math.exp(-0.5 * (difference / scale) ** 2)


def _find_obstacle(reference: Subject, distance: float) -> str | None:
    quality: FaceQuality = reference.quality
    if distance >= SAME_PERSON_DISTANCE:
        return (
            f"another person: distance {distance:.2f}, below {SAME_PERSON_DISTANCE} is one person"
        )
    if reference.flaw:
        return reference.flaw
    if quality.opened < 0.5:
        return f"its eyes are closed ({1 - quality.opened:.0%} sure)"
    return None
