import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import autoencoder, eye_windows


def test_one_encoder_serves_both_eyes_but_the_decoders_differ(build_gan, example):
    model = build_gan("autoencoder")
    eye = eye_windows.crop_windows(example["image"], example["eye_boxes"])[:, :1]
    twice = tf.concat([eye, eye], axis=1)
    codes = autoencoder.encode_windows(model.networks["encoder"], twice)
    np.testing.assert_allclose(codes[:, 0], codes[:, 1], atol=1e-6)
    decoded = model.reconstruct(twice)
    assert np.abs(decoded[:, 0] - decoded[:, 1]).max() > 1e-3


def test_the_loss_is_the_mean_squared_error_over_the_windows(build_gan, example):
    model = build_gan("autoencoder")
    windows = eye_windows.crop_windows(example["image"], example["eye_boxes"])
    expected = np.mean((model.reconstruct(windows) - windows) ** 2)
    losses = model.generator_losses(example, {"completed": example["image"]})
    assert float(losses["reconstruction"]) == pytest.approx(expected, rel=1e-5)
    assert float(losses["total"]) == float(losses["reconstruction"])


def test_completing_shows_the_eyes_as_decoded_and_there_is_no_discriminator(build_gan, example):
    model = build_gan("autoencoder")
    difference = np.abs(model.complete(example, training=False) - example["image"])
    assert difference.max() > 0.1
    assert model.discriminator_variables == []
