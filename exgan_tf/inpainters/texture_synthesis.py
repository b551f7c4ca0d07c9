"""Exemplar-based texture synthesis: holes are filled with patches of the photograph itself.

Source: Criminisi, Perez and Toyama, Region Filling and Object Removal by Exemplar-Based Image
Inpainting, 2004. From the edge inward whole patches are copied, those first that continue a line
and of which much is known. What is filled in is as sharp as the photograph, and each of its colours
stands in the photograph already. Ours: patches are compared in RGB, not in Lab, which is no better
for faces (measured), and sources are looked for nearby.
"""

import cv2
import numpy as np

from exgan_tf.inpainters import base

PATCH_SIZE = 9  # Pixels, the paper's.
SEARCH_RADIUS = 64  # Pixels, ours: all of an image of 64, and a bound on the time of large ones.
_LEAST_DATA = 1e-3  # Ours: where no line is to be continued, confidence alone decides.
_SAME_COST = 1e-4  # Ours: above the rounding of `matchTemplate`, far below an 8-bit level a pixel.


class TextureSynthesis(base.Inpainter):
    """Fills with patches of the same image (Criminisi et al., 2004).

    An image that has no whole patch of known pixels, not even one of 3 x 3, has its nearest known
    pixels repeated; one that has no known pixel stays grey.
    """

    def _fill(self, example):
        holes = example["mask"][..., 0] > 0
        return np.stack([_synthesize(*each) for each in zip(example["image"], holes, strict=True)])


def _synthesize(image, hole):
    """Fills a hole, bool [H, W], of an image, float32 [H, W, 3]."""
    size, sources = _find_patches(~hole)
    if size == 1:
        return _repeat_nearest(image, hole)
    image, missing = image.copy(), hole.copy()
    confidence = (~hole).astype(np.float32)
    priorities = _find_priorities(image, missing, confidence, size)
    while missing.any():
        place = np.unravel_index(priorities.argmax(), hole.shape)
        target = tuple(slice(start, start + size) for start in _corners(place, hole.shape, size))
        source = _find_source(image, missing, target, sources)
        unknown = missing[target]
        image[target][unknown] = image[source][unknown]
        confidence[target][unknown] = confidence[target].mean()
        missing[target] = False
        # Those whose patches reach what was filled, and all that these patches hold.
        changed = _widen(target, size)
        around = _widen(changed, size)
        found = _find_priorities(image[around], missing[around], confidence[around], size)
        inside = tuple(
            slice(a.start - b.start, a.stop - b.start) for a, b in zip(changed, around, strict=True)
        )
        priorities[changed] = found[inside]
    return image


def _find_patches(known):
    """The largest odd side, at most PATCH_SIZE, of patches that are known as a whole.

    With it come their upper left corners, bool [H - side + 1, W - side + 1].
    """
    height, width = known.shape
    for size in range(PATCH_SIZE, 1, -2):
        if size <= min(height, width):
            # Anchored at its corner: the smallest value below and to the right.
            whole = cv2.erode(known.astype(np.uint8), np.ones([size, size]), anchor=(0, 0))
            corners = whole[: height - size + 1, : width - size + 1] > 0
            if corners.any():
                return size, corners
    return 1, known


def _repeat_nearest(image, hole):
    if hole.all():
        return image
    _, nearest = cv2.distanceTransformWithLabels(
        hole.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colors = np.zeros([nearest.max() + 1, 3], image.dtype)
    colors[nearest[~hole]] = image[~hole]
    return colors[nearest]


def _find_priorities(image, missing, confidence, size):
    """Confidence times data of patches around pixels at the edge of what is missing; else -1."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    # The border of the image is no edge: nothing is known beyond it.
    inner = cv2.erode(missing.astype(np.uint8), cross) > 0
    rows, columns = np.nonzero(missing & ~inner)
    priorities = np.full(missing.shape, -1, np.float32)
    if not rows.size:
        return priorities
    tops, lefts = _corners((rows, columns), missing.shape, size)

    def in_patches(values):
        patches = np.lib.stride_tricks.sliding_window_view(values, (size, size))
        return patches[tops, lefts].reshape(len(rows), -1)

    down, right = _derive(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    # Beside what is missing, a slope would be that of the hole's grey.
    unsure = cv2.dilate(missing.astype(np.uint8), np.ones([3, 3])) > 0
    down[unsure] = right[unsure] = 0
    steepest = np.arange(len(rows)), in_patches(np.hypot(down, right)).argmax(axis=1)
    down, right = in_patches(down)[steepest], in_patches(right)[steepest]
    normal_down, normal_right = (slope[rows, columns] for slope in _derive(missing))
    # A line runs at right angles to its slope, and counts as far as it runs into the hole.
    length = np.maximum(np.hypot(normal_down, normal_right), np.finfo(np.float32).tiny)
    data = np.abs(right * normal_down - down * normal_right) / length
    priorities[rows, columns] = in_patches(confidence).mean(axis=1) * (data + _LEAST_DATA)
    return priorities


def _derive(values):
    """The slopes of [H, W] downward and to the right, each float32 [H, W]."""
    values = values.astype(np.float32)
    return [cv2.Sobel(values, cv2.CV_32F, *order, scale=1 / 8) for order in ((0, 1), (1, 0))]


def _find_source(image, missing, target, sources):
    """The patch among the sources nearby that agrees best with what is known of the target."""
    top, left = (part.start for part in target)
    height, width = missing[target].shape
    radius = SEARCH_RADIUS
    while True:
        first_row, first_column = max(top - radius, 0), max(left - radius, 0)
        nearby = sources[first_row : top + radius + 1, first_column : left + radius + 1]
        if nearby.any():
            break
        radius *= 2
    area = image[first_row:, first_column:]
    area = area[: nearby.shape[0] + height - 1, : nearby.shape[1] + width - 1]
    known = (~missing[target]).astype(np.uint8)
    costs = cv2.matchTemplate(area, image[target], cv2.TM_SQDIFF, mask=known)
    costs[~nearby] = np.inf
    rows, columns = np.nonzero(costs <= costs.min() + _SAME_COST)
    rows, columns = rows + first_row, columns + first_column
    # Of those that agree equally well the nearest: light changes slowly over a photograph.
    best = np.argmin((rows - top) ** 2 + (columns - left) ** 2)
    return slice(rows[best], rows[best] + height), slice(columns[best], columns[best] + width)


def _corners(places, shape, size):
    """Where patches around pixels begin; those that would leave the image are moved inside it."""
    return [
        np.clip(place - size // 2, 0, side - size)
        for place, side in zip(places, shape, strict=True)
    ]


def _widen(part, margin):
    return tuple(slice(max(each.start - margin, 0), each.stop + margin) for each in part)
