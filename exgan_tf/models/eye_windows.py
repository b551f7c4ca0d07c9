"""Eye windows: the square around each eye, cut out of images and put back into them.

A window is 3/8 of the image's side, the largest mask box (96 of 256 pixels in the published
script), centred on the eye's box but kept inside the image, and never rescaled. Boxes are int32
[B, 2, 4]: (top, left, height, width) in pixels, the viewer's left eye first. All shapes are
fixed, as XLA wants them.
"""

import tensorflow as tf


def window_size(image_size: int) -> int:
    """Side in pixels of the window around an eye, for images of `image_size`, a multiple of 8."""
    return image_size * 3 // 8


def crop_windows(images, boxes) -> tf.Tensor:
    """Cuts the window around each eye out of images, pixel for pixel.

    Args:
      images: [B, S, S, C], S a multiple of 8.
      boxes: int32 [B, 2, 4], the boxes of the eyes.

    Returns:
      [B, 2, W, W, C] of the images' dtype, W being `window_size(S)`.
    """
    size, channels = images.shape[1], images.shape[3]
    window = window_size(size)
    start = _window_starts(boxes, image_size=size)
    places = start[..., tf.newaxis] + tf.range(window)
    rows, columns = places[:, :, 0, :, tf.newaxis], places[:, :, 1, tf.newaxis, :]
    example = tf.range(tf.shape(boxes)[0])[:, tf.newaxis, tf.newaxis, tf.newaxis]
    # One gather of whole pixels: its gradient is one sum over segments.
    pixels = tf.reshape(images, [-1, channels])
    return tf.gather(pixels, (example * size + rows) * size + columns)


def boxes_to_judge(mask, eye_boxes, *, otherwise=None) -> tf.Tensor:
    """Around which boxes a local discriminator looks: it follows the hole, as GLCIC's does.

    Args:
      mask: float [B, S, S, 1], 1 = hole.
      eye_boxes: int32 [B, 2, 4], those of the image whose windows are cut.
      otherwise: int32 [B, 2, 4]: what the hole is where it is the eyes, if those are another
        image's; None where they are this one's.

    Returns:
      int32 [B, 2, 4]: the eye boxes where the hole is the eyes; else, for the part of the hole on
      the left and for that on the right of its middle, a box of one pixel at its centre.
    """
    is_eyes = _is_boxes(mask, eye_boxes if otherwise is None else otherwise)
    return tf.where(is_eyes[:, tf.newaxis, tf.newaxis], eye_boxes, _halves(mask))


def _is_boxes(mask, boxes):
    """Whether a hole is exactly two boxes, bool [B]."""
    places = tf.range(mask.shape[1])
    start, stop = boxes[..., :2, tf.newaxis], (boxes[..., :2] + boxes[..., 2:])[..., tf.newaxis]
    inside = tf.logical_and(places >= start, places < stop)  # [B, 2, axis, S]
    covered = tf.logical_and(inside[:, :, 0, :, tf.newaxis], inside[:, :, 1, tf.newaxis, :])
    same = tf.equal(tf.reduce_any(covered, axis=1), mask[..., 0] > 0)
    return tf.reduce_all(same, axis=[1, 2])


def _halves(mask):
    """Boxes of one pixel in the middle of a hole's left and right part, int32 [B, 2, 4]."""
    hole = tf.cast(mask[..., 0] > 0, tf.float32)
    places = tf.range(mask.shape[1], dtype=tf.float32)

    def middle(part):
        count = tf.maximum(tf.reduce_sum(part, axis=[1, 2]), 1.0)
        row = tf.reduce_sum(part * places[:, tf.newaxis], axis=[1, 2]) / count
        return row, tf.reduce_sum(part * places, axis=[1, 2]) / count

    covered = tf.reduce_max(hole, axis=1)
    first = tf.reduce_min(tf.where(covered > 0, places, float(mask.shape[1])), axis=1)
    last = tf.reduce_max(tf.where(covered > 0, places, 0.0), axis=1)
    column = ((first + last) / 2)[:, tf.newaxis, tf.newaxis]
    sides = (places <= column, places >= column)
    centers = [middle(hole * tf.cast(side, tf.float32)) for side in sides]
    starts = tf.cast(tf.round(tf.stack([tf.stack(center, -1) for center in centers], 1)), tf.int32)
    return tf.concat([starts, tf.ones_like(starts)], -1)


def lay_windows(windows, boxes, *, image_size: int) -> tf.Tensor:
    """Lays the windows of both eyes where `crop_windows` would cut them; 0 elsewhere.

    Args:
      windows: float [B, 2, W, W, C], W being `window_size(image_size)`.
      boxes: int32 [B, 2, 4], the boxes of the eyes.
      image_size: side of the image in pixels, a multiple of 8.

    Returns:
      float [B, image_size, image_size, C]; where the two windows overlap, their mean.
    """
    window, channels = window_size(image_size), windows.shape[-1]
    start = _window_starts(boxes, image_size=image_size)
    places = tf.range(image_size) - start[..., tf.newaxis]
    inside = tf.logical_and(places >= 0, places < window)
    places = tf.clip_by_value(places, 0, window - 1)
    rows, columns = places[:, :, 0, :, tf.newaxis], places[:, :, 1, tf.newaxis, :]
    covered = tf.logical_and(inside[:, :, 0, :, tf.newaxis], inside[:, :, 1, tf.newaxis, :])
    covered = tf.cast(covered, windows.dtype)[..., tf.newaxis]
    eye = tf.reshape(tf.range(2 * tf.shape(boxes)[0]), [-1, 2, 1, 1])
    pixels = tf.reshape(windows, [-1, channels])
    placed = tf.gather(pixels, (eye * window + rows) * window + columns) * covered
    return tf.reduce_sum(placed, axis=1) / tf.maximum(tf.reduce_sum(covered, axis=1), 1)


def transform_between(target_boxes, boxes) -> tf.Tensor:
    """The similarity transform, float32 [B, 2, 3], from the eyes `target_boxes` to `boxes`."""
    source, target = box_centers(boxes), box_centers(target_boxes)
    step, target_step = source[:, 1] - source[:, 0], target[:, 1] - target[:, 0]
    # As complex numbers: source = ratio * target + shift, with ratio = step / target_step.
    x, y = tf.unstack(step, axis=-1)
    u, v = tf.unstack(target_step, axis=-1)
    length = tf.maximum(u * u + v * v, 1.0)
    cosine, sine = (x * u + y * v) / length, (y * u - x * v) / length
    turn = tf.stack([tf.stack([cosine, -sine], -1), tf.stack([sine, cosine], -1)], 1)
    middle, target_middle = tf.reduce_mean(source, 1), tf.reduce_mean(target, 1)
    shift = middle - tf.reduce_sum(turn * target_middle[:, tf.newaxis], axis=-1)
    return tf.concat([turn, shift[..., tf.newaxis]], -1)


def _window_starts(boxes, *, image_size):
    """int32 [B, 2, 2]: (top, left) of the window around each box."""
    window = window_size(image_size)
    start = (2 * boxes[..., :2] + boxes[..., 2:] - window) // 2
    return tf.clip_by_value(start, 0, image_size - window)


def box_centers(boxes) -> tf.Tensor:
    """The centre (x, y) of each box, float32 [B, 2, 2]; pixel centres lie on whole numbers."""
    boxes = tf.cast(boxes, tf.float32)
    return tf.reverse(boxes[..., :2] + (boxes[..., 2:] - 1.0) / 2.0, [-1])
