"""Masks: the boxes around eyes that the benchmark hides, and what else can be hidden. 1 = hole.

Every mask is a pure function of seeds, size and eye boxes, so that a photograph can have the same
one each time. `draw_masks` draws them by name.
"""

import dataclasses
import math

import tensorflow as tf

from exgan_tf.celeb_id import boxes
from exgan_tf.data.mask_names import NAMES, check_name

# Lengths are over the side of the image, angles in radians. All ours, but for two after Yeh et al.
# (Semantic Image Inpainting with Deep Generative Models, 2017): the middle half of each side is
# hidden in their published code; 80 % of the pixels are said to be in their paper, which was not at
# hand, while that code hides 20 %.
_RANDOM_SHARE = 0.8
_CENTRAL_SIDE = 1 / 2
_BOX_SIDES = 1 / 8, 1 / 2
_INNER = 1 / 8, 7 / 8  # Where ellipses have their centres and strokes begin.
_MAX_ELLIPSES = 3
_ELLIPSE_AXES = 1 / 16, 1 / 4  # From the centre to the edge.
_MAX_STROKES = 3
_STROKE_SEGMENTS = 4
_STROKE_LENGTHS = 1 / 8, 1 / 4  # Of a segment.
_STROKE_TURN = math.pi / 3  # The most by which a segment turns away from the one before.
_STROKE_WIDTHS = 1 / 16, 1 / 8
_LOOP_SEGMENTS = 12
_LOOP_LENGTHS = 1 / 12, 1 / 5
_LOOP_TURN = math.pi / 4  # The most by which a segment strays from a circle's.
_LOOP_WIDTHS = 1 / 10, 1 / 6
_LOOP_CENTERS = 1 / 4, 3 / 4
_NUM_SQUARES = 8  # On a side of the checkerboard.


def draw_box_sizes(count, *, image_size: int, seed: tf.Tensor) -> tf.Tensor:
    """Draws the mask boxes of `count` faces from the published distribution, scaled from 256.

    Args:
      count: an integer.
      image_size: side of the images, in pixels.
      seed: int64 [2], as the stateless random functions take it.

    Returns:
      float32 [count, 2, 2]: for the left and the right eye (height, width) in whole pixels.
    """
    normal = tf.random.stateless_normal([count, 2, 2], seed, boxes.SIDE_MEAN, boxes.SIDE_STDDEV)
    sides = tf.floor(tf.clip_by_value(tf.abs(normal), boxes.SIDE_MIN, boxes.SIDE_MAX))
    return tf.floor(sides * (image_size / boxes.IMAGE_SIZE) + 0.5)


def boxes_around(eyes: tf.Tensor, box_sizes: tf.Tensor, *, image_size: int) -> tf.Tensor:
    """The pixel boxes centred on eyes, cut off at the border of the image.

    Args:
      eyes: float32 [..., 2], (x, y) in pixels, inside the image.
      box_sizes: float32 [..., 2], (height, width) in pixels; rounded, and at least
        `celeb_id.boxes.LEAST_SIDE`: those of small images, and of records made by earlier versions,
        may be smaller.
      image_size: side of the image, in pixels.

    Returns:
      int32 [..., 4]: (top, left, height, width), inside the image, never empty.
    """
    sizes = tf.maximum(tf.floor(box_sizes + 0.5), float(boxes.LEAST_SIDE))
    start = tf.floor(tf.reverse(eyes, [-1]) - (sizes - 1.0) / 2.0 + 0.5)
    end = tf.clip_by_value(start + sizes, 1.0, float(image_size))
    start = tf.clip_by_value(start, 0.0, float(image_size - 1))
    return tf.cast(tf.concat([start, end - start], axis=-1), tf.int32)


def boxes_to_mask(boxes: tf.Tensor, *, image_size: int) -> tf.Tensor:
    """The mask that is 1 inside any of an image's boxes: float32 [B, image_size, image_size, 1].

    Args:
      boxes: int32 [B, n, 4], (top, left, height, width) in pixels.
      image_size: side of the image, in pixels.
    """
    top, left, height, width = tf.unstack(boxes, axis=-1)

    def inside(start, length):
        place = tf.range(image_size)
        after = place >= start[..., tf.newaxis]
        return tf.cast(after & (place < (start + length)[..., tf.newaxis]), tf.float32)

    # Number of boxes over each pixel.
    covers = tf.matmul(inside(top, height), inside(left, width), transpose_a=True)
    return tf.minimum(covers, 1.0)[..., tf.newaxis]


def draw_masks(name: str, *, seeds, image_size: int, eye_boxes) -> tf.Tensor:
    """Draws a mask for each image of a batch; inside tf.data or outside.

    Args:
      name: one of `mask_names.NAMES`.
      seeds: int64 [B, 2], as the stateless random functions take them; the same seed draws the same
        mask.
      image_size: side of the images, in pixels, at least 8.
      eye_boxes: int32 [B, 2, 4], (top, left, height, width) in pixels inside the image; what masks
        that lie on the eyes are drawn from.

    Returns:
      float32 [B, image_size, image_size, 1], each value 0 or 1. Each mask has a hole, and but for
      eye boxes that cover everything each leaves known pixels.

    Raises:
      ValueError: if the name is unknown, or another argument is out of range or of another shape.
    """
    check_name(name)
    if image_size < _NUM_SQUARES:
        raise ValueError(f"image_size is {image_size}; expected at least {_NUM_SQUARES} pixels")
    seeds = tf.convert_to_tensor(seeds, tf.int64)
    eye_boxes = tf.convert_to_tensor(eye_boxes, tf.int32)
    for argument, value, shape in (
        ("seeds", seeds, [None, 2]),
        ("eye_boxes", eye_boxes, [None, 2, 4]),
    ):
        if not value.shape.is_compatible_with(shape):
            raise ValueError(f"{argument} has the shape {value.shape}; expected {shape}")
    canvas = _Canvas(seeds=seeds, image_size=image_size, eye_boxes=eye_boxes)
    return tf.cast(_MASKS[name](canvas), tf.float32)[..., tf.newaxis]


def describe_mask(name: str) -> str:
    """What the mask of a name hides, for people: "hides ...", without a full stop."""
    check_name(name)
    sentence = (_MASKS[name].__doc__ or "").splitlines()[0].rstrip(".")
    return sentence[0].lower() + sentence[1:]


@dataclasses.dataclass(frozen=True, eq=False)
class _Canvas:
    """What a mask is drawn from; a function of `_MASKS` makes a hole of it, bool [B, S, S]."""

    seeds: tf.Tensor
    image_size: int
    eye_boxes: tf.Tensor

    def draw(self, *shape):
        """Numbers between 0 and 1, float32 [B, *shape]; the same ones at each call."""
        return tf.map_fn(
            lambda seed: tf.random.stateless_uniform(shape, seed),
            self.seeds,
            fn_output_signature=tf.float32,
        )

    def repeat(self, hole):
        """The same hole, bool [S, S], for every image."""
        count, size = tf.shape(self.seeds)[0], self.image_size
        return tf.broadcast_to(hole, [count, size, size])

    def cover_boxes(self, boxes):
        return boxes_to_mask(boxes, image_size=self.image_size)[..., 0] > 0


def _hide_eyes(canvas):
    """Hides the boxes of both eyes.

    Paper, section on Celeb-ID.
    """
    return canvas.cover_boxes(canvas.eye_boxes)


def _hide_box(canvas):
    """Hides a rectangle anywhere, its sides an eighth to a half of the image's."""
    numbers = canvas.draw(2, 2)
    sides = tf.floor(_between(numbers[:, 0], _BOX_SIDES) * canvas.image_size + 0.5)
    start = tf.floor(numbers[:, 1] * (canvas.image_size - sides + 1))
    return canvas.cover_boxes(tf.cast(tf.concat([start, sides], axis=-1), tf.int32)[:, tf.newaxis])


def _hide_ellipses(canvas):
    """Hides one to three ellipses, their diameters an eighth to a half of the image's side."""
    numbers = canvas.draw(1 + 5 * _MAX_ELLIPSES)
    count, numbers = _draw_count(numbers[:, 0], _MAX_ELLIPSES), numbers[:, 1:]
    hole = canvas.repeat(False)
    for index, drawn in enumerate(tf.split(numbers, _MAX_ELLIPSES, axis=-1)):
        x, y = tf.unstack(_between(drawn[:, :2], _INNER), axis=-1)
        angle = drawn[:, 2] * math.pi
        # At least a pixel, so that one is hit.
        axes = tf.maximum(_between(drawn[:, 3:], _ELLIPSE_AXES) * canvas.image_size, 1.0)
        along, across = _turned(canvas, x=x, y=y, angle=angle)
        radius = tf.square(along / _on_plane(axes[:, 0])) + tf.square(
            across / _on_plane(axes[:, 1])
        )
        hole |= (radius <= 1) & _on_plane(index < count)
    return hole


def _hide_strokes(canvas):
    """Hides one to three thick strokes of the pen, each of four segments."""
    num_steps = _STROKE_SEGMENTS * _MAX_STROKES
    numbers = canvas.draw(1 + 4 * _MAX_STROKES + 2 * num_steps)
    head, strokes, steps = tf.split(numbers, [1, 4 * _MAX_STROKES, 2 * num_steps], axis=-1)
    strokes = tf.reshape(strokes, [-1, _MAX_STROKES, 4])
    steps = tf.reshape(steps, [-1, _MAX_STROKES, _STROKE_SEGMENTS, 2])
    turns = (2 * steps[..., 0] - 1) * _STROKE_TURN
    headings = strokes[..., 2:3] * 2 * math.pi + tf.cumsum(turns, axis=-1)
    lengths = _between(steps[..., 1], _STROKE_LENGTHS)
    walk = tf.cumsum(_steps(headings, lengths), axis=-2)
    start = _between(strokes[..., tf.newaxis, :2], _INNER)
    vertices = tf.concat([start, start + walk], axis=-2)
    drawn = tf.range(_MAX_STROKES) < _draw_count(head, _MAX_STROKES)
    widths = tf.where(drawn, _between(strokes[..., 3], _STROKE_WIDTHS), 0.0)
    return _cover_lines(canvas, vertices, widths)


def _hide_freehand(canvas):
    """Hides a thick loop as a hand draws it: closed, and wobbling."""
    numbers = canvas.draw(4 + 2 * _LOOP_SEGMENTS)
    head, steps = numbers[:, :4], tf.reshape(numbers[:, 4:], [-1, _LOOP_SEGMENTS, 2])
    circle = tf.range(_LOOP_SEGMENTS, dtype=tf.float32) * (2 * math.pi / _LOOP_SEGMENTS)
    # A random walk around a circle; what it misses its start by is shared out among the steps.
    wobble = tf.cumsum((2 * steps[..., 0] - 1) * _LOOP_TURN, axis=-1)
    headings = head[:, 2:3] * 2 * math.pi + circle + wobble
    walk = _steps(headings, _between(steps[..., 1], _LOOP_LENGTHS))
    walk -= tf.reduce_mean(walk, axis=-2, keepdims=True)
    vertices = tf.cumsum(walk, axis=-2)
    middle = _between(head[:, tf.newaxis, :2], _LOOP_CENTERS)
    vertices += middle - tf.reduce_mean(vertices, axis=-2, keepdims=True)
    closed = tf.concat([vertices[:, -1:], vertices], axis=-2)
    return _cover_lines(canvas, closed[:, tf.newaxis], _between(head[:, 3:], _LOOP_WIDTHS))


def _hide_random(canvas):
    """Hides 80 % of the pixels, each by itself.

    After Yeh et al., 2017: see `_RANDOM_SHARE`.
    """
    return canvas.draw(canvas.image_size, canvas.image_size) < _RANDOM_SHARE


def _hide_checkerboard(canvas):
    """Hides every other square of a board of 8 x 8."""
    square = tf.range(canvas.image_size) * _NUM_SQUARES // canvas.image_size
    return canvas.repeat((square[:, tf.newaxis] + square) % 2 == 1)


def _hide_central(canvas):
    """Hides the middle half of each side.

    Yeh et al., 2017, published code.
    """
    start = int(canvas.image_size * (1 - _CENTRAL_SIDE) / 2)
    place = tf.range(canvas.image_size)
    inside = (place >= start) & (place < canvas.image_size - start)
    return canvas.repeat(inside[:, tf.newaxis] & inside)


def _hide_left(canvas):
    """Hides the left half."""
    return canvas.repeat(tf.range(canvas.image_size) < canvas.image_size // 2)


def _hide_right(canvas):
    """Hides the right half."""
    return tf.reverse(_hide_left(canvas), [2])


def _hide_top(canvas):
    """Hides the upper half."""
    return tf.transpose(_hide_left(canvas), [0, 2, 1])


def _hide_bottom(canvas):
    """Hides the lower half."""
    return tf.reverse(_hide_top(canvas), [1])


def _hide_half(canvas):
    """Hides the left, right, upper or lower half, each as often."""
    return _choose(canvas, [_hide_left, _hide_right, _hide_top, _hide_bottom])


def _hide_any(canvas):
    """Hides the eyes, a box, ellipses or strokes, each as often."""
    return _choose(canvas, [_hide_eyes, _hide_box, _hide_ellipses, _hide_strokes])


_MASKS = {name: globals()[f"_hide_{name}"] for name in NAMES}


def _choose(canvas, masks):
    """One of the masks for each image; what it draws is what it draws by its own name."""
    fold_in = tf.random.experimental.stateless_fold_in
    seeds = tf.map_fn(lambda seed: fold_in(seed, tf.constant(1, tf.int64)), canvas.seeds)
    numbers = dataclasses.replace(canvas, seeds=seeds).draw()
    choice = tf.cast(numbers * len(masks), tf.int32)
    hole = masks[0](canvas)
    for index, mask in enumerate(masks[1:], start=1):
        hole = tf.where(_on_plane(choice == index), mask(canvas), hole)
    return hole


def _between(numbers, limits):
    """Numbers of [0, 1] scaled to other limits."""
    low, high = limits
    return low + (high - low) * numbers


def _draw_count(numbers, most):
    """Counts from 1 to `most`, int32."""
    return 1 + tf.cast(numbers * most, tf.int32)


def _on_plane(values):
    """Values [B] so that they stretch over [B, S, S]."""
    return values[:, tf.newaxis, tf.newaxis]


def _steps(headings, lengths):
    """Steps (x, y), [..., 2], in directions."""
    return lengths[..., tf.newaxis] * tf.stack([tf.cos(headings), tf.sin(headings)], axis=-1)


def _turned(canvas, *, x, y, angle):
    """Pixels seen from a point, along a direction and across it: float32 [B, S, S] each.

    The point (x, y), in [0, 1] over the image, and the angle are float32 [B] each.
    """
    # Sums of a row and a column, as one operation a pixel is all that this may cost.
    size = canvas.image_size
    places = tf.range(size, dtype=tf.float32)
    columns = places - (x * (size - 1))[:, tf.newaxis]
    rows = places - (y * (size - 1))[:, tf.newaxis]
    cosine, sine = tf.cos(angle)[:, tf.newaxis], tf.sin(angle)[:, tf.newaxis]
    along = (columns * cosine)[:, tf.newaxis, :] + (rows * sine)[:, :, tf.newaxis]
    across = (rows * cosine)[:, :, tf.newaxis] - (columns * sine)[:, tf.newaxis, :]
    return along, across


def _cover_lines(canvas, vertices, widths):
    """What is nearer to some lines than half their widths: bool [B, S, S].

    Args:
      canvas: gives the pixels.
      vertices: float32 [B, lines, n, 2], (x, y) in [0, 1] over the image; those outside are
        mirrored at its border.
      widths: float32 [B, lines]; lines of width 0 are not drawn.
    """
    vertices = 1 - tf.abs(1 - tf.abs(vertices))
    starts, ends = vertices[..., :-1, :], vertices[..., 1:, :]
    middles, ways = (starts + ends) / 2, (ends - starts) * (canvas.image_size - 1)
    hole = canvas.repeat(False)
    for line in range(vertices.shape[1]):
        width = widths[:, line] * canvas.image_size
        # Wide enough to cover a pixel, wherever between pixels the line runs.
        reach = tf.where(width > 0, tf.square(tf.maximum(width / 2, 1.0)), -1.0)
        for index in range(starts.shape[2]):
            middle, way = middles[:, line, index], ways[:, line, index]
            along, across = _turned(
                canvas, x=middle[:, 0], y=middle[:, 1], angle=tf.atan2(way[:, 1], way[:, 0])
            )
            beyond = tf.nn.relu(tf.abs(along) - _on_plane(tf.norm(way, axis=-1) / 2))
            hole |= tf.square(beyond) + tf.square(across) <= _on_plane(reach)
    return hole
