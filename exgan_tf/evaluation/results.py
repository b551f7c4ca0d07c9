"""What `evaluation.json` and `consistency.json` hold: written, read and checked by these types.

docs/evaluation.md and docs/consistency.md say what the fields mean. What older versions did not
write has a default; keys that are not known are passed over.
"""

import pathlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from exgan_tf import files
from exgan_tf.evaluation.measures import MEASURES, Measure
from exgan_tf.metrics.intervals import Interval
from exgan_tf.option_types import NonNegativeCount, Number

EVALUATION = "evaluation.json"
CONSISTENCY = "consistency.json"
FORMAT_VERSION: Literal[1] = 1
MAX_FILE_BYTES = 64 << 20  # Ours: cases and pairs of thirty methods take less than one megabyte.
MAX_DEPTH = 8  # Ours, of objects in one another that hold settings.

Text = Annotated[str, Meta(max_length=20_000)]  # Ours: what is longer is no name or description.
Texts = Annotated[list[Text], Meta(max_length=10_000)]  # Ours.
Verdict = Literal["better", "worse", "no difference shown"]


class MadeBy(Struct, frozen=True):
    """Who made a file: tool and versions, the time in UTC, the flags that repeat it."""

    tool: Text
    version: Text
    created: Text
    flags: Texts
    versions: dict[Text, Text]


class Data(Struct, kw_only=True, frozen=True):
    """What was measured on; `mask` is UNSET if there are several, or before there was a choice."""

    split: Text
    image_size: Annotated[int, Meta(ge=1, le=4096)]
    num_images: NonNegativeCount
    num_identities: NonNegativeCount
    records: Text = ""
    manifest: Text = ""
    num_left_out: NonNegativeCount = 0
    left_out_reason: Text = ""
    parameters: dict[Text, Any] = {}
    mask: Text | None | UnsetType = UNSET


class Inception(Struct, kw_only=True, frozen=True):
    """The Inception network: where from, and why there was none."""

    source: Text | None
    available: bool
    reason: Text | None = None
    resize: Text | UnsetType = UNSET
    quantization: Text | UnsetType = UNSET


class MethodFacts(Struct, kw_only=True, frozen=True):
    """What a method is.

    Attributes:
      trained: whether it learnt from data.
      num_images: how many were measured.
      seconds_per_image: wall time of filling alone; None if it was not measured.
      kind, source, step, checkpoint, control, mask, description: as of `methods.Method`.
    """

    kind: Text
    trained: bool
    source: Text | None = None
    step: NonNegativeCount | None = None
    checkpoint: Text | None = None
    control: Text | None = None
    mask: Text | None = None
    description: Text = ""
    num_images: NonNegativeCount
    seconds_per_image: Number | None = None


_Measured = Number | None | UnsetType
_Measures: Any = msgspec.defstruct(
    "_Measures",
    [(name, _Measured, UNSET) for name in MEASURES],
    bases=(MethodFacts,),
    kw_only=True,
    frozen=True,
)


class MethodResult(_Measures, kw_only=True, frozen=True):  # type: ignore[call-arg]
    """What `evaluation.json` says of a method: of each of `measures.MEASURES` the mean or number.

    None where it could not be measured, UNSET where the file does not have the measure.
    """

    intervals: dict[Text, Interval | None] = {}
    notes: dict[Text, Text] = {}


class Comparison(Struct, kw_only=True, frozen=True):
    """Two methods compared image by image; without a `mask` if the evaluation has one alone."""

    metric: Text
    mask: Text | None | UnsetType = UNSET
    method: Text
    against: Text
    difference: Number | None
    interval: Interval | None
    percent: Number | None
    percent_interval: Interval | None
    verdict: Verdict

    def __post_init__(self):
        """Raises ValueError if the verdict says more than the interval."""
        if self.verdict != "no difference shown" and (
            self.interval is None or not self.interval.excludes_zero()
        ):
            raise ValueError(f"verdict {self.verdict!r}, but the interval does not exclude zero")


class PublishedRow(Struct, kw_only=True, frozen=True):
    """Numbers that others published of one model; `image_size` in pixels."""

    data: Text
    model: Text
    mask: Text | None | UnsetType = UNSET
    image_size: NonNegativeCount | None | UnsetType = UNSET
    l1: _Measured = UNSET
    ms_ssim_distance: _Measured = UNSET
    fid: _Measured = UNSET
    inception_score: _Measured = UNSET
    psnr: _Measured = UNSET
    ssim: _Measured = UNSET


class Published(Struct, kw_only=True, frozen=True):
    """Numbers that others published, of one source, and what is to be known of them."""

    source: Text
    note: Text = ""
    rows: Annotated[list[PublishedRow], Meta(max_length=60)]  # Ours: more are too many to read.


class Pictures(Struct, kw_only=True, frozen=True):
    """Paths of the pictures of a case, below the folder of the file."""

    original: Text
    masked: Text
    reference: Text
    # In a place of their own, as a method may be called "reference".
    methods: dict[Text, Text | None]


class Case(Struct, kw_only=True, frozen=True):
    """A photograph and what each method made of it."""

    group: Literal["first", "best", "median", "worst"]
    index: NonNegativeCount
    sorted_by: Text | None
    name: Text
    identity: Text
    reference_name: Text
    masked_l1: dict[Text, Number | None]
    pictures: Pictures
    eye_region: tuple[NonNegativeCount, NonNegativeCount, NonNegativeCount, NonNegativeCount]


class Failure(Struct, frozen=True):
    """A photograph on which a method did badly, and how badly."""

    method: Text
    name: Text
    reason: Text


class Evaluation(Struct, kw_only=True, frozen=True):
    """All of `evaluation.json`; methods and metrics in the order in which they are shown."""

    format_version: Literal[1]
    made_by: MadeBy | None = None
    data: Data
    protocol: dict[Text, Text] = {}
    inception: Inception | None = None
    metrics: Annotated[dict[Text, Measure], Meta(min_length=1)]
    # Ours: each takes a line of many charts.
    methods: Annotated[dict[Text, MethodResult], Meta(min_length=1, max_length=100)]
    # Ours: thirty methods, each against each, by forty metrics.
    paired: Annotated[list[Comparison], Meta(max_length=20_000)]
    published: Published | None = None
    published_neighbors: Annotated[list[Published], Meta(max_length=100)] = []
    # Ours: a page with more pictures opens on no telephone.
    cases: Annotated[list[Case], Meta(max_length=100)]
    failures: Annotated[list[Failure], Meta(max_length=10_000)] = []
    warnings: Texts = []


class PairwiseErrors(Struct, kw_only=True, frozen=True):
    """How far the in-paintings of one face are from each other; None if not to be had."""

    pairwise_mse: Number | None
    pairwise_mse_unblended: Number | None
    pairwise_mse_painted: Number | None
    intervals: dict[Text, Interval]


class MaskMeasures(Struct, kw_only=True, frozen=True):
    """What was measured of a method under one mask."""

    psnr: Number | None
    ssim: Number | None
    seconds_per_image: Number
    intervals: dict[Text, Interval]


class MaskFacts(Struct, frozen=True):
    """What a mask is: the mean share of the image that it hides."""

    hole: Number


class PublishedMaskRow(Struct, frozen=True):
    """What others published of one method: mask -> PSNR in dB; `image_size` in pixels."""

    image_size: NonNegativeCount
    method: Text
    psnr: dict[Text, Number]


class PublishedByMask(Struct, kw_only=True, frozen=True):
    """Numbers that others published by mask, of one source, and what is to be known of them."""

    source: Text
    note: Text
    rows: list[PublishedMaskRow]


class ConsistencyPictures(Struct, kw_only=True, frozen=True):
    """Names of the pictures beside the file; None where no generator takes part."""

    cases: Text
    pose_and_appearance: Text | None = None


class ConsistencyResult(MethodFacts, kw_only=True, frozen=True):
    """What `consistency.json` says of a method, of all masks together and of each."""

    paints_entire_images: bool
    consistency: PairwiseErrors
    by_mask: dict[Text, MaskMeasures]


class Consistency(Struct, kw_only=True, frozen=True):
    """All of `consistency.json`."""

    format_version: Literal[1]
    made_by: MadeBy
    data: Data
    protocol: dict[Text, Text]
    masks: dict[Text, MaskFacts]
    metrics: dict[Text, Measure]
    methods: dict[Text, ConsistencyResult]
    paired: list[Comparison]
    published: PublishedByMask
    pictures: ConsistencyPictures
    warnings: Texts


def read_evaluation(evaluation_dir) -> Evaluation:
    """Reads what an evaluation measured; it may come from anywhere.

    Args:
      evaluation_dir: the directory that holds `evaluation.json` and the pictures it names.

    Returns:
      The evaluation, with those metrics alone that this version knows. Methods in comparisons and
      cases are ones of its own, pictures are files inside the directory, close-ups lie inside them.

    Raises:
      ValueError: if there is none, or its content is not as it should be; file and key are named.
    """
    directory = pathlib.Path(evaluation_dir)
    path = directory / EVALUATION
    if not path.is_file():
        raise ValueError(f"{evaluation_dir} has no {EVALUATION}: give the output of exgan evaluate")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than {MAX_FILE_BYTES >> 20} megabytes")
    try:
        evaluation = files.read_typed(path, Evaluation)
    except RecursionError as error:
        raise ValueError(f"{path} is nested too deeply") from error

    def expect(is_right, place, came, expected):
        if not is_right:
            raise ValueError(f"{path}: {place} is {came!r:.100}: expected {expected}")

    known = {key: metric for key, metric in evaluation.metrics.items() if key in MEASURES}
    expect(known, "metrics", list(evaluation.metrics), f"one of {', '.join(MEASURES)}")
    for name, method in evaluation.methods.items():
        for key in known:
            expect(getattr(method, key) is not UNSET, f"methods.{name:.60}.{key}", "missing", "it")
    levels = f"at most {MAX_DEPTH} objects in one another"
    expect(_is_shallow(evaluation.data.parameters), "data.parameters", "nested", levels)
    names = f"one of {', '.join(evaluation.methods):.200}"
    for index, pair in enumerate(evaluation.paired):
        for role, name in (("method", pair.method), ("against", pair.against)):
            expect(name in evaluation.methods, f"paired[{index}].{role}", name, names)
    size = evaluation.data.image_size
    for index, case in enumerate(evaluation.cases):
        place, judge = f"cases[{index}]", case.sorted_by
        expect(judge in (None, *evaluation.methods), f"{place}.sorted_by", judge, names)
        top, left, height, width = case.eye_region
        expect(
            height > 0 and width > 0 and top + height <= size and left + width <= size,
            f"{place}.eye_region",
            list(case.eye_region),
            f"[top, left, height, width] inside {size} x {size} pixels",
        )
        pictures = msgspec.structs.asdict(case.pictures)
        methods = pictures.pop("methods")
        pictures |= {f"methods.{name:.60}": picture for name, picture in methods.items()}
        for key, picture in pictures.items():
            expect(
                picture is None or _is_inside(directory.resolve(), picture),
                f"{place}.pictures.{key}",
                picture,
                f"the path of a picture inside {directory}",
            )
    return msgspec.structs.replace(evaluation, metrics=known)


def _is_inside(directory, picture):
    """Whether a file lies inside a directory, links followed."""
    try:
        path = (directory / picture).resolve()
        return directory in path.parents and path.is_file()
    except (ValueError, OSError, RuntimeError):
        # NUL, a name too long, a loop of links: the file system has no such file.
        return False


def _is_shallow(value, levels=MAX_DEPTH):
    """Whether at most so many objects and lists are in one another."""
    if not isinstance(value, (dict, list)):
        return True
    entries = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(entry, levels - 1) for entry in entries)
