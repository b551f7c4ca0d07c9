"""What is no measurement: how, on what and by what it was measured, and what failed."""

import json

from markupsafe import Markup
from msgspec import UNSET, structs

from exgan_tf.evaluation.results import Evaluation
from exgan_tf.report import numbers, summary

_TITLES = {
    "manifest": "checksum of their manifest (SHA-256)",
    "num_left_out": "photographs left out",
    "left_out_reason": "why they were left out",
    "created": "made",
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
            entry = Markup("<bdi>{}</bdi> (<bdi>{}</bdi>)").format(case.name, case.identity)
            if (error := case.masked_l1.get(case.sorted_by or "")) is not None:
                entry += Markup(": L1 in the hole {} with <bdi>{}</bdi>").format(
                    numbers.write(error, decimals=numbers.decimals_for([error])), case.sorted_by
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
    inception = structs.asdict(evaluation.inception) if evaluation.inception else {}
    return {
        "protocol": _flatten({**evaluation.protocol, "Inception": inception}),
        "data": _flatten({key: each for key, each in shown.items() if each not in (None, "")}),
        "made_by": _flatten(structs.asdict(evaluation.made_by) if evaluation.made_by else {}),
    }


def _flatten(values):
    """Title -> lines of text, of an object with anything in it; objects in it are flattened too."""
    found = {}
    for key, value in values.items():
        title = _TITLES.get(key, key.replace("_", " "))
        if isinstance(value, dict):
            found |= {f"{title}: {inner}": lines for inner, lines in _flatten(value).items()}
        elif value is not UNSET:
            entries = value if isinstance(value, list) else [value]
            found[title] = [
                entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)
                for entry in entries
            ] or ["none"]
    return found
