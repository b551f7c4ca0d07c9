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
    """name -> the variable: query, key, value, output and gamma."""
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


def test_gamma_learns_from_the_start(network, features):
    gamma = weights(network)["gamma"]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network(features) ** 2)
    assert abs(float(tape.gradient(loss, gamma))) > 1e-3


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


def test_queries_and_keys_have_an_eighth_of_the_channels_and_values_half(network):
    shapes = sorted(tuple(v.shape) for v in network.variables if len(v.shape) == 4)
    assert shapes == [(1, 1, 8, 16), (1, 1, 16, 2), (1, 1, 16, 2), (1, 1, 16, 8)]
