"""A Gan in memory as an in-painter, as after training or in the middle of it."""

import functools

import numpy as np
import tensorflow as tf

from exgan_tf.data import examples
from exgan_tf.inpainters import base


class GanInpainter(base.Inpainter):
    """Fills by a Gan's generator, in evaluation mode.

    It is compiled once, for batches of every size. The weights are the Gan's own: if they change,
    so does what is filled in.

    Attributes:
      paint_faces: the Gan's function that paints faces from noise and landmarks; None if it has
        none, or needs no landmarks.
    """

    def __init__(self, gan):
        """Wraps a `gans.Gan`."""
        self.input_names = tuple(gan.input_names)
        self.image_size = gan.options.image_size
        self.paint_faces = gan.paint_faces if "landmarks" in gan.input_names else None
        spec = examples.example_spec(self.image_size)
        compiled = functools.partial(
            tf.function,
            input_signature=[{name: spec[name] for name in self.input_names}],
            autograph=False,
        )
        self._complete = compiled(lambda example: gan.complete(example, training=False))
        if gan.find_fields:
            self._give_fields = compiled(gan.find_fields)
        self._paint = compiled(gan.paint)

    def paint(self, example: dict) -> np.ndarray:
        """As `Inpainter.paint`, by the Gan's `paint`."""
        painted = self._paint(self._read(example)).numpy()
        self._check_finite(painted)
        return painted

    def _fill(self, example):
        return self._complete(example).numpy()
