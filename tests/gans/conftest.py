"""A small batch of noise with eye boxes, and narrow Gans for it."""

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
    built = {}

    def build(name, **options):
        key = name, *sorted(options.items())
        if key not in built:
            small = {"width": 0.05, "code_size": 8, "search_steps": 3}
            gan_class = gans.GANS[name]
            own = {
                each: small[each] for each in small if each in gan_class.Options.__struct_fields__
            }
            built[key] = gan_class(gan_class.Options(32, **{**own, **options}))
        return built[key]

    return build
