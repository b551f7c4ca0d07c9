"""Putting the known pixels back: the step before every loss and metric that reads a whole image.

Convention: images [B, H, W, 3] in [-1, 1]; masks [B, H, W, 1], 1 = hole. It stands apart from
`images`, which worker processes import without TensorFlow.
"""

import tensorflow as tf


def composite(image, completed, mask) -> tf.Tensor:
    """Takes the hole from `completed` and all else, bit for bit, from `image`.

    It chooses instead of blending, so that what `completed` holds at a known pixel, be it NaN,
    cannot leak in; and no gradient reaches `completed` there.

    Args:
      image: the image whose pixels are known where the mask is 0, float [B, H, W, C].
      completed: what fills the hole, of a shape that stretches to that of `image`.
      mask: float [B, H, W, 1], 1 = hole, 0 = known.

    Returns:
      A tensor of the shape and dtype of `image`.
    """
    return tf.where(mask > 0, completed, image)
