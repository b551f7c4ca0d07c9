"""Writes an aligned data set as TFRecords, split by identity.

  exgan build-records --input_dir=ALIGNED --output_dir=RECORDS --image_size=128 \\
      --test_fraction=0.1 --seed=0
"""

from absl import flags

from exgan_tf import tally
from exgan_tf.cli import engine_flags, entry, option_flags
from exgan_tf.data import packing

engine_flags.define_folders("Folder of aligned images with their data.json.")
option_flags.define(packing.RecordOptions)


def main(argv):
    del argv
    # Here, as every worker process reads this file again, and should not load TensorFlow for it.
    from exgan_tf.data import records

    manifest, done = records.build_records(
        flags.FLAGS.input_dir,
        flags.FLAGS.output_dir,
        option_flags.parse(packing.RecordOptions),
        engine=engine_flags.choose_engine(flags.FLAGS.num_workers),
        overwrite=flags.FLAGS.overwrite,
    )
    for name, split in manifest.splits.items():
        print(
            f"{name}: {tally.count(split.num_identities, 'identity', 'identities')}, "
            f"{tally.count(split.num_photographs, 'photograph')}, "
            f"{split.num_closed_eyes:,} with closed eyes, "
            f"{split.num_with_landmarks:,} with landmarks, "
            f"{tally.count(len(split.shards), 'shard')}"
        )
    print(f"photographs: {done.summary()}")


if __name__ == "__main__":
    entry.run(main)
