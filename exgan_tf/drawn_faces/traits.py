"""Traits: fields that say from what they are drawn, in the order in which they are drawn.

Colours are RGB in [0, 1].
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

Color = tuple[float, float, float]


def trait(draw: Callable) -> Any:
    """A field whose value is `draw(rng, known)`; `known` holds the fields before it, by name."""
    return dataclasses.field(metadata={"draw": draw})


def uniform(low: float, high: float) -> Any:
    """A field of any number between two."""
    return trait(lambda rng, known: rng.uniform(low, high))


def normal(deviation: float, limit: float) -> Any:
    """A field of a number around 0, `limit` away at the most."""
    return trait(lambda rng, known: draw_normal(rng, deviation, limit))


def level(levels, *, low: float, high: float) -> Any:
    """A field of one of several numbers, times any between `low` and `high`."""
    return trait(lambda rng, known: rng.choice(levels) * rng.uniform(low, high))


def seed() -> Any:
    """A field of the seed of something that is drawn later."""
    return trait(lambda rng, known: int(rng.integers(1 << 31)))


def draw(traits_class, rng: np.random.Generator, **known) -> Any:
    """Draws an instance of a class of traits; `known` are further values for its fields to use."""
    fields = dataclasses.fields(traits_class)
    for field in fields:
        known[field.name] = field.metadata["draw"](rng, known)
    return traits_class(*(known[field.name] for field in fields))


def draw_normal(rng, deviation: float, limit: float) -> float:
    """A number as in `normal`."""
    return float(np.clip(rng.normal(0.0, deviation), -limit, limit))


def one_of(rng, choices) -> Any:
    """One of several values, each as likely."""
    return choices[rng.integers(len(choices))]


def palette(percentages: str) -> np.ndarray:
    """Colours, float [n, 3], from their red, green and blue in percent: "97 83 75, 94 77 66"."""
    return np.array([color.split() for color in percentages.split(",")], float) / 100


def between(colors: np.ndarray, place: float) -> np.ndarray:
    """The colour at `place` in [0, 1] along a palette, between its neighbours."""
    position = place * (len(colors) - 1)
    return np.array([np.interp(position, range(len(colors)), band) for band in colors.T])


def to_color(rgb, *, low: float = 0.0, high: float = 1.0) -> Color:
    """A colour of three numbers, none of them out of range."""
    red, green, blue = np.clip(rgb, low, high).tolist()
    return red, green, blue
