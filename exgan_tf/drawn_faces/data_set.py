"""Drawn faces as a data set: a raw folder that anybody can make, without a download."""

import functools

import msgspec
import numpy as np

from exgan_tf import drawn_faces, files, images, parallel
from exgan_tf.celeb_id import layouts
from exgan_tf.tally import Tally

TOOL = "draw_faces"
PHOTO_SIZE = 320  # Ours: the aligned crop is then about 256 pixels wide before it is resized.
JPEG_QUALITY = 97  # Ours: drawings have no camera's losses yet.


def draw_data_set(
    output_dir,
    *,
    num_identities: int,
    photos_per_identity: int,
    seed: int,
    closed_fraction: float = 0.08,
    num_workers: int = 1,
    overwrite: bool = False,
) -> Tally:
    """Draws people and photographs of them, as a raw folder with the true points.

    The same arguments give the same bytes, whatever the number of processes.

    Args:
      output_dir: the folder to make.
      num_identities: number of people.
      photos_per_identity: photographs of each.
      seed: of everything that is drawn.
      closed_fraction: share of the photographs with closed eyes, in [0, 1].
      num_workers: number of processes.
      overwrite: replace an output that an earlier run made.

    Returns:
      How many photographs were drawn.

    Raises:
      ValueError: if an argument is out of range or the output is in the way.
    """
    parameters = {
        "num_identities": num_identities,
        "photos_per_identity": photos_per_identity,
        "closed_fraction": closed_fraction,
        "seed": seed,
    }
    least = {"num_identities": 1, "photos_per_identity": 1, "closed_fraction": 0, "seed": 0}
    for name, value in parameters.items():
        if not value >= least[name]:
            raise ValueError(f"{name} is {value}; expected at least {least[name]}")
    if closed_fraction > 1:
        raise ValueError(f"closed_fraction is {closed_fraction}; expected 0 to 1")
    with files.staged_directory(
        output_dir, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        image_dir = work_dir / layouts.RAW_IMAGES
        image_dir.mkdir(exist_ok=True)
        draw_person = functools.partial(
            _draw_person, image_dir, photos_per_identity, closed_fraction, seed
        )
        entries = {}
        for drawn in parallel.map_in_processes(
            draw_person, range(num_identities), num_workers=num_workers, description="drawing"
        ):
            entries.update(drawn)
        files.write_json(work_dir / layouts.RAW_JSON, msgspec.to_builtins(entries))
    return Tally(num_done=len(entries))


def _draw_person(directory, num_photos, closed_fraction, seed, index) -> dict:
    """Draws one person's photographs; returns their entries of `celeb_params.json`."""
    rng = np.random.default_rng([seed, index])
    identity = drawn_faces.draw_identity(rng)
    entries = {}
    for number in range(1, num_photos + 1):
        conditions = drawn_faces.draw_conditions(rng, closed_fraction=closed_fraction)
        drawn = drawn_faces.draw_photograph(identity, conditions, size=PHOTO_SIZE)
        name = f"drawn_{index + 1:05d}-{number}.jpg"
        data = images.encode_jpeg(drawn.photo, quality=JPEG_QUALITY, full_color=True)
        files.write_bytes(directory / name, data)
        entries[name] = layouts.RawPhotograph.of(drawn.annotation)
    return entries
