"""What was measured and how, and what others published."""

from exgan_tf.report import numbers
from exgan_tf.report.evaluation_file import Evaluation
from exgan_tf.report.markup import Markup, element, join, name
from exgan_tf.report.results import DIRECTIONS, scrolling

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


def draw_published(evaluation: Evaluation) -> Markup:
    """The table of numbers that others measured, on other data."""
    published = evaluation.published
    if published is None or not published.rows:
        return element("p", "The evaluation brings no published numbers along.", css="quiet")
    warning = [
        element("strong", "Measured on other data: "),
        "these figures compare with one another only, never with those above.",
    ]
    return join(
        [
            element("p", warning, css="notice"),
            scrolling(_published_table(evaluation), label="Published numbers", css="plain"),
            element("p", f"{published.source}. {published.note}".strip(), css="quiet small"),
        ]
    )


def _published_table(evaluation):
    keys = list(dict.fromkeys(key for row in evaluation.published.rows for key in row))
    metrics = [key for key in keys if key not in ("data", "model")]
    labels = [
        evaluation.metrics[key].label if key in evaluation.metrics else key for key in metrics
    ]
    rows = []
    for row in evaluation.published.rows:
        texts = [
            _NOTHING if row.get(key) is None else numbers.write_as_given(row[key])
            for key in metrics
        ]
        cells = [
            element("th", name(row["model"]), attributes={"scope": "row"}),
            element("td", name(row["data"])),
            *(element("td", text, css="number") for text in texts),
        ]
        rows.append(element("tr", cells))
    return _draw_table(["Model", "Data", *labels], rows)


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
            element("th", name(method.name), attributes={"scope": "row"}),
            element("td", "; ".join(part for part in (method.kind, method.description) if part)),
            element("td", name(method.source or _NOTHING)),
            element("td", ", ".join(filter(None, (method.checkpoint, step))) or _NOTHING),
            element("td", f"{method.num_images:,}", css="number"),
            element("td", _duration(method.seconds_per_image), css="number"),
        ]
        rows.append(element("tr", cells))
    head = ["Method", "What it does", "Source", "Checkpoint", "Images", "Time an image"]
    return scrolling(_draw_table(head, rows), label="The methods", css="plain wide")


def _duration(seconds):
    return _NOTHING if seconds is None else numbers.duration(seconds)


def _draw_table(head, rows):
    cells = [element("th", title, attributes={"scope": "col"}) for title in head]
    return element("table", [element("thead", element("tr", cells)), element("tbody", rows)])
