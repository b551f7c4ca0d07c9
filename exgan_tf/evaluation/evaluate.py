"""Measures in-painters on records by a protocol, and writes what was found.

OUT/
  evaluation.json   or consistency.json: everything: protocol, data, a mean with its interval for
                    each method and measure, paired comparisons, the published figures.
  per_image.csv     a row for each image and method.
  ...               the pictures of the protocol.
"""

import csv
import datetime
import hashlib
import shutil
from collections.abc import Callable
from typing import Any

import msgspec
import tqdm

import exgan_tf
from exgan_tf import files, storage
from exgan_tf.data import records
from exgan_tf.data.input import load_dataset
from exgan_tf.evaluation import parts
from exgan_tf.evaluation import protocol as protocols
from exgan_tf.evaluation.benchmark import Benchmark, EvaluationOptions
from exgan_tf.evaluation.consistency import ConsistencyOptions, ConsistencyProtocol
from exgan_tf.evaluation.parts import ALONE, Worker
from exgan_tf.evaluation.results import FORMAT_VERSION, Consistency, Data, Evaluation, MadeBy
from exgan_tf.training import runs

PROTOCOLS = {EvaluationOptions: Benchmark, ConsistencyOptions: ConsistencyProtocol}
PER_IMAGE_TABLE = "per_image.csv"


def evaluate(
    methods: dict,
    records_directory,
    output_directory,
    *,
    options: EvaluationOptions | ConsistencyOptions,
    command=(),
    overwrite: bool = False,
    worker: Worker = ALONE,
    report: Callable[[str], None] = lambda line: None,
) -> Evaluation | Consistency | None:
    """Measures and writes.

    Args:
      methods: name -> `Method`, in the order of the table.
      records_directory: the records.
      output_directory: the folder to make; while it is being made, it has ".partial" at its end.
      options: how to measure; their type decides by which protocol.
      command: the flags that repeat this evaluation, to be written down.
      overwrite: replace an earlier evaluation.
      worker: one of several processes that share a benchmark; all are called with the same
        arguments.
      report: gets a line of text where something will be left out, before the work, and where
        another worker is waited for.

    Returns:
      What the file says; None of a worker that is not the first, when its share is measured.

    Raises:
      TimeoutError: if another worker gives no sign of life.
      ValueError: if the sizes do not fit together, the mask is unknown, the split holds nothing to
        measure, the output is in the way, or it and the records or a model lie inside each other;
        of several workers also if consistency is to be measured, if one of them cannot have the
        Inception network, or has measured something else.
    """
    if len(worker.names) > 1 and isinstance(options, ConsistencyOptions):
        raise ValueError(
            "consistency cannot be shared among several workers: measure it in one process"
        )
    for source in (records_directory, *filter(None, (each.source for each in methods.values()))):
        files.check_apart(source, output_directory)
    kind = PROTOCOLS[type(options)]
    manifest = records.read_manifest(records_directory)
    image_size = protocols.choose_image_size(methods, manifest.image_size, options.image_size)
    checksum = files.checksum(storage.to_path(records_directory) / records.MANIFEST)
    request = {
        "records": checksum,
        "options": {**msgspec.to_builtins(options), **dict.fromkeys(kind.passing)},
        # A list, as the order counts: parts hold the numbers of methods by their place.
        "methods": [
            {"name": name, **method.summary(), "fingerprint": method.fingerprint}
            for name, method in methods.items()
        ],
    }
    dataset = load_dataset(
        records_directory,
        split=options.split,
        image_size=image_size,
        batch_size=options.batch_size,
        training=False,
        mask=kind.mask_of(options),
    )
    pairs_key = records.pairs_key(training=False, closed_eyes=False)
    try:
        protocol = kind(
            methods,
            dataset,
            options=options,
            count=manifest.splits[options.split].num_pairs[pairs_key],
        )

        stage: dict[str, Any] = {"tool": kind.tool, "parameters": request, "overwrite": overwrite}
        identity = msgspec.json.encode([exgan_tf.__version__, kind.tool, request])

        def measure(work_dir):
            # disable=None hides the bar where there is no terminal to draw it on.
            with tqdm.tqdm(total=protocol.count, desc=kind.tool, unit="image", disable=None) as bar:
                yield from protocol.measure(
                    work_dir,
                    evaluation=hashlib.sha256(identity).hexdigest(),
                    worker=worker,
                    advance=bar.update,
                    report=report,
                )

        def find():
            work_dir = files.find_staged(output_directory, **stage)
            return work_dir if work_dir and (work_dir / parts.FOLDER).exists() else None

        if worker.number:
            report(f"waiting for {worker.names[0]}, {worker.wait_seconds:g} seconds at most")
            work_dir = worker.wait_for(0, find)
            try:
                list(measure(work_dir))
            except FileNotFoundError:
                if (work_dir / parts.FOLDER).exists():
                    raise
                # The first worker had all parts, this one's of an earlier start too, and is done.
            return None
        with files.staged_directory(output_directory, **stage) as work_dir:
            (work_dir / parts.FOLDER).mkdir(exist_ok=True)
            with open(work_dir / PER_IMAGE_TABLE, "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, kind.columns)
                writer.writeheader()
                for rows in measure(work_dir):
                    writer.writerows(rows)
            num_left_out, reason = protocol.left_out
            result = kind.result(
                format_version=FORMAT_VERSION,
                made_by=MadeBy(
                    tool=kind.tool,
                    version=exgan_tf.__version__,
                    created=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
                    flags=list(command),
                    versions=runs.library_versions(),
                ),
                data=Data(
                    records=str(records_directory),
                    manifest=checksum,
                    split=options.split,
                    image_size=image_size,
                    num_images=len(protocol.identities),
                    num_identities=len(set(protocol.identities)),
                    num_left_out=num_left_out,
                    left_out_reason=reason,
                    parameters=manifest.parameters,
                    mask=protocol.mask,
                ),
                protocol={
                    **protocol.describe(),
                    "resize": protocols.describe_resize(manifest.image_size, image_size),
                    "intervals": protocols.describe_intervals(options.seed),
                },
                **protocol.conclude(work_dir),
            )
            files.write_json(work_dir / kind.file, msgspec.to_builtins(result))
            shutil.rmtree(work_dir / parts.FOLDER, ignore_errors=True)
    except protocols.NothingToMeasureError as error:
        raise ValueError(
            f"the {options.split} split of {records_directory} has no photograph {error}: choose "
            "another split or other records"
        ) from error
    return result
