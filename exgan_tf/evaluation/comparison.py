"""From what was measured to what may be said: means, intervals, and paired comparisons."""

import itertools

import numpy as np

from exgan_tf.evaluation import measures, verdicts
from exgan_tf.evaluation.results import Interval, MethodResult
from exgan_tf.metrics.intervals import IdentityBootstrap


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
                    *(_from_log(measure, end) for end in bootstrap.mean_interval((name, measure)))
                )
                for measure in measures.PER_IMAGE
            },
            notes=notes,
        )
    comparisons = [
        verdicts.compare(
            bootstrap,
            later,
            earlier,
            column=measure,
            metric=measure,
            better=measures.MEASURES[measure].better,
        )
        for earlier, later in itertools.combinations(methods, 2)
        for measure in measures.PER_IMAGE
        if not _is_ratio(measure)
    ]
    return summaries, comparisons


def _is_ratio(measure):
    """Ratios are averaged as logarithms: half and twice as much then make 1."""
    return measures.PER_IMAGE[measure].better == "near_one"


def _from_log(measure, value):
    return float(np.exp(value) if _is_ratio(measure) else value)
