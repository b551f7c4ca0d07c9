"""What an evaluation says, in words: nothing that its numbers do not show."""

from exgan_tf import tally
from exgan_tf.evaluation.results import Comparison, Data, Evaluation, MethodResult
from exgan_tf.report import numbers

DIRECTIONS = {
    "lower": ("\N{DOWNWARDS ARROW}", "lower is better"),
    "higher": ("\N{UPWARDS ARROW}", "higher is better"),
    "near_one": ("\N{RIGHTWARDS ARROW}1", "near 1 is better"),
}


def primary(evaluation: Evaluation) -> str:
    """The metric by which methods are ranked: the L1 in the hole, or else the first."""
    return "masked_l1" if "masked_l1" in evaluation.metrics else next(iter(evaluation.metrics))


def distance_from_ideal(better: str, value: float) -> float:
    """The smaller, the better the value is."""
    return {"lower": value, "higher": -value, "near_one": abs(value - 1.0)}[better]


def rank(evaluation: Evaluation) -> list[str]:
    """The methods with a number of the primary metric, the best first, without controls."""
    metric = primary(evaluation)
    better = evaluation.metrics[metric].better
    distances = {
        name: distance_from_ideal(better, value)
        for name, method in evaluation.methods.items()
        if method.control is None and (value := getattr(method, metric)) is not None
    }
    return sorted(distances, key=distances.__getitem__)


def is_baseline(method: MethodResult) -> bool:
    """Whether a method is the Gan without exemplar."""
    return method.kind == "baseline" and method.control is None


def find_comparison(evaluation: Evaluation, method: str, against: str) -> Comparison | None:
    """The comparison of two methods by the primary metric, in either order; None without one."""
    found = {
        (each.method, each.against): each
        for each in reversed(evaluation.paired)
        if each.metric == primary(evaluation)
    }
    return found.get((method, against)) or found.get((against, method))


def compare_with_baseline(evaluation: Evaluation) -> list[Comparison]:
    """The exemplar Gans' comparisons with the first baseline, by the primary metric."""
    methods = evaluation.methods
    baselines = [name for name, method in methods.items() if is_baseline(method)]
    found = [
        find_comparison(evaluation, name, baseline)
        for name, method in methods.items()
        for baseline in baselines[:1]
        if method.kind in ("reference", "code") and method.control is None
    ]
    return [comparison for comparison in found if comparison is not None]


def describe(evaluation: Evaluation) -> list[str]:
    """One or two sentences: which method is best, and by how much it leads."""
    ranked = rank(evaluation)
    if not ranked:
        label = evaluation.metrics[primary(evaluation)].label
        return [f"{label} could not be measured for any method, so nothing is compared."]
    sentences = [_describe_best(evaluation, ranked[0])]
    if len(ranked) > 1:
        sentences.append(_describe_lead(evaluation, ranked[0], ranked[1]))
    return sentences


def describe_data(data: Data) -> list[str]:
    """What it was measured on, in a few words each."""
    facts = [
        f"{data.split} split",
        tally.count(data.num_images, "photograph"),
        tally.count(data.num_identities, "person", "people"),
        f"{data.image_size} pixels",
    ]
    return facts + ([f"mask {data.mask}"] if data.mask else [])


def describe_change(comparison: Comparison) -> str:
    """How much a comparison's difference is, without its interval: "12.0 % lower"."""
    if (change := comparison.percent) is not None:
        size = numbers.percent(abs(change))
    elif (change := comparison.difference) is not None:
        size = numbers.write(abs(change), decimals=numbers.decimals_for([change]))
    else:
        return "not measured"
    return f"{size} {'lower' if change < 0 else 'higher'}"


def describe_interval(comparison: Comparison) -> str:
    """A comparison's interval: "from -15.1 % to -8.9 %"."""
    if comparison.percent_interval is not None:
        low, high = (numbers.percent(e, signed=True) for e in comparison.percent_interval.ends)
    elif comparison.interval is not None:
        ends = comparison.interval.ends
        decimals = numbers.decimals_for(ends)
        low, high = (numbers.write(end, decimals=decimals, signed=True) for end in ends)
    else:
        return "not measured"
    return f"from {low} to {high}"


def _describe_best(evaluation, name):
    metric, best = primary(evaluation), evaluation.methods[name]
    interval = best.intervals.get(metric)
    values = [getattr(best, metric), *(interval.ends if interval else ())]
    decimals = numbers.decimals_for(values)
    value, *ends = (numbers.write(each, decimals=decimals) for each in values)
    if ends:
        value += f" ({numbers.CONFIDENCE} interval {ends[0]} to {ends[1]})"
    return (
        f"Best by {evaluation.metrics[metric].label} is {name} with {value}, measured on "
        f"{tally.count(best.num_images, 'photograph')} of "
        f"{tally.count(evaluation.data.num_identities, 'person', 'people')}."
    )


def _describe_lead(evaluation, best, second):
    comparison = find_comparison(evaluation, best, second)
    if comparison is None:
        return (
            f"{second} is next; the two were not compared image by image, so whether they "
            "differ is not known."
        )
    interval = f"{numbers.CONFIDENCE} interval {describe_interval(comparison)}"
    if comparison.verdict == "no difference shown":
        return (
            f"No difference is shown between it and {second}, the next best: compared image "
            f"by image, the interval of the difference includes zero ({interval})."
        )
    winner = f"it is {comparison.verdict} than {second}, the next best"
    if comparison.method == second:
        winner = f"the next best, {second}, is {comparison.verdict}"
    return f"Image by image, {winner}: {describe_change(comparison)} ({interval})."
