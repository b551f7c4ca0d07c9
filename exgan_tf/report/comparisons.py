"""Charts of methods compared image by image; places along an axis are percentages of its length."""

from exgan_tf import tally
from exgan_tf.evaluation.results import Evaluation
from exgan_tf.report import numbers, summary


def forests(evaluation: Evaluation) -> list[dict]:
    """A chart for each metric; of the primary one also of what matters most, which is open."""
    primary = summary.primary(evaluation)
    keys = sorted(evaluation.metrics, key=lambda key: key != primary)
    found = {key: [each for each in evaluation.paired if each.metric == key] for key in keys}
    main = [each for each in found[primary] if _is_main(evaluation, each)]
    drawn = [_forest(evaluation, primary, main, is_open=True)] if main else []
    return drawn + [
        _forest(evaluation, key, found[key], is_open=False)
        for key in keys
        if len(found[key]) > (len(main) if key == primary else 0)
    ]


def _is_main(evaluation, comparison):
    """With the best method or the baseline, or of a method with its own control."""
    pair = (comparison.method, comparison.against)
    if any(evaluation.methods[name].control for name in pair):
        return comparison.method.startswith(f"{comparison.against}:")
    best = summary.rank(evaluation)[:1]
    return any(name in best or summary.is_baseline(evaluation.methods[name]) for name in pair)


def _forest(evaluation, key, comparisons, *, is_open):
    metric = evaluation.metrics[key]
    in_percent = all(each.percent is not None and each.percent_interval for each in comparisons)
    intervals = [each.percent_interval if in_percent else each.interval for each in comparisons]
    num_shown = sum(each.verdict != "no difference shown" for each in comparisons)
    forest = {
        "label": metric.label,
        "is_open": is_open,
        "tally": f"{num_shown} of {tally.count(len(comparisons), 'pair')}",
        "direction": summary.DIRECTIONS[metric.better][1],
        "in_percent": in_percent,
        "has_axis": any(intervals),
    }
    if not any(intervals):
        return forest
    ends = [0.0, *(end for interval in intervals if interval for end in interval.ends)]
    air = 0.07 * (max(ends) - min(ends)) or 1.0
    low, high = min(ends) - air, max(ends) + air

    def place(value):
        return round(100 * (value - low) / (high - low), 2)

    groups = {name: [] for name in evaluation.methods}
    for each, interval in zip(comparisons, intervals, strict=True):
        value = each.percent if in_percent else each.difference
        places = None
        if value is not None and interval is not None:
            places = {
                "point": place(value),
                "low": place(interval.low),
                "right": round(100 - place(interval.high), 2),
            }
        groups[each.against].append((each, places))
    # Here, as it takes a second to import.
    from matplotlib import ticker

    ticks = ticker.MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)
    unit = numbers.PERCENT if in_percent else ""
    return {
        **forest,
        "zero": place(0.0),
        "groups": {name: rows for name, rows in groups.items() if rows},
        "ticks": [
            {"place": place(tick), "text": numbers.write_as_given(tick, signed=True) + unit}
            for tick in ticks
            if low <= tick <= high
        ],
    }
