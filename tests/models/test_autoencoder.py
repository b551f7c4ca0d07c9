import numpy as np
import pytest

from exgan_tf.models import autoencoder, eye_windows

NARROW = 0.1


@pytest.mark.parametrize("image_size", [32, 40, 64, 72])
def test_a_window_survives_encoding_and_decoding_in_shape(image_size):
    window = eye_windows.window_size(image_size)
    encoder = autoencoder.build_eye_encoder(image_size, width=NARROW, code_size=16)
    decoder = autoencoder.build_eye_decoder(image_size, width=NARROW, code_size=16)
    code = encoder({"window": np.zeros([3, window, window, 3], np.float32)})
    decoded = decoder({"code": code})
    assert code.shape == (3, 16)
    assert decoded.shape == (3, window, window, 3)
    assert np.abs(decoded).max() <= 1


def test_the_code_of_an_eye_has_mean_zero_and_variance_one():
    encoder = autoencoder.build_eye_encoder(32, width=NARROW, code_size=64)
    windows = np.random.default_rng(0).uniform(-1, 1, [2, 12, 12, 3]).astype(np.float32)
    code = encoder({"window": windows}).numpy()
    np.testing.assert_allclose(code.mean(-1), 0, atol=1e-4)
    np.testing.assert_allclose(code.var(-1), 1, atol=0.05)


@pytest.mark.parametrize("code_size", [0, 1, -3])
def test_a_code_of_less_than_two_numbers_is_refused(code_size):
    with pytest.raises(ValueError, match=f"code_size is {code_size}"):
        autoencoder.build_eye_encoder(32, code_size=code_size)
