"""A small batch of noise with eye boxes, and narrow Gans for it."""

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import gans
from exgan_tf.data import masks

IMAGE_SIZE = 32
EYE_BOXES = [[[10, 4, 8, 8], [10, 19, 8, 9]], [[12, 3, 6, 8], [11, 18, 8, 10]]]
REFERENCE_EYE_BOXES = [[[9, 5, 8, 8], [11, 20, 8, 8]], [[13, 4, 7, 8], [9, 18, 9, 8]]]


@pytest.fixture
def example() -> dict:
    """Two examples of 32 pixels, without their names."""
    generator = np.random.default_rng(0)
    example = {}
    for prefix, image, boxes in (
        ("", "image", EYE_BOXES),
        ("reference_", "reference", REFERENCE_EYE_BOXES),
    ):
        values = generator.uniform(-1, 1, [2, IMAGE_SIZE, IMAGE_SIZE, 3])
        example[image] = tf.constant(values, tf.float32)
        example[f"{prefix}eye_boxes"] = tf.constant(boxes)
        example[f"{prefix}mask"] = masks.boxes_to_mask(tf.constant(boxes), image_size=IMAGE_SIZE)
    points = generator.uniform(0, IMAGE_SIZE - 1, [2, 68, 2])
    example["landmarks"] = tf.constant(points, tf.float32)
    return example


@pytest.fixture(scope="session")
def build_gan():
    """Returns a function that builds a narrow Gan by its name, once for each choice of options."""
    built = {}

    def build(name, **options):
        key = name, *sorted(options.items())
        if key not in built:
            small = {"width": 0.05, "code_size": 8, "search_steps": 3}
            gan_class = gans.GANS[name]
            own = {
                each: small[each] for each in small if each in gan_class.Options.__struct_fields__
            }
            built[key] = gan_class(gan_class.Options(IMAGE_SIZE, **{**own, **options}))
        return built[key]

    return build
