"""The published mask boxes around eyes: clip(|N(48, 24)|, 48, 96) pixels a side, at 256 x 256."""

import hashlib

import numpy as np

from exgan_tf.celeb_id.layouts import BoxSize

IMAGE_SIZE = 256
SIDE_MEAN = 48
SIDE_STDDEV = 24
SIDE_MIN = 48
SIDE_MAX = 96
# Ours, in pixels of any image: fine detail in a hole is measured where all neighbours are in it.
LEAST_SIDE = 3


def draw_box_sizes(name: str, *, seed: int) -> tuple[BoxSize, BoxSize]:
    """Draws the boxes of the left and the right eye, in whole pixels at `IMAGE_SIZE`.

    They depend on seed and name of the photograph alone, not on the order of the work.
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16], "big"))
    sides = np.abs(rng.normal(SIDE_MEAN, SIDE_STDDEV, size=(2, 2)))
    sides = np.clip(sides, SIDE_MIN, SIDE_MAX).astype(int).tolist()
    left, right = (BoxSize(w=width, h=height) for width, height in sides)
    return left, right
