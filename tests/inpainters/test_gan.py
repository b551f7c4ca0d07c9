import numpy as np
import pytest
import tensorflow as tf

from exgan_tf import gans
from exgan_tf.compositing import composite
from exgan_tf.inpainters.gan import GanInpainter


class OneColorGan(gans.Gan):
    """Completes with one colour, and counts how often it is traced."""

    def __init__(self):
        super().__init__(gans.GanOptions(32), networks={})
        self.color = tf.Variable(0.5)
        self.num_traces = 0

    def complete(self, example, *, training):
        self.num_traces += 1
        color = -1.0 if training else self.color
        return composite(example["image"], color, example["mask"])


def test_it_fills_as_the_gan_does(build_gan, example):
    gan = build_gan("reference")
    inpainter = GanInpainter(gan)
    assert (inpainter.input_names, inpainter.image_size) == (("image", "mask", "reference"), 32)
    expected = gan.complete(example, training=False)
    np.testing.assert_allclose(inpainter(example), expected, atol=1e-5)


def test_batches_of_all_sizes_share_one_trace_that_follows_the_weights(example):
    gan = OneColorGan()
    inpainter = GanInpainter(gan)
    for size, color in ((1, 0.5), (2, 0.25), (1, -1)):
        gan.color.assign(color)
        batch = {name: values[:size] for name, values in example.items()}
        hole = np.broadcast_to(batch["mask"] > 0, batch["image"].shape)
        assert np.all(inpainter(batch)[hole] == color)
    assert gan.num_traces == 1


class PaintingGan(OneColorGan):
    """Paints one colour, which it darkens before it comes into the hole."""

    def paint(self, example):
        return tf.ones_like(example["image"]) * self.color * 2.0


def test_a_gan_that_paints_entire_images_shows_them_where_they_are_numbers(example):
    gan = PaintingGan()
    inpainter = GanInpainter(gan)
    assert np.all(inpainter.paint(example) == 1.0)
    with pytest.raises(ValueError, match="mask"):
        inpainter.paint({**example, "mask": example["mask"] * 0.5})
    gan.color.assign(np.nan)
    with pytest.raises(ValueError, match="GanInpainter filled in values that are not finite"):
        inpainter.paint(example)


def test_a_gan_that_fills_holes_alone_shows_what_it_filled(example):
    inpainter = GanInpainter(OneColorGan())
    np.testing.assert_array_equal(inpainter.paint(example), inpainter(example))
