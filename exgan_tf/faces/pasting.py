"""Pasting a filled hole of an aligned face back into the photograph that the face came from.

The aligned face is smaller, turned and at other pixels than the photograph. Only what lies in the
hole goes back, through the inverse of the alignment; every other pixel stays what it is.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from exgan_tf.geometry import AffineTransform, Box, box_centers

# All ours. What is pasted is a rounded box, between ellipse (2) and rectangle, as the corners of
# the holes hold no eye but ends of brows, which need not fit. It fades over the outer third.
_ROUNDNESS = 2.5
_SEAM = 0.35


def paste_back(
    photo: np.ndarray,
    patch: np.ndarray,
    transform: AffineTransform,
    *,
    boxes: Sequence[Box],
) -> tuple[np.ndarray, np.ndarray]:
    """Pastes what the boxes of an aligned image hold into the photo, fading in from their edges.

    Args:
      patch: float [patch_height, patch_width, 3], RGB in [0, 255]: the aligned face, filled.
      transform: takes points of `photo` to pixels of `patch`, in which `boxes` are.

    Returns:
      The new photo, and where it may differ from the old one, bool [height, width].
    """
    return paste_rendered(
        photo, lambda region: _sample(patch, region, transform), transform, boxes=boxes
    )


def paste_rendered(
    photo: np.ndarray,
    render: Callable[[Box], np.ndarray],
    transform: AffineTransform,
    *,
    boxes: Sequence[Box],
) -> tuple[np.ndarray, np.ndarray]:
    """As `paste_back`, for what is made on the photo's own grid.

    `render` makes what is pasted into a region of the photo, float [height, width, 3], RGB; values
    beyond [0, 255] are clipped. `transform` takes points of `photo` to those that `boxes` count.
    """
    pasted, changed = photo.copy(), np.zeros(photo.shape[:2], bool)
    for box in boxes:
        if region := _region_of(box, transform, photo.shape):
            strength = _strength(transform(region.pixels()).astype(np.float32), boxes)
            _mix_in(pasted, changed, region, sampled=render(region), strength=strength, photo=photo)
    return pasted, changed


def paste_hole(
    photo: np.ndarray, patch: np.ndarray, transform: AffineTransform, *, hole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """As `paste_back`, what a hole of the aligned face holds, up to its very edge.

    `hole`, of the height and width of `patch`, is 1 where it is pasted and 0 elsewhere; pixels of
    the photo that lie across its edge are mixed.
    """
    pasted, changed, mask = photo.copy(), np.zeros(photo.shape[:2], bool), hole.astype(np.float32)
    if region := _region_of(Box(0, 0, *hole.shape), transform, photo.shape):
        sampled = _sample(patch, region, transform)
        strength = _sample(mask, region, transform, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        _mix_in(pasted, changed, region, sampled=sampled, strength=strength, photo=photo)
    return pasted, changed


def _mix_in(pasted, changed, region, *, sampled, strength, photo):
    """Mixes what was sampled for a region with the photo, into `pasted`, and notes where."""
    window = region.slices
    old = photo[window].astype(np.float32)
    mixed = old + strength[..., np.newaxis] * (sampled - old)
    inside = strength > 0
    pasted[window][inside] = np.clip(np.rint(mixed[inside]), 0, 255).astype(np.uint8)
    changed[window] |= inside


def _region_of(box, transform, shape):
    """The upright rectangle of the photo around a box of the patch; None if it is outside."""
    corners = transform.inverse()(box.corners())
    first, last = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    width, height = (last - first).astype(int).tolist()
    whole = Box(int(first[1]), int(first[0]), height + 1, width + 1)
    inside = whole.clip(height=shape[0], width=shape[1])
    return inside if inside.height > 0 and inside.width > 0 else None


def _strength(places, boxes):
    """0 outside the rounded boxes, 1 in their middles, and smooth between."""
    radius = np.full(places.shape[:2], np.inf, np.float32)
    for box in boxes:
        half = np.float32([box.width, box.height]) / 2
        shares = np.abs(places - np.float32(box_centers(box))) / half
        own = (shares**_ROUNDNESS).sum(axis=-1) ** (1 / _ROUNDNESS)
        radius = np.minimum(radius, own)
    inside = np.clip((1 - radius) / _SEAM, 0, 1)
    return inside * inside * (3 - 2 * inside)


def _sample(patch, region, transform, filter_kind=cv2.INTER_CUBIC, border=cv2.BORDER_REPLICATE):
    """The patch as the photo's grid sees it in a region, float32 [height, width, ...]."""
    to_region = AffineTransform([[1, 0, -region.left], [0, 1, -region.top]])
    placing = transform.inverse().then(to_region)
    # Where the photo's face is the smaller, a cubic filter alone would skip pixels of the patch.
    blur = 0.5 * np.sqrt(max(1 / placing.scale**2 - 1, 0))
    smooth = cv2.GaussianBlur(patch, (0, 0), blur) if blur > 0 else patch
    size = (region.width, region.height)
    sampled = cv2.warpAffine(
        smooth.astype(np.float32), placing.matrix, size, flags=filter_kind, borderMode=border
    )
    return np.clip(sampled, 0, 255)
