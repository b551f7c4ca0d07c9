import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import compositing, gans, losses
from exgan_tf.gans import keypoint
from exgan_tf.models import face_map

EVERY_FORM = pytest.mark.parametrize("guided", [True, False])


def noise(seed=0, count=2):
    return tf.random.stateless_uniform([count, 100], [seed, 0], -1.0, 1.0)


def known_difference(gan, example):
    """The mean difference at known pixels between the image and the face that was found."""
    known = example["mask"] == 0
    difference = tf.abs(gan.paint(example) - example["image"])
    return np.mean(difference[tf.broadcast_to(known, difference.shape)])


def test_both_networks_of_a_guided_gan_see_the_map(build_gan, example):
    gan = build_gan("keypoint")
    assert gan.input_names == ("image", "mask", "landmarks")
    expected = face_map.draw_face_map(example["landmarks"], 32)
    inputs = gan._discriminator_inputs(example, example["image"])
    np.testing.assert_array_equal(inputs["face_map"], expected)
    moved = example["landmarks"][:, ::-1]
    painted = [gan.paint_faces(noise(), points) for points in (example["landmarks"], moved)]
    assert np.abs(painted[0] - painted[1]).max() > 1e-3


def test_an_unguided_gan_needs_no_landmarks(build_gan, example):
    gan = build_gan("keypoint", guided=False)
    assert gan.input_names == ("image", "mask")
    del example["landmarks"]
    assert gan.complete(example, training=False).shape == (2, 32, 32, 3)
    opinions = gan.judge(example, gan.generate(example))
    assert [logits.shape for logits in opinions.values()] == [(2, 1)] * 2
    assert gan.paint_faces(noise()).shape == (2, 32, 32, 3)


def test_training_paints_entire_faces_of_noise(build_gan, example):
    gan = build_gan("keypoint")
    first, second = (gan.complete(example, training=True).numpy() for _ in range(2))
    assert np.abs(first - second).max() > 1e-3
    assert np.abs(first - example["image"])[np.squeeze(example["mask"] == 0)].max() > 0.1


def test_noise_follows_the_global_seed_and_goes_on_from_a_checkpoint(example, tmp_path):
    painted = []
    for _ in range(2):
        tf.keras.utils.set_random_seed(3)
        gan = gans.KeypointGan(gans.KeypointOptions(32, width=0.05, normalization="none"))
        painted.append(gan.complete(example, training=True))
    np.testing.assert_array_equal(*painted)
    path = tf.train.Checkpoint(gan=gan).write(str(tmp_path / "checkpoint"))
    expected = gan.complete(example, training=True)
    other = gans.KeypointGan(gans.KeypointOptions(32, width=0.05, normalization="none"))
    tf.train.Checkpoint(gan=other).read(path).assert_consumed()
    np.testing.assert_array_equal(other.complete(example, training=True), expected)


def test_the_generator_learns_from_the_discriminator_alone(build_gan, example):
    gan = build_gan("keypoint")
    generated = gan.generate(example)
    opinions = gan.judge(example, generated)
    terms = gan.generator_losses(example, generated, opinions=opinions)
    expected = losses.non_saturating_generator_loss(opinions["fake_logits"])
    assert {name: float(term) for name, term in terms.items()} == {
        "adversarial": float(expected),
        "total": float(expected),
    }


def test_what_a_guided_gan_cannot_do_without_is_named(build_gan, example):
    gan = build_gan("keypoint")
    with pytest.raises(ValueError, match="landmarks is None"):
        gan.paint_faces(noise())
    with pytest.raises(ValueError, match="opinions is None"):
        gan.generator_losses(example, {})


@EVERY_FORM
def test_a_longer_search_comes_nearer_to_what_is_known(guided, build_gan, example):
    # An image that can be found, with its hole in a corner.
    options = {"guided": guided, "normalization": "none", "search_learning_rate": 0.2}
    short, long = (build_gan("keypoint", search_steps=steps, **options) for steps in (1, 20))
    for name, network in long.networks.items():
        network.set_weights(short.networks[name].get_weights())
    example["image"] = short.paint_faces(noise(), example["landmarks"])
    if not guided:
        # The weights of an unguided search are near the hole alone; here that is everywhere.
        rows, columns = np.mgrid[:32, :32]
        checkerboard = ((rows // 4 + columns // 4) % 2).astype(np.float32)
        example["mask"] = tf.constant(np.tile(checkerboard[..., np.newaxis], [2, 1, 1, 1]))
    assert known_difference(long, example) < 0.8 * known_difference(short, example)


def test_the_search_makes_the_steps_of_adam(build_gan, example):
    gan = build_gan("keypoint", normalization="none", search_steps=4, prior_weight=50.0)
    z = tf.Variable(np.tile(tf.random.stateless_uniform([1, 100], [0, 0], -1.0, 1.0), [2, 1]))
    optimizer = tf.keras.optimizers.Adam(0.01, epsilon=1e-8)
    known = 1 - example["mask"]
    for _ in range(4):
        with tf.GradientTape() as tape:
            painted = gan.paint_faces(z, example["landmarks"])
            loss = tf.reduce_sum(known * tf.abs(painted - example["image"]))
            logits = gan.judge(example, {"completed": painted})["fake_logits"]
            loss += 50.0 * tf.reduce_sum(tf.nn.softplus(-logits))
        optimizer.apply_gradients([(tape.gradient(loss, z), z)])
        z.assign(tf.clip_by_value(z, -1.0, 1.0))
    np.testing.assert_allclose(gan._search(example), z, atol=1e-4)


def test_the_noise_that_is_found_stays_in_range(build_gan, example):
    gan = build_gan("keypoint", search_learning_rate=5.0)
    assert np.abs(gan._search(example)).max() <= 1


@EVERY_FORM
def test_an_image_is_found_alike_in_every_batch_and_when_compiled(guided, build_gan, example):
    gan = build_gan("keypoint", guided=guided)
    reversed_example = {name: values[::-1] for name, values in example.items()}
    painted = gan.paint(example)
    compiled = tf.function(gan.paint)(reversed_example)
    np.testing.assert_allclose(compiled[::-1], painted, atol=1e-5)
    blended = compositing.blend_poisson(example["image"], painted, example["mask"])
    np.testing.assert_allclose(
        gan.complete(example, training=False), tf.clip_by_value(blended, -1, 1), atol=1e-5
    )


@pytest.mark.parametrize(("image_size", "window"), [(64, 15), (128, 29)])
def test_unguided_weights_are_the_share_of_the_hole_nearby(image_size, window):
    mask = np.zeros([1, image_size, image_size, 1], np.float32)
    row, column = 30, 40
    mask[0, row, column] = 1
    share = keypoint._hole_nearby(tf.constant(mask)).numpy()[0, ..., 0]
    rows, columns = np.nonzero(share)
    reach = window // 2
    assert (rows.min(), rows.max()) == (row - reach, row + reach)
    assert (columns.min(), columns.max()) == (column - reach, column + reach)
    assert share[row + reach, column] == pytest.approx(1 / window**2)
    # Beyond the border nothing counts.
    np.testing.assert_allclose(keypoint._hole_nearby(tf.ones([1, 64, 64, 1])), 1)
