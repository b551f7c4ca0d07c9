"""Draws people who do not exist: a raw data set that needs no download.

exgan draw-faces --output_dir=RAW --num_identities=200 --photos_per_identity=6 --seed=0

With --contact_sheet=SHEET.png it also draws an overview, one person a row.
"""

import os

from absl import flags

from exgan_tf import drawn_faces, images, parallel
from exgan_tf.cli import entry
from exgan_tf.drawn_faces import data_set

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder to create.", required=True)
_NUM_IDENTITIES = flags.DEFINE_integer("num_identities", 200, "Number of people.", lower_bound=1)
_PHOTOS_PER_IDENTITY = flags.DEFINE_integer(
    "photos_per_identity", 6, "Photographs of each person.", lower_bound=1
)
_CLOSED_FRACTION = flags.DEFINE_float(
    "closed_fraction",
    0.08,
    "Share of the photographs with closed eyes.",
    lower_bound=0,
    upper_bound=1,
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of everything drawn.", lower_bound=0)
_CONTACT_SHEET = flags.DEFINE_string("contact_sheet", None, "Image file to write an overview to.")
_NUM_WORKERS = flags.DEFINE_integer(
    "num_workers", parallel.count_processors(), "Number of processes.", lower_bound=1
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the output of an earlier run.")

SHEET_IDENTITIES = 6
SHEET_PHOTOS = 8


def main(argv):
    del argv
    sheet_path = _CONTACT_SHEET.value
    if sheet_path and os.path.exists(sheet_path) and not _OVERWRITE.value:
        raise ValueError(f"{sheet_path} exists: choose another name or pass --overwrite")
    if sheet_path:
        sheet = drawn_faces.draw_contact_sheet(
            num_identities=SHEET_IDENTITIES, photos_per_identity=SHEET_PHOTOS, seed=_SEED.value
        )
        images.write_photo(sheet_path, sheet)
    tally = data_set.draw_data_set(
        _OUTPUT_DIR.value,
        num_identities=_NUM_IDENTITIES.value,
        photos_per_identity=_PHOTOS_PER_IDENTITY.value,
        closed_fraction=_CLOSED_FRACTION.value,
        seed=_SEED.value,
        num_workers=_NUM_WORKERS.value,
        overwrite=_OVERWRITE.value,
    )
    print(f"drawn: {tally.summary()}")


if __name__ == "__main__":
    entry.run(main)
