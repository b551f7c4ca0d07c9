"""Who is tested on? The test people of several records, for `build-records --test_identities`.

  python -m benchmarks.held_out --records=A,B [--same=NAME=OTHER,...]

Prints their names, with commas between. Who appears under two names, in two data sets, is tested on
under both as soon as under one.
"""

import tensorflow as tf
from absl import flags

from exgan_tf.cli import entry
from exgan_tf.data import examples, records

_RECORDS = flags.DEFINE_list(
    "records", None, "Folders made by `exgan build-records`.", required=True
)
_SAME = flags.DEFINE_list("same", [], "NAME=OTHER of one person.")


def read_identities(directory, split) -> set[str]:
    """The names of the people in a split of records."""
    serialized = tf.data.TFRecordDataset(records.find_shards(directory, split))
    found = (examples.decode_record(each)["identity"] for each in serialized)
    return {identity.numpy().decode() for identity in found}


def main(argv):
    del argv
    held_out = set().union(*(read_identities(each, "test") for each in _RECORDS.value))
    for pair in _SAME.value:
        names = set(pair.split("="))
        if held_out & names:
            held_out |= names
    print(",".join(sorted(held_out)))


if __name__ == "__main__":
    entry.run(main)
