"""What an evaluation says, in words made of its numbers; nothing is said that they do not show."""

from exgan_tf.report import numbers
from exgan_tf.report.evaluation_file import Comparison, Data, Evaluation, Method

GANS = ("reference", "code")
BASELINE = "baseline"


def rank(evaluation: Evaluation) -> list:
    """The methods with a number of the primary metric, the best first, without controls."""
    metric = evaluation.primary
    measured = [
        each
        for each in evaluation.methods.values()
        if each.values[metric.key] is not None and each.control is None
    ]
    return sorted(measured, key=lambda each: metric.distance_from_ideal(each.values[metric.key]))


def is_baseline(method: Method) -> bool:
    """Whether a method is the Gan without exemplar."""
    return method.kind == BASELINE and method.control is None


def find_comparison(evaluation: Evaluation, method: str, against: str) -> Comparison | None:
    """The comparison of two methods by the primary metric, in either order; None without one."""
    for first, second in ((method, against), (against, method)):
        for comparison in evaluation.comparisons:
            is_pair = (comparison.method, comparison.against) == (first, second)
            if is_pair and comparison.metric == evaluation.primary.key:
                return comparison
    return None


def compare_with_baseline(evaluation: Evaluation) -> list:
    """The exemplar Gans' comparisons with the first baseline, by the primary metric."""
    methods = evaluation.methods.values()
    baselines = [method.name for method in methods if is_baseline(method)]
    found = [
        find_comparison(evaluation, method.name, baseline)
        for method in methods
        for baseline in baselines[:1]
        if method.kind in GANS and method.control is None
    ]
    return [comparison for comparison in found if comparison is not None]


def describe(evaluation: Evaluation) -> list:
    """One or two sentences: which method is best, and by how much it leads."""
    ranked, metric = rank(evaluation), evaluation.primary
    if not ranked:
        return [f"{metric.label} could be measured of no method, so nothing is compared."]
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
        ends = [numbers.percent(end, signed=True) for end in comparison.percent_interval]
    elif comparison.interval is not None:
        decimals = numbers.decimals_for(comparison.interval)
        ends = [numbers.write(end, decimals=decimals, signed=True) for end in comparison.interval]
    else:
        return "not measured"
    return f"from {ends[0]} to {ends[1]}"


def _describe_best(evaluation, best: Method):
    metric, data = evaluation.primary, evaluation.data
    value = best.values[metric.key]
    interval = best.intervals.get(metric.key, ())
    decimals = numbers.decimals_for([value, *interval])
    ends = [numbers.write(end, decimals=decimals) for end in interval]
    return (
        f"Best by {metric.label} is {best.name} with {numbers.write(value, decimals=decimals)}"
        + (f" ({numbers.CONFIDENCE} interval {ends[0]} to {ends[1]})" if ends else "")
        + f", measured on {count(best.num_images, 'photograph')} of "
        + f"{count(data.num_identities, 'person', 'people')}."
    )


def _describe_lead(evaluation, best: Method, second: Method):
    comparison = find_comparison(evaluation, best.name, second.name)
    if comparison is None:
        return (
            f"{second.name} is next; the two were not compared image by image, so whether they "
            "differ is not known."
        )
    interval = f"{numbers.CONFIDENCE} interval {describe_interval(comparison)}"
    if comparison.verdict not in ("better", "worse"):
        return (
            f"No difference is shown between it and {second.name}, the next best: compared image "
            f"by image, the interval of the difference includes zero ({interval})."
        )
    change = describe_change(comparison)
    if comparison.method == best.name:
        return (
            f"Image by image, it is {comparison.verdict} than {second.name}, the next best: "
            f"{change} ({interval})."
        )
    return (
        f"Image by image, the next best, {second.name}, is {comparison.verdict}: {change} "
        f"({interval})."
    )


def _direction(value, size):
    return f"{size} {'lower' if value < 0 else 'higher'}"


def count(number: int, one: str, several: str = "") -> str:
    """A number and its noun: "1 person", "20 people"."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
