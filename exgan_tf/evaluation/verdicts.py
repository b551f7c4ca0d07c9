"""What may be said of two methods that were measured on the same photographs."""

from msgspec import UNSET

from exgan_tf.evaluation.results import Comparison, Interval


def compare(bootstrap, method, against, *, column, metric, better, mask=UNSET) -> Comparison:
    """Compares two methods image by image.

    Args:
      bootstrap: an `IdentityBootstrap` that knows the values of each (method, column).
      method: name of the one that is judged.
      against: name of the one that it is held against.
      column: name of the values.
      metric, mask: what they are, for the file.
      better: "lower" or "higher" values.

    Returns:
      The comparison: better or worse only where the interval excludes 0, and never of one person.
    """
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
        interval=Interval(*found.interval),
        percent=found.percent,
        percent_interval=found.percent_interval and Interval(*found.percent_interval),
        verdict=verdict,
    )
