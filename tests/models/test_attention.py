import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import attention


@pytest.fixture
def network():
    inputs = tf.keras.Input([4, 6, 16])
    return tf.keras.Model(inputs, attention.attend(inputs))


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=[2, 4, 6, 16]).astype(np.float32)


def weights(network):
    """name -> the variable; queries and keys have an eighth of the channels, values half."""
    kernels = [v for v in network.variables if len(v.shape) == 4]
    # Keras lists what is further from the output first, and only keys are pooled.
    key, query = (v for v in kernels if v.shape[-1] == 2)
    return {
        "query": query,
        "key": key,
        "value": next(v for v in kernels if v.shape[-1] == 8),
        "output": next(v for v in kernels if v.shape[-1] == 16),
        "gamma": next(v for v in network.variables if "gamma" in v.name),
    }


def test_at_first_nothing_is_added(network, features):
    np.testing.assert_array_equal(network(features), features)


def test_it_is_the_published_formula(network, features):
    named = weights(network)
    named["gamma"].assign(0.5)
    query, key, value, output = (
        named[name].numpy()[0, 0] for name in ("query", "key", "value", "output")
    )

    def pooled(values):
        return values.reshape(2, 2, 2, 3, 2, -1).max(axis=(2, 4)).reshape(2, 6, -1)

    scores = (features @ query).reshape(2, 24, 2) @ pooled(features @ key).transpose(0, 2, 1)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    found = (shares @ pooled(features @ value)).reshape(2, 4, 6, 8)
    np.testing.assert_allclose(
        network(features), features + 0.5 * (found @ output), rtol=1e-4, atol=1e-5
    )
