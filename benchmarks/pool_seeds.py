"""What several trainings of the same methods say together, as JSON.

python -m benchmarks.pool_seeds --evaluations=SEED_0,SEED_1,SEED_2 [--against=baseline]

Each folder was made by `evaluate` from the same records and has methods of the same names. A
method's error on a photograph is the mean over the folders; the methods are then compared
photograph by photograph, with intervals that resample people. They know nothing of other seeds.
"""

import collections
import csv
import pathlib

import numpy as np
from absl import flags

from benchmarks import commands
from exgan_tf.cli import entry
from exgan_tf.evaluation.evaluate import PER_IMAGE_TABLE
from exgan_tf.metrics.intervals import IdentityBootstrap

_EVALUATIONS = flags.DEFINE_list("evaluations", None, "Folders of evaluations.", required=True)
_AGAINST = flags.DEFINE_string("against", "baseline", "The method that others are held against.")
_METRICS = ("masked_l1", "l1", "identity_to_truth")


def read_table(folder) -> dict:
    """Reads (name, identity) of a photograph -> method -> metric -> number; ValueError if not."""
    path = pathlib.Path(folder) / PER_IMAGE_TABLE
    photographs = collections.defaultdict(dict)
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                numbers = {metric: float(row[metric]) for metric in _METRICS}
                photographs[row["name"], row["identity"]][row["method"]] = numbers
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path} is no table of evaluate: {error}") from error
    return photographs


def pool(tables, *, against: str) -> dict:
    """Compares the methods that all tables have with one of them.

    Returns:
      Method -> metric -> `percent` and its `interval`.

    Raises:
      ValueError: if the photographs differ, or a table lacks `against`.
    """
    photographs = list(tables[0])
    if any(set(table) != set(photographs) for table in tables):
        raise ValueError("the evaluations are of different photographs: give those of one split")
    methods = set.intersection(*(set(table[key]) for table in tables for key in photographs))
    if against not in methods:
        raise ValueError(f"not all evaluations have {against!r}; all have {sorted(methods)}")
    columns = {
        (method, metric): np.mean(
            [[table[key][method][metric] for key in photographs] for table in tables], axis=0
        )
        for method in methods
        for metric in _METRICS
    }
    bootstrap = IdentityBootstrap([identity for _, identity in photographs], columns)
    pooled = {}
    for method in sorted(methods - {against}):
        pooled[method] = {}
        for metric in _METRICS:
            compared = bootstrap.compare((method, metric), (against, metric))
            interval = [round(end, 1) for end in compared.percent_interval.ends]
            pooled[method][metric] = {"percent": round(compared.percent, 1), "interval": interval}
    return pooled


def main(argv):
    del argv
    tables = [read_table(folder) for folder in _EVALUATIONS.value]
    commands.show(pool(tables, against=_AGAINST.value))


if __name__ == "__main__":
    entry.run(main)
