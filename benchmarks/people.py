"""Drawn people, as files that the commands read."""

import os
import pathlib

import msgspec
import numpy as np

from exgan_tf import drawn_faces, parallel
from exgan_tf.celeb_id import alignment, layouts
from exgan_tf.drawn_faces import data_set


def align(folder, *, num_identities: int, image_size: int, num_workers=1, closed_fraction=0.08):
    """Draws people with four photographs each, and aligns them; the folder of the latter."""
    raw, aligned = pathlib.Path(folder, "raw"), pathlib.Path(folder, "aligned")
    data_set.draw_data_set(
        raw,
        num_identities=num_identities,
        photos_per_identity=4,
        seed=0,
        closed_fraction=closed_fraction,
        num_workers=num_workers,
    )
    engine = parallel.Processes(num_workers)
    alignment.align_photographs(raw, aligned, image_size=image_size, seed=0, engine=engine)
    return aligned


def copy(aligned: pathlib.Path, target: pathlib.Path, *, num_copies: int):
    """Makes more people of aligned ones: the same photographs under other names."""
    target.mkdir()
    identities, _ = layouts.read_photographs(aligned / layouts.ALIGNED_JSON)
    copied = []
    for number in range(num_copies):
        for photograph in (each for person in identities.values() for each in person):
            name = f"copy{number}_{photograph.filename}"
            os.link(aligned / photograph.filename, target / name)
            copied.append(msgspec.structs.replace(photograph, filename=name))
    layouts.write_photographs(target / layouts.ALIGNED_JSON, copied)


def draw(identity, rng, *, closed: bool, size: int = 320) -> np.ndarray:
    """A photograph of a drawn person, uint8 [size, size, 3]."""
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=float(closed))
    return drawn_faces.draw_photograph(identity, conditions, size=size).photo
