"""What may be said of two methods that were measured on the same photographs."""

BETTER, WORSE, UNDECIDED = "better", "worse", "no difference shown"


def compare(bootstrap, column, other_column, *, better: str) -> dict:
    """Compares two columns image by image.

    Args:
      bootstrap: an `IdentityBootstrap` that knows both.
      column: the name of the values that are judged.
      other_column: the name of those that they are held against.
      better: "lower" or "higher" values.

    Returns:
      JSON values: "difference" of the means, its "interval", "percent" of the other's mean and
      "percent_interval", both None where that mean is 0, and "verdict": better or worse only where
      the interval excludes 0, and never of one person.
    """
    comparison = bootstrap.compare(column, other_column)
    verdict = UNDECIDED
    # One person, drawn again and again, gives an interval without width, which says nothing.
    if bootstrap.num_identities > 1 and comparison.interval.excludes_zero():
        verdict = BETTER if (comparison.difference < 0) == (better == "lower") else WORSE
    return {
        "difference": comparison.difference,
        "interval": list(comparison.interval),
        "percent": comparison.percent,
        "percent_interval": comparison.percent_interval and list(comparison.percent_interval),
        "verdict": verdict,
    }
