import numpy as np
import pytest
import tensorflow as tf


class Batch:
    """Three smooth images of 48 pixels, fillings of two boxes in each, and the boxes."""

    def __init__(self):
        rng = np.random.default_rng(0)
        coarse = rng.uniform(-0.8, 0.8, [3, 6, 6, 3])
        self.image = tf.image.resize(coarse, [48, 48], "bicubic").numpy().clip(-1, 1)
        self.mask = np.zeros([3, 48, 48, 1], np.float32)
        self.mask[:, 10:22, 6:20] = 1
        self.mask[:, 12:20, 28:48] = 1
        self.noise = rng.normal(size=self.image.shape).astype(np.float32)

    def filling(self, strength):
        """The image with noise of the given standard deviation in the hole."""
        return (self.image + strength * self.mask * self.noise).clip(-1, 1)


@pytest.fixture(scope="session")
def batch():
    return Batch()
