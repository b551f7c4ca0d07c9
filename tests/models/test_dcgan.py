from exgan_tf.models import dcgan


def test_at_64_pixels_the_layers_are_those_of_the_published_networks():
    # A sixteenth of their channels. No biases but where nothing is normalised; a channel that is
    # normalised has four numbers instead.
    up = 100 * 4 * 4 * 64 + 25 * (64 * 32 + 32 * 16 + 16 * 8) + 25 * 8 * 3 + 3
    up += 4 * (64 + 32 + 16 + 8)
    assert dcgan.build_dcgan_generator(64, width=1 / 16, guided=False).count_params() == up
    down = 25 * (3 * 8 + 8 * 16 + 16 * 32 + 32 * 64) + 8 + 4 * 4 * 64 + 1
    down += 4 * (16 + 32 + 64)
    assert dcgan.build_dcgan_discriminator(64, width=1 / 16, guided=False).count_params() == down
