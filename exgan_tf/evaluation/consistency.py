"""Does an in-painter imagine one face, whichever part of it is missing?

Each face is filled under eight masks, and the eight results are compared with one another and with
the truth; after Lahiri et al. (2017, arXiv 1711.06106).

OUT/
  consistency.json          everything: protocol, data, means with their intervals for each method,
                            paired comparisons, the published figures; its keys are stable.
  per_image.csv             a row for each face and method.
  cases.png                 the first faces under all masks, filled by each method.
  pose_and_appearance.png   what keypoint-guided generators make of maps and noise; if any.
"""

import csv
import itertools
from typing import Literal

import msgspec
import numpy as np
import tqdm

from exgan_tf import files, images, option_types
from exgan_tf.data import records
from exgan_tf.data.input import load_dataset
from exgan_tf.evaluation import basis, consistency_pictures, verdicts
from exgan_tf.evaluation.consistency_measurement import (
    ALL_MASKS,
    BY_MASK,
    COLUMNS,
    MASK_NAMES,
    METRICS,
    FaceMeasurement,
    Faces,
)
from exgan_tf.evaluation.published import PUBLISHED_BY_MASK
from exgan_tf.evaluation.results import (
    FORMAT_VERSION,
    Consistency,
    ConsistencyResult,
    Interval,
    MaskMeasures,
    MaskShare,
    PairwiseErrors,
    Sheets,
    write_result,
)
from exgan_tf.metrics import intervals, pixel

TOOL = "consistency"
CONSISTENCY = "consistency.json"
PER_IMAGE_TABLE = "per_image.csv"
CASES = "cases.png"
POSE_AND_APPEARANCE = "pose_and_appearance.png"


class ConsistencyOptions(option_types.Options, frozen=True):
    """How to measure.

    Attributes:
      split: of the records.
      num_images: photographs to measure, everybody's first before anybody's second; None takes all.
      batch_size: images filled at a time; changes no number beyond rounding.
      image_size: side in pixels; None takes that of the trained methods, else the records'.
      seed: of the bootstrap, and of the noise in the picture of pose and appearance.
    """

    split: Literal["test", "train", "validation"] = "test"
    num_images: option_types.Count | None = None
    batch_size: option_types.Count = 16
    image_size: option_types.Count | None = None
    seed: option_types.NonNegativeCount = 0


def measure_consistency(
    methods: dict,
    records_directory,
    output_directory,
    *,
    options: ConsistencyOptions,
    command=(),
    overwrite: bool = False,
) -> Consistency:
    """Measures and writes.

    Args:
      methods: name -> `Method`, in the order of the table, without controls.
      records_directory: the records.
      output_directory: the folder to make; while it is being made, it has ".partial" at its end.
      options: how to measure.
      command: the flags that repeat this, to be written down.
      overwrite: replace an earlier result.

    Returns:
      What `consistency.json` says.

    Raises:
      ValueError: if the sizes do not fit together, the split holds nothing to measure, the output
        is in the way, or it and the records or a model lie inside each other.
    """
    basis.check_places(methods, records_directory, output_directory)
    manifest = records.read_manifest(records_directory)
    image_size = basis.choose_image_size(methods, manifest.image_size, options.image_size)
    request = basis.describe_request(methods, records_directory, msgspec.to_builtins(options))
    dataset = load_dataset(
        records_directory,
        split=options.split,
        image_size=image_size,
        batch_size=options.batch_size,
        training=False,
    )
    faces = Faces(
        dataset,
        num_images=options.num_images,
        with_landmarks=any("landmarks" in each.inpainter.input_names for each in methods.values()),
    )
    if not len(faces):
        raise ValueError(
            f"the {options.split} split of {records_directory} has no photograph that can be "
            f"measured ({_describe_left_out(faces) or 'it is empty'}): choose another split or "
            "other records"
        )
    with files.staged_directory(
        output_directory, tool=TOOL, parameters=request, overwrite=overwrite
    ) as work_dir:
        measured = _measure(methods, faces, table=work_dir / PER_IMAGE_TABLE)
        result = Consistency(
            format_version=FORMAT_VERSION,
            made_by=basis.made_by(TOOL, command),
            data=basis.describe_data(
                records_directory,
                manifest,
                checksum=request["records"],
                split=options.split,
                image_size=image_size,
                identities=measured.identities,
                num_left_out=sum(faces.left_out.values()),
                left_out_reason=_describe_left_out(faces),
            ),
            protocol=_describe_protocol(manifest.image_size, image_size, options),
            **_conclude(measured, methods, seed=options.seed, directory=work_dir),
        )
        write_result(work_dir / CONSISTENCY, result)
    return result


def _measure(methods, faces, *, table):
    """Measures all faces and writes the table."""
    measured = FaceMeasurement(methods)
    # disable=None hides the bar where there is no terminal to draw it on.
    with (
        open(table, "w", encoding="utf-8", newline="") as file,
        tqdm.tqdm(total=len(faces), desc=TOOL, unit="face", disable=None) as bar,
    ):
        writer = csv.DictWriter(file, ("name", "identity", "method", *COLUMNS), restval="")
        writer.writeheader()
        for example in faces:
            writer.writerows(measured.add(example))
            bar.update(len(example["name"]))
    return measured


def _conclude(measured, methods, *, seed, directory):
    """What the file says of the methods; pictures are written into the directory."""
    images.write_photo(
        directory / CASES, consistency_pictures.draw_cases(measured.cases, MASK_NAMES)
    )
    generators = _draw_generators(methods, measured.people, seed=seed)
    if generators is not None:
        images.write_photo(directory / POSE_AND_APPEARANCE, generators)
    columns = {
        (name, column): values
        for name in methods
        for column, values in measured.columns(name).items()
    }
    bootstrap = intervals.IdentityBootstrap(measured.identities, columns, seed=seed)
    return {
        "masks": {name: MaskShare(measured.hole_share(name)) for name in MASK_NAMES},
        "metrics": METRICS,
        "methods": _describe_methods(measured, methods, columns, bootstrap),
        "paired": _compare_methods(methods, columns, bootstrap),
        "published": PUBLISHED_BY_MASK,
        "pictures": Sheets(
            cases=CASES,
            pose_and_appearance=None if generators is None else POSE_AND_APPEARANCE,
        ),
        "warnings": _collect_warnings(measured, methods),
    }


def _describe_methods(measured, methods, columns, bootstrap):
    """Name of a method -> what the file says of it."""

    def describe(name, measures):
        """Measure -> its mean, None where there is none, and "intervals"; of measure -> column."""
        keys = {measure: (name, column) for measure, column in measures.items()}
        known = {measure: key for measure, key in keys.items() if key in columns}
        return {
            **dict.fromkeys(measures),
            **{measure: float(columns[key].mean()) for measure, key in known.items()},
            "intervals": {
                measure: Interval(*bootstrap.mean_interval(key)) for measure, key in known.items()
            },
        }

    summaries = {}
    for name, method in methods.items():
        seconds = {mask: measured.seconds_per_image(name, mask) for mask in MASK_NAMES}
        summaries[name] = ConsistencyResult(
            **method.summary(),
            num_images=len(measured.names),
            seconds_per_image=float(np.mean(list(seconds.values()))),
            paints_entire_images=name in measured.painters,
            consistency=PairwiseErrors(
                **describe(name, {measure: measure for measure in ALL_MASKS})
            ),
            by_mask={
                mask: MaskMeasures(
                    **describe(name, {measure: f"{measure}_{mask}" for measure in BY_MASK}),
                    seconds_per_image=seconds[mask],
                )
                for mask in MASK_NAMES
            },
        )
    return summaries


def _compare_methods(methods, columns, bootstrap):
    """Each method against all before it, by each column that both have."""
    return [
        verdicts.compare(
            bootstrap,
            later,
            earlier,
            column=column,
            metric=measure,
            mask=mask,
            better=METRICS[measure].better,
        )
        for earlier, later in itertools.combinations(methods, 2)
        for column, (measure, mask) in COLUMNS.items()
        if (later, column) in columns and (earlier, column) in columns
    ]


def _draw_generators(methods, people, *, seed):
    """The picture of pose and appearance; None if no method is a guided generator."""
    # An exported model fills holes and offers no more than that.
    found = {name: getattr(each.inpainter, "paint_faces", None) for name, each in methods.items()}
    generators = {name: generate for name, generate in found.items() if generate is not None}
    if not generators:
        return None
    return consistency_pictures.draw_pose_and_appearance(generators, people, seed=seed)


def _describe_left_out(faces):
    return "; ".join(f"{count}: {reason}" for reason, count in sorted(faces.left_out.items()))


def _describe_protocol(record_size, image_size, options):
    chosen = "all photographs of the split that can be measured"
    if options.num_images is not None:
        chosen = (
            f"at most {options.num_images} photographs of the split that can be measured, "
            "everybody's first before anybody's second"
        )
    return {
        "faces": f"{chosen}; methods that use a reference get the next photograph of the same "
        "person",
        "masks": "each face is filled under each of the masks; a mask that is drawn is drawn by "
        "the photograph's name, so it is the same in every evaluation",
        "consistency": f"{len(MASK_NAMES)} in-paintings of a face make "
        f"{len(MASK_NAMES) * (len(MASK_NAMES) - 1) // 2} pairs; the mean squared difference over "
        "all pixels and channels, the mean over the pairs, then over the faces",
        "blending": "pairwise_mse and all measures by mask see finished in-paintings, known pixels "
        "put back bit for bit; pairwise_mse_unblended sees what was painted put into the hole "
        "without blending; pairwise_mse_painted sees the entire painted images",
        "range": "everything on [0, 1], without rounding to 8 bits",
        "resize": basis.describe_resize(record_size, image_size),
        "psnr": f"over the entire image, at most {pixel.MAX_PSNR:.0f} dB, mean over the faces",
        "ssim": f"over the entire image, {pixel.SSIM_FILTER_SIZE} x {pixel.SSIM_FILTER_SIZE} "
        f"Gaussian window, sigma {pixel.SSIM_FILTER_SIGMA}, mean over RGB",
        "intervals": basis.describe_intervals(options.seed),
        "seconds_per_image": f"wall time of filling one image, in batches of {options.batch_size}, "
        "on this machine; the first batch of each size is filled once before",
    }


def _collect_warnings(measured, methods):
    warnings = basis.warn_of_few_people(measured.identities)
    warnings += [
        f"{name} was trained on the mask {method.mask}; the eight here are not all of that kind"
        for name, method in methods.items()
        if method.mask is not None
    ]
    alone = [name for name in methods if name not in measured.painters]
    if alone:
        warnings.append(
            f"{', '.join(alone)}: show no painting beyond the hole, so before blending and "
            "after are the same here"
        )
    return warnings
