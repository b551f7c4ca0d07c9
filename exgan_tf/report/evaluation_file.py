"""`evaluation.json`, read and checked: it may come from anywhere, and be of any content."""

import dataclasses
import json
import pathlib

from exgan_tf import files
from exgan_tf.report.json_values import JsonValue

EVALUATION = "evaluation.json"
FORMAT_VERSION = 1
MAX_FILE_BYTES = 64 << 20  # Ours: cases and pairs of thirty methods take less than one megabyte.
MAX_CASES = 100  # Ours: a page with more pictures opens on no telephone.
MAX_PAIRS = 20_000  # Ours: thirty methods, each against each, by forty metrics.
MAX_SOURCES = 100  # Ours, of published numbers.
MAX_PUBLISHED_COLUMNS = 60  # Ours, of one source: a table with more is too wide to read.
MAX_METHODS = 100  # Ours: each takes a line of many charts.
MAX_DEPTH = 8  # Ours, of objects that hold settings.
MAX_NAMES = 10_000  # Ours, for lists of names: failures and warnings.
BETTER = ("lower", "higher", "near_one")
VERDICTS = ("better", "worse", "no difference shown")
GROUPS = ("first", "best", "median", "worst")
INPUT_PICTURES = ("original", "masked", "reference")


@dataclasses.dataclass(frozen=True)
class Metric:
    """What was measured of each method.

    Attributes:
      key: its name in the file.
      label: its name for people.
      better: which values are good, one of `BETTER`.
      description: what it is, in a sentence.
      protocol: how it was measured: counts, filters, ranges.
    """

    key: str
    label: str
    better: str
    description: str
    protocol: str

    def distance_from_ideal(self, value: float) -> float:
        """The smaller, the better the value is."""
        return {"lower": value, "higher": -value, "near_one": abs(value - 1.0)}[self.better]


@dataclasses.dataclass(frozen=True)
class Method:
    """What was measured of one method.

    Attributes:
      name: its name.
      kind: what sort of method it is; the Gans have the names they have in `gans.GANS`.
      trained: whether it learnt from data.
      control: what was done to the references to see whether they matter; None if nothing.
      source: where it came from; empty for methods that are part of this package.
      checkpoint: which of its weights, "best" or "latest"; empty where it has none.
      step: the training step of these weights; None where it has none.
      seconds_per_image: how long it took; None where nobody looked.
      description: what it does.
      num_images: number of photographs it filled.
      values: metric -> number, None where it could not be measured.
      intervals: metric -> (low, high), 95 %, where there is one.
      notes: metric -> why the number is missing, or what is to be known of it.
    """

    name: str
    kind: str
    trained: bool
    control: str | None
    source: str
    checkpoint: str
    step: int | None
    seconds_per_image: float | None
    description: str
    num_images: int
    values: dict
    intervals: dict
    notes: dict


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Two methods compared image by image: `method` minus `against`.

    Attributes:
      metric: what was compared.
      method: the one of which the verdict is.
      against: the other.
      difference: mean difference, in the metric's unit; None if not measured.
      interval: (low, high) of it, 95 %; None if not measured.
      percent: the difference in percent of `against`; None if not measured.
      percent_interval: (low, high) of it, 95 %; None if not measured.
      verdict: one of `VERDICTS`.
    """

    metric: str
    method: str
    against: str
    difference: float | None
    interval: tuple | None
    percent: float | None
    percent_interval: tuple | None
    verdict: str


@dataclasses.dataclass(frozen=True)
class Case:
    """One photograph and what each method made of it.

    Attributes:
      group: why it is shown, one of `GROUPS`.
      sorted_by: the method whose error put it into its group; None for the first ones.
      name: the photograph's name.
      reference_name: the reference's.
      identity: whom both show.
      masked_l1: method -> mean absolute error in the hole, on a scale of [0, 1].
      inputs: each of `INPUT_PICTURES` -> path of the picture.
      pictures: method -> path of what it made; methods without a picture are left out.
      eye_region: (top, left, height, width) of the close-up, in pixels.
    """

    group: str
    sorted_by: str | None
    name: str
    reference_name: str
    identity: str
    masked_l1: dict
    inputs: dict
    pictures: dict
    eye_region: tuple


@dataclasses.dataclass(frozen=True)
class Data:
    """What it was measured on.

    Attributes:
      split: the part of the records.
      image_size: side of the pictures, in pixels.
      num_images: number of photographs.
      num_identities: number of people on them.
      mask: what was hidden of them; None where the file is of before there was a choice.
      facts: what else is known, name -> text.
    """

    split: str
    image_size: int
    num_images: int
    num_identities: int
    mask: str | None
    facts: dict


@dataclasses.dataclass(frozen=True)
class Published:
    """Numbers that others published.

    Attributes:
      source: where they stand.
      note: what is to be known of them.
      rows: dicts of "data", "model" and, where it is known, "mask" -> text; of metric, and of
        "image_size" in pixels -> number or None.
    """

    source: str
    note: str
    rows: list


@dataclasses.dataclass(frozen=True)
class Failure:
    """A photograph that a method could not fill: method, name of the photograph, reason."""

    method: str
    name: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """All of an evaluation.

    Attributes:
      title: of the page; None for the usual one.
      made_by: facts of how the file was made, name -> text.
      data: what it was measured on.
      protocol: facts of how it was measured, name -> text.
      metrics: in the order in which they are shown.
      methods: name -> method, in the order in which they are shown.
      comparisons: of pairs of methods.
      published: numbers of the paper, None if there are none.
      published_neighbors: of neighbouring methods, a `Published` for each source.
      cases: photographs to look at.
      failures: what could not be filled.
      warnings: what else is to be known.
    """

    title: str | None
    made_by: dict
    data: Data
    protocol: dict
    metrics: dict
    methods: dict
    comparisons: list
    published: Published | None
    published_neighbors: list
    cases: list
    failures: list
    warnings: list

    @property
    def primary(self) -> Metric:
        """The metric by which methods are ranked: the L1 in the hole, or else the first."""
        return self.metrics.get("masked_l1") or next(iter(self.metrics.values()))

    def cases_of(self, group: str) -> list:
        return [case for case in self.cases if case.group == group]


def read_evaluation(evaluation_dir) -> Evaluation:
    """Reads what an evaluation measured.

    Args:
      evaluation_dir: the directory that holds `evaluation.json` and the pictures it names.

    Raises:
      ValueError: if there is none, or its content is not as it should be; file and key are named.
    """
    directory = pathlib.Path(evaluation_dir)
    path = directory / EVALUATION
    if not path.is_file():
        raise ValueError(f"{evaluation_dir} holds no {EVALUATION}: evaluate first")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than {MAX_FILE_BYTES >> 20} megabytes")
    file = JsonValue(files.read_json(path), path=path)
    version = file.item("format_version")
    if version.count() != FORMAT_VERSION:
        version.refuse(str(version.value), f"{FORMAT_VERSION}, which this version reads,")
    try:
        return _read_file(file, directory)
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error


def _read_file(file, directory):
    metrics = {key: _read_metric(key, value) for key, value in file.item("metrics").items().items()}
    methods = {
        name: _read_method(name, value, metrics)
        for name, value in file.item("methods").items().items()
    }
    for key, found in (("metrics", metrics), ("methods", methods)):
        if not found:
            file.item(key).refuse("empty", "at least one entry")
    if len(methods) > MAX_METHODS:
        file.item("methods").refuse(f"an object of {len(methods)}", f"at most {MAX_METHODS}")
    title = file.optional("title")
    data = _read_data(file.item("data"))
    return Evaluation(
        title=title and title.text(),
        made_by=_facts(file.optional("made_by")),
        data=data,
        protocol={
            **_facts(file.optional("protocol")),
            **{
                f"Inception: {key}": text
                for key, text in _facts(file.optional("inception")).items()
            },
        },
        metrics=metrics,
        methods=methods,
        comparisons=[
            _read_comparison(value, metrics, methods)
            for value in file.item("paired").entries(most=MAX_PAIRS)
        ],
        published=_read_published(file.optional("published")),
        published_neighbors=[
            _read_published(value)
            for value in _optional_entries(file, "published_neighbors", most=MAX_SOURCES)
        ],
        cases=[
            _read_case(value, methods, directory, data.image_size)
            for value in file.item("cases").entries(most=MAX_CASES)
        ],
        failures=[
            Failure(*(value.item(key).text() for key in ("method", "name", "reason")))
            for value in _optional_entries(file, "failures", most=MAX_NAMES)
        ],
        warnings=[value.text() for value in _optional_entries(file, "warnings", most=MAX_NAMES)],
    )


def _read_metric(key, value):
    return Metric(
        key=key,
        label=value.item("label").text(),
        better=value.item("better").one_of(BETTER),
        description=_optional_text(value, "description"),
        protocol=_optional_text(value, "protocol"),
    )


def _read_method(name, value, metrics):
    intervals, notes = value.optional("intervals"), value.optional("notes")
    control = value.optional("control")
    step, duration = value.optional("step"), value.optional("seconds_per_image")
    return Method(
        name=name,
        kind=value.item("kind").text(),
        trained=value.item("trained").boolean(),
        control=control and control.text(),
        source=_optional_text(value, "source"),
        checkpoint=_optional_text(value, "checkpoint"),
        step=step and step.count(),
        seconds_per_image=duration and duration.number(),
        description=_optional_text(value, "description"),
        num_images=value.item("num_images").count(),
        values={key: value.item(key).number_or_none() for key in metrics},
        intervals={
            key: interval.interval_or_none()
            for key, interval in (intervals.items() if intervals else {}).items()
            if key in metrics and interval.value is not None
        },
        notes={key: note.text() for key, note in (notes.items() if notes else {}).items()},
    )


def _read_comparison(value, metrics, methods):
    comparison = Comparison(
        metric=value.item("metric").one_of(metrics),
        method=value.item("method").one_of(methods),
        against=value.item("against").one_of(methods),
        difference=value.item("difference").number_or_none(),
        interval=value.item("interval").interval_or_none(),
        percent=value.item("percent").number_or_none(),
        percent_interval=value.item("percent_interval").interval_or_none(),
        verdict=value.item("verdict").one_of(VERDICTS),
    )
    interval = comparison.interval
    if comparison.verdict != VERDICTS[2] and (interval is None or _includes_zero(interval)):
        value.item("verdict").refuse(
            repr(comparison.verdict), f"{VERDICTS[2]!r}, as the interval does not exclude zero,"
        )
    return comparison


def _includes_zero(interval):
    return interval[0] <= 0.0 <= interval[1]


def _read_data(value):
    image_size = value.item("image_size")
    if not 0 < image_size.count() <= 4096:
        image_size.refuse(str(image_size.value), "1 to 4096 pixels")
    facts = ("records", "manifest", "num_left_out", "left_out_reason")
    parameters, mask = value.optional("parameters"), value.optional("mask")
    return Data(
        split=value.item("split").text(),
        image_size=image_size.count(),
        num_images=value.item("num_images").count(),
        num_identities=value.item("num_identities").count(),
        mask=mask and mask.text(),
        facts={
            **{key: _plain(value.item(key)) for key in facts if value.optional(key)},
            **_facts(parameters),
        },
    )


def _read_published(value):
    if value is None:
        return None
    rows = [_read_published_row(row) for row in value.item("rows").entries(most=1000)]
    if len({(key, row.get("mask")) for row in rows for key in row}) > MAX_PUBLISHED_COLUMNS:
        value.item("rows").refuse(
            "of too many measures and masks", f"at most {MAX_PUBLISHED_COLUMNS} of both"
        )
    return Published(
        source=value.item("source").text(), note=_optional_text(value, "note"), rows=rows
    )


def _read_published_row(row):
    names = ("data", "model")
    return {
        key: value.text() if key in (*names, "mask") else value.number_or_none()
        for key, value in row.items().items()
        if value.value is not None or key != "mask"
    } | {key: row.item(key).text() for key in names}


def _read_case(value, methods, directory, image_size):
    sorted_by = value.optional("sorted_by")
    errors = value.item("masked_l1").items()
    pictures = value.item("pictures")
    # In a place of their own: a method may well be called "reference".
    filled = pictures.item("methods").items()
    return Case(
        group=value.item("group").one_of(GROUPS),
        sorted_by=sorted_by and sorted_by.one_of(methods),
        name=value.item("name").text(),
        reference_name=value.item("reference_name").text(),
        identity=value.item("identity").text(),
        masked_l1={
            name: error.number_or_none() for name, error in errors.items() if name in methods
        },
        inputs={name: _picture_path(pictures.item(name), directory) for name in INPUT_PICTURES},
        pictures={
            name: _picture_path(path, directory)
            for name, path in filled.items()
            if name in methods and path.value is not None
        },
        eye_region=_read_region(value.item("eye_region"), image_size),
    )


def _picture_path(value, directory) -> pathlib.Path:
    """The path of a picture that must lie inside the directory, links followed."""
    inside = directory.resolve()
    try:
        path = (inside / value.text()).resolve()
        is_inside = inside in path.parents and path.is_file()
    except (ValueError, OSError, RuntimeError):
        # NUL, a name too long, a loop of links: the file system has no such file.
        is_inside = False
    if not is_inside:
        value.refuse(repr(value.text()[:100]), f"the path of a picture inside {directory}")
    return path


def _read_region(value, image_size):
    region = tuple(entry.count() for entry in value.entries(most=4))
    if len(region) == 4:
        top, left, height, width = region
        fits = top + height <= image_size and left + width <= image_size
        if fits and height > 0 and width > 0:
            return region
    return value.refuse(
        str(list(region)), f"[top, left, height, width] inside {image_size} x {image_size} pixels"
    )


def _facts(value, depth: int = 0) -> dict:
    """Name -> text of an object with anything in it; nested objects are laid flat."""
    if value is None:
        return {}
    if depth == MAX_DEPTH:
        value.refuse("nested deeper", f"at most {MAX_DEPTH} objects in one another")
    facts = {}
    for key, entry in value.items().items():
        if isinstance(entry.value, dict):
            inner = _facts(entry, depth + 1)
            facts |= {f"{key}: {name}": text for name, text in inner.items()}
        else:
            facts[key] = _plain(entry)
    return facts


def _plain(value) -> str:
    """A text for people of any JSON value; the entries of a list in a line each."""
    if isinstance(value.value, list):
        return "\n".join(_plain_entry(entry) for entry in value.entries(most=1000)) or "none"
    return _plain_entry(value)


def _plain_entry(value):
    if isinstance(value.value, str):
        return value.text()
    return json.dumps(value.value, ensure_ascii=False)


def _optional_text(value, key) -> str:
    found = value.optional(key)
    return found.text() if found else ""


def _optional_entries(value, key, *, most):
    found = value.optional(key)
    return found.entries(most=most) if found else []
