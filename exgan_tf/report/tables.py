"""Tables of numbers: what was measured, and what others published."""

from msgspec import UNSET, structs

from exgan_tf.evaluation.results import Evaluation
from exgan_tf.report import numbers, summary

_MISSING: dict = {"css": "missing", "text": numbers.MINUS, "mark": None, "interval": None}


def results_table(evaluation: Evaluation) -> dict:
    """Metrics and time, a row each, by methods, a column each, and remarks on cells."""
    remarks, rows = {}, []
    for key, metric in evaluation.metrics.items():
        known = _known(evaluation.methods, key)
        decimals = numbers.decimals_for(known.values())
        best = _best(evaluation, known, metric.better, decimals)
        cells = []
        for name, method in evaluation.methods.items():
            cell = dict(_MISSING)
            note = method.notes.get(key)
            if name in known:
                cell["css"] = "best" if name in best else ""
                cell["text"] = numbers.write(known[name], decimals=decimals)
                if interval := method.intervals.get(key):
                    ends = [numbers.write(end, decimals=decimals) for end in interval.ends]
                    cell["interval"] = " \N{EN DASH} ".join(ends)
            else:
                note = note or "not measured; the evaluation gives no reason"
            if note:
                remarks.setdefault(note, []).append((metric.label, name))
                cell["mark"] = 1 + list(remarks).index(note)
            cells.append(cell)
        arrow, direction = summary.DIRECTIONS[metric.better]
        rows.append({"label": metric.label, "arrow": arrow, "direction": direction, "cells": cells})
    # Of times none is the best, as they depend on the machine.
    times = [method.seconds_per_image for method in evaluation.methods.values()]
    cells = [
        _MISSING if time is None else {**_MISSING, "css": "", "text": numbers.duration(time)}
        for time in times
    ]
    rows.append({"label": "Time per image", "arrow": "", "direction": "", "cells": cells})
    footnotes = []
    for text, marked in remarks.items():
        labels, names = (list(dict.fromkeys(column)) for column in zip(*marked, strict=True))
        everybody = set(names) == evaluation.methods.keys()
        methods = None if everybody else ", ".join(names)
        footnotes.append({"metrics": ", ".join(labels), "methods": methods, "text": text})
    return {"rows": rows, "footnotes": footnotes}


def _known(methods, key):
    """Name of a method -> its number; of those that have one."""
    numbers_of_all = {name: getattr(method, key) for name, method in methods.items()}
    return {name: number for name, number in numbers_of_all.items() if number is not None}


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


def published(evaluation: Evaluation) -> dict:
    """What others published: a table for each source, and beside the neighbours' our own."""
    paper = [evaluation.published] if evaluation.published else []
    neighbors = evaluation.published_neighbors
    keys = dict.fromkeys(
        key for source in neighbors for row in source.rows for key in _measured(row)
    )
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
        column: evaluation.metrics[column[0]].label
        if column[0] in evaluation.metrics
        else column[0]
        for figures in rows.values()
        for column, number in figures.items()
        if number is not None
    }
    has_size = any(size for _, _, size in rows)
    return {
        "source": source.source,
        "note": source.note,
        "has_size": has_size,
        "columns": [{"label": label, "mask": mask} for (_, mask), label in columns.items()],
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
    rows = {name: [] for name in methods}
    for key in keys:
        known = _known(methods, key)
        decimals = numbers.decimals_for(known.values())
        for name, row in rows.items():
            number = known.get(name)
            row.append(
                numbers.NOTHING if number is None else numbers.write(number, decimals=decimals)
            )
    return {"labels": [evaluation.metrics[key].label for key in keys], "rows": rows}
