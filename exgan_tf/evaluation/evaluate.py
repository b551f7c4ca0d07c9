"""Measures in-painters on records, and writes what was found.

OUT/
  evaluation.json   everything: protocol, data, a mean with its interval for each method and
                    measure, paired comparisons, the published figures; its keys are stable.
  per_image.csv     a row for each image and method.
  cases/            pictures of the first, best, median and worst images.
"""

import csv
import itertools
from collections.abc import Callable
from typing import Literal

import msgspec
import tqdm

from exgan_tf import files, option_types
from exgan_tf.data import masks, records
from exgan_tf.data.input import load_dataset
from exgan_tf.evaluation import basis, cases, comparison, measures
from exgan_tf.evaluation.measurement import Measurement
from exgan_tf.evaluation.published import PUBLISHED, PUBLISHED_NEIGHBORS
from exgan_tf.evaluation.results import (
    EVALUATION,
    FORMAT_VERSION,
    Evaluation,
    Inception,
    write_result,
)
from exgan_tf.metrics import pixel

TOOL = "evaluate"
PER_IMAGE_TABLE = "per_image.csv"
DEFAULT_INCEPTION = "default"
_BLOCK_IMAGES = 512  # Ours: a minute's work for the processes that each block starts.
LEFT_OUT = "their eyes are known to be closed, so nobody knows their open eyes"


class EvaluationOptions(option_types.Options, frozen=True):
    """How to measure.

    Attributes:
      split: of the records.
      batch_size: images filled at a time; changes no number beyond rounding.
      image_size: side in pixels; None takes that of the trained methods, else the records'.
      inception: TensorFlow Hub handle or folder of the Inception network, or "default" for TF-GAN's
        own; None leaves out what needs it.
      seed: of the bootstrap.
      num_workers: processes that describe faces.
      mask: what is hidden, a name of `data.masks.MASKS`; the benchmark's are the eyes.
    """

    split: Literal["test", "train", "validation"] = "test"
    batch_size: option_types.Count = 32
    image_size: option_types.Count | None = None
    inception: str | None = None
    seed: option_types.NonNegativeCount = 0
    num_workers: option_types.Count = 1
    mask: str = masks.EYES


def evaluate(
    methods: dict,
    records_directory,
    output_directory,
    *,
    options: EvaluationOptions,
    command=(),
    overwrite: bool = False,
    report: Callable[[str], None] = lambda line: None,
) -> Evaluation:
    """Measures and writes.

    Args:
      methods: name -> `Method`, in the order of the table.
      records_directory: the records.
      output_directory: the folder to make; while it is being made, it has ".partial" at its end.
      options: how to measure.
      command: the flags that repeat this evaluation, to be written down.
      overwrite: replace an earlier evaluation.
      report: gets a line of text where the Inception network is not to be had, before the work.

    Returns:
      What `evaluation.json` says.

    Raises:
      ValueError: if the sizes do not fit together, the mask is unknown, the split holds nothing to
        measure, the output is in the way, or it and the records or a model lie inside each other.
    """
    basis.check_places(methods, records_directory, output_directory)
    manifest = records.read_manifest(records_directory)
    image_size = basis.choose_image_size(methods, manifest.image_size, options.image_size)
    request = basis.describe_request(
        methods, records_directory, {**msgspec.to_builtins(options), "num_workers": None}
    )
    dataset = load_dataset(
        records_directory,
        split=options.split,
        image_size=image_size,
        batch_size=options.batch_size,
        training=False,
        mask=options.mask,
    )
    with files.staged_directory(
        output_directory, tool=TOOL, parameters=request, overwrite=overwrite
    ) as work_dir:
        extractor, inception = _load_inception(options.inception)
        if options.inception is not None and extractor is None:
            report(f"FID and Inception score are left out: {inception.reason}")
        measurement = Measurement(
            methods, dataset, extractor=extractor, num_workers=options.num_workers
        )
        _measure_all(
            measurement,
            dataset,
            count=_count_pairs(manifest, options.split),
            batches_at_a_time=max(1, _BLOCK_IMAGES // options.batch_size),
            table=work_dir / PER_IMAGE_TABLE,
        )
        if not measurement.names:
            raise ValueError(
                f"the {options.split} split of {records_directory} has no photograph with open "
                "eyes and a reference: choose another split or other records"
            )
        evaluation = Evaluation(
            format_version=FORMAT_VERSION,
            made_by=basis.made_by(TOOL, command),
            data=basis.describe_data(
                records_directory,
                manifest,
                checksum=request["records"],
                split=options.split,
                image_size=image_size,
                identities=measurement.identities,
                num_left_out=measurement.num_left_out,
                left_out_reason=LEFT_OUT,
                mask=options.mask,
            ),
            protocol=_describe_protocol(manifest.image_size, image_size, options),
            inception=inception,
            **_conclude(
                measurement,
                methods,
                dataset,
                inception=inception,
                options=options,
                directory=work_dir,
            ),
        )
        write_result(work_dir / EVALUATION, evaluation)
    return evaluation


def _conclude(measurement, methods, dataset, *, inception, options, directory):
    """What the file says of the methods; pictures of cases are written into the directory."""
    summaries, paired = comparison.summarize_methods(measurement, methods, seed=options.seed)
    masked_l1 = {name: measurement.values(name)["masked_l1"] for name in methods}
    chosen = cases.choose_cases(summaries, masked_l1)
    return {
        "metrics": measures.MEASURES,
        "methods": _with_reasons(summaries, inception),
        "paired": paired,
        "published": PUBLISHED,
        "published_neighbors": PUBLISHED_NEIGHBORS,
        "cases": cases.write_cases(
            chosen, dataset, methods, masked_l1=masked_l1, directory=directory
        ),
        "failures": cases.name_failures(summaries, masked_l1, measurement.names),
        "warnings": [
            *basis.warn_of_few_people(measurement.identities),
            *_collect_notes(summaries),
            *_warn_of_other_masks(summaries, options.mask),
        ],
    }


def _count_pairs(manifest, split):
    key = records.pairs_key(training=False, closed_eyes=False)
    return manifest.splits[split].num_pairs[key]


def _measure_all(measurement, dataset, *, count, batches_at_a_time, table):
    columns = ("name", "identity", "reference_name", "method", *measures.PER_IMAGE)
    # disable=None hides the bar where there is no terminal to draw it on.
    with (
        open(table, "w", encoding="utf-8", newline="") as file,
        tqdm.tqdm(total=count, desc="evaluate", unit="image", disable=None) as bar,
    ):
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        batches = _follow(dataset, bar)
        for first in batches:
            block = itertools.chain([first], itertools.islice(batches, batches_at_a_time - 1))
            writer.writerows(measurement.add(block))


def _follow(dataset, bar):
    """The batches of the dataset; the bar moves on when one has been dealt with."""
    for batch in dataset:
        yield batch
        bar.update(len(batch["name"]))


def _load_inception(source):
    """The extractor or None, and what the result says of it."""
    if source is None:
        reason = "no Inception network was asked for (--inception)"
        return None, Inception(source=None, available=False, reason=reason)
    # Here, as TF-GAN takes seconds to import.
    from exgan_tf.metrics import inception

    if source == DEFAULT_INCEPTION:
        source = inception.DEFAULT_SOURCE
    try:
        extractor = inception.load_extractor(source)
    except inception.InceptionUnavailableError as error:
        return None, Inception(source=source, available=False, reason=str(error))
    return extractor, Inception(
        source=source,
        available=True,
        resize=inception.RESIZE_FILTER,
        quantization=inception.QUANTIZATION,
    )


def _with_reasons(summaries, inception):
    """The summaries, with a note on each number that is missing for want of the network."""
    if inception.available:
        return summaries
    notes = dict.fromkeys(("fid", "eye_fid", "inception_score"), inception.reason)
    return {
        name: msgspec.structs.replace(summary, notes={**summary.notes, **notes})
        for name, summary in summaries.items()
    }


def _describe_mask(name):
    if name == masks.EYES:
        return (
            "the eye boxes of the records, drawn from the published distribution with a seed, "
            "or kept from data.json"
        )
    return (
        f"not the benchmark's eyes but {name}, which {masks.describe_mask(name)}; what is drawn "
        "depends on the photograph's name alone"
    )


def _describe_protocol(record_size, image_size, options):
    settings = pixel.ms_ssim_settings(image_size)
    weights = ", ".join(f"{weight:.4f}" for weight in settings.weights)
    return {
        "pairing": "image i is filled with image i+1 of the same person as reference, the last "
        "with the first; closed eyes are no reference",
        "mask": _describe_mask(options.mask),
        "compositing": "known pixels are put back bit for bit before anything is measured",
        "range": "pixel measures on [0, 1]",
        "resize": basis.describe_resize(record_size, image_size),
        "quantization": "none for pixel measures; 8 bits for face descriptors and Inception",
        "ssim": f"{pixel.SSIM_FILTER_SIZE} x {pixel.SSIM_FILTER_SIZE} Gaussian window, sigma "
        f"{pixel.SSIM_FILTER_SIGMA}, mean over RGB",
        "ms_ssim": f"{len(settings.weights)} scales of weights {weights}, window "
        f"{settings.filter_size}",
        "identity": "dlib's face recognition network; landmarks are fitted once, to the true image",
        "intervals": basis.describe_intervals(options.seed),
        "seconds_per_image": "wall time of filling alone, in batches, on this machine",
    }


def _collect_notes(summaries):
    """Each note on a number once, in order."""
    notes = [
        f"{measures.MEASURES[measure].label}: {note}"
        for summary in summaries.values()
        for measure, note in summary.notes.items()
    ]
    return list(dict.fromkeys(notes))


def _warn_of_other_masks(summaries, measured_mask):
    """Which methods were trained to fill other holes than they were measured on."""
    return [
        f"{name} was trained on the mask {summary.mask}, but is measured on {measured_mask}"
        for name, summary in summaries.items()
        if summary.mask not in (None, measured_mask) and not summary.control
    ]
