"""Who is drawn: everything about a person that stays the same from one photograph to the next.

Lengths are in head units: one unit is about the distance between the eye centres (63 mm on an
adult). Colours are RGB in [0, 1]. All proportions and palettes are ours, chosen by eye around
adult averages.

The eyes are drawn independently of everything else. That is what the data set is for: nothing
outside the eyes tells how they look, only another photograph of the same person does.
"""

import dataclasses

import numpy as np

Color = tuple[float, float, float]

# From light to deep.
_SKIN_TONES = np.array(
    [
        [0.97, 0.83, 0.75],
        [0.94, 0.77, 0.66],
        [0.89, 0.70, 0.57],
        [0.81, 0.61, 0.47],
        [0.70, 0.50, 0.37],
        [0.57, 0.39, 0.28],
        [0.44, 0.29, 0.21],
    ]
)
_HAIR_COLORS = np.array(
    [
        [0.10, 0.08, 0.08],
        [0.19, 0.12, 0.09],
        [0.32, 0.20, 0.13],
        [0.45, 0.29, 0.17],
        [0.52, 0.24, 0.12],
        [0.74, 0.55, 0.32],
        [0.87, 0.76, 0.55],
        [0.62, 0.61, 0.60],
    ]
)
# By what dark and light brows multiply the skin's colour.
_BROW_TINTS = np.array([[0.14, 0.11, 0.10], [0.30, 0.22, 0.18], [0.52, 0.40, 0.32]])
# Each row: the ring at the iris's edge, then the warmer or lighter ring around the pupil.
_IRIS_COLORS = np.array(
    [
        [[0.17, 0.09, 0.05], [0.26, 0.14, 0.07]],
        [[0.36, 0.19, 0.08], [0.52, 0.29, 0.11]],
        [[0.60, 0.36, 0.10], [0.80, 0.55, 0.19]],
        [[0.38, 0.41, 0.16], [0.66, 0.48, 0.18]],
        [[0.22, 0.48, 0.29], [0.50, 0.66, 0.36]],
        [[0.44, 0.53, 0.58], [0.66, 0.72, 0.74]],
        [[0.33, 0.58, 0.80], [0.63, 0.80, 0.92]],
        [[0.12, 0.30, 0.62], [0.30, 0.52, 0.80]],
    ]
)
# By what the lids multiply the skin's colour.
_LID_TINTS = np.array(
    [
        [0.80, 0.70, 0.66],
        [0.62, 0.48, 0.42],
        [0.62, 0.42, 0.52],
        [0.88, 0.62, 0.58],
        [0.50, 0.50, 0.56],
        [0.50, 0.66, 0.70],
    ]
)
HAIR_STYLES = ("bald", "crop", "swept", "curls", "bob", "long", "waves", "fringe", "bun")


@dataclasses.dataclass(frozen=True)
class Eyes:
    """A pair of eyes; the left one mirrors the right one.

    Attributes:
      spacing: distance between the eye centres, in head units.
      width: from corner to corner, in head units.
      upper: rise of the upper lid over the line through the corners, as a fraction of `width`.
      lower: drop of the lower lid under that line, as a fraction of `width`.
      tilt: degrees by which the outer corner lies higher than the inner one.
      peak: where the upper lid is highest, from -1 (inner corner) to 1 (outer corner).
      roundness: exponent of the lids' curves: 1.6 is an almond, 3 nearly round.
      fold: height of the lid fold over the upper lid, in head units.
      fold_strength: 0 (no fold) to 1.
      lid_tint: what the lid multiplies the skin's colour by.
      lid_tint_strength: 0 (bare) to 1.
      liner: thickness of the line along the upper lashes, in head units.
      lashes: length of the lashes, in head units.
      iris_color: colour of the outer iris.
      iris_inner_color: colour around the pupil.
      iris_radius: in head units.
      pupil: radius of the pupil, as a fraction of `iris_radius`.
      limbal_ring: darkness of the iris's edge, 0 to 1.
      fibers: contrast of the radial fibres, 0 to 1.
      fiber_seed: seed of the fibres' pattern.
    """

    spacing: float
    width: float
    upper: float
    lower: float
    tilt: float
    peak: float
    roundness: float
    fold: float
    fold_strength: float
    lid_tint: Color
    lid_tint_strength: float
    liner: float
    lashes: float
    iris_color: Color
    iris_inner_color: Color
    iris_radius: float
    pupil: float
    limbal_ring: float
    fibers: float
    fiber_seed: int


@dataclasses.dataclass(frozen=True)
class Brows:
    """A pair of brows.

    Attributes:
      height: of the brow's middle over the eye centres, in head units.
      arch: rise of the middle over the line through both ends, in head units.
      tilt: degrees by which the tail lies higher than the head.
      thickness: in head units.
      tint: what the hairs multiply the skin's colour by.
      strength: opacity, 0 to 1.
      seed: seed of the hairs.
    """

    height: float
    arch: float
    tilt: float
    thickness: float
    tint: Color
    strength: float
    seed: int


@dataclasses.dataclass(frozen=True)
class Head:
    """Shape of the head, nose and mouth; lengths in head units.

    Attributes:
      cheek: half the width at the cheekbones.
      jaw: half the width at the angle of the jaw.
      chin: exponent of the curve from the jaw to the chin: 0.8 is square, 1.2 pointed.
      chin_depth: from the eyes down to the tip of the chin.
      nose_length: from the eyes down to the base of the nose.
      nose_width: half the width of the nose.
      nose_lift: how far its tip stands out.
      mouth_depth: from the eyes down to the mouth.
      mouth_width: half the width of the mouth at rest.
      upper_lip: thickness.
      lower_lip: thickness.
      ear: half the height of an ear.
      neck: half the width of the neck.
    """

    cheek: float
    jaw: float
    chin: float
    chin_depth: float
    nose_length: float
    nose_width: float
    nose_lift: float
    mouth_depth: float
    mouth_width: float
    upper_lip: float
    lower_lip: float
    ear: float
    neck: float


@dataclasses.dataclass(frozen=True)
class Skin:
    """Colour of the skin.

    Attributes:
      color: the skin under white light.
      tone: 0 (light) to 1 (deep).
      lip_tint: what the lips multiply the skin's colour by.
      blush: strength of the red of the cheeks, 0 to 1.
      stubble: strength of the shadow of a beard, 0 (none) to 1.
      num_freckles: number of freckles.
      seed: seed of the freckles.
    """

    color: Color
    tone: float
    lip_tint: Color
    blush: float
    stubble: float
    num_freckles: int
    seed: int


@dataclasses.dataclass(frozen=True)
class Hair:
    """The hair of the head.

    Attributes:
      style: one of `HAIR_STYLES`.
      color: of the hair under white light.
      forehead: from the eyes up to the hairline, in head units.
      volume: how far the hair stands off the skull, in head units.
      length: from the eyes down to the ends of long hair, in head units.
      part: where the parting is, from -1 (viewer's left) to 1.
      seed: seed of the strands.
    """

    style: str
    color: Color
    forehead: float
    volume: float
    length: float
    part: float
    seed: int


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
    return Identity(
        eyes=_draw_eyes(rng),
        brows=_draw_brows(rng),
        head=_draw_head(rng),
        skin=_draw_skin(rng),
        hair=_draw_hair(rng),
    )


def _draw_eyes(rng) -> Eyes:
    iris = _IRIS_COLORS[rng.integers(len(_IRIS_COLORS))] * rng.uniform(0.88, 1.12)
    width = rng.uniform(0.43, 0.62)
    return Eyes(
        spacing=rng.uniform(1.04, 1.16),
        width=width,
        upper=rng.uniform(0.18, 0.36),
        lower=rng.uniform(0.11, 0.20),
        tilt=rng.uniform(-8.0, 10.0),
        peak=rng.uniform(-0.35, 0.3),
        roundness=rng.uniform(1.7, 2.9),
        fold=rng.uniform(0.045, 0.12),
        fold_strength=rng.choice([0.0, 0.5, 0.75, 1.0]),
        lid_tint=_color(_LID_TINTS[rng.integers(len(_LID_TINTS))]),
        lid_tint_strength=rng.choice([0.0, 0.25, 0.6, 1.0]) * rng.uniform(0.8, 1.0),
        liner=rng.uniform(0.012, 0.042),
        lashes=rng.choice([0.02, 0.05, 0.085]) * rng.uniform(0.8, 1.1),
        iris_color=_color(iris[0]),
        iris_inner_color=_color(iris[1]),
        iris_radius=rng.uniform(0.115, 0.145),
        pupil=rng.uniform(0.32, 0.5),
        limbal_ring=rng.uniform(0.2, 0.9),
        fibers=rng.uniform(0.2, 1.0),
        fiber_seed=_seed(rng),
    )


def _draw_brows(rng) -> Brows:
    return Brows(
        height=rng.uniform(0.31, 0.39),
        arch=rng.uniform(0.03, 0.1),
        tilt=rng.uniform(-5.0, 8.0),
        thickness=rng.uniform(0.06, 0.13),
        tint=_color(_between(_BROW_TINTS, rng.uniform())),
        strength=rng.uniform(0.7, 0.95),
        seed=_seed(rng),
    )


def _draw_head(rng) -> Head:
    nose_length = rng.uniform(0.62, 0.74)
    mouth_depth = nose_length + rng.uniform(0.38, 0.46)
    return Head(
        cheek=rng.uniform(1.05, 1.18),
        jaw=rng.uniform(0.82, 0.98),
        chin=rng.uniform(0.82, 1.16),
        chin_depth=mouth_depth + rng.uniform(0.6, 0.74),
        nose_length=nose_length,
        nose_width=rng.uniform(0.19, 0.29),
        nose_lift=rng.uniform(0.26, 0.4),
        mouth_depth=mouth_depth,
        mouth_width=rng.uniform(0.36, 0.47),
        upper_lip=rng.uniform(0.055, 0.105),
        lower_lip=rng.uniform(0.085, 0.15),
        ear=rng.uniform(0.3, 0.38),
        neck=rng.uniform(0.54, 0.7),
    )


def _draw_skin(rng) -> Skin:
    tone = rng.uniform()
    stubble = rng.uniform(0.35, 1.0) if rng.uniform() < 0.25 else 0.0
    lipstick = rng.uniform(0.0, 0.5) if stubble else rng.uniform(0.2, 1.0)
    lip_tint = np.array([0.94, 0.72, 0.70]) + lipstick * np.array([-0.06, -0.24, -0.18])
    return Skin(
        color=_color(_between(_SKIN_TONES, tone) * rng.uniform(0.97, 1.03, 3)),
        tone=tone,
        lip_tint=_color(lip_tint),
        blush=rng.uniform(0.15, 0.8),
        stubble=stubble,
        num_freckles=int(rng.integers(25, 90)) if rng.uniform() < 0.12 else 0,
        seed=_seed(rng),
    )


def _draw_hair(rng) -> Hair:
    return Hair(
        style=HAIR_STYLES[rng.integers(len(HAIR_STYLES))],
        color=_color(_HAIR_COLORS[rng.integers(len(_HAIR_COLORS))] * rng.uniform(0.85, 1.1)),
        forehead=rng.uniform(0.92, 1.12),
        volume=rng.uniform(0.06, 0.26),
        length=rng.uniform(1.9, 2.8),
        part=rng.uniform(-0.6, 0.6),
        seed=_seed(rng),
    )


def _between(palette: np.ndarray, place: float) -> np.ndarray:
    """The colour at `place` in [0, 1] along a palette, between its neighbours."""
    position = place * (len(palette) - 1)
    return np.array([np.interp(position, range(len(palette)), band) for band in palette.T])


def _color(rgb) -> Color:
    red, green, blue = np.clip(rgb, 0.0, 1.0)
    return float(red), float(green), float(blue)


def _seed(rng) -> int:
    return int(rng.integers(1 << 31))
