"""From what was measured to what may be said: means, intervals, and paired comparisons."""

import itertools

import numpy as np
from msgspec import UNSET

from exgan_tf.evaluation import measures
from exgan_tf.evaluation.results import Comparison, MethodResult
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
        means = {
            measure: _from_log(measure, columns[name, measure].mean())
            for measure in measures.PER_IMAGE
        }
        summaries[name] = MethodResult(
            **method.summary(),
            num_images=len(measurement.identities),
            seconds_per_image=measurement.seconds_per_image(name),
            **means,
            **numbers,
            intervals={
                measure: Interval(
                    *(_from_log(measure, e) for e in bootstrap.mean_interval((name, measure)).ends)
                )
                for measure in measures.PER_IMAGE
            },
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
    return [
        _compare(bootstrap, later, earlier, column=column, metric=metric, mask=mask, better=better)
        for earlier, later in itertools.combinations(methods, 2)
        for column, (metric, mask, better) in columns.items()
        if (later, column) in bootstrap and (earlier, column) in bootstrap
    ]


def _compare(bootstrap, method, against, *, column, metric, mask, better):
    found = bootstrap.compare((method, column), (against, column))
    verdict = "no difference shown"
    # One person, drawn again and again, gives an interval without width, which says nothing.
    if bootstrap.num_identities > 1 and found.interval.excludes_zero():
        verdict = "better" if (found.difference < 0) == (better == "lower") else "worse"
    return Comparison(
        metric=metric,
        mask=mask,
        method=method,
        against=against,
        difference=found.difference,
        interval=found.interval,
        percent=found.percent,
        percent_interval=found.percent_interval,
        verdict=verdict,
    )


def _is_ratio(measure):
    """Ratios are averaged as logarithms: half and twice as much then make 1."""
    return measures.PER_IMAGE[measure].better == "near_one"


def _from_log(measure, value):
    return float(np.exp(value) if _is_ratio(measure) else value)
