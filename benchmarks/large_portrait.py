"""How fine filled eyes are in a portrait of 12 megapixels, and what that takes, as JSON.

python -m benchmarks.large_portrait [--model=DIR | --method=transplant] [--picture=EYES.png]

The portrait is a drawn face of 2048 pixels, enlarged, with grain of its own, as photographs have.
`fine_detail` is the energy of the Laplacian inside the filled eyes, over that of the skin around.
The first filling compiles; `seconds` are those of the second. `megabytes` is the process's peak.
"""

import dataclasses
import time

import cv2
import numpy as np
from absl import flags

from benchmarks import commands
from exgan_tf import drawn_faces, images
from exgan_tf.cli import entry
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import Box
from exgan_tf.photo import filling, methods

_MODEL = flags.DEFINE_string("model", None, "Exported model; else the package's.")
_METHOD = flags.DEFINE_string("method", None, "Method without training, instead of a model.")
_PICTURE = flags.DEFINE_string("picture", None, "Write the filled eyes to this file.")
_SIDE = flags.DEFINE_integer("side", 3464, "Of the portrait, in pixels.", lower_bound=256)
_DRAWN_SIDE = 2048
_GRAIN = 4.0  # Levels of 255, standard deviation.
# Pixels of 3464 that are left out along the border of what changed, and that count as around it.
_MARGIN, _AROUND = 61, 121


def draw_portrait(*, side: int, closed: bool, seed: int) -> tuple[np.ndarray, DetectedFace]:
    """A portrait, uint8 [side, side, 3], and its face with the landmarks it was drawn by."""
    identity = drawn_faces.draw_identity(np.random.default_rng(5))
    rng = np.random.default_rng(seed)
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=float(closed))
    drawn = drawn_faces.draw_photograph(
        identity, dataclasses.replace(conditions, glasses=None), size=_DRAWN_SIDE
    )
    photo = cv2.resize(drawn.photo, (side, side), interpolation=cv2.INTER_CUBIC)
    photo = np.clip(photo + rng.normal(0, _GRAIN, photo.shape), 0, 255).astype(np.uint8)
    points = (drawn.landmarks.astype(np.float64) + 0.5) * side / _DRAWN_SIDE - 0.5
    return photo, DetectedFace(points, Box(0, 0, side, side), score=1.0)


def fine_detail(filled, photo, changed) -> float:
    """Energy of the Laplacian inside the changed regions, over that of `photo` around them."""

    def energy(picture, region):
        laplacian = cv2.Laplacian(picture.astype(np.float32).mean(axis=-1), cv2.CV_32F)
        return float((laplacian[region] ** 2).mean())

    inside = cv2.erode(changed.astype(np.uint8), np.ones((_MARGIN, _MARGIN))) > 0
    around = cv2.dilate(changed.astype(np.uint8), np.ones((_AROUND, _AROUND))) > 0
    return energy(filled, inside) / energy(photo, around & ~changed)


def main(argv):
    del argv
    photo, face = draw_portrait(side=_SIDE.value, closed=True, seed=1)
    reference, reference_face = draw_portrait(side=_SIDE.value, closed=False, seed=2)
    inpainter = methods.create_inpainter(method=_METHOD.value, model=_MODEL.value)
    for _ in range(2):
        start = time.perf_counter()
        filled, changed = filling.fill_eyes(
            photo, face, reference=reference, reference_face=reference_face, inpainter=inpainter
        )
        seconds = time.perf_counter() - start
    commands.show(
        {
            "megapixels": round(photo.shape[0] * photo.shape[1] / 1e6, 1),
            "fine_detail": round(fine_detail(filled, photo, changed), 3),
            "seconds": round(seconds, 2),
            "megabytes": commands.peak_memory() >> 20,
        }
    )
    if _PICTURE.value:
        left, top, width, height = cv2.boundingRect(changed.astype(np.uint8))
        images.write_photo(_PICTURE.value, filled[top : top + height, left : left + width])


if __name__ == "__main__":
    entry.run(main)
