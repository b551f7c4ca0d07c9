"""A canvas, and the few strokes all drawings are made of: soft shapes that cover or tint.

Curves are float [n, 2] of (x, y) in pixels of the canvas, other lengths in units of the canvas,
colours RGB in [0, 1]. The canvas keeps its three colours as separate planes, so that one mask
multiplies all of them in one go.
"""

from typing import NamedTuple

import cv2
import numpy as np

_SUBPIXEL_BITS = 4  # OpenCV draws polygons on a grid of 1/16 pixel.
_LEAST_BLUR = 1.3  # Pixels; wider blurs are computed at a lower resolution, which nobody sees.


class Mask(NamedTuple):
    """Where and how strongly to paint: `alpha`, float32 [h, w] in [0, 1], placed on the canvas."""

    top: int
    left: int
    alpha: np.ndarray

    def within(self, other: "Mask") -> "Mask":
        """The part of this mask that lies inside `other`."""
        top, left = max(self.top, other.top), max(self.left, other.left)
        bottom = min(self.top + self.alpha.shape[0], other.top + other.alpha.shape[0])
        right = min(self.left + self.alpha.shape[1], other.left + other.alpha.shape[1])
        if bottom <= top or right <= left:
            return _NOTHING
        parts = (
            m.alpha[top - m.top : bottom - m.top, left - m.left : right - m.left]
            for m in (self, other)
        )
        return Mask(top, left, np.multiply(*parts))


_NOTHING = Mask(0, 0, np.zeros((0, 0), np.float32))


class Canvas:
    """A square picture in the making.

    Attributes:
      side: in pixels.
      unit: pixels in a unit of softness, thickness and width.
      planes: float32 [3, side, side], RGB in [0, 1].
    """

    def __init__(self, side: int, *, unit: float = 1.0):
        self.side, self.unit = side, unit
        self.planes = np.zeros((3, side, side), np.float32)

    def place(self, points) -> np.ndarray:
        """Where points are on the canvas, [..., 2] in pixels."""
        return np.asarray(points)

    def shape(self, *outlines, softness: float = 0.0) -> Mask:
        """The inside of closed outlines; `softness` is the standard deviation of its blur."""
        return self._mask(outlines, softness=softness * self.unit, thickness=0.0)

    def strokes(self, *curves, thickness: float, softness: float = 0.0) -> Mask:
        """Lines along open curves, all as thick."""
        thickness, softness = thickness * self.unit, softness * self.unit
        return self._mask(curves, softness=softness, thickness=thickness)

    def band(self, curve, widths, *, softness: float = 0.0) -> Mask:
        """A line along an open curve, `widths`, [n] or a number, wide."""
        return self.shape(ribbon(self.place(curve), widths * self.unit), softness=softness)

    def fill(self, mask: Mask, color, *, opacity: float = 1.0, light=None) -> None:
        """Covers the canvas with a colour where the mask is, times `light` [3, side, side]."""
        alpha = mask.alpha * np.float32(opacity)
        lights = (1.0, 1.0, 1.0) if light is None else light[self._window(mask)]
        for plane, value, brightness in zip(self._area(mask), color, lights, strict=True):
            plane += (np.float32(value) * brightness - plane) * alpha

    def tint(self, mask: Mask, factor, *, opacity: float = 1.0) -> None:
        """Multiplies what is on the canvas by a colour, or a number, where the mask is."""
        alpha = mask.alpha * np.float32(opacity)
        for plane, value in zip(self._area(mask), np.broadcast_to(factor, 3), strict=True):
            plane *= 1 + np.float32(value - 1) * alpha

    def paste(self, mask: Mask, picture: np.ndarray) -> None:
        """Covers the canvas with a picture, float32 [3, h, w] of the mask's size, where that is."""
        area = self._area(mask)
        area += (picture - area) * mask.alpha

    def _window(self, mask: Mask):
        height, width = mask.alpha.shape
        return np.s_[:, mask.top : mask.top + height, mask.left : mask.left + width]

    def _area(self, mask: Mask) -> np.ndarray:
        return self.planes[self._window(mask)]

    def _mask(self, curves, *, softness: float, thickness: float) -> Mask:
        placed = [self.place(curve) for curve in curves]
        everything = np.concatenate(placed)
        margin = 3.0 * softness + thickness + 2.0
        left, top = np.maximum(np.floor(everything.min(axis=0) - margin), 0).astype(int)
        right, bottom = np.minimum(np.ceil(everything.max(axis=0) + margin), self.side).astype(int)
        if right <= left or bottom <= top:
            return _NOTHING
        coarseness = max(1, int(softness / _LEAST_BLUR))
        height, width = -(-(bottom - top) // coarseness), -(-(right - left) // coarseness)
        ink = np.zeros((height, width), np.uint8)
        moved = (everything - (left, top) + 0.5) / coarseness - 0.5
        fixed = np.rint(moved * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        fixed = np.split(fixed, np.cumsum([len(curve) for curve in placed])[:-1])
        if thickness:
            pixels = max(1, round(thickness / coarseness))
            cv2.polylines(ink, fixed, False, 255, pixels, cv2.LINE_AA, _SUBPIXEL_BITS)
        else:
            cv2.fillPoly(ink, fixed, 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        alpha = ink * np.float32(1 / 255)
        if softness:
            alpha = cv2.GaussianBlur(alpha, (0, 0), softness / coarseness)
        if coarseness > 1:
            alpha = cv2.resize(alpha, (width * coarseness, height * coarseness))
        return Mask(int(top), int(left), alpha[: bottom - top, : right - left])


def spline(points, *, closed: bool = False, steps: int = 8) -> np.ndarray:
    """A smooth (Catmull-Rom) curve through points, float [n, dimensions], `steps` for each."""
    points = np.asarray(points, np.float64)
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = (np.arange(steps) / steps).reshape(1, steps, 1)
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    ).reshape(-1, points.shape[1])
    return curve if closed else np.concatenate([curve, points[-1:]])


def ribbon(curve: np.ndarray, widths) -> np.ndarray:
    """The outline of a band along a curve [n, 2], `widths` [n] wide, centred on the curve."""
    along = np.gradient(curve, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    offset = across * np.reshape(widths, (-1, 1)) / 2
    return np.concatenate([curve + offset, (curve - offset)[::-1]])


def resample(curve: np.ndarray, count: int) -> np.ndarray:
    """`count` points at equal distances along a curve, [n, dimensions], both ends included."""
    lengths = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    traveled = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.linspace(0.0, traveled[-1], count)
    return np.stack([np.interp(places, traveled, band) for band in curve.T], axis=-1)
