"""Who is drawn: everything about a person that stays the same from one photograph to the next.

Lengths are in head units: one unit is about the distance between the eye centres (63 mm on an
adult). Colours are RGB in [0, 1]. All proportions and palettes are ours, chosen by eye around
adult averages.

The eyes are drawn independently of everything else. That is what the data set is for: nothing
outside the eyes tells how they look, only another photograph of the same person does.
"""

import dataclasses

import numpy as np

from exgan_tf.drawn_faces.traits import (
    Color,
    between,
    draw,
    level,
    one_of,
    palette,
    seed,
    to_color,
    trait,
    uniform,
)

_SKIN_TONES = palette(  # From light to deep.
    "97 83 75, 94 77 66, 89 70 57, 81 61 47, 70 50 37, 57 39 28, 44 29 21"
)
_HAIR_COLORS = palette(
    "10 8 8, 19 12 9, 32 20 13, 45 29 17, 52 24 12, 74 55 32, 87 76 55, 62 61 60"
)
# By what dark and light brows multiply the skin's colour.
_BROW_TINTS = palette("14 11 10, 30 22 18, 52 40 32")
# Pairs: the ring at the iris's edge, then the warmer or lighter ring around the pupil.
_IRIS_COLORS = palette(
    "17 9 5, 26 14 7,   36 19 8, 52 29 11,   60 36 10, 80 55 19,   38 41 16, 66 48 18,"
    "22 48 29, 50 66 36,   44 53 58, 66 72 74,   33 58 80, 63 80 92,   12 30 62, 30 52 80"
).reshape(-1, 2, 3)
# By what the lids multiply the skin's colour.
_LID_TINTS = palette("80 70 66, 62 48 42, 62 42 52, 88 62 58, 50 50 56, 50 66 70")
HAIR_STYLES = ("bald", "crop", "swept", "curls", "bob", "long", "waves", "fringe", "bun")


def _draw_iris(rng, known):
    rings = one_of(rng, _IRIS_COLORS) * rng.uniform(0.88, 1.12)
    return to_color(rings[0]), to_color(rings[1])


def _draw_lip_tint(rng, known):
    lipstick = rng.uniform(0.0, 0.5) if known["stubble"] else rng.uniform(0.2, 1.0)
    return to_color(np.array([0.94, 0.72, 0.70]) + lipstick * np.array([-0.06, -0.24, -0.18]))


def _draw_skin_color(rng, known):
    return to_color(between(_SKIN_TONES, known["tone"]) * rng.uniform(0.97, 1.03, 3))


@dataclasses.dataclass(frozen=True)
class Eyes:
    """A pair of eyes; the left one mirrors the right one."""

    iris: tuple[Color, Color] = trait(_draw_iris)  # The outer iris, and around the pupil.
    width: float = uniform(0.43, 0.62)  # From corner to corner.
    spacing: float = uniform(1.04, 1.16)  # Distance between the eye centres.
    upper: float = uniform(0.18, 0.36)  # Rise of the upper lid over both corners, in widths.
    lower: float = uniform(0.11, 0.20)  # Drop of the lower lid under them, in widths.
    tilt: float = uniform(-8.0, 10.0)  # Degrees by which the outer corner is the higher one.
    peak: float = uniform(-0.35, 0.3)  # Of the upper lid: -1 the inner corner, 1 the outer one.
    roundness: float = uniform(1.7, 2.9)  # Exponent of the lids: 1.6 an almond, 3 nearly round.
    fold: float = uniform(0.045, 0.12)  # Height of the lid fold over the upper lid.
    # From 0 (no fold) to 1.
    fold_strength: float = trait(lambda rng, known: rng.choice([0.0, 0.5, 0.75, 1.0]))
    # What the lid multiplies the skin's colour by.
    lid_tint: Color = trait(lambda rng, known: to_color(one_of(rng, _LID_TINTS)))
    lid_tint_strength: float = level([0.0, 0.25, 0.6, 1.0], low=0.8, high=1.0)  # 0 is bare.
    liner: float = uniform(0.012, 0.042)  # Thickness of the line along the upper lashes.
    lashes: float = level([0.02, 0.05, 0.085], low=0.8, high=1.1)  # Their length.
    iris_radius: float = uniform(0.115, 0.145)
    pupil: float = uniform(0.32, 0.5)  # Radius, in those of the iris.
    limbal_ring: float = uniform(0.2, 0.9)  # Darkness of the iris's edge, 0 to 1.
    fibers: float = uniform(0.2, 1.0)  # Contrast of the radial fibres, 0 to 1.
    fiber_seed: int = seed()


@dataclasses.dataclass(frozen=True)
class Brows:
    """A pair of brows."""

    height: float = uniform(0.31, 0.39)  # Of the middle over the eye centres.
    arch: float = uniform(0.03, 0.1)  # Rise of the middle over both ends.
    tilt: float = uniform(-5.0, 8.0)  # Degrees by which the tail lies higher than the head.
    thickness: float = uniform(0.06, 0.13)
    # What the hairs multiply the skin's colour by.
    tint: Color = trait(lambda rng, known: to_color(between(_BROW_TINTS, rng.uniform())))
    strength: float = uniform(0.7, 0.95)  # Opacity.
    seed: int = seed()


@dataclasses.dataclass(frozen=True)
class Head:
    """Shape of the head, nose and mouth; depths are those under the eyes."""

    nose_length: float = uniform(0.62, 0.74)  # From the eyes down to its base.
    mouth_depth: float = trait(lambda rng, known: known["nose_length"] + rng.uniform(0.38, 0.46))
    cheek: float = uniform(1.05, 1.18)  # Half the width at the cheekbones.
    jaw: float = uniform(0.82, 0.98)  # Half the width at the angle of the jaw.
    chin: float = uniform(0.82, 1.16)  # Exponent of the curve to it: 0.8 is square, 1.2 pointed.
    chin_depth: float = trait(lambda rng, known: known["mouth_depth"] + rng.uniform(0.6, 0.74))
    nose_width: float = uniform(0.19, 0.29)  # Half of it.
    nose_lift: float = uniform(0.26, 0.4)  # How far its tip stands out.
    mouth_width: float = uniform(0.36, 0.47)  # Half of it, at rest.
    upper_lip: float = uniform(0.055, 0.105)  # Thickness.
    lower_lip: float = uniform(0.085, 0.15)
    ear: float = uniform(0.3, 0.38)  # Half the height.
    neck: float = uniform(0.54, 0.7)  # Half the width.


@dataclasses.dataclass(frozen=True)
class Skin:
    """Colour of the skin."""

    tone: float = uniform(0.0, 1.0)  # From light to deep.
    # Strength of the shadow of a beard; 0 is none.
    stubble: float = trait(
        lambda rng, known: rng.uniform(0.35, 1.0) if rng.uniform() < 0.25 else 0.0
    )
    lip_tint: Color = trait(_draw_lip_tint)  # What the lips multiply the skin's colour by.
    color: Color = trait(_draw_skin_color)  # Under white light.
    blush: float = uniform(0.15, 0.8)  # Strength of the red of the cheeks, 0 to 1.
    num_freckles: int = trait(
        lambda rng, known: int(rng.integers(25, 90)) if rng.uniform() < 0.12 else 0
    )
    seed: int = seed()  # Of the freckles.


@dataclasses.dataclass(frozen=True)
class Hair:
    """The hair of the head."""

    style: str = trait(lambda rng, known: one_of(rng, HAIR_STYLES))
    # Under white light.
    color: Color = trait(
        lambda rng, known: to_color(one_of(rng, _HAIR_COLORS) * rng.uniform(0.85, 1.1))
    )
    forehead: float = uniform(0.92, 1.12)  # From the eyes up to the hairline.
    volume: float = uniform(0.06, 0.26)  # How far the hair stands off the skull.
    length: float = uniform(1.9, 2.8)  # From the eyes down to the ends of long hair.
    part: float = uniform(-0.6, 0.6)  # Where the parting is, from -1 (viewer's left) to 1.
    seed: int = seed()  # Of the strands.


@dataclasses.dataclass(frozen=True)
class Identity:
    """A person."""

    eyes: Eyes
    brows: Brows
    head: Head
    skin: Skin
    hair: Hair


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draws a person at random; each part independently of the others."""
    return Identity(*(draw(part, rng) for part in (Eyes, Brows, Head, Skin, Hair)))
