"""The numbers: the table of all metrics and methods, and the comparisons image by image."""

from exgan_tf.report import figures, numbers, summary
from exgan_tf.report.evaluation_file import Evaluation
from exgan_tf.report.markup import Markup, element, join, name
from exgan_tf.report.tables import build_row, build_table, scrolling

DIRECTIONS = {
    "lower": ("\N{DOWNWARDS ARROW}", "lower is better"),
    "higher": ("\N{UPWARDS ARROW}", "higher is better"),
    "near_one": ("\N{RIGHTWARDS ARROW}1", "near 1 is better"),
}
_NO_REASON = "not measured; the evaluation gives no reason"


def draw_table(evaluation: Evaluation) -> Markup:
    """The table of metrics and time, a row each, by methods, a column each, and its footnotes."""
    footnotes = _Footnotes(evaluation)
    head = ["Metric"]
    for method in evaluation.methods.values():
        kind = "control" if method.control else "trained" if method.trained else "no training"
        head.append([name(method.name), element("span", kind, css="quiet small")])
    rows = [_table_row(evaluation, metric, footnotes) for metric in evaluation.metrics.values()]
    table = build_table(head, [*rows, _time_row(evaluation)])
    return join(
        [
            scrolling(table, label="Table of metrics and methods", css="results"),
            footnotes.draw(),
        ]
    )


class _Footnotes:
    """Remarks on cells of the table; the same remark is made once."""

    def __init__(self, evaluation):
        self._evaluation = evaluation
        self._cells = {}

    def mark(self, text, *, metric, method) -> Markup:
        """Notes a remark on a cell; returns its number as a superscript."""
        self._cells.setdefault(text, []).append((metric.label, method.name))
        # In brackets, as a bare number would look like an exponent.
        return element("sup", f" [{list(self._cells).index(text) + 1}]")

    def draw(self) -> Markup:
        if not self._cells:
            return Markup("")
        notes = [
            element("li", [f"{self._join(cells, 0)}; ", self._name_methods(cells), f": {text}"])
            for text, cells in self._cells.items()
        ]
        return element("ol", notes, css="footnotes")

    def _name_methods(self, cells):
        if {method for _, method in cells} == set(self._evaluation.methods):
            return "all methods"
        return name(self._join(cells, 1))

    def _join(self, cells, column):
        return ", ".join(dict.fromkeys(cell[column] for cell in cells))


def draw_comparisons(evaluation: Evaluation) -> Markup:
    """Points and intervals against zero: what matters most is open, all else can be opened."""
    primary = evaluation.primary
    found = {
        metric.key: [each for each in evaluation.comparisons if each.metric == metric.key]
        for metric in evaluation.metrics.values()
    }
    if not any(found.values()):
        return element("p", "No two methods were compared image by image.")
    main = [each for each in found[primary.key] if _is_main(evaluation, each)]
    parts = [_foldable(evaluation, primary, main, is_open=True)] if main else []
    for metric in sorted(evaluation.metrics.values(), key=lambda metric: metric is not primary):
        comparisons = found[metric.key]
        if comparisons and len(comparisons) > len(main if metric is primary else []):
            parts.append(_foldable(evaluation, metric, comparisons, is_open=False))
    return join(parts)


def _is_main(evaluation, comparison):
    """With the best method or the baseline, or of a method with its own control."""
    pair = [evaluation.methods[each] for each in (comparison.method, comparison.against)]
    if any(method.control for method in pair):
        return comparison.method.startswith(f"{comparison.against}:")
    best = summary.rank(evaluation)[:1]
    return any(method in best or summary.is_baseline(method) for method in pair)


def _foldable(evaluation, metric, comparisons, *, is_open):
    scope = " with the best method or the baseline;" if is_open else " all pairs;"
    heading = [
        element("strong", metric.label),
        element("span", [scope, _tally(comparisons)], css="quiet"),
    ]
    return element(
        "details",
        [element("summary", heading), _forest(evaluation, metric, comparisons)],
        attributes={"open": ""} if is_open else {},
    )


def _tally(comparisons):
    undecided = sum(each.verdict == "no difference shown" for each in comparisons)
    shown = len(comparisons) - undecided
    return f" difference shown in {shown} of {summary.count(len(comparisons), 'pair')}"


def _table_row(evaluation, metric, footnotes):
    methods = evaluation.methods.values()
    values = {
        method.name: method.values[metric.key]
        for method in methods
        if method.values[metric.key] is not None
    }
    decimals = numbers.decimals_for(values.values())
    best = _find_best(metric, evaluation.methods, values, decimals)
    arrow, direction = DIRECTIONS[metric.better]
    heading = [
        metric.label,
        "\N{NO-BREAK SPACE}",
        element("span", arrow, attributes={"title": direction}),
    ]
    cells = []
    for method in methods:
        note = method.notes.get(metric.key)
        if method.name not in values:
            mark = footnotes.mark(note or _NO_REASON, metric=metric, method=method)
            cells.append(element("td", [numbers.MINUS, mark], css="missing"))
            continue
        mark = footnotes.mark(note, metric=metric, method=method) if note else ""
        text = [numbers.write(values[method.name], decimals=decimals), mark]
        interval = method.intervals.get(metric.key)
        cells.append(_cell(text, interval, decimals, is_best=method.name in best))
    return build_row(heading, cells)


def _time_row(evaluation):
    """How long an image takes; nothing is best, as it depends on the machine."""
    seconds = [method.seconds_per_image for method in evaluation.methods.values()]
    cells = [
        element("td", numbers.MINUS, css="missing")
        if each is None
        else element("td", numbers.duration(each))
        for each in seconds
    ]
    return build_row("Time an image", cells)


def _find_best(metric, methods, values, decimals):
    """Names of the methods with the best value; values that look the same are equally good."""
    distances = {
        method: metric.distance_from_ideal(round(value, decimals))
        for method, value in values.items()
        if methods[method].control is None
    }
    if len(distances) < 2:
        return []
    return [method for method in distances if distances[method] == min(distances.values())]


def _cell(text, interval, decimals, *, is_best):
    shown = element("span", text, css="value")
    if is_best:
        shown = element("strong", [element("span", "best ", css="badge"), *text], css="value")
    parts = [shown]
    if interval:
        ends = [numbers.write(end, decimals=decimals) for end in interval]
        parts.append(element("span", f"{ends[0]} \N{EN DASH} {ends[1]}", css="interval-text"))
    return element("td", parts, css="best" if is_best else "")


def _forest(evaluation, metric, comparisons):
    """Rows of comparisons by what they are against, all along one axis."""
    in_percent = all(each.percent is not None and each.percent_interval for each in comparisons)
    shown = [_place(each, in_percent=in_percent) for each in comparisons]
    intervals = [interval for _, interval in shown if interval]
    if not intervals:
        return element("p", "No interval could be measured.", css="quiet")
    axis = figures.interval_axis(intervals)
    rows = []
    for against in evaluation.methods:
        group = [pair for pair in zip(comparisons, shown) if pair[0].against == against]
        if group:
            rows.append(element("h4", ["against ", name(against)]))
        rows += [_forest_row(comparison, place, axis) for comparison, place in group]
    ticks = figures.draw_interval_ticks(axis, unit=numbers.PERCENT if in_percent else "")
    rows.append(element("div", element("div", ticks, css="forest-plot"), css="forest-row"))
    rows.append(element("p", _explain(metric, in_percent=in_percent), css="quiet small"))
    return element("div", rows, css="forest")


def _place(comparison, *, in_percent):
    """The point and the interval to draw."""
    if in_percent:
        return comparison.percent, comparison.percent_interval
    return comparison.difference, comparison.interval


def _forest_row(comparison, place, axis):
    value, interval = place
    drawing = ""
    if value is not None and interval is not None:
        drawing = figures.draw_interval(value, interval, axis=axis, verdict=comparison.verdict)
    text = [
        element("span", comparison.verdict, css=f"verdict {comparison.verdict.split()[0]}"),
        element(
            "span",
            f"{summary.describe_change(comparison)}, {summary.describe_interval(comparison)}",
            css="quiet small",
        ),
    ]
    return element(
        "div",
        [
            element("div", name(comparison.method), css="forest-label"),
            element("div", drawing, css="forest-plot"),
            element("div", text, css="forest-text"),
        ],
        css="forest-row",
    )


def _explain(metric, *, in_percent):
    unit = "in percent of the other method's mean" if in_percent else "in the metric's own unit"
    return (
        f"Difference of means, {unit}, with its {numbers.CONFIDENCE} interval; "
        f"{DIRECTIONS[metric.better][1]}. Filled points: the interval excludes zero. "
        "Hollow points: no difference shown."
    )
