"""The page itself: its sections in their order, its head, and writing it to a file.

The page holds its style and its pictures, runs no script, and tells the browser to load nothing
from anywhere, so that it looks the same in ten years and on a machine without network.
"""

import pathlib

import exgan_tf
from exgan_tf import files
from exgan_tf.report import (
    cases,
    curves,
    figures,
    numbers,
    protocol,
    published,
    results,
    summary,
)
from exgan_tf.report.evaluation_file import read_evaluation
from exgan_tf.report.markup import Markup, element, join, name
from exgan_tf.report.style import STYLE

MAX_RUNS = 24  # Ours: more curves in one drawing cannot be told apart.
TITLE = "Eye in-painting: evaluation"
GENERATOR = "exgan_tf"

_GENERATOR_MARK = f'<meta name="generator" content="{GENERATOR} '
_MARK_WITHIN = 2000  # Bytes from the start of a page; the mark stands in the first few lines.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

_CURVES = {
    (curves.VALIDATION, "masked_l1"): "Validation: L1 in the hole",
    (curves.LOSSES, "generator_reconstruction"): "Reconstruction loss",
    (curves.LOSSES, "generator_adversarial"): "Generator: adversarial loss",
    (curves.LOSSES, "generator_perceptual"): "Generator: perceptual loss",
    (curves.LOSSES, "discriminator_total"): "Discriminator: loss",
}


def write_page(evaluation_dir, output, *, runs=(), overwrite: bool = False) -> int:
    """Builds the page and writes it, all or nothing.

    Args:
      evaluation_dir: as for `build_page`.
      output: the HTML file to make; its folder is made if need be.
      runs: as for `build_page`.
      overwrite: replace a page that this tool made.

    Returns:
      The number of bytes written.

    Raises:
      ValueError: as `build_page`, and if `output` exists and may not be replaced.
    """
    output = pathlib.Path(output)
    _check_replaceable(output, overwrite=overwrite)
    # A name from a file system may hold half a surrogate pair, which UTF-8 cannot spell.
    data = build_page(evaluation_dir, runs).encode("utf-8", "backslashreplace")
    output.parent.mkdir(parents=True, exist_ok=True)
    files.write_bytes(output, data)
    return len(data)


def build_page(evaluation_dir, runs=()) -> str:
    """The report of an evaluation as one HTML document that needs nothing else.

    Args:
      evaluation_dir: the directory with `evaluation.json` and the pictures it names.
      runs: run directories whose learning curves are shown.

    Raises:
      ValueError: if one of these files is missing or not as it should be; it is named.
    """
    if len(runs) > MAX_RUNS:
        raise ValueError(f"runs are {len(runs)}, at most {MAX_RUNS} fit on a page")
    evaluation = read_evaluation(evaluation_dir)
    learnt = [curves.read_run(run) for run in runs]
    title = evaluation.title or TITLE
    sections = [
        ("summary", "Summary", _draw_summary(evaluation)),
        ("results", "Results", _draw_results(evaluation)),
        ("comparisons", "Comparisons", _draw_comparisons(evaluation)),
        ("learning", "Learning curves", _draw_learning(learnt)),
        ("pictures", "Pictures", _draw_first(evaluation)),
        ("extremes", "Best, median, worst", _draw_extremes(evaluation)),
        ("failures", "Failures", _draw_failures(evaluation)),
        ("protocol", "What was measured, and how", protocol.draw_protocol(evaluation)),
        ("published", "Published numbers", published.draw_published(evaluation)),
    ]
    body = [
        _draw_header(evaluation, title, sections),
        element("main", [_draw_section(*section) for section in sections]),
        element("footer", f"Made by exgan_tf {exgan_tf.__version__}. No scripts, no network."),
    ]
    document = element("html", [_head(title), element("body", body)], attributes={"lang": "en"})
    return f"<!DOCTYPE html>\n{document}\n"


def _head(title):
    width = {"name": "viewport", "content": "width=device-width, initial-scale=1"}
    policy = {"http-equiv": "Content-Security-Policy", "content": _POLICY}
    return element(
        "head",
        [
            element("meta", attributes={"charset": "utf-8"}),
            Markup(f'{_GENERATOR_MARK}{exgan_tf.__version__}">'),
            element("meta", attributes=width),
            element("meta", attributes=policy),
            element("meta", attributes={"name": "color-scheme", "content": "light dark"}),
            element("title", title),
            element("style", Markup(STYLE)),
        ],
    )


def _draw_header(evaluation, title, sections):
    facts = summary.describe_data(evaluation.data)
    if "created" in evaluation.made_by:
        facts.append(evaluation.made_by["created"].replace("T", " ").replace("Z", " UTC"))
    links = [
        element("a", anchor.capitalize(), attributes={"href": f"#{anchor}"})
        for anchor, _, _ in sections
    ]
    return element(
        "header",
        [
            element("p", "exgan_tf", css="overline"),
            element("h1", title),
            element("p", " \N{MIDDLE DOT} ".join(facts), css="quiet"),
            element("nav", links, attributes={"aria-label": "Sections"}),
        ],
    )


def _draw_section(anchor, title, content):
    return element("section", [element("h2", title), content], attributes={"id": anchor})


def _draw_summary(evaluation):
    first, *others = summary.describe(evaluation)
    parts = [element("p", first, css="lead"), *(element("p", text) for text in others)]
    cards = [
        _draw_card(each, label=evaluation.primary.label)
        for each in summary.compare_with_baseline(evaluation)
    ]
    if cards:
        parts.append(element("div", cards, css="cards"))
    ranked, shown = summary.rank(evaluation), evaluation.cases_of("first")
    if ranked and shown and ranked[0].name in shown[0].pictures:
        parts.append(cases.draw_strip(evaluation, shown[0], ranked[0].name))
        parts.append(element("p", "The first photograph of the split.", css="quiet small"))
    return join(parts)


def _draw_card(comparison, *, label):
    if comparison.percent is not None:
        change = numbers.percent(comparison.percent, signed=True)
    else:
        change = summary.describe_change(comparison)
    verdict = comparison.verdict
    return element(
        "div",
        [
            element("p", [name(comparison.method), " against ", name(comparison.against)]),
            element("p", label, css="quiet small"),
            element("p", change, css=f"big {verdict.split()[0]}"),
            element(
                "p",
                f"{verdict}; {numbers.CONFIDENCE} interval {summary.describe_interval(comparison)}",
                css="quiet small",
            ),
        ],
        css="card",
    )


def _draw_results(evaluation):
    note = (
        f"Means over all photographs, with {numbers.CONFIDENCE} intervals below them where they "
        "were measured. The best value of each row is marked, whether or not it is shown to differ "
        "from the next: that is what the comparisons are for."
    )
    legend = "; ".join(f"{arrow} {meaning}" for arrow, meaning in results.DIRECTIONS.values())
    return join(
        [
            element("p", note),
            element("p", f"{legend}.", css="quiet small"),
            results.draw_table(evaluation),
        ]
    )


def _draw_comparisons(evaluation):
    note = (
        "Each pair of methods filled the same photographs, so their differences are taken image by "
        "image. A difference is only called shown where its "
        f"{numbers.CONFIDENCE} interval excludes zero."
    )
    return join([element("p", note), results.draw_comparisons(evaluation)])


def _draw_learning(learnt):
    if not learnt:
        return element("p", "No run directories were given, so no curves are shown.", css="quiet")
    labels = _label_runs(learnt)
    drawings = [_draw_measure(learnt, labels, key, title) for key, title in _CURVES.items()]
    averaged = max(run.num_averaged for run in learnt)
    notes = []
    if averaged > 1:
        notes.append(f"Each point of the longest curve is the mean of {averaged} lines of its log.")
    if any(run.model == "autoencoder" for run in learnt):
        notes.append(
            "The autoencoder sees the very eyes it draws: its curves say nothing of in-painting."
        )
    return join(
        [
            figures.draw_legend({label: index for index, label in enumerate(labels)}),
            element("div", [drawing for drawing in drawings if drawing], css="curve-grid"),
            element("p", " ".join(notes), css="quiet small") if notes else "",
        ]
    )


def _label_runs(learnt):
    """A name for each run that no other has."""
    labels = []
    for run in learnt:
        label = run.name if run.name == run.model else f"{run.name} ({run.model})"
        number = 1 + sum(run.name == other.name for other in learnt[: len(labels)])
        labels.append(label if number == 1 else f"{label} #{number}")
    return labels


def _draw_measure(learnt, labels, key, title):
    lines = [
        figures.Line(label, index, run.curves[key].steps, run.curves[key].values)
        for index, (label, run) in enumerate(zip(labels, learnt))
        if key in run.curves
    ]
    if not lines:
        return ""
    last = [
        f"{line.label} ends at "
        + numbers.write(line.values[-1], decimals=numbers.decimals_for(line.values))
        for line in lines
    ]
    return figures.draw_curves(lines, title=title, summary="; ".join(last))


def _draw_first(evaluation):
    drawn = cases.draw_group(evaluation, "first")
    note = (
        "Below each picture the eyes enlarged, and the mean absolute error in the hole on a scale "
        "from 0 to 1; the smallest of each row is bold."
    )
    return join([element("p", note), drawn]) if drawn else _no_pictures()


def _draw_extremes(evaluation):
    drawn = [cases.draw_group(evaluation, group) for group in ("best", "median", "worst")]
    return join(drawn) if any(drawn) else _no_pictures()


def _no_pictures():
    return element("p", "The evaluation kept no pictures of these.", css="quiet")


def _draw_failures(evaluation):
    primary = evaluation.primary
    unmeasured = [
        [
            name(method.name),
            f": {primary.label} could not be measured; ",
            method.notes.get(primary.key) or "no reason is given",
        ]
        for method in evaluation.methods.values()
        if method.values[primary.key] is None
    ]
    worst = [
        [name(failure.method), " on ", name(failure.name), f": {failure.reason}"]
        for failure in evaluation.failures
    ] or [_describe_worst(case) for case in evaluation.cases_of("worst")]
    return join(
        [
            element("h3", "Methods without a result"),
            _draw_list(unmeasured, nothing="Every method was measured."),
            element("h3", "Photographs that failed, and largest errors"),
            _draw_list(worst, nothing="The evaluation names none."),
            element("h3", "Warnings"),
            _draw_list(
                [[warning] for warning in evaluation.warnings],
                nothing="The evaluation gave no warnings.",
            ),
        ]
    )


def _describe_worst(case):
    error = case.masked_l1.get(case.sorted_by)
    parts = [name(case.name), " (", name(case.identity), ")"]
    if error is None:
        return parts
    size = numbers.write(error, decimals=numbers.decimals_for([error]))
    return [*parts, ": L1 in the hole ", size, " with ", name(case.sorted_by)]


def _draw_list(entries, *, nothing):
    if not entries:
        return element("p", nothing, css="quiet")
    return element("ul", [element("li", entry) for entry in entries], css="names")


def _check_replaceable(output: pathlib.Path, *, overwrite):
    if output.is_dir():
        raise ValueError(f"output {output} is a folder; the name of an HTML file is wanted")
    if not output.exists():
        return
    if not overwrite:
        raise ValueError(f"output {output} exists: choose another, or pass --overwrite")
    with open(output, "rb") as file:
        start = file.read(_MARK_WITHIN)
    if _GENERATOR_MARK.encode() not in start:
        raise ValueError(f"output {output} was not made by this tool, so it is not replaced")
