import json
import socket
import urllib.error

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.metrics import distribution, inception


class FakeInception(tf.Module):
    """Says of each image its mean colour and contrast, in the shapes of TF-GAN's network."""

    @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3])])
    def __call__(self, images):
        mean, variance = tf.nn.moments(images, [1, 2], keepdims=True)
        features = tf.concat([mean, tf.sqrt(variance)], axis=-1)
        return {"pool_3": features, "logits": 4 * features[:, 0, 0, :3]}


class Nameless(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3])])
    def __call__(self, images):
        return {"features": tf.reduce_mean(images, [1, 2])}


class Convolutional(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 299, 299, 3])])
    def __call__(self, images):
        return {"pool_3": images[:, ::100, ::100], "logits": images[:, 0, 0]}


class OfAnotherSize(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 32, 32, 3])])
    def __call__(self, images):
        return {"pool_3": images[:, 0, 0], "logits": images[:, 0, 0]}


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    directory = tmp_path_factory.mktemp("inception") / "fake"
    tf.saved_model.save(FakeInception(), str(directory))
    return directory


@pytest.fixture(scope="module")
def extractor(saved_model):
    return inception.load_extractor(saved_model)


def draw_images(count, *, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, [count, 32, 32, 3]).astype(np.float32)


def test_a_local_saved_model_gives_features_and_logits(extractor, saved_model):
    features, logits = extractor(draw_images(3))
    assert features.shape == (3, 6)
    assert logits.shape == (3, 3)
    assert features.dtype == logits.dtype == np.float32
    assert extractor.source == str(saved_model)


def test_features_do_not_depend_on_the_batch(extractor):
    images = draw_images(3)
    alone = np.concatenate([extractor(images[i : i + 1])[0] for i in range(3)])
    np.testing.assert_allclose(extractor(images)[0], alone, atol=1e-6)


def test_the_network_sees_colours_from_minus_one_to_one(extractor):
    features, _ = extractor(np.ones([1, 32, 32, 3]) * [-1.0, 0.2, 1.0])
    np.testing.assert_allclose(features[0], [-1, 0.2, 1, 0, 0, 0], atol=1e-3)


def test_what_a_picture_file_cannot_hold_is_rounded_away(extractor):
    images = np.rint(draw_images(2) * 100) / 127.5
    images += 1 / 255  # To a whole number of grey levels.
    nudged = images + 0.3 / 127.5
    np.testing.assert_array_equal(extractor(images)[0], extractor(nudged)[0])


def test_photos_are_refused_where_images_are_wanted(extractor):
    with pytest.raises(ValueError, match="images is uint8"):
        extractor(np.zeros([1, 32, 32, 3], np.uint8))


@pytest.mark.parametrize("network", [Nameless, Convolutional, OfAnotherSize])
def test_a_model_that_is_not_inception_is_refused(network, tmp_path):
    tf.saved_model.save(network(), str(tmp_path / "model"))
    with pytest.raises(inception.InceptionUnavailableError, match="is not Inception") as caught:
        inception.load_extractor(tmp_path / "model")
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(inception.InceptionUnavailableError, match="cannot load") as caught:
        inception.load_extractor(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_damaged_model_is_refused(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"not a model")
    with pytest.raises(inception.InceptionUnavailableError, match="cannot load"):
        inception.load_extractor(tmp_path)


@pytest.mark.parametrize("source", ["no/such/folder", "", "gs://bucket/inception"])
def test_a_source_that_is_neither_folder_nor_handle_is_refused(source):
    with pytest.raises(inception.InceptionUnavailableError, match="neither a folder nor"):
        inception.load_extractor(source)


def test_an_unreachable_hub_is_a_clear_error(monkeypatch):
    def fail(handle):
        raise urllib.error.URLError(f"no way to {handle}\nand more")

    monkeypatch.setattr(inception.hub, "load", fail)
    with pytest.raises(inception.InceptionUnavailableError, match="no way to https://tfhub") as got:
        inception.load_extractor()
    assert "\n" not in str(got.value)


def test_a_hub_that_keeps_silent_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(inception, "_SERVER_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        handle = f"https://127.0.0.1:{silent.getsockname()[1]}/inception/1"
        with pytest.raises(inception.InceptionUnavailableError, match="timed out"):
            inception.load_extractor(handle)
    assert socket.getdefaulttimeout() is None


def draw_features(count, *, num_features=12, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(9).normal(size=[num_features, num_features])
    features = rng.normal(size=[count, num_features]) @ mixing + shift
    return features.astype(np.float32)


def test_fid_agrees_with_the_independent_formula():
    one, other = draw_features(80), draw_features(60, seed=1, shift=0.4)
    expected = distribution.frechet_distance(one, other)
    assert inception.fid(one, other) == pytest.approx(expected, rel=1e-7)


def test_fid_of_few_samples_warns_and_agrees_with_tf_gan():
    one, other = draw_features(7), draw_features(9, seed=1, shift=0.4)
    with pytest.warns(distribution.FewSamplesWarning, match="7 samples of 12 features"):
        distance = inception.fid(one, other)
    expected = inception.tfgan.eval.frechet_classifier_distance_from_activations(one, other)
    assert distance == pytest.approx(float(expected), rel=1e-4)
    json.dumps(distance, allow_nan=False)


def test_fid_of_a_set_to_itself_is_zero():
    features = draw_features(50)
    assert inception.fid(features, features) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("features", "complaint"),
    [
        (np.zeros([1, 12]), "other_features has the shape"),
        (np.zeros([30, 11]), "the two sets have 12 and 11 features"),
        (np.full([30, 12], np.inf), "other_features holds values that are not finite"),
    ],
)
def test_fid_of_unfit_features_is_refused(features, complaint):
    with pytest.raises(ValueError, match=complaint):
        inception.fid(draw_features(30), features)


def test_the_inception_score_is_exp_of_the_mean_divergence():
    logits = np.random.default_rng(0).normal(size=[20, 5]) * 2
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    marginal = probabilities.mean(0)
    divergences = (probabilities * np.log(probabilities / marginal)).sum(1)
    assert inception.inception_score(logits) == pytest.approx(np.exp(divergences.mean()))


def test_the_inception_score_counts_sure_and_varied_classes():
    sure = 1000.0 * np.eye(4)[[0, 1, 2, 2]]
    expected = np.exp(-(0.25 * np.log(0.25) * 2 + 0.5 * np.log(0.5)))
    assert inception.inception_score(sure) == pytest.approx(expected)
    assert inception.inception_score(np.zeros([6, 4])) == pytest.approx(1)


def test_the_inception_score_of_one_image_is_refused():
    with pytest.raises(ValueError, match=r"logits has the shape \(1, 4\)"):
        inception.inception_score(np.zeros([1, 4]))


def test_a_program_is_not_fetched_in_the_open():
    with pytest.raises(inception.InceptionUnavailableError, match="give it as https"):
        inception.load_extractor("http://tfhub.dev/inception/1")
