import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import autoencoder, eye_windows


@pytest.mark.parametrize("image_size", [32, 40, 64, 72])
def test_a_window_survives_encoding_and_decoding_in_shape(image_size):
    window = eye_windows.window_size(image_size)
    networks = autoencoder.build_eye_networks(image_size, code_size=16)
    windows = np.zeros([3, 2, window, window, 3], np.float32)
    codes = autoencoder.encode_windows(networks["encoder"], windows)
    assert codes.shape == (3, 2, 16)
    assert autoencoder.decode_windows(networks, codes).shape == windows.shape


def test_each_eye_is_painted_by_its_own_decoder():
    networks = autoencoder.build_eye_networks(32, code_size=16)
    codes = np.random.default_rng(0).normal(size=[1, 2, 16]).astype(np.float32)
    painted = autoencoder.decode_windows(networks, codes)
    for eye, name in enumerate(["left_decoder", "right_decoder"]):
        np.testing.assert_allclose(
            painted[:, eye], networks[name]({"code": codes[:, eye]}), atol=1e-6
        )


def test_eyes_of_few_patterns_are_kept_exactly():
    rng = np.random.default_rng(1)
    patterns = rng.normal(size=[4, 12 * 12 * 3]) / 8
    windows = (rng.normal(size=[64, 2, 4]) @ patterns).reshape(64, 2, 12, 12, 3).astype(np.float32)
    networks = autoencoder.build_eye_networks(32, code_size=8)
    variables = [each for network in networks.values() for each in network.trainable_variables]
    optimizer = tf.keras.optimizers.Adam(3e-3)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            codes = autoencoder.encode_windows(networks["encoder"], windows)
            error = autoencoder.decode_windows(networks, codes) - windows
            loss = tf.reduce_mean(tf.square(error))
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    for _ in range(400):
        loss = step()
    assert loss < 0.01 * np.mean(windows**2)


@pytest.mark.parametrize("code_size", [0, 1, -3])
def test_a_code_of_less_than_two_numbers_is_refused(code_size):
    with pytest.raises(ValueError, match=f"code_size is {code_size}"):
        autoencoder.build_eye_networks(32, code_size=code_size)
