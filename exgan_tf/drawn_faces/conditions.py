"""How a person is photographed: everything that changes from one photograph to the next.

All ranges are ours: those of everyday frontal portraits, mild enough that one photograph of a
person tells how the eyes look in another.
"""

import dataclasses

import numpy as np

Color = tuple[float, float, float]
GLASSES_SHAPES = ("round", "square")
_GLASSES_FRACTION = 0.08
_LIGHT_COLORS = ((1.06, 1.0, 0.94), (1.02, 1.0, 0.98), (0.98, 1.0, 1.03))


@dataclasses.dataclass(frozen=True)
class Conditions:
    """One photograph of a person.

    Attributes:
      yaw: turn of the head in degrees, positive to the viewer's right.
      pitch: nod in degrees, positive upwards.
      roll: lean in degrees, positive when the eye on the viewer's right is lower.
      scale: one head unit as a fraction of the picture's side.
      place: (x, y) of the face centre, as fractions of the picture's side.
      light: direction to the light, a unit vector (x right, y down, z to the viewer).
      light_color: RGB factors of the light.
      ambient: share of the light that comes from all sides, 0 to 1.
      smile: 0 (earnest) to 1.
      mouth_open: gap between the lips, in head units.
      brow_raise: in head units.
      gaze: (x, y) shift of the irises, in head units.
      openness: factor on the height of the open eyes.
      eyes_closed: whether both eyes are closed.
      glasses: one of `GLASSES_SHAPES`, or None.
      background: three RGB colours in [0, 1]: top, bottom, and soft blobs.
      background_seed: seed of the blobs.
      clothing: RGB colour in [0, 1].
      noise: standard deviation of the sensor's noise, in levels of 255.
      noise_seed: seed of the noise.
    """

    yaw: float
    pitch: float
    roll: float
    scale: float
    place: tuple[float, float]
    light: tuple[float, float, float]
    light_color: Color
    ambient: float
    smile: float
    mouth_open: float
    brow_raise: float
    gaze: tuple[float, float]
    openness: float
    eyes_closed: bool
    glasses: str | None
    background: tuple[Color, Color, Color]
    background_seed: int
    clothing: Color
    noise: float
    noise_seed: int


def draw_conditions(rng: np.random.Generator, *, closed_fraction: float) -> Conditions:
    """Draws the conditions of one photograph at random.

    Args:
      rng: source of all randomness.
      closed_fraction: how often the eyes are closed, in [0, 1].

    Raises:
      ValueError: if `closed_fraction` is outside [0, 1].
    """
    if not 0.0 <= closed_fraction <= 1.0:
        raise ValueError(f"closed_fraction is {closed_fraction}, but must lie between 0 and 1")
    smile = rng.uniform()
    return Conditions(
        yaw=_normal(rng, deviation=8.0, limit=18.0),
        pitch=_normal(rng, deviation=5.0, limit=12.0),
        roll=_normal(rng, deviation=6.0, limit=15.0),
        scale=rng.uniform(0.2, 0.235),
        place=(rng.uniform(0.47, 0.53), rng.uniform(0.5, 0.55)),
        light=_draw_light(rng),
        light_color=_LIGHT_COLORS[rng.integers(len(_LIGHT_COLORS))],
        ambient=rng.uniform(0.45, 0.65),
        smile=smile,
        mouth_open=max(0.0, smile - 0.55) * rng.uniform(0.0, 0.32),
        brow_raise=_normal(rng, deviation=0.015, limit=0.035),
        gaze=(_normal(rng, deviation=0.025, limit=0.06), _normal(rng, deviation=0.01, limit=0.02)),
        openness=rng.uniform(0.92, 1.04),
        eyes_closed=bool(rng.uniform() < closed_fraction),
        glasses=_draw_glasses(rng),
        background=_draw_background(rng),
        background_seed=int(rng.integers(1 << 31)),
        clothing=_muted(rng, low=0.15, high=0.85),
        noise=rng.uniform(0.8, 3.0),
        noise_seed=int(rng.integers(1 << 31)),
    )


def _draw_light(rng) -> tuple[float, float, float]:
    azimuth, elevation = np.radians([rng.uniform(-60.0, 60.0), rng.uniform(10.0, 50.0)])
    return (
        float(np.sin(azimuth) * np.cos(elevation)),
        float(-np.sin(elevation)),
        float(np.cos(azimuth) * np.cos(elevation)),
    )


def _draw_glasses(rng) -> str | None:
    shape = GLASSES_SHAPES[rng.integers(len(GLASSES_SHAPES))]
    return shape if rng.uniform() < _GLASSES_FRACTION else None


def _draw_background(rng) -> tuple[Color, Color, Color]:
    return tuple(_muted(rng, low=0.3, high=0.95) for _ in range(3))


def _muted(rng, *, low: float, high: float) -> Color:
    """A colour of little saturation and any brightness between `low` and `high`."""
    red, green, blue = np.clip(rng.uniform(low, high) + rng.uniform(-0.12, 0.12, 3), 0.02, 0.98)
    return float(red), float(green), float(blue)


def _normal(rng, *, deviation: float, limit: float) -> float:
    return float(np.clip(rng.normal(0.0, deviation), -limit, limit))
