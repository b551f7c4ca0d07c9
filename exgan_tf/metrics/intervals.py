"""How sure a mean, or a difference of two methods, is: bootstrap intervals that resample people.

Photographs of one person resemble each other, so people are drawn, each with all photographs, and
not photographs (cluster bootstrap; Efron & Tibshirani 1993, section 8). The interval holds the
middle 95 % of the resampled values.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from exgan_tf.option_types import Number

CONFIDENCE = 0.95
NUM_RESAMPLINGS = 10_000  # Ours: the ends of an interval then vary by about a hundredth of it.
_CHUNK = 500  # Resamplings at a time, which bounds the memory.


class Interval(msgspec.Struct, array_like=True, frozen=True):
    """The two ends of an interval, in the unit of the value; in files [low, high]."""

    low: Number
    high: Number

    def __post_init__(self):
        """Raises ValueError if the ends are the wrong way round."""
        if self.low > self.high:
            raise ValueError("expected [low, high]")

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high."""
        return self.low, self.high

    def excludes_zero(self) -> bool:
        """Whether all of it lies on one side of 0."""
        return self.low > 0 or self.high < 0


class Difference(NamedTuple):
    """A method against another one, on the same photographs.

    Attributes:
      difference: mean of the method's values minus mean of the other's.
      percent: the difference in percent of the other's mean; None where that is 0.
    """

    difference: float
    interval: Interval
    percent: float | None
    percent_interval: Interval | None


class IdentityBootstrap:
    """Draws the same people again and again, the same ones for all values and intervals.

    Attributes:
      num_identities: number of people.
    """

    def __init__(self, identities, values: dict, *, seed: int = 0):
        """Resamples.

        Args:
          identities: the name of the person on each of n photographs.
          values: name -> float [n], a finite value for each photograph.
          seed: of the resampling.

        Raises:
          ValueError: if there is no photograph.
        """
        people, person = np.unique(np.asarray(identities), return_inverse=True)
        if not len(people):
            raise ValueError("intervals need at least one photograph, there is none")
        self.num_identities = len(people)
        columns = [np.asarray(column, np.float64) for column in values.values()]
        sums = [np.bincount(person, column) for column in (*columns, np.ones(len(person)))]
        resampled = _resample_means(np.stack(sums, axis=1), seed=seed)
        self._means = {
            name: float(np.mean(column)) for name, column in zip(values, columns, strict=True)
        }
        self._resampled = dict(zip(values, resampled.T, strict=True))

    def __contains__(self, name) -> bool:
        """Whether it knows values of a name."""
        return name in self._means

    def mean(self, name) -> float:
        """The mean of one value over all photographs."""
        return self._means[name]

    def mean_interval(self, name) -> Interval:
        """The interval of the mean of one value over all photographs."""
        return _interval(self._resampled[name])

    def compare(self, name, other) -> Difference:
        """Compares two values of the same photographs: the first against the second."""
        mean, other_mean = self._means[name], self._means[other]
        resampled, other_resampled = self._resampled[name], self._resampled[other]
        percent, percent_interval = None, None
        if other_mean and other_resampled.all():
            percent = 100 * (mean / other_mean - 1)
            percent_interval = _interval(100 * (resampled / other_resampled - 1))
        difference = _interval(resampled - other_resampled)
        return Difference(mean - other_mean, difference, percent, percent_interval)


def _resample_means(sums, *, seed):
    """float64 [NUM_RESAMPLINGS, columns]: means over all photographs of the drawn people.

    The last column of `sums`, float64 [people, columns + 1], counts each person's photographs.
    """
    rng = np.random.default_rng(seed)
    count = len(sums)
    means = []
    for _ in range(0, NUM_RESAMPLINGS, _CHUNK):
        totals = rng.multinomial(count, np.full(count, 1 / count), size=_CHUNK) @ sums
        means.append(totals[:, :-1] / totals[:, -1:])
    return np.concatenate(means)


def _interval(resampled):
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(resampled, [tail, 100 - tail])
    return Interval(float(low), float(high))
