"""A small batch of noise with eye boxes, and narrow Gans for it."""

import functools

import pytest
import tensorflow as tf

from exgan_tf import gans

EYE_BOXES = [[[10, 4, 8, 8], [10, 19, 8, 9]], [[12, 3, 6, 8], [11, 18, 8, 10]]]


@pytest.fixture
def example(noise_example) -> dict:
    return {name: tf.constant(values) for name, values in noise_example(EYE_BOXES).items()}


@pytest.fixture(scope="session")
def build_gan():
    """Returns a function that builds a narrow Gan by its name, once for each choice of options."""

    @functools.cache
    def build(name, **options):
        gan_class, small = gans.GANS[name], {"width": 0.05, "code_size": 8, "search_steps": 3}
        own = {key: small[key] for key in small if key in gan_class.Options.__struct_fields__}
        return gan_class(gan_class.Options(32, **{**own, **options}))

    return build
