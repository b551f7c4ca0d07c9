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


@pytest.fixture(scope="module")
def extractor(tmp_path_factory):
    directory = tmp_path_factory.mktemp("inception") / "fake"
    tf.saved_model.save(FakeInception(), str(directory))
    return inception.load_extractor(directory)


def draw_images(count, *, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, [count, 32, 32, 3]).astype(np.float32)


def test_a_local_saved_model_gives_features_and_logits_in_any_batch(extractor):
    images = draw_images(3)
    features, logits = extractor(images)
    assert (features.shape, logits.shape) == ((3, 6), (3, 3))
    assert features.dtype == logits.dtype == np.float32
    alone = np.concatenate([extractor(images[i : i + 1])[0] for i in range(3)])
    np.testing.assert_allclose(features, alone, atol=1e-6)


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


def fail_to_load(source, message):
    with pytest.raises(inception.InceptionUnavailableError, match=message) as caught:
        inception.load_extractor(source)
    assert "\n" not in str(caught.value)


OTHERS = {
    "without the names": (299, lambda images: {"features": images[:, 0, 0]}),
    "of maps": (299, lambda images: {"pool_3": images[:, ::9, ::9], "logits": images[:, 0, 0]}),
    "of another size": (32, lambda images: {"pool_3": images[:, 0, 0], "logits": images[:, 0, 0]}),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_a_model_that_is_not_inception_is_refused(kind, tmp_path):
    side, compute = OTHERS[kind]
    network = tf.Module()
    network.__call__ = tf.function(compute, [tf.TensorSpec([None, side, side, 3])])
    tf.saved_model.save(network, str(tmp_path / "model"))
    fail_to_load(tmp_path / "model", "is not Inception")


@pytest.mark.parametrize("holds_a_file", [False, True])
def test_a_folder_without_a_model_is_refused(holds_a_file, tmp_path):
    if holds_a_file:
        (tmp_path / "saved_model.pb").write_bytes(b"not a model")
    fail_to_load(tmp_path, "cannot load")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        *((source, "neither a folder nor") for source in ("no/folder", "", "gs://bucket/network")),
        ("http://tfhub.dev/inception/1", "give it as https"),  # A program, open to be changed.
    ],
)
def test_a_source_that_is_neither_folder_nor_safe_handle_is_refused(source, message):
    fail_to_load(source, message)


def test_an_unreachable_hub_is_a_clear_error(monkeypatch):
    def fail(handle):
        raise urllib.error.URLError(f"no way to {handle}\nand more")

    monkeypatch.setattr(inception.hub, "load", fail)
    fail_to_load(inception.DEFAULT_SOURCE, "no way to https://tfhub")


def test_a_hub_that_keeps_silent_is_given_up(monkeypatch, tmp_path):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(inception, "_SERVER_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fail_to_load(f"https://127.0.0.1:{silent.getsockname()[1]}/inception/1", "timed out")
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
    assert inception.fid(one, one) == pytest.approx(0, abs=1e-6)


def test_fid_of_few_samples_warns_and_agrees_with_tf_gan():
    one, other = draw_features(7), draw_features(9, seed=1, shift=0.4)
    with pytest.warns(distribution.FewSamplesWarning, match="7 samples of 12 features"):
        distance = inception.fid(one, other)
    expected = inception.tfgan.eval.frechet_classifier_distance_from_activations(one, other)
    assert distance == pytest.approx(float(expected), rel=1e-4)
    json.dumps(distance, allow_nan=False)


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
    with pytest.raises(ValueError, match=r"logits has the shape \(1, 4\)"):
        inception.inception_score(np.zeros([1, 4]))
