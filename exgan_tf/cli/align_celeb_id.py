"""Aligns a raw folder: RAW (celeb_params.json, celeb_id_raw/) to ALIGNED (images, data.json).

exgan align-celeb-id --input_dir=RAW --output_dir=ALIGNED --image_size=256 --seed=0
"""

from absl import flags

from exgan_tf.celeb_id import alignment
from exgan_tf.cli import engine_flags, entry

engine_flags.define_folders("Folder with celeb_params.json and celeb_id_raw/.")
_IMAGE_SIZE = flags.DEFINE_integer(
    "image_size",
    256,
    "Side of the aligned images in pixels (256 as published).",
    lower_bound=alignment.MIN_IMAGE_SIZE,
    upper_bound=alignment.MAX_IMAGE_SIZE,
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the mask boxes.", lower_bound=0)


def main(argv):
    del argv
    tally = alignment.align_photographs(
        flags.FLAGS.input_dir,
        flags.FLAGS.output_dir,
        image_size=_IMAGE_SIZE.value,
        seed=_SEED.value,
        engine=engine_flags.choose_engine(flags.FLAGS.num_workers),
        overwrite=flags.FLAGS.overwrite,
    )
    print(f"aligned: {tally.summary()}")


if __name__ == "__main__":
    entry.run(main)
