"""Record files: sharded TFRecords, one record an identity, with a manifest.

The manifest is what makes a folder of shards a data set: it holds counts, sizes, the split, the
seed, the checksum of the source list and of every shard.
"""

import contextlib
import functools
from typing import Annotated

import msgspec
import numpy as np
import tensorflow as tf

import exgan_tf
from exgan_tf import files, option_types, parallel, storage
from exgan_tf.celeb_id import layouts
from exgan_tf.data import examples, packing, pairing
from exgan_tf.data.packing import RecordOptions as RecordOptions
from exgan_tf.data.splits import SPLITS, split_identities
from exgan_tf.tally import Tally

TOOL = "build_records"
MANIFEST = "manifest.json"
REPORT = "skipped.json"
FORMAT_VERSION = 1


class Shard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a split, a record an identity."""

    filename: Annotated[str, msgspec.Meta(pattern=r"^[\w-][\w.-]*$")]
    num_identities: option_types.NonNegativeCount
    num_bytes: option_types.NonNegativeCount
    sha256: str


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One split.

    Attributes:
      num_identities: number of identities, that is of records.
      num_photographs: number of photographs.
      num_closed_eyes: of photographs whose eyes are known to be closed.
      num_pairs: rule (see `pairs_key`) -> number of examples it makes.
      shards: the files.
      num_with_landmarks: of photographs whose landmarks are known.
    """

    num_identities: option_types.NonNegativeCount
    num_photographs: option_types.NonNegativeCount
    num_closed_eyes: option_types.NonNegativeCount
    num_pairs: dict[str, option_types.NonNegativeCount]
    shards: list[Shard]
    num_with_landmarks: option_types.NonNegativeCount = 0


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a folder of records holds and how it was made.

    Attributes:
      format_version: version of the layout of the records.
      package_version: version of this package that wrote them.
      image_size: side of the images, in pixels.
      seed: of the split and of drawn mask boxes.
      parameters: all `RecordOptions`, and the source's checksum among others.
      splits: name -> Split.
    """

    format_version: int
    package_version: str
    image_size: option_types.Count
    seed: int
    parameters: dict
    splits: dict[str, Split]


def pairs_key(*, training: bool, closed_eyes: bool) -> str:
    """The name under which a manifest counts the pairs of a rule."""
    rule = "training" if training else "evaluation"
    return f"{rule}_with_closed_eyes" if closed_eyes else rule


def build_records(
    input_dir,
    output_dir,
    options: RecordOptions | None = None,
    *,
    engine: parallel.Engine = parallel.IN_THIS_PROCESS,
    overwrite: bool = False,
) -> tuple[Manifest, Tally]:
    """Writes an aligned data set as records, split by identity.

    Args:
      input_dir: aligned images with their `data.json`.
      output_dir: the folder to make.
      options: what the records are to be; the defaults if None.
      engine: does the work; every engine gives the same bytes.
      overwrite: replace an output that an earlier run made.

    Returns:
      The manifest, and a tally of the photographs.

    Raises:
      ValueError: if the input or the options are unusable, the output is in the way, or a model
        for landmarks is needed and not installed.
      OSError: if the disk is full.
    """
    options = options or RecordOptions()
    files.check_apart(input_dir, output_dir)
    json_path, image_dir = layouts.find_aligned(input_dir)
    photographs, tally = layouts.read_photographs(json_path)
    parameters = {
        **msgspec.structs.asdict(options),
        "test_identities": sorted(options.test_identities),
        "resize_filter": "cv2.INTER_AREA",
        "jpeg_quality": packing.RECORD_JPEG_QUALITY,
        "source": {layouts.ALIGNED_JSON: files.checksum(json_path)},
    }
    # Times of change belong to this machine, not into the manifest.
    images = files.fingerprint(
        image_dir / photograph.filename
        for entries in photographs.values()
        for photograph in entries
    )
    parts = split_identities(photographs, options)
    pack = functools.partial(packing.pack_identity, image_dir=image_dir, options=options)
    with files.staged_directory(
        output_dir, tool=TOOL, parameters={**parameters, "images": images}, overwrite=overwrite
    ) as work_dir:
        splits = {}
        for name in SPLITS:
            items = list(parts[name].items())
            packed = engine(pack, items, description=name)
            num_shards = min(options.num_shards, max(1, len(items)))
            splits[name] = _write_split(packed, work_dir, tally, split=name, num_shards=num_shards)
        tally.num_done = sum(split.num_photographs for split in splits.values())
        needed = "test" if options.test_fraction == 1 else "train"
        if not splits[needed].num_identities:
            raise ValueError(f"no identity is left for the {needed} split\n{tally.summary(most=3)}")
        manifest = Manifest(
            FORMAT_VERSION,
            exgan_tf.__version__,
            options.image_size,
            options.seed,
            parameters,
            splits,
        )
        files.write_json(work_dir / REPORT, tally.skipped)
        files.write_json(work_dir / MANIFEST, msgspec.to_builtins(manifest))
    return manifest, tally


def read_manifest(directory) -> Manifest:
    """Reads the manifest of a folder of records.

    Raises:
      ValueError: if there is none, or none that this version reads.
    """
    path = storage.to_path(directory) / MANIFEST
    if not path.is_file():
        raise ValueError(
            f"{directory} has no {MANIFEST}: give a folder made by `exgan build-records`"
        )
    fields = files.read_json(path)
    version = fields.get("format_version") if isinstance(fields, dict) else None
    if version != FORMAT_VERSION:
        raise ValueError(
            f"{path} has format version {version}; expected {FORMAT_VERSION}: build the records "
            "again"
        )
    try:
        manifest = files.convert(fields, Manifest, source=path)
    except ValueError as error:
        raise ValueError(f"{error}: build the records again") from error
    if any(split.num_pairs.keys() != _PAIR_RULES.keys() for split in manifest.splits.values()):
        raise ValueError(
            f"{path}: num_pairs needs {', '.join(_PAIR_RULES)}: build the records again"
        )
    return manifest


def find_shards(directory, split: str) -> list[str]:
    """The paths of a split's files in a fixed order, each compared with the manifest first.

    A damaged record inside a running input pipeline could not say which file it came from.

    Raises:
      ValueError: if the split is unknown or empty, or a shard is missing or damaged; it is named.
    """
    manifest = read_manifest(directory)
    if split not in manifest.splits:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(manifest.splits)}")
    if not manifest.splits[split].num_identities:
        raise ValueError(
            f"the {split} split of {directory} is empty: build it with more identities"
        )
    paths = []
    for shard in manifest.splits[split].shards:
        path = storage.to_path(directory) / shard.filename
        if not path.is_file():
            raise ValueError(f"shard {path} is missing: build the records again")
        status = path.stat()
        if status.st_size != shard.num_bytes or _checksum(path, status.st_mtime_ns) != shard.sha256:
            raise ValueError(f"shard {path} is damaged: build the records again")
        paths.append(str(path))
    return paths


@functools.cache
def _checksum(path, changed):
    """Computed once while the file stays unchanged since `changed`: shards may have gigabytes."""
    return files.checksum(path)


def _write_split(packed, directory, tally, *, split, num_shards) -> Split:
    names = [f"{split}-{index:05d}-of-{num_shards:05d}.tfrecord" for index in range(num_shards)]
    identities = [0] * num_shards
    num_photographs = num_closed_eyes = num_with_landmarks = 0
    num_pairs = dict.fromkeys(_PAIR_RULES, 0)
    with _open_writers([directory / name for name in names]) as writers:
        for values, skipped in packed:
            for name, reason in skipped.items():
                tally.skip(name, reason)
            if values is None:
                continue
            shard = sum(identities) % num_shards
            writers[shard].write(examples.encode_record(values))
            identities[shard] += 1
            num_photographs += len(values["names"])
            num_closed_eyes += sum(values["eyes_closed"])
            known = np.isfinite(values["landmarks"]).all(axis=(1, 2))
            num_with_landmarks += int(known.sum())
            for key, rule in _PAIR_RULES.items():
                num_pairs[key] += pairing.count_pairs(values["eyes_closed"], **rule)
    shards = []
    for name, count in zip(names, identities, strict=True):
        path = directory / name
        if count:
            shards.append(Shard(name, count, path.stat().st_size, files.checksum(path)))
        else:
            path.unlink()
    return Split(
        sum(identities), num_photographs, num_closed_eyes, num_pairs, shards, num_with_landmarks
    )


_PAIR_RULES = {
    pairs_key(training=training, closed_eyes=closed_eyes): {
        "training": training,
        "closed_eyes": closed_eyes,
    }
    for training in (True, False)
    for closed_eyes in (False, True)
}


@contextlib.contextmanager
def _open_writers(paths):
    try:
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(tf.io.TFRecordWriter(str(path))) for path in paths]
    except tf.errors.OpError as error:  # TensorFlow's own words for a full disk, among others.
        raise OSError(f"cannot write records: {error.message}") from error
