"""What was measured, and how."""

from exgan_tf.report import numbers
from exgan_tf.report.evaluation_file import Evaluation
from exgan_tf.report.markup import Markup, element, join, name
from exgan_tf.report.results import DIRECTIONS
from exgan_tf.report.tables import build_row, build_table, scrolling

_NOTHING = "\N{EN DASH}"
_FACT_TITLES = {
    "manifest": "checksum of their manifest (SHA-256)",
    "num_left_out": "photographs left out",
    "left_out_reason": "why they were left out",
    "created": "made",
}


def draw_protocol(evaluation: Evaluation) -> Markup:
    """Protocol, data, metrics, methods, settings and versions."""
    data = evaluation.data
    facts = {
        "split": data.split,
        "photographs": f"{data.num_images:,}",
        "people": f"{data.num_identities:,}",
        "picture size": f"{data.image_size} x {data.image_size} pixels",
        **({"mask": data.mask} if data.mask else {}),
        **data.facts,
    }
    return join(
        [
            element("h3", "Protocol"),
            _draw_facts(evaluation.protocol),
            element("h3", "Data"),
            _draw_facts(facts),
            element("h3", "Metrics"),
            _draw_metrics(evaluation),
            element("h3", "Methods"),
            _draw_methods(evaluation),
            element("h3", "Settings and versions"),
            _draw_facts(evaluation.made_by),
        ]
    )


def _draw_facts(facts):
    if not facts:
        return element("p", "Nothing is said about it.", css="quiet")
    entries = [
        _draw_entry(_FACT_TITLES.get(key, key.replace("_", " ")), _draw_fact(text))
        for key, text in facts.items()
    ]
    return element("dl", entries)


def _draw_entry(title, content):
    return element("div", [element("dt", title), content])


def _draw_fact(text):
    lines = text.split("\n")
    if len(lines) == 1:
        return element("dd", text)
    return element("dd", element("code", join(element("span", line) for line in lines)))


def _draw_metrics(evaluation):
    entries = []
    for metric in evaluation.metrics.values():
        direction = DIRECTIONS[metric.better][1].capitalize()
        text = " ".join(filter(None, (metric.description, metric.protocol, f"{direction}.")))
        entries.append(_draw_entry(metric.label, element("dd", text)))
    return element("dl", entries)


def _draw_methods(evaluation):
    rows = []
    for method in evaluation.methods.values():
        step = "" if method.step is None else f"step {method.step:,}"
        cells = [
            element("td", "; ".join(part for part in (method.kind, method.description) if part)),
            element("td", name(method.source or _NOTHING)),
            element("td", ", ".join(filter(None, (method.checkpoint, step))) or _NOTHING),
            element("td", f"{method.num_images:,}", css="number"),
            element("td", _duration(method.seconds_per_image), css="number"),
        ]
        rows.append(build_row(name(method.name), cells))
    head = ["Method", "What it does", "Source", "Checkpoint", "Images", "Time an image"]
    return scrolling(build_table(head, rows, num_texts=4), label="The methods", css="plain wide")


def _duration(seconds):
    return _NOTHING if seconds is None else numbers.duration(seconds)
