"""From what was measured to what may be said: means, intervals, and paired comparisons."""

import itertools

import numpy as np

from exgan_tf.evaluation import measures
from exgan_tf.metrics.intervals import IdentityBootstrap

BETTER, WORSE, UNDECIDED = "better", "worse", "no difference shown"


def summarize_methods(measurement, methods: dict, *, seed: int) -> tuple[dict, list]:
    """Summarises methods and compares each with all before it.

    Args:
      measurement: a `Measurement` that has seen all images.
      methods: name -> `Method`.
      seed: of the bootstrap.

    Returns:
      Name -> what `evaluation.json` says of the method, and the list of comparisons.
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
        summaries[name] = {
            **method.summary(),
            "num_images": len(measurement.identities),
            "seconds_per_image": measurement.seconds_per_image(name),
            **means,
            **numbers,
            "intervals": {
                measure: [
                    _from_log(measure, end) for end in bootstrap.mean_interval((name, measure))
                ]
                for measure in measures.PER_IMAGE
            },
            "notes": notes,
        }
    comparisons = [
        _compare(bootstrap, measure, method=later, against=earlier)
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


def _compare(bootstrap, measure, *, method, against):
    comparison = bootstrap.compare((method, measure), (against, measure))
    verdict = UNDECIDED
    # One person, drawn again and again, gives an interval without width, which says nothing.
    if bootstrap.num_identities > 1 and comparison.interval.excludes_zero():
        is_lower = comparison.difference < 0
        verdict = BETTER if is_lower == (measures.MEASURES[measure].better == "lower") else WORSE
    return {
        "metric": measure,
        "method": method,
        "against": against,
        "difference": comparison.difference,
        "interval": list(comparison.interval),
        "percent": comparison.percent,
        "percent_interval": comparison.percent_interval and list(comparison.percent_interval),
        "verdict": verdict,
    }
