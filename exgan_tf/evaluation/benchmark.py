"""The benchmark: the published protocol, and what it misses.

Beside the file and the table there are the pictures of the first, best, median and worst images, in
cases/.
"""

import itertools
from collections.abc import Iterator
from typing import Literal

from exgan_tf import option_types
from exgan_tf.data import mask_names, masks
from exgan_tf.evaluation import cases, comparison, measures
from exgan_tf.evaluation.measurement import Measurement, PartMeasurer
from exgan_tf.evaluation.parts import Parts
from exgan_tf.evaluation.protocol import NothingToMeasureError, Protocol, warn_of_few_people
from exgan_tf.evaluation.published import PUBLISHED, PUBLISHED_NEIGHBORS
from exgan_tf.evaluation.results import EVALUATION, Evaluation, Inception
from exgan_tf.metrics import pixel

DEFAULT_INCEPTION = "default"
_PART_IMAGES = 256  # Ours: a minute's work for the processes that each part starts.


class EvaluationOptions(option_types.Options, frozen=True):
    """How to measure.

    Attributes:
      split: split of the records to measure on.
      batch_size: images filled at a time; changes the results by rounding only.
      image_size: side in pixels; by default that of the trained methods, or else the records'.
      inception: TensorFlow Hub handle or folder of the Inception network, or "default" for TF-GAN's
        own; None leaves out what needs it.
      seed: seed of the bootstrap.
      num_workers: number of processes that compute face descriptors.
      mask: what is hidden, a name of `mask_names.NAMES`; in the benchmark the eyes.
    """

    split: Literal["test", "train", "validation"] = "test"
    batch_size: option_types.Count = 32
    image_size: option_types.Count | None = None
    inception: str | None = None
    seed: option_types.NonNegativeCount = 0
    num_workers: option_types.Count = 1
    mask: str = mask_names.EYES


class Benchmark(Protocol):
    """Every image is filled once by each method, with the next photograph as reference."""

    tool = "evaluate"
    file = EVALUATION
    result = Evaluation
    columns = ("name", "identity", "reference_name", "method", *measures.PER_IMAGE)
    passing = ("num_workers",)

    def __init__(self, methods, dataset, *, options, count):
        self._methods, self._dataset, self._options, self._count = methods, dataset, options, count
        self._measurement, self._inception = None, None

    count = property(lambda self: self._count)
    mask = property(lambda self: self._options.mask)
    identities = property(lambda self: self._measurement.identities)

    @staticmethod
    def mask_of(options) -> str:
        return options.mask

    @property
    def left_out(self) -> tuple[int, str]:
        reason = "their eyes are known to be closed, so nobody knows their open eyes"
        return self._measurement.num_left_out, reason

    def measure(self, work_dir, *, evaluation, worker, advance, report) -> Iterator[list[dict]]:
        extractor, self._inception = _load_inception(self._options.inception)
        if self._options.inception is not None and extractor is None:
            if len(worker.names) > 1:
                raise ValueError(
                    f"{self._inception.reason}: with several workers each needs the network; make "
                    "it available to all, or leave it out with --inception="
                )
            report(f"FID and Inception score are left out: {self._inception.reason}")
        setting = "" if extractor is None else "Inception"
        parts = Parts(work_dir, worker, evaluation=evaluation, setting=setting)
        measurer = PartMeasurer(
            self._methods,
            self._dataset,
            extractor=extractor,
            num_workers=self._options.num_workers,
        )

        def follow():
            for batch in self._dataset:
                yield batch
                advance(len(batch["name"]))

        batches = follow()
        num_more = max(1, _PART_IMAGES // self._options.batch_size) - 1
        num_parts = 0
        with parts.signs_of_life():
            for number, first in enumerate(batches):
                batches_of_part = itertools.chain([first], itertools.islice(batches, num_more))
                if parts.is_own(number) and parts.find(number) is None:
                    parts.write(number, *measurer.measure(batches_of_part))
                else:
                    measurer.pass_over(batches_of_part)
                num_parts += 1
        if worker.number:
            return
        if others := worker.names[1:]:
            report(
                f"waiting for the shares of {', '.join(others)}, {worker.wait_seconds:g} seconds "
                "at most without a sign of life"
            )
        self._measurement = Measurement(self._methods, parts, no_extractor=self._inception.reason)
        for number in range(num_parts):
            yield self._measurement.add(number)
        if not self.identities:
            raise NothingToMeasureError("with open eyes and a reference")

    def describe(self) -> dict[str, str]:
        scales = [f"{each:.4f}" for each in pixel.ms_ssim_weights(self._measurement.image_size)]
        mask = (
            "the eye boxes of the records, drawn from the published distribution with a seed, or "
            "kept from data.json"
        )
        if self.mask != mask_names.EYES:
            mask = (
                f"not the benchmark's eyes but {self.mask}, which "
                f"{masks.describe_mask(self.mask)}; what is drawn depends on the photograph's name "
                "alone"
            )
        return {
            "pairing": "image i is filled with image i+1 of the same person as reference, the last "
            "with the first; closed eyes are no reference",
            "mask": mask,
            "compositing": "known pixels are put back bit for bit before anything is measured",
            "range": "pixel measures on [0, 1]",
            "quantization": "none for pixel measures; 8 bits for face descriptors and Inception",
            "ssim": f"{pixel.SSIM_FILTER_SIZE} x {pixel.SSIM_FILTER_SIZE} Gaussian window, sigma "
            f"{pixel.SSIM_FILTER_SIGMA}, mean over RGB",
            "ms_ssim": f"{len(scales)} scales of weights {', '.join(scales)}, window "
            f"{pixel.SSIM_FILTER_SIZE}",
            "identity": "dlib's face recognition network; landmarks are fitted once, to the true "
            "image",
            "seconds_per_image": "wall time of filling alone, in batches, on this machine",
        }

    def conclude(self, directory) -> dict:
        methods, measurement = self._methods, self._measurement
        summaries, paired = comparison.summarize_methods(
            measurement, methods, seed=self._options.seed
        )
        masked_l1 = {name: measurement.values(name)["masked_l1"] for name in methods}
        chosen = cases.choose_cases(summaries, masked_l1)
        notes = [
            f"{measures.MEASURES[measure].label}: {note}"
            for summary in summaries.values()
            for measure, note in summary.notes.items()
            if note != self._inception.reason  # That is said once, by "inception".
        ]
        return {
            "inception": self._inception,
            "metrics": measures.MEASURES,
            "methods": summaries,
            "paired": paired,
            "published": PUBLISHED,
            "published_neighbors": PUBLISHED_NEIGHBORS,
            "cases": cases.write_cases(
                chosen, self._dataset, methods, masked_l1=masked_l1, directory=directory
            ),
            "failures": cases.name_failures(summaries, masked_l1, measurement.names),
            "warnings": [
                *warn_of_few_people(measurement.identities),
                *dict.fromkeys(notes),
                *(
                    f"{name} was trained on the mask {summary.mask}, but is measured on {self.mask}"
                    for name, summary in summaries.items()
                    if summary.mask not in (None, self.mask) and not summary.control
                ),
            ],
        }


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
