"""How runs learnt, read from their directories: every line may be of anything."""

import pathlib
from typing import NamedTuple

import msgspec

from exgan_tf import files
from exgan_tf.evaluation.results import Text
from exgan_tf.option_types import NonNegativeCount, Number
from exgan_tf.training import loop, runs

MAX_FILE_BYTES = 256 << 20  # Ours: a million lines of losses.
MAX_POINTS = 240  # Ours: of a curve; more cannot be told apart on a screen.


class Line(msgspec.Struct, frozen=True):
    """A line of the log; what else it says is no business of the report."""

    step: NonNegativeCount
    validation: dict[Text, Number] | None = None
    losses: dict[Text, Number] | None = None


class Curve(NamedTuple):
    """A measure over the steps of a run, which increase; means where lines were taken together."""

    steps: tuple
    values: tuple


class RunCurves(NamedTuple):
    """What a run directory tells.

    Attributes:
      name: of the directory.
      model: one of `gans.GANS`.
      num_averaged: largest number of lines that became one point.
      curves: ("validation" or "losses", measure) -> `Curve`.
    """

    name: str
    model: str
    num_averaged: int
    curves: dict


def read_curves(run_directory) -> RunCurves:
    """Reads a run directory.

    Raises:
      ValueError: if it is none, has measured nothing yet, or its lines are not as they should be.
    """
    directory = pathlib.Path(run_directory)
    experiment = runs.read_run(directory).experiment
    path = directory / loop.METRICS
    points = _read_points(path) if path.is_file() else {}
    if not points:
        raise ValueError(f"{path} is missing or empty: train first, or leave the run out")
    sizes = {key: -(-len(pairs) // MAX_POINTS) for key, pairs in points.items()}
    return RunCurves(
        name=directory.resolve().name,
        model=experiment.model,
        num_averaged=max(sizes.values()),
        curves={key: _average(sorted(pairs), sizes[key]) for key, pairs in points.items()},
    )


def _read_points(path) -> dict:
    """(group, measure) -> list of (step, value)."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than {MAX_FILE_BYTES >> 20} megabytes")
    try:
        lines = loop.read_metrics(path)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not lines of JSON: {error}") from error
    points = {}
    for number, content in enumerate(lines, start=1):
        line = files.convert(content, Line, source=f"{path}: line {number}")
        for group in ("validation", "losses"):
            for name, value in (getattr(line, group) or {}).items():
                points.setdefault((group, name), []).append((line.step, value))
    return points


def _average(pairs, size) -> Curve:
    """Means of `size` neighbouring points."""
    buckets = [pairs[start : start + size] for start in range(0, len(pairs), size)]
    means = [
        [sum(column) / len(bucket) for column in zip(*bucket, strict=True)] for bucket in buckets
    ]
    return Curve(*zip(*means, strict=True))
