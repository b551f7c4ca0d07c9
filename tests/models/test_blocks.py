import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.models import blocks


@pytest.mark.parametrize("image_size", [24, 36, 520, 0])
def test_an_image_size_that_cannot_be_built_is_refused(image_size):
    with pytest.raises(ValueError, match=f"image_size is {image_size}; expected a multiple of 8"):
        blocks.check_image_size(image_size)


@pytest.mark.parametrize(
    ("size", "num"), [(256, 6), (128, 5), (64, 4), (32, 3), (96, 5), (48, 4), (24, 3), (12, 2)]
)
def test_halvings_end_at_about_four_pixels(size, num):
    assert blocks.num_halvings(size) == num


@pytest.mark.parametrize(("width", "channels"), [(1, 256), (0.25, 64), (2, 512), (0.001, 8)])
def test_width_scales_the_channels_down_to_eight(width, channels):
    assert blocks.scale_channels(256, width) == channels


def layers_of(normalization):
    inputs = tf.keras.Input([8, 8, 16])
    outputs = blocks.convolve(inputs, 32, kernel=3, normalization=normalization)
    return tf.keras.Model(inputs, outputs)


@pytest.mark.parametrize("normalization", ["instance", "group", "batch"])
def test_an_example_is_normalised_by_itself_unless_by_the_batch(normalization):
    model = layers_of(normalization)
    batch = np.random.default_rng(0).normal(size=[4, 8, 8, 16]).astype(np.float32)
    together = model(batch, training=True)
    difference = np.abs(model(batch[:1], training=True) - together[:1]).max()
    assert difference > 0.01 if normalization == "batch" else difference < 1e-5


def test_an_unknown_normalization_is_refused():
    with pytest.raises(ValueError, match="normalization is 'bacth'; expected one of batch, inst"):
        layers_of("bacth")


@pytest.mark.parametrize("channels", [8, 12, 16, 48, 96])
def test_groups_are_of_any_number_of_channels(channels):
    inputs = tf.keras.Input([8, 8, 3])
    outputs = blocks.convolve(inputs, channels, kernel=3, normalization="group")
    assert outputs.shape == (None, 8, 8, channels)


@pytest.mark.parametrize(
    ("policy", "error"), [("float32", 1e-5), ("mixed_bfloat16", 0.02), ("mixed_float16", 0.005)]
)
@pytest.mark.parametrize("dilation", [1, 2, 16])
def test_dilated_convolutions_and_their_gradients_are_keras_own(dilation, policy, error):
    batch = np.random.default_rng(0).normal(size=[2, 12, 12, 3]).astype(np.float32)
    found = []
    for kind in (tf.keras.layers.Conv2D, blocks.DilatedConv2D):
        layer = kind(
            *(5, 3), padding="same", dilation_rate=dilation, kernel_initializer="ones", dtype=policy
        )
        with tf.GradientTape() as tape:
            output = tf.cast(layer(batch), tf.float32)
            loss = tf.reduce_sum(output**2)
        found.append([output, *tape.gradient(loss, layer.trainable_variables)])
    for expected, own in zip(*found, strict=True):
        np.testing.assert_allclose(own, expected, atol=error * np.abs(expected).max())


def build_spectral(kind):
    """A layer whose kernel has a spectral norm of 1, and a batch for it."""
    generator = np.random.default_rng(0)
    if kind == "convolution":
        layer = tf.keras.layers.Conv2D(6, 3, strides=2, padding="same")
        batch = generator.normal(size=[2, 8, 8, 4])
    else:
        layer = tf.keras.layers.Dense(5)
        batch = generator.normal(size=[2, 7])
    layer = blocks.constrain(layer, spectral_normalization=True)
    layer.build(batch.shape)
    for seed, variable in enumerate(layer.weights):
        variable.assign(tf.random.stateless_normal(variable.shape, [seed, 0]))
    return layer, batch.astype(np.float32)


EVERY_SPECTRAL_LAYER = pytest.mark.parametrize("kind", ["convolution", "dense"])


def matrix(kernel):
    return np.reshape(kernel, [-1, kernel.shape[-1]])


@EVERY_SPECTRAL_LAYER
def test_power_iterations_bring_the_used_kernel_to_norm_one(kind):
    layer, _ = build_spectral(kind)
    for _ in range(200):
        layer.iterate()
    used = layer._divide(layer.kernel)
    norms = np.linalg.svd(matrix(used), compute_uv=False)
    assert norms[0] == pytest.approx(1, abs=1e-4)
    # By one factor, as the norms keep their proportions.
    own = np.linalg.svd(matrix(layer.kernel), compute_uv=False)
    np.testing.assert_allclose(norms, own / own[0], atol=1e-4)


@EVERY_SPECTRAL_LAYER
def test_a_layer_computes_with_the_divided_kernel(kind):
    layer, batch = build_spectral(kind)
    layer.iterate()
    kernel = layer._divide(layer.kernel)
    if kind == "convolution":
        expected = tf.nn.conv2d(batch, kernel, 2, "SAME") + layer.bias
    else:
        expected = tf.matmul(batch, kernel) + layer.bias
    np.testing.assert_allclose(layer(batch), expected, atol=1e-5)


@EVERY_SPECTRAL_LAYER
def test_all_passes_of_a_step_see_the_same_kernel_which_is_left_to_the_optimizer(kind):
    layer, batch = build_spectral(kind)
    kernel, first = layer.kernel.numpy(), layer(batch, training=True).numpy()
    np.testing.assert_array_equal(layer(batch, training=True), first)
    layer.iterate()
    assert np.abs(layer(batch, training=True) - first).max() > 1e-3
    np.testing.assert_array_equal(layer.kernel, kernel)
    assert [variable.name for variable in layer.trainable_variables] == ["kernel:0", "bias:0"]


@EVERY_SPECTRAL_LAYER
def test_the_gradient_flows_through_the_norm_as_published(kind):
    layer, batch = build_spectral(kind)
    for _ in range(200):
        layer.iterate()
    with tf.GradientTape(persistent=True) as tape:
        used = layer._divide(layer.kernel)
        loss = tf.reduce_sum(tf.sin(3 * used))
    by_used = matrix(tape.gradient(loss, used).numpy())
    left, norms, right = np.linalg.svd(matrix(layer.kernel), full_matrices=False)
    # Miyato et al., 2018, equation 11.
    share = (by_used * matrix(used)).sum()
    expected = (by_used - share * np.outer(left[:, 0], right[0])) / norms[0]
    found = matrix(tape.gradient(loss, layer.kernel).numpy())
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


@EVERY_SPECTRAL_LAYER
def test_how_long_a_kernel_is_makes_no_difference(kind):
    layer, batch = build_spectral(kind)
    layer.iterate()
    first = layer(batch)
    layer.kernel.assign(layer.kernel * 7)
    np.testing.assert_allclose(layer(batch), first, rtol=1e-4, atol=1e-5)


def spectral_model():
    inputs = tf.keras.Input([8, 8, 4])
    features = inputs
    for _ in range(2):
        features = blocks.convolve_downwards(features, 8, kernel=5, spectral_normalization=True)
    dense = blocks.constrain(tf.keras.layers.Dense(1), spectral_normalization=True)
    return tf.keras.Model(inputs, dense(tf.keras.layers.Flatten()(features)))


def test_a_checkpoint_restores_the_estimated_norms(tmp_path):
    batch = np.random.default_rng(0).normal(size=[2, 8, 8, 4]).astype(np.float32)
    model, other = spectral_model(), spectral_model()
    blocks.iterate_spectral_norms(model)
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(model=other).read(path).assert_consumed()
    np.testing.assert_array_equal(other(batch), model(batch))
    for each in (model, other):
        blocks.iterate_spectral_norms(each)
    np.testing.assert_array_equal(other(batch), model(batch))


def test_a_step_iterates_every_layer_of_a_network_once():
    model = spectral_model()
    expected = []
    for layer in model.layers:
        if hasattr(layer, "direction"):
            kernel = matrix(layer.kernel.numpy())
            direction = kernel.T @ (kernel @ layer.direction.numpy())
            expected.append(direction / np.linalg.norm(direction))
    blocks.iterate_spectral_norms(model)
    found = [layer.direction.numpy() for layer in model.layers if hasattr(layer, "direction")]
    assert len(found) == 3
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_spectral_norms_are_computed_in_float32_whatever_the_precision():
    tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        model = spectral_model()
    finally:
        tf.keras.mixed_precision.set_global_policy("float32")
    blocks.iterate_spectral_norms(model)
    batch = np.random.default_rng(0).normal(size=[2, 8, 8, 4]).astype(np.float32)
    assert model(batch).dtype == tf.bfloat16
    assert all(variable.dtype == tf.float32 for variable in model.weights)
    same = spectral_model()
    same.set_weights(model.get_weights())
    np.testing.assert_allclose(tf.cast(model(batch), tf.float32), same(batch), atol=0.1)


def test_warping_shifts_by_the_transform():
    image = np.random.default_rng(0).uniform(-1, 1, [1, 8, 8, 3]).astype(np.float32)
    transform = np.array([[[1, 0, 2], [0, 1, 1]]], np.float32)
    warped = blocks.warp(image, transform).numpy()
    np.testing.assert_allclose(warped[:, :7, :6], image[:, 1:, 2:], atol=1e-6)
    np.testing.assert_allclose(warped[:, 7, 7], image[:, 7, 7], atol=1e-6)
