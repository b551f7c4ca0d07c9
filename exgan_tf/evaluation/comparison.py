"""From what was measured to what may be said: means, intervals, and paired comparisons."""

import itertools

import numpy as np
from msgspec import UNSET

from exgan_tf.evaluation import measures
from exgan_tf.evaluation.results import Comparison, MethodResult, Verdict
from exgan_tf.metrics.intervals import IdentityBootstrap, Interval


def summarize_methods(measurement, methods: dict, *, seed: int) -> tuple[dict, list]:
    """Summarises methods and compares each with all before it.

    Args:
      measurement: a `Measurement` that has seen all images.
      methods: name -> `Method`.
      seed: of the bootstrap.

    Returns:
      Name -> `MethodResult`, and the list of `Comparison`s.
    """
    columns = {
        (name, measure): np.log(values) if _is_ratio(measure) else values
        for name in methods
        for measure, values in measurement.values(name).items()
    }
    bootstrap = IdentityBootstrap(measurement.identities, columns, seed=seed)
    summaries = {}
    for name, method in methods.items():
        numbers, notes = measurement.over_all_images(name)
        means, intervals = {}, {}
        for measure in measures.PER_IMAGE:
            key = (name, measure)
            mean, interval = bootstrap.mean(key), bootstrap.mean_interval(key)
            if _is_ratio(measure):
                mean, low, high = np.exp([mean, *interval.ends]).tolist()
                interval = Interval(low, high)
            means[measure], intervals[measure] = mean, interval
        summaries[name] = MethodResult(
            **method.summary(),
            num_images=len(measurement.identities),
            seconds_per_image=measurement.seconds_per_image(name),
            **means,
            **numbers,
            intervals=intervals,
            notes=notes,
        )
    compared = {
        measure: (measure, UNSET, each.better)
        for measure, each in measures.PER_IMAGE.items()
        if not _is_ratio(measure)
    }
    return summaries, compare_methods(bootstrap, methods, compared)


def compare_methods(bootstrap, methods, columns: dict) -> list[Comparison]:
    """Compares each method with all before it, by each column that both have.

    Args:
      bootstrap: an `IdentityBootstrap` of the values of each (method, column).
      methods: their names in order.
      columns: name -> metric, mask, and which values are good, "lower" or "higher".

    Returns:
      The comparisons: better or worse only where the interval excludes 0, and never of one person.
    """
    comparisons = []
    for against, method in itertools.combinations(methods, 2):
        for column, (metric, mask, better) in columns.items():
            if (method, column) not in bootstrap or (against, column) not in bootstrap:
                continue
            found = bootstrap.compare((method, column), (against, column))
            verdict: Verdict = "no difference shown"
            # One person, drawn again and again, gives an interval without width: it says nothing.
            if bootstrap.num_identities > 1 and found.interval.excludes_zero():
                verdict = "better" if (found.difference < 0) == (better == "lower") else "worse"
            comparisons.append(
                Comparison(
                    metric=metric,
                    mask=mask,
                    method=method,
                    against=against,
                    **found._asdict(),
                    verdict=verdict,
                )
            )
    return comparisons


def _is_ratio(measure):
    """Ratios are averaged as logarithms: half and twice as much then make 1."""
    return measures.PER_IMAGE[measure].better == "near_one"
