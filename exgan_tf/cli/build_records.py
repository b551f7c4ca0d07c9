"""Writes an aligned data set as TFRecords, split by identity.

  exgan build-records --input_dir=ALIGNED --output_dir=RECORDS --image_size=128 \\
      --test_fraction=0.1 --seed=0
"""

from absl import flags

from exgan_tf import parallel
from exgan_tf.cli import engine_flags, entry
from exgan_tf.data import packing

_INPUT_DIR = flags.DEFINE_string(
    "input_dir", None, "Aligned images with their data.json.", required=True
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to make.", required=True)
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size",
    128,
    "Side of the images in pixels.",
    lower_bound=packing.MIN_IMAGE_SIZE,
    upper_bound=packing.MAX_IMAGE_SIZE,
)
_TEST_FRACTION = flags.DEFINE_float(
    "test_fraction",
    0.1,
    "Share of the identities for the test; 1 for data that only tests.",
    lower_bound=0,
    upper_bound=1,
)
_VALIDATION_FRACTION = flags.DEFINE_float(
    "validation_fraction",
    0.05,
    "Share of the identities for validation, on which settings are chosen.",
    lower_bound=0,
    upper_bound=0.9,
)
_CLOSED_EYES_TO_TEST = flags.DEFINE_bool(
    "closed_eyes_to_test",
    False,
    "Send every identity with a closed-eyes photograph to the test split too.",
)
_TEST_IDENTITIES = flags.DEFINE_list(
    "test_identities", [], "Identities that go to the test split too, whatever the seed says."
)
_FIT_LANDMARKS = flags.DEFINE_bool(
    "fit_landmarks",
    False,
    "Fit 68 landmarks where the photographs come without.",
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the split.", lower_bound=0)
_NUM_SHARDS = flags.DEFINE_integer("num_shards", 8, "Most files a split.", lower_bound=1)
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
        image_size=_IMAGE_SIZE.value,
        test_fraction=_TEST_FRACTION.value,
        validation_fraction=_VALIDATION_FRACTION.value,
        closed_eyes_to_test=_CLOSED_EYES_TO_TEST.value,
        test_identities=_TEST_IDENTITIES.value,
        fit_landmarks=_FIT_LANDMARKS.value,
        seed=_SEED.value,
        num_shards=_NUM_SHARDS.value,
        engine=engine_flags.choose_engine(_NUM_WORKERS.value)
        or parallel.Processes(_NUM_WORKERS.value),
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
