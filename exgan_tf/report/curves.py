"""How runs learnt, read from their directories: every line may be of anything."""

import dataclasses
import pathlib

import msgspec

from exgan_tf import files
from exgan_tf.evaluation.results import Text
from exgan_tf.option_types import NonNegativeCount, Number
from exgan_tf.training import loop, runs

MAX_FILE_BYTES = 256 << 20  # Ours: a million lines of losses.
MAX_POINTS = 240  # Ours: of a curve; more cannot be told apart on a screen.
VALIDATION = "validation"
LOSSES = "losses"


class Line(msgspec.Struct, frozen=True):
    """A line of the log; what else it says is no business of the report."""

    step: NonNegativeCount
    validation: dict[Text, Number] | None = None
    losses: dict[Text, Number] | None = None


@dataclasses.dataclass(frozen=True)
class Curve:
    """A measure over the steps of a run.

    Attributes:
      steps: increasing, one for each point; a mean where lines were taken together.
      values: the measure there.
    """

    steps: tuple
    values: tuple


@dataclasses.dataclass(frozen=True)
class RunCurves:
    """What a run directory tells.

    Attributes:
      name: of the directory.
      model: one of `gans.GANS`.
      num_steps: the last step with a line.
      num_averaged: largest number of lines that became one point.
      curves: ("validation" or "losses", measure) -> `Curve`.
    """

    name: str
    model: str
    num_steps: int
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
    points = _read_points(path)
    if not points:
        raise ValueError(f"{path} is missing or empty: train first, or leave the run out")
    return RunCurves(
        name=directory.resolve().name,
        model=experiment.model,
        num_steps=max(step for pairs in points.values() for step, _ in pairs),
        num_averaged=max(_bucket_size(pairs) for pairs in points.values()),
        curves={key: _thin_out(pairs) for key, pairs in points.items()},
    )


def _read_points(path) -> dict:
    """(group, measure) -> list of (step, value)."""
    if not path.is_file():
        return {}
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than {MAX_FILE_BYTES >> 20} megabytes")
    try:
        lines = loop.read_metrics(path)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not lines of JSON: {error}") from error
    points = {}
    for index, content in enumerate(lines):
        line = files.convert(content, Line, source=f"{path}: line {index + 1}")
        for group, measures in ((VALIDATION, line.validation), (LOSSES, line.losses)):
            for name, value in (measures or {}).items():
                points.setdefault((group, name), []).append((line.step, value))
    return points


def _bucket_size(pairs) -> int:
    return -(-len(pairs) // MAX_POINTS)


def _thin_out(pairs) -> Curve:
    """Means of neighbouring points, so many that few enough are left."""
    pairs, size = sorted(pairs), _bucket_size(pairs)
    buckets = [pairs[start : start + size] for start in range(0, len(pairs), size)]
    means = [
        [sum(column) / len(bucket) for column in zip(*bucket, strict=True)] for bucket in buckets
    ]
    return Curve(*(tuple(column) for column in zip(*means, strict=True)))
