"""Writes an aligned data set as TFRecords, split by identity.

  exgan build-records --input_dir=ALIGNED --output_dir=RECORDS --image_size=128 \\
      --test_fraction=0.1 --seed=0
"""

from absl import flags

from exgan_tf import parallel
from exgan_tf.cli import engine_flags, entry, option_flags
from exgan_tf.data import packing

_INPUT_DIR = flags.DEFINE_string(
    "input_dir", None, "Aligned images with their data.json.", required=True
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to make.", required=True)
option_flags.define(packing.RecordOptions)
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", parallel.count_processors(), "Number of processes.", lower_bound=1
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what an earlier run made.")


def main(argv):
    del argv
    # Here, as every worker process reads this file again, and should not load TensorFlow for it.
    from exgan_tf.data import records

    manifest, tally = records.build_records(
        _INPUT_DIR.value,
        _OUTPUT_DIR.value,
        option_flags.parse(packing.RecordOptions),
        engine=engine_flags.choose_engine(_NUM_WORKERS.value),
        overwrite=_OVERWRITE.value,
    )
    for name, split in manifest.splits.items():
        print(
            f"{name}: {split.num_identities} identities, {split.num_photographs} photographs, "
            f"{split.num_closed_eyes} with closed eyes, {split.num_with_landmarks} with landmarks, "
            f"{len(split.shards)} shards"
        )
    print(f"photographs: {tally.summary()}")


if __name__ == "__main__":
    entry.run(main)
