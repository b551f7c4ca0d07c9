"""Do the networks use the exemplar? Errors inside the hole on people never seen in training.

python -m benchmarks.exemplar --records=RECORDS --runs=baseline=RUN1,reference=RUN2,code=RUN3

For each run it prints the mean L1 inside the hole on a scale of [0, 1], on the test split and with
the benchmark's references, and the same with another person's reference. Every run is compared
with the first one, and with itself under the other person's references, photograph by photograph:
the difference in percent, with a 95 % bootstrap interval that resamples people. Photographs whose
eyes are known to be closed are left out, as nobody knows their open eyes.
"""

import json

import numpy as np
import tensorflow as tf
from absl import app, flags

from exgan_tf.data.input import load_dataset
from exgan_tf.training import runs

_RECORDS = flags.DEFINE_string("records", None, "Folder of records.", required=True)
_RUNS = flags.DEFINE_list("runs", None, "name=RUN_DIR, ...", required=True)
_SPLIT = flags.DEFINE_string("split", "test", "The split to measure on.")
_CHECKPOINT = flags.DEFINE_enum("checkpoint", "best", runs.WHICH, "Which weights.")

NUM_RESAMPLINGS = 10_000
_REFERENCE_KEYS = ("reference", "reference_mask", "reference_eye_boxes")


def main(argv):
    del argv
    gans = {}
    for pair in _RUNS.value:
        name, _, directory = pair.partition("=")
        gans[name] = runs.load_gan(directory, which=_CHECKPOINT.value)
    size = next(iter(gans.values()))[0].options.image_size
    example = _load_all(size)
    identities = example["identity"].numpy()
    strange = _with_strangers(example)
    results = {"num_photographs": len(identities), "num_people": len(set(identities))}
    first = None
    for name, (gan, step) in gans.items():
        own, other = _masked_l1(gan, example), _masked_l1(gan, strange)
        first = own if first is None else first
        results[name] = {
            "step": step,
            "masked_l1": round(float(own.mean()), 5),
            "masked_l1_with_another_persons_reference": round(float(other.mean()), 5),
            "percent_against_first": _compare(own, first, identities),
            "percent_with_another_persons_reference": _compare(other, own, identities),
        }
    print(json.dumps(results, indent=1))


def _load_all(image_size):
    """The open-eyed examples of the split as one batch."""
    dataset = load_dataset(
        _RECORDS.value, split=_SPLIT.value, image_size=image_size, batch_size=64, training=False
    )
    batches = list(dataset)
    whole = {key: tf.concat([batch[key] for batch in batches], axis=0) for key in batches[0]}
    return {key: tf.boolean_mask(value, ~whole["eyes_closed"]) for key, value in whole.items()}


def _with_strangers(example):
    """The same examples, each with the reference of the first stranger half the list further on."""
    identities = example["identity"].numpy()
    count = len(identities)
    order = []
    for index in range(count):
        candidates = (np.arange(count) + index + count // 2) % count
        order.append(next(other for other in candidates if identities[other] != identities[index]))
    return {
        key: tf.gather(value, order) if key in _REFERENCE_KEYS else value
        for key, value in example.items()
    }


def _masked_l1(gan, example):
    """float64 [n]: the mean absolute error inside the hole of each example, on [0, 1]."""
    errors = []
    for start in range(0, len(example["identity"]), 64):
        batch = {key: value[start : start + 64] for key, value in example.items()}
        completed = gan.complete(batch, training=False).numpy().astype(np.float64)
        mask = batch["mask"].numpy()
        error = np.abs(completed - batch["image"].numpy()) / 2.0 * mask
        errors.append(error.sum((1, 2, 3)) / (3 * mask.sum((1, 2, 3))))
    return np.concatenate(errors)


def _compare(errors, others, identities):
    """Mean difference in percent of `others`, and the interval that holds 95 % of resamplings."""
    people = [np.flatnonzero(identities == name) for name in np.unique(identities)]
    rng = np.random.default_rng(0)
    sums = np.array([[errors[each].sum(), others[each].sum()] for each in people])
    drawn = rng.integers(0, len(people), [NUM_RESAMPLINGS, len(people)])
    resampled = sums[drawn].sum(axis=1)
    ratios = 100 * (resampled[:, 0] / resampled[:, 1] - 1)
    mean = 100 * (errors.sum() / others.sum() - 1)
    return [round(float(value), 2) for value in (mean, *np.percentile(ratios, [2.5, 97.5]))]


if __name__ == "__main__":
    app.run(main)
