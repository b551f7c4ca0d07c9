"""What each section of the page shows, as plain values: the template only lays them out.

Texts are escaped by the template; places along an axis are percentages of its length.
"""

import json
import pathlib

from markupsafe import Markup
from msgspec import UNSET, structs

from exgan_tf.evaluation.results import Case, Evaluation
from exgan_tf.report import curves, numbers, pictures, plots, summary

DIRECTIONS = {
    "lower": ("\N{DOWNWARDS ARROW}", "lower is better"),
    "higher": ("\N{UPWARDS ARROW}", "higher is better"),
    "near_one": ("\N{RIGHTWARDS ARROW}1", "near 1 is better"),
}
GROUPS = {
    "first": (
        "The first photographs",
        "The first of the split in its fixed order, not picked by hand.",
    ),
    "best": ("Best cases", "Smallest L1 in the hole of"),
    "median": ("Median cases", "Middle L1 in the hole of"),
    "worst": ("Worst cases", "Largest L1 in the hole of"),
}
_CURVES = {
    (curves.VALIDATION, "masked_l1"): "Validation: L1 in the hole",
    (curves.LOSSES, "generator_reconstruction"): "Reconstruction loss",
    (curves.LOSSES, "generator_adversarial"): "Generator: adversarial loss",
    (curves.LOSSES, "generator_perceptual"): "Generator: perceptual loss",
    (curves.LOSSES, "discriminator_total"): "Discriminator: loss",
}
_FACT_TITLES = {
    "manifest": "checksum of their manifest (SHA-256)",
    "num_left_out": "photographs left out",
    "left_out_reason": "why they were left out",
    "created": "made",
}


def cards(evaluation: Evaluation) -> list[dict]:
    """The exemplar Gans against the baseline."""
    return [
        {
            "method": each.method,
            "against": each.against,
            "css": each.verdict.split()[0],
            "change": summary.describe_change(each)
            if each.percent is None
            else numbers.percent(each.percent, signed=True),
            "verdict": each.verdict,
            "interval": summary.describe_interval(each),
        }
        for each in summary.compare_with_baseline(evaluation)
    ]


def results_table(evaluation: Evaluation) -> dict:
    """Metrics and time, a row each, by methods, a column each, and remarks on cells."""
    remarks, rows = {}, []
    for key, metric in evaluation.metrics.items():
        values = {name: getattr(each, key) for name, each in evaluation.methods.items()}
        known = {name: value for name, value in values.items() if value is not None}
        decimals = numbers.decimals_for(known.values())
        best = _best(evaluation, known, metric.better, decimals)
        cells = []
        for name, method in evaluation.methods.items():
            is_known, note = name in known, method.notes.get(key)
            if not is_known:
                note = note or "not measured; the evaluation gives no reason"
            if note:
                remarks.setdefault(note, []).append((metric.label, name))
            interval = method.intervals.get(key) if is_known else None
            cells.append(
                {
                    "css": "best" if name in best else "" if is_known else "missing",
                    "text": numbers.write(known[name], decimals=decimals)
                    if is_known
                    else numbers.MINUS,
                    "mark": 1 + list(remarks).index(note) if note else None,
                    "interval": interval
                    and " \N{EN DASH} ".join(
                        numbers.write(end, decimals=decimals) for end in interval.ends
                    ),
                }
            )
        arrow, direction = DIRECTIONS[metric.better]
        rows.append({"label": metric.label, "arrow": arrow, "direction": direction, "cells": cells})
    # Of times none is the best, as they depend on the machine.
    times = [method.seconds_per_image for method in evaluation.methods.values()]
    cells = [
        {
            "css": "missing" if time is None else "",
            "text": numbers.MINUS if time is None else numbers.duration(time),
            "mark": None,
            "interval": None,
        }
        for time in times
    ]
    rows.append({"label": "Time an image", "arrow": "", "direction": "", "cells": cells})
    footnotes = []
    for text, marked in remarks.items():
        labels, names = (list(dict.fromkeys(column)) for column in zip(*marked, strict=True))
        everybody = set(names) == evaluation.methods.keys()
        footnotes.append(
            {
                "metrics": ", ".join(labels),
                "methods": None if everybody else ", ".join(names),
                "text": text,
            }
        )
    return {"rows": rows, "footnotes": footnotes}


def _best(evaluation, values, better, decimals):
    """The names of the best; values that look the same are equally good."""
    distances = {
        name: summary.distance_from_ideal(better, round(value, decimals))
        for name, value in values.items()
        if evaluation.methods[name].control is None
    }
    if len(distances) < 2:
        return []
    return [name for name in distances if distances[name] == min(distances.values())]


def forests(evaluation: Evaluation) -> list[dict]:
    """Comparisons by metric, against zero: what matters most is open, all else can be opened."""
    primary = summary.primary(evaluation)
    found = {
        key: [each for each in evaluation.paired if each.metric == key]
        for key in evaluation.metrics
    }
    main = [each for each in found[primary] if _is_main(evaluation, each)]
    drawn = [_forest(evaluation, primary, main, is_open=True)] if main else []
    for key in sorted(found, key=lambda key: key != primary):
        if len(found[key]) > len(main if key == primary else []):
            drawn.append(_forest(evaluation, key, found[key], is_open=False))
    return drawn


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
        "tally": f"{num_shown} of {summary.count(len(comparisons), 'pair')}",
        "direction": DIRECTIONS[metric.better][1],
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
        is_drawn = value is not None and interval is not None
        groups[each.against].append(
            {
                "method": each.method,
                "css": each.verdict.split()[0],
                "verdict": each.verdict,
                "change": summary.describe_change(each),
                "interval": summary.describe_interval(each),
                "point": place(value) if is_drawn else None,
                "low": place(interval.low) if is_drawn else None,
                "right": round(100 - place(interval.high), 2) if is_drawn else None,
            }
        )
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


def learning(runs: list) -> dict | None:
    """Learning curves of `curves.Run`s; None without any."""
    if not runs:
        return None
    labels = []
    for run in runs:
        label = run.name if run.name == run.model else f"{run.name} ({run.model})"
        number = 1 + sum(run.name == other.name for other in runs[: len(labels)])
        labels.append(label if number == 1 else f"{label} #{number}")
    figures = []
    for key, title in _CURVES.items():
        drawn = {index: run.curves[key] for index, run in enumerate(runs) if key in run.curves}
        if drawn:
            ends = [
                f"{labels[index]} ends at "
                + numbers.write(curve.values[-1], decimals=numbers.decimals_for(curve.values))
                for index, curve in drawn.items()
            ]
            figures.append(
                {
                    "title": title,
                    "is_logarithmic": plots.is_logarithmic(drawn),
                    "drawing": plots.draw_curves(drawn, label=f"{title}. {'; '.join(ends)}"),
                }
            )
    notes, averaged = [], max(run.num_averaged for run in runs)
    if averaged > 1:
        notes.append(f"Each point of the longest curve is the mean of {averaged} lines of its log.")
    if any(run.model == "autoencoder" for run in runs):
        notes.append(
            "The autoencoder sees the very eyes it draws: its curves say nothing of in-painting."
        )
    legend = [
        {"label": label, "color": plots.color(index), "dash": plots.dash(index)}
        for index, label in enumerate(labels)
    ]
    return {"legend": legend, "figures": figures, "notes": notes}


def strip(evaluation: Evaluation, directory: pathlib.Path) -> list[dict]:
    """The first photograph, filled by the best method: four pictures, or none."""
    ranked = summary.rank(evaluation)
    first = [case for case in evaluation.cases if case.group == "first"]
    if not (ranked and first):
        return []
    shown = first[0].pictures
    filled = shown.methods.get(ranked[0])
    if not filled:
        return []
    are_eyes_hidden = evaluation.data.mask in (UNSET, None, "eyes")
    paths = {
        "eyes taken out" if are_eyes_hidden else "masked": shown.masked,
        "reference": shown.reference,
        f"filled by {ranked[0]}": filled,
        "original": shown.original,
    }
    size = evaluation.data.image_size
    return [
        {
            "label": label,
            "name": first[0].name,
            "photo": pictures.pack(pictures.read_picture(directory / path, image_size=size)),
        }
        for label, path in paths.items()
    ]


def case_group(evaluation: Evaluation, group: str, directory: pathlib.Path) -> dict | None:
    """All cases of one of `GROUPS`; None if there are none.

    Raises:
      ValueError: if a picture is damaged or of another size.
    """
    cases = [case for case in evaluation.cases if case.group == group]
    if not cases:
        return None
    title, note = GROUPS[group]
    judges = ", ".join(dict.fromkeys(case.sorted_by for case in cases if case.sorted_by))
    return {
        "title": title,
        "note": note,
        "sorted_by": None if group == "first" else judges,
        "cases": [_case(evaluation, case, directory) for case in cases],
    }


def _case(evaluation, case: Case, directory):
    filled = {
        name: case.pictures.methods.get(name)
        for name, method in evaluation.methods.items()
        if method.control is None or case.pictures.methods.get(name)
    }
    known = {name: each for name in filled if (each := case.masked_l1.get(name)) is not None}
    decimals = numbers.decimals_for(known.values())
    errors = {name: numbers.write(error, decimals=decimals) for name, error in known.items()}
    least = min((round(error, decimals) for error in known.values()), default=None)
    top, left, height, width = case.eye_region

    def show(label, path, **caption):
        if path is None:
            return {"label": label, "photo": None, **caption}
        size = evaluation.data.image_size
        photo = pictures.read_picture(directory / path, image_size=size)
        eyes = photo[top : top + height, left : left + width]
        return {
            "label": label,
            "photo": pictures.pack(photo),
            "eyes": pictures.pack(eyes),
            **caption,
        }

    inputs = {key: getattr(case.pictures, key) for key in ("original", "masked", "reference")}
    return {
        "name": case.name,
        "reference_name": case.reference_name,
        "pictures": [show(label, path, method=None) for label, path in inputs.items()]
        + [
            show(
                f"filled by {name}",
                path,
                method=name,
                error=errors.get(name, ""),
                is_least=name in known and len(known) > 1 and round(known[name], decimals) == least,
            )
            for name, path in filled.items()
        ],
    }


def unmeasured(evaluation: Evaluation) -> list[Markup]:
    """Methods without a number of the primary metric, and why."""
    key = summary.primary(evaluation)
    return [
        Markup("<bdi>{}</bdi>: {} could not be measured; {}").format(
            name, evaluation.metrics[key].label, method.notes.get(key) or "no reason is given"
        )
        for name, method in evaluation.methods.items()
        if getattr(method, key) is None
    ]


def worst(evaluation: Evaluation) -> list[Markup]:
    """Photographs that failed, or else those with the largest errors."""
    if evaluation.failures:
        return [
            Markup("<bdi>{}</bdi> on <bdi>{}</bdi>: {}").format(each.method, each.name, each.reason)
            for each in evaluation.failures
        ]
    entries = []
    for case in evaluation.cases:
        if case.group == "worst":
            error = case.masked_l1.get(case.sorted_by or "")
            entry = Markup("<bdi>{}</bdi> (<bdi>{}</bdi>)").format(case.name, case.identity)
            if error is not None:
                size = numbers.write(error, decimals=numbers.decimals_for([error]))
                entry += Markup(": L1 in the hole {} with <bdi>{}</bdi>").format(
                    size, case.sorted_by
                )
            entries.append(entry)
    return entries


def facts(evaluation: Evaluation) -> dict:
    """Protocol, data and settings: title -> lines of text."""
    data = structs.asdict(evaluation.data)
    shown = {
        "split": data.pop("split"),
        "photographs": f"{data.pop('num_images'):,}",
        "people": f"{data.pop('num_identities'):,}",
        "picture size": "{0} x {0} pixels".format(data.pop("image_size")),
        "mask": data.pop("mask"),
        **{key: data[key] for key in ("records", "manifest", "num_left_out", "left_out_reason")},
        **data["parameters"],
    }
    missing = (UNSET, None, "")
    inception = structs.asdict(evaluation.inception) if evaluation.inception else {}
    return {
        "protocol": _flatten({**evaluation.protocol, "Inception": inception}),
        "data": _flatten({key: value for key, value in shown.items() if value not in missing}),
        "made_by": _flatten(structs.asdict(evaluation.made_by) if evaluation.made_by else {}),
    }


def _flatten(values):
    """Title -> lines of text, of an object with anything in it; objects in it are laid flat."""
    found = {}
    for key, value in values.items():
        title = _FACT_TITLES.get(key, key.replace("_", " "))
        if isinstance(value, dict):
            found |= {f"{title}: {inner}": lines for inner, lines in _flatten(value).items()}
        elif value is not UNSET:
            entries = value if isinstance(value, list) else [value]
            found[title] = [
                entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)
                for entry in entries
            ] or ["none"]
    return found


def published(evaluation: Evaluation) -> dict:
    """What others published: a table for each source, and beside the neighbours' our own."""
    paper = [evaluation.published] if evaluation.published else []
    neighbors = evaluation.published_neighbors
    keys = {key: None for source in neighbors for row in source.rows for key in _measured(row)}
    own = [key for key in keys if key in evaluation.metrics]
    return {
        "paper": [_published_table(evaluation, source) for source in paper if source.rows],
        "neighbors": [_published_table(evaluation, source) for source in neighbors if source.rows],
        "own": _own_table(evaluation, own) if own else None,
    }


def _measured(row):
    """Measure -> number or None, of those that a row has."""
    texts = ("data", "model", "mask", "image_size")
    return {
        key: value
        for key, value in structs.asdict(row).items()
        if key not in texts and value is not UNSET
    }


def _published_table(evaluation, source):
    """A row for each model, data and size, and a column for each measure and mask."""
    rows = {}
    for row in source.rows:
        settings = (row.model, row.data, row.image_size or None)
        rows.setdefault(settings, {}).update(
            {(key, row.mask or None): number for key, number in _measured(row).items()}
        )
    # What nobody measured needs no column.
    columns = {
        column: None
        for figures in rows.values()
        for column, number in figures.items()
        if number is not None
    }
    has_size = any(size for _, _, size in rows)
    return {
        "source": source.source,
        "note": source.note,
        "has_size": has_size,
        "columns": [
            {
                "label": evaluation.metrics[key].label if key in evaluation.metrics else key,
                "mask": mask,
            }
            for key, mask in columns
        ],
        "rows": [
            {
                "model": model,
                "data": data,
                "numbers": [
                    numbers.write_as_given(number)
                    for number in (*([size] if has_size else []), *map(figures.get, columns))
                ],
            }
            for (model, data, size), figures in rows.items()
        ],
    }


def _own_table(evaluation, keys):
    """The same measures of the methods here, a row each."""
    methods = {name: each for name, each in evaluation.methods.items() if each.control is None}
    columns = []
    for key in keys:
        values = [getattr(method, key) for method in methods.values()]
        decimals = numbers.decimals_for(value for value in values if value is not None)
        columns.append(
            [
                numbers.NOTHING if value is None else numbers.write(value, decimals=decimals)
                for value in values
            ]
        )
    return {
        "labels": [evaluation.metrics[key].label for key in keys],
        "rows": dict(zip(methods, zip(*columns, strict=True), strict=True)),
    }
