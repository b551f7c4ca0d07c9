"""Aligns a raw folder: RAW (celeb_params.json, celeb_id_raw/) to ALIGNED (images, data.json).

exgan align-celeb-id --input_dir=RAW --output_dir=ALIGNED --image_size=256 --seed=0
"""

from absl import flags

from exgan_tf import parallel
from exgan_tf.celeb_id import alignment
from exgan_tf.cli import engine_flags, entry

_INPUT_DIR = flags.DEFINE_string(
    "input_dir", None, "Folder with celeb_params.json and celeb_id_raw/.", required=True
)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to make.", required=True)
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size",
    256,
    "Side of the aligned images in pixels (256 as published).",
    lower_bound=alignment.MIN_IMAGE_SIZE,
    upper_bound=alignment.MAX_IMAGE_SIZE,
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the mask boxes.", lower_bound=0)
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", parallel.count_processors(), "Number of processes.", lower_bound=1
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace what an earlier run made.")


def main(argv):
    del argv
    tally = alignment.align_photographs(
        _INPUT_DIR.value,
        _OUTPUT_DIR.value,
        image_size=_IMAGE_SIZE.value,
        seed=_SEED.value,
        engine=engine_flags.choose_engine(_NUM_WORKERS.value),
        overwrite=_OVERWRITE.value,
    )
    print(f"aligned: {tally.summary()}")


if __name__ == "__main__":
    entry.run(main)
