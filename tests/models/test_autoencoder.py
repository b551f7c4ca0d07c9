import numpy as np
import pytest

from exgan_tf.models import autoencoder, eye_windows


@pytest.mark.parametrize("image_size", [32, 40])
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


def test_encoder_and_decoders_are_affine():
    networks = autoencoder.build_eye_networks(32, code_size=4)
    generator = np.random.default_rng(0)
    for name, network in networks.items():
        ((given, tensor),) = network.input.items()
        first, second = generator.normal(size=[2, 1, *tensor.shape[1:]]).astype(np.float32)
        made, other, both, nothing = (
            network({given: each}) for each in (first, second, first + second, 0 * first)
        )
        np.testing.assert_allclose(made + other, both + nothing, atol=1e-4, err_msg=name)
