"""Does an in-painter imagine one face, whichever part of it is missing?

Each face is filled under eight masks, and the eight results are compared with one another and with
the truth; after Lahiri et al. (2017, arXiv 1711.06106). Beside the file and the table there are
cases.png, the first faces under all masks, and pose_and_appearance.png, what keypoint-guided
generators make of maps and noise, if any take part.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from exgan_tf import images, option_types
from exgan_tf.evaluation import comparison, consistency_pictures
from exgan_tf.evaluation.consistency_measurement import (
    ALL_MASKS,
    BY_MASK,
    COLUMNS,
    MASK_NAMES,
    METRICS,
    FaceMeasurement,
    Faces,
)
from exgan_tf.evaluation.protocol import NothingToMeasureError, Protocol, warn_of_few_people
from exgan_tf.evaluation.published import PUBLISHED_BY_MASK
from exgan_tf.evaluation.results import (
    CONSISTENCY,
    Consistency,
    ConsistencyPictures,
    ConsistencyResult,
    MaskFacts,
    MaskMeasures,
    PairwiseErrors,
)
from exgan_tf.metrics import intervals, pixel


class ConsistencyOptions(option_types.Options, frozen=True):
    """How to measure.

    Attributes:
      split: split of the records to measure on.
      num_images: number of photographs to measure, everybody's first before anybody's second; by
        default all.
      batch_size: images filled at a time; changes the results by rounding only.
      image_size: side in pixels; by default that of the trained methods, or else the records'.
      seed: seed of the bootstrap, and of the noise in the picture of pose and appearance.
    """

    split: Literal["test", "train", "validation"] = "test"
    num_images: option_types.Count | None = None
    batch_size: option_types.Count = 16
    image_size: option_types.Count | None = None
    seed: option_types.NonNegativeCount = 0


class ConsistencyProtocol(Protocol):
    """Every face is filled under each of eight masks by each method."""

    tool = "consistency"
    file = CONSISTENCY
    result = Consistency
    columns = ("name", "identity", "method", *COLUMNS)

    def __init__(self, methods, dataset, *, options, count):
        del count
        self._methods, self._options = methods, options
        self._measured = FaceMeasurement(methods)
        self._faces = Faces(
            dataset,
            num_images=options.num_images,
            with_landmarks=any(
                "landmarks" in each.inpainter.input_names for each in methods.values()
            ),
        )
        if not len(self._faces):
            _, reason = self.left_out
            raise NothingToMeasureError(f"that can be measured ({reason or 'it is empty'})")

    count = property(lambda self: len(self._faces))
    identities = property(lambda self: self._measured.identities)

    @property
    def left_out(self) -> tuple[int, str]:
        found = self._faces.left_out
        reasons = "; ".join(f"{count}: {reason}" for reason, count in sorted(found.items()))
        return sum(found.values()), reasons

    def measure(self, work_dir, *, evaluation, worker, advance, report) -> Iterator[list[dict]]:
        del work_dir, evaluation, worker, report
        for example in self._faces:
            yield self._measured.add(example)
            advance(len(example["name"]))

    def describe(self) -> dict[str, str]:
        chosen = "all photographs of the split that can be measured"
        if self._options.num_images is not None:
            chosen = (
                f"at most {self._options.num_images} photographs of the split that can be "
                "measured, everybody's first before anybody's second"
            )
        return {
            "faces": f"{chosen}; methods that use a reference get the next photograph of the same "
            "person",
            "masks": "each face is filled under each of the masks; a mask that is drawn is drawn "
            "by the photograph's name, so it is the same in every evaluation",
            "consistency": f"{len(MASK_NAMES)} in-paintings of a face make "
            f"{len(MASK_NAMES) * (len(MASK_NAMES) - 1) // 2} pairs; the mean squared difference "
            "over all pixels and channels, the mean over the pairs, then over the faces",
            "blending": "pairwise_mse and all measures by mask see finished in-paintings, known "
            "pixels put back bit for bit; pairwise_mse_unblended sees what was painted put into "
            "the hole without blending; pairwise_mse_painted sees the entire painted images",
            "range": "everything on [0, 1], without rounding to 8 bits",
            "psnr": f"over the entire image, at most {pixel.MAX_PSNR:.0f} dB, mean over the faces",
            "ssim": f"over the entire image, {pixel.SSIM_FILTER_SIZE} x {pixel.SSIM_FILTER_SIZE} "
            f"Gaussian window, sigma {pixel.SSIM_FILTER_SIGMA}, mean over RGB",
            "seconds_per_image": "wall time of filling one image, in batches of "
            f"{self._options.batch_size}, on this machine; the first batch of each size is filled "
            "once before",
        }

    def conclude(self, directory) -> dict:
        measured, methods, seed = self._measured, self._methods, self._options.seed
        pictures = {"cases": consistency_pictures.draw_cases(measured.cases, MASK_NAMES)}
        # Of a run directory; an exported model fills holes and offers no more than that.
        generators = {
            name: generate
            for name, method in methods.items()
            if (generate := getattr(method.inpainter, "paint_faces", None))
        }
        if generators:
            pictures["pose_and_appearance"] = consistency_pictures.draw_pose_and_appearance(
                generators, measured.people, seed=seed
            )
        for name, picture in pictures.items():
            images.write_photo(directory / f"{name}.png", picture)
        columns = {
            (name, column): values
            for name in methods
            for column, values in measured.values(name).items()
        }
        bootstrap = intervals.IdentityBootstrap(measured.identities, columns, seed=seed)
        return {
            "masks": {name: MaskFacts(measured.hole_share(name)) for name in MASK_NAMES},
            "metrics": METRICS,
            "methods": {
                name: _describe_method(measured, name, method, bootstrap)
                for name, method in methods.items()
            },
            "paired": comparison.compare_methods(
                bootstrap,
                methods,
                {
                    column: (measure, mask, METRICS[measure].better)
                    for column, (measure, mask) in COLUMNS.items()
                },
            ),
            "published": PUBLISHED_BY_MASK,
            "pictures": ConsistencyPictures(**{name: f"{name}.png" for name in pictures}),
            "warnings": _collect_warnings(measured, methods),
        }


def _describe_method(measured, name, method, bootstrap):
    def describe(columns) -> dict:
        """The mean of each measure, None where there is none, and intervals, by its column."""
        keys = {measure: (name, column) for measure, column in columns.items()}
        known = {measure: key for measure, key in keys.items() if key in bootstrap}
        return {
            **dict.fromkeys(columns),
            **{measure: bootstrap.mean(key) for measure, key in known.items()},
            "intervals": {measure: bootstrap.mean_interval(key) for measure, key in known.items()},
        }

    seconds = {mask: measured.seconds_per_image(name, mask) for mask in MASK_NAMES}
    return ConsistencyResult(
        **method.summary(),
        num_images=len(measured.names),
        seconds_per_image=float(np.mean(list(seconds.values()))),
        paints_entire_images=name in measured.painters,
        consistency=PairwiseErrors(**describe({measure: measure for measure in ALL_MASKS})),
        by_mask={
            mask: MaskMeasures(
                **describe({measure: f"{measure}_{mask}" for measure in BY_MASK}),
                seconds_per_image=seconds[mask],
            )
            for mask in MASK_NAMES
        },
    )


def _collect_warnings(measured, methods):
    warnings = warn_of_few_people(measured.identities)
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
