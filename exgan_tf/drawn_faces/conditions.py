"""How a person is photographed: everything that changes from one photograph to the next.

All ranges are ours: those of everyday frontal portraits, mild enough that one photograph of a
person tells how the eyes look in another. Lengths are in head units.
"""

import dataclasses

import numpy as np

from exgan_tf.drawn_faces.traits import (
    Color,
    draw,
    draw_normal,
    normal,
    one_of,
    seed,
    to_color,
    trait,
    uniform,
)

_LIGHT_COLORS = ((1.06, 1.0, 0.94), (1.02, 1.0, 0.98), (0.98, 1.0, 1.03))


def _draw_light(rng, known):
    azimuth, elevation = np.radians([rng.uniform(-60.0, 60.0), rng.uniform(10.0, 50.0)])
    return (
        float(np.sin(azimuth) * np.cos(elevation)),
        float(-np.sin(elevation)),
        float(np.cos(azimuth) * np.cos(elevation)),
    )


def _draw_glasses(rng, known):
    shape = one_of(rng, ("round", "square"))
    return shape if rng.uniform() < 0.08 else None


def _draw_muted(rng, low, high):
    """A colour of little saturation and any brightness between `low` and `high`."""
    rgb = rng.uniform(low, high) + rng.uniform(-0.12, 0.12, 3)
    return to_color(rgb, low=0.02, high=0.98)


@dataclasses.dataclass(frozen=True)
class Conditions:
    """One photograph of a person."""

    smile: float = uniform(0.0, 1.0)  # From earnest on.
    yaw: float = normal(8.0, 18.0)  # Turn of the head in degrees, positive to the viewer's right.
    pitch: float = normal(5.0, 12.0)  # Nod in degrees, positive upwards.
    roll: float = normal(6.0, 15.0)  # Lean in degrees, positive when the right eye is lower.
    scale: float = uniform(0.2, 0.235)  # One head unit as a fraction of the picture's side.
    # (x, y) of the face centre, as fractions of the picture's side.
    place: tuple[float, float] = trait(
        lambda rng, known: (rng.uniform(0.47, 0.53), rng.uniform(0.5, 0.55))
    )
    # Direction to the light, a unit vector (x right, y down, z to the viewer).
    light: tuple[float, float, float] = trait(_draw_light)
    light_color: Color = trait(lambda rng, known: one_of(rng, _LIGHT_COLORS))  # Factors.
    ambient: float = uniform(0.45, 0.65)  # Share of the light that comes from all sides.
    mouth_open: float = trait(  # Gap between the lips.
        lambda rng, known: max(0.0, known["smile"] - 0.55) * rng.uniform(0.0, 0.32)
    )
    brow_raise: float = normal(0.015, 0.035)
    # (x, y) shift of the irises.
    gaze: tuple[float, float] = trait(
        lambda rng, known: (draw_normal(rng, 0.025, 0.06), draw_normal(rng, 0.01, 0.02))
    )
    openness: float = uniform(0.92, 1.04)  # Factor on the height of the open eyes.
    # Both eyes.
    eyes_closed: bool = trait(lambda rng, known: bool(rng.uniform() < known["closed_fraction"]))
    glasses: str | None = trait(_draw_glasses)  # "round", "square" or None.
    # Top, bottom, and soft blobs.
    background: tuple[Color, Color, Color] = trait(
        lambda rng, known: tuple(_draw_muted(rng, 0.3, 0.95) for _ in range(3))
    )
    background_seed: int = seed()  # Of the blobs.
    clothing: Color = trait(lambda rng, known: _draw_muted(rng, 0.15, 0.85))
    noise: float = uniform(0.8, 3.0)  # Standard deviation of the sensor's, in levels of 255.
    noise_seed: int = seed()


def draw_conditions(rng: np.random.Generator, *, closed_fraction: float) -> Conditions:
    """Draws the conditions of one photograph at random.

    Args:
      rng: source of all randomness.
      closed_fraction: how often the eyes are closed, in [0, 1].

    Raises:
      ValueError: if `closed_fraction` is outside [0, 1].
    """
    if not 0.0 <= closed_fraction <= 1.0:
        raise ValueError(f"closed_fraction is {closed_fraction}; expected 0 to 1")
    return draw(Conditions, rng, closed_fraction=closed_fraction)
