"""What an evaluation says, in words made of its numbers; nothing is said that they do not show."""

from exgan_tf.evaluation.results import Comparison, Data, Evaluation, MethodResult
from exgan_tf.report import numbers

DIRECTIONS = {
    "lower": ("\N{DOWNWARDS ARROW}", "lower is better"),
    "higher": ("\N{UPWARDS ARROW}", "higher is better"),
    "near_one": ("\N{RIGHTWARDS ARROW}1", "near 1 is better"),
}
GANS = ("reference", "code")
BASELINE = "baseline"


def primary(evaluation: Evaluation) -> str:
    """The metric by which methods are ranked: the L1 in the hole, or else the first."""
    return "masked_l1" if "masked_l1" in evaluation.metrics else next(iter(evaluation.metrics))


def distance_from_ideal(better: str, value: float) -> float:
    """The smaller, the better the value is."""
    return {"lower": value, "higher": -value, "near_one": abs(value - 1.0)}[better]


def rank(evaluation: Evaluation) -> list[str]:
    """The methods with a number of the primary metric, the best first, without controls."""
    metric = primary(evaluation)
    values = {
        name: getattr(each, metric)
        for name, each in evaluation.methods.items()
        if getattr(each, metric) is not None and each.control is None
    }
    better = evaluation.metrics[metric].better
    return sorted(values, key=lambda name: distance_from_ideal(better, values[name]))


def is_baseline(method: MethodResult) -> bool:
    """Whether a method is the Gan without exemplar."""
    return method.kind == BASELINE and method.control is None


def find_comparison(evaluation: Evaluation, method: str, against: str) -> Comparison | None:
    """The comparison of two methods by the primary metric, in either order; None without one."""
    for first, second in ((method, against), (against, method)):
        for comparison in evaluation.paired:
            is_pair = (comparison.method, comparison.against) == (first, second)
            if is_pair and comparison.metric == primary(evaluation):
                return comparison
    return None


def compare_with_baseline(evaluation: Evaluation) -> list:
    """The exemplar Gans' comparisons with the first baseline, by the primary metric."""
    methods = evaluation.methods
    baselines = [name for name, method in methods.items() if is_baseline(method)]
    found = [
        find_comparison(evaluation, name, baseline)
        for name, method in methods.items()
        for baseline in baselines[:1]
        if method.kind in GANS and method.control is None
    ]
    return [comparison for comparison in found if comparison is not None]


def describe(evaluation: Evaluation) -> list:
    """One or two sentences: which method is best, and by how much it leads."""
    ranked = rank(evaluation)
    if not ranked:
        label = evaluation.metrics[primary(evaluation)].label
        return [f"{label} could be measured of no method, so nothing is compared."]
    sentences = [_describe_best(evaluation, ranked[0])]
    if len(ranked) > 1:
        sentences.append(_describe_lead(evaluation, ranked[0], ranked[1]))
    return sentences


def describe_data(data: Data) -> list:
    """What it was measured on, in a few words each."""
    facts = [
        f"{data.split} split",
        count(data.num_images, "photograph"),
        count(data.num_identities, "person", "people"),
        f"{data.image_size} pixels",
    ]
    return facts + ([f"mask {data.mask}"] if data.mask else [])


def describe_change(comparison: Comparison) -> str:
    """How much a comparison's difference is, without its interval: "12.0 % lower"."""
    if comparison.percent is not None:
        return _direction(comparison.percent, numbers.percent(abs(comparison.percent)))
    if comparison.difference is None:
        return "not measured"
    decimals = numbers.decimals_for([comparison.difference])
    size = numbers.write(abs(comparison.difference), decimals=decimals)
    return _direction(comparison.difference, size)


def describe_interval(comparison: Comparison) -> str:
    """A comparison's interval: "from -15.1 % to -8.9 %"."""
    if comparison.percent_interval is not None:
        ends = [numbers.percent(end, signed=True) for end in comparison.percent_interval.ends]
    elif comparison.interval is not None:
        decimals = numbers.decimals_for(comparison.interval.ends)
        ends = [
            numbers.write(end, decimals=decimals, signed=True) for end in comparison.interval.ends
        ]
    else:
        return "not measured"
    return f"from {ends[0]} to {ends[1]}"


def _describe_best(evaluation, name):
    metric, best = primary(evaluation), evaluation.methods[name]
    value = getattr(best, metric)
    interval = best.intervals.get(metric)
    decimals = numbers.decimals_for([value, *(interval.ends if interval else ())])
    text = f"Best by {evaluation.metrics[metric].label} is {name} with "
    text += numbers.write(value, decimals=decimals)
    if interval:
        low, high = (numbers.write(end, decimals=decimals) for end in interval.ends)
        text += f" ({numbers.CONFIDENCE} interval {low} to {high})"
    return (
        f"{text}, measured on {count(best.num_images, 'photograph')} of "
        f"{count(evaluation.data.num_identities, 'person', 'people')}."
    )


def _describe_lead(evaluation, best, second):
    comparison = find_comparison(evaluation, best, second)
    if comparison is None:
        return (
            f"{second} is next; the two were not compared image by image, so whether they "
            "differ is not known."
        )
    interval = f"{numbers.CONFIDENCE} interval {describe_interval(comparison)}"
    if comparison.verdict not in ("better", "worse"):
        return (
            f"No difference is shown between it and {second}, the next best: compared image "
            f"by image, the interval of the difference includes zero ({interval})."
        )
    change = describe_change(comparison)
    if comparison.method == best:
        return (
            f"Image by image, it is {comparison.verdict} than {second}, the next best: "
            f"{change} ({interval})."
        )
    return (
        f"Image by image, the next best, {second}, is {comparison.verdict}: {change} ({interval})."
    )


def _direction(value, size):
    return f"{size} {'lower' if value < 0 else 'higher'}"


def count(number: int, one: str, several: str = "") -> str:
    """A number and its noun: "1 person", "20 people"."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
