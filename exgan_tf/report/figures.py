"""Drawings in SVG that are as wide as their place, with text that never shrinks.

Places along an axis are percentages, so a browser stretches the drawing and not its letters.
Colours are classes of the style sheet; what a colour tells, a dash, a shape or a word tells too.
"""

import dataclasses
import math

from exgan_tf.report import numbers
from exgan_tf.report.markup import Markup, element, join, name

NUM_COLORS = 6
_CURVE_HEIGHT = 220  # Pixels.
_ROW_HEIGHT = 22  # Pixels.
_LOG_FROM = 4.0  # Ours: the ratio of largest to smallest from which a logarithm shows more.


@dataclasses.dataclass(frozen=True)
class Axis:
    """A scale from numbers to percentages of a drawing.

    Attributes:
      low: number at 0 %.
      high: number at 100 %.
      logarithmic: whether equal distances are equal ratios.
    """

    low: float
    high: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self._scale(self.low), self._scale(self.high)
        return 100.0 * (self._scale(value) - low) / (high - low)

    def ticks(self, *, most: int) -> list:
        if self.logarithmic:
            found = numbers.decades(self.low, self.high, most=most)
            if len(found) > 1:
                return found
        return numbers.ticks(self.low, self.high, most=most)

    def _scale(self, value):
        return math.log10(value) if self.logarithmic else value


@dataclasses.dataclass(frozen=True)
class Line:
    """A curve to draw.

    Attributes:
      label: its name in the legend.
      style: number of its colour and dash.
      steps: horizontal places.
      values: vertical places.
    """

    label: str
    style: int
    steps: tuple
    values: tuple


def draw_curves(lines: list, *, title: str, summary: str) -> Markup:
    """Curves over the steps of training, with axes and a legend.

    Args:
      lines: `Line`s; at least one, none of them empty.
      title: what the vertical axis measures.
      summary: the same in words, for those who do not see it.
    """
    horizontal = Axis(0, max(max(line.steps) for line in lines) or 1)
    vertical = _vertical_axis([value for line in lines for value in line.values])
    drawing = element(
        "svg",
        [
            _horizontal_grid(vertical),
            _step_ticks(horizontal),
            element(
                "svg",
                [_polyline(line, horizontal, vertical) for line in lines],
                attributes={"viewBox": "0 0 100 100", "preserveAspectRatio": "none"},
            ),
            *(_last_point(line, horizontal, vertical) for line in lines),
        ],
        attributes={
            "width": "100%",
            "height": _CURVE_HEIGHT,
            "role": "img",
            "aria-label": f"{title}. {summary}",
        },
    )
    scale = element("span", " logarithmic scale", css="quiet") if vertical.logarithmic else ""
    return element(
        "figure",
        [
            element("figcaption", [element("strong", title), scale]),
            element("div", drawing, css="plot"),
            element("p", "training step", css="axis-name"),
        ],
        css="curves",
    )


def draw_legend(labels: dict) -> Markup:
    """A list of curves: label -> number of its style."""
    entries = [element("li", [_swatch(style), name(label)]) for label, style in labels.items()]
    return element("ul", entries, css="legend")


def interval_axis(intervals: list) -> Axis:
    """An axis that holds all of the intervals (low, high) and zero, with a little air."""
    low = min([0.0, *(low for low, _ in intervals)])
    high = max([0.0, *(high for _, high in intervals)])
    air = 0.07 * (high - low) or 1.0
    return Axis(low - air, high + air)


def draw_interval(value: float, interval, *, axis: Axis, verdict: str) -> Markup:
    """A point and its interval against zero; filled where the interval excludes zero.

    Args:
      value: the point.
      interval: (low, high).
      axis: where numbers lie.
      verdict: "better", "worse" or anything else; becomes the class.
    """
    middle = _ROW_HEIGHT / 2
    css = verdict if verdict in ("better", "worse") else "undecided"
    low, high = (_percent(axis(end)) for end in interval)
    zero = _percent(axis(0.0))
    return _strip(
        [
            _segment(zero, zero, 0, _ROW_HEIGHT, css="zero"),
            _segment(low, high, middle, middle, css="interval"),
            _segment(low, low, middle - 4, middle + 4, css="interval"),
            _segment(high, high, middle - 4, middle + 4, css="interval"),
            element(
                "circle",
                attributes={"cx": _percent(axis(value)), "cy": middle, "r": 4.5},
            ),
        ],
        css=css,
    )


def draw_interval_ticks(axis: Axis, *, unit: str) -> Markup:
    """The numbers under drawings of intervals."""
    ticks = axis.ticks(most=5)
    decimals = _tick_decimals(ticks)
    return _strip(
        [
            _text(
                f"{numbers.write(tick, decimals=decimals, signed=True)}{unit}",
                attributes={"x": _percent(axis(tick)), "y": 14, "text-anchor": "middle"},
            )
            for tick in ticks
        ],
        css="ticks",
    )


def _vertical_axis(values):
    low, high = min(values), max(values)
    if low > 0 and high / low > _LOG_FROM:
        return Axis(low / 1.08, high * 1.08, logarithmic=True)
    air = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return Axis(low - air, high + air)


def _horizontal_grid(axis):
    ticks = axis.ticks(most=5)
    decimals = _tick_decimals(ticks)
    parts = []
    for tick in ticks:
        place = _percent(100.0 - axis(tick))
        parts.append(_segment("0", "100%", place, place, css="grid"))
        attributes = {"x": -8, "y": place, "dy": "0.32em", "text-anchor": "end"}
        parts.append(_text(numbers.write(tick, decimals=decimals), attributes=attributes))
    return join(parts)


def _step_ticks(axis):
    return join(
        _text(
            f"{tick:,.0f}",
            attributes={
                "x": _percent(axis(tick)),
                "y": _CURVE_HEIGHT + 18,
                "text-anchor": "middle",
            },
        )
        for tick in axis.ticks(most=4)
        if tick == int(tick)
    )


def _polyline(line, horizontal, vertical):
    places = " ".join(
        f"{horizontal(step):.2f},{100.0 - vertical(value):.2f}"
        for step, value in zip(line.steps, line.values)
    )
    attributes = {"points": places, "vector-effect": "non-scaling-stroke"}
    return element("polyline", css=_style(line.style), attributes=attributes)


def _last_point(line, horizontal, vertical):
    attributes = {
        "cx": _percent(horizontal(line.steps[-1])),
        "cy": _percent(100.0 - vertical(line.values[-1])),
        "r": 3.5,
    }
    return element("circle", css=_style(line.style), attributes=attributes)


def _swatch(style):
    attributes = {"width": 28, "height": 10, "aria-hidden": "true"}
    return element("svg", _segment("0", "28", 5, 5, css=_style(style)), attributes=attributes)


def _style(style):
    return f"color-{style % NUM_COLORS} dash-{style // NUM_COLORS % 2}"


def _strip(parts, *, css):
    attributes = {"width": "100%", "height": _ROW_HEIGHT, "aria-hidden": "true"}
    return element("svg", parts, css=css, attributes=attributes)


def _segment(left, right, top, bottom, *, css):
    return element("line", css=css, attributes={"x1": left, "x2": right, "y1": top, "y2": bottom})


def _text(text, *, attributes):
    return element("text", text, attributes=attributes)


def _tick_decimals(ticks):
    """Digits after the point that tell each of the ticks apart."""
    for decimals in range(7):
        if all(abs(tick - round(tick, decimals)) <= 1e-9 * abs(tick) for tick in ticks):
            return decimals
    return 6


def _percent(value):
    return f"{value:.2f}%"
