"""What others published, on other data: the paper's numbers, and those of neighbouring methods."""

from exgan_tf.report import numbers, summary
from exgan_tf.report.evaluation_file import Evaluation
from exgan_tf.report.markup import Markup, element, join, name
from exgan_tf.report.tables import build_row, build_table, scrolling

_NOTHING = "\N{EN DASH}"


def draw_published(evaluation: Evaluation) -> Markup:
    """A table for each source; beside those of the neighbours the same measures of ours."""
    paper = [evaluation.published] if evaluation.published else []
    tables = [
        _draw_sources(evaluation, paper, title="The paper"),
        _draw_neighbors(evaluation),
    ]
    if not any(tables):
        return element("p", "The evaluation brings no published numbers along.", css="quiet")
    warning = [
        element("strong", "Measured on other data: "),
        "these figures compare with one another only, never with what was measured here.",
    ]
    return join([element("p", warning, css="notice"), *tables])


def _draw_neighbors(evaluation):
    sources = evaluation.published_neighbors
    drawn = _draw_sources(evaluation, sources, title="Neighbouring methods")
    own = _draw_own(evaluation, sources) if drawn else ""
    if not own:
        return drawn
    return element("div", [element("div", drawn), element("div", own)], css="beside")


def _draw_sources(evaluation, sources, *, title):
    """A table for each source that has rows, and what is to be known of it; empty without any."""
    parts = []
    for source in sources:
        if source.rows:
            table = _build_table(evaluation, source.rows)
            parts += [
                scrolling(table, label=f"Published numbers: {source.source}", css="plain"),
                element("p", f"{source.source}. {source.note}".strip(), css="quiet small"),
            ]
    return join([element("h3", title), *parts] if parts else "")


def _build_table(evaluation, rows):
    """A row for each model, data and size, and a column for each measure and mask."""
    found = {}
    for row in rows:
        settings = (row["model"], row["data"], row.get("image_size"))
        found.setdefault(settings, {}).update(
            {
                (key, row.get("mask")): number
                for key, number in row.items()
                if key not in ("model", "data", "image_size", "mask")
            }
        )
    columns = list(dict.fromkeys(column for each in found.values() for column in each))
    # What nobody measured needs no column.
    columns = [
        column for column in columns if any(each.get(column) is not None for each in found.values())
    ]
    has_size = any(size is not None for _, _, size in found)
    body = []
    for (model, data, size), figures in found.items():
        sizes = [size] if has_size else []
        cells = [
            element("td", _write(number), css="number")
            for number in (*sizes, *(figures.get(column) for column in columns))
        ]
        body.append(build_row(name(model), [element("td", name(data)), *cells]))
    head = ["Model", "Data", *(["Pixels"] if has_size else [])]
    head += [_title(evaluation, *column) for column in columns]
    return build_table(head, body, num_texts=2)


def _title(evaluation, key, mask):
    metric = evaluation.metrics.get(key)
    label = metric.label if metric else key
    return [label, element("span", name(mask), css="quiet small")] if mask else label


def _draw_own(evaluation, sources):
    """The measures that the sources have, of the methods here; empty if none was taken here."""
    keys = dict.fromkeys(key for source in sources for row in source.rows for key in row)
    metrics = [evaluation.metrics[key] for key in keys if key in evaluation.metrics]
    if not metrics:
        return Markup("")
    methods = [method for method in evaluation.methods.values() if method.control is None]
    columns = []
    for metric in metrics:
        values = [method.values[metric.key] for method in methods]
        decimals = numbers.decimals_for(value for value in values if value is not None)
        columns.append(
            [
                _NOTHING if value is None else numbers.write(value, decimals=decimals)
                for value in values
            ]
        )
    rows = [
        build_row(name(method.name), [element("td", text, css="number") for text in texts])
        for method, *texts in zip(methods, *columns)
    ]
    head = ["Method", *(metric.label for metric in metrics)]
    table = build_table(head, rows, num_texts=1)
    data = ", ".join(summary.describe_data(evaluation.data))
    return join(
        [
            element("h3", "The same measures here"),
            scrolling(table, label="The same measures of the methods here", css="plain"),
            element("p", f"Of this evaluation: {data}.", css="quiet small"),
        ]
    )


def _write(number):
    return _NOTHING if number is None else numbers.write_as_given(number)
