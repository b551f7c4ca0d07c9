"""Points, boxes and affine transforms in the pixel plane.

Convention: `x` grows to the right, `y` downwards, the centre of the top left pixel is (0, 0).
Left and right are the viewer's.
"""

import math
from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    """A place in an image, in pixels."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle of whole pixels: rows from `top`, columns from `left`."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def around(cls, center: Point, *, height: int, width: int) -> "Box":
        """The box of the given size whose middle pixel lies nearest to `center`."""
        return cls(
            math.floor(center.y - (height - 1) / 2 + 0.5),
            math.floor(center.x - (width - 1) / 2 + 0.5),
            int(height),
            int(width),
        )

    def clip(self, *, height: int, width: int) -> "Box":
        """The part inside an image of `height` x `width` pixels; 0 high or wide if none is."""
        top, bottom = (min(max(v, 0), height) for v in (self.top, self.top + self.height))
        left, right = (min(max(v, 0), width) for v in (self.left, self.left + self.width))
        return Box(top, left, bottom - top, right - left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and columns, to index an array with."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def pixels(self) -> np.ndarray:
        """The places (x, y) of its pixels, int64 [height, width, 2]."""
        rows, columns = np.mgrid[self.slices]
        return np.stack([columns, rows], axis=-1)

    def corners(self) -> np.ndarray:
        """The corners (x, y) of the area that its pixels cover, float64 [4, 2]."""
        top, left = self.top - 0.5, self.left - 0.5
        bottom, right = top + self.height, left + self.width
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def box_centers(boxes) -> np.ndarray:
    """The centres (x, y) of `boxes`, int [..., 4] as `Box`, in pixels: float64 [..., 2]."""
    boxes = np.asarray(boxes, np.float64)
    return (boxes[..., :2] + (boxes[..., 2:] - 1) / 2)[..., ::-1]


class AffineTransform:
    """A map of the plane onto itself: `(x, y) -> matrix @ (x, y, 1)`.

    Attributes:
      matrix: float64 array [2, 3], in pixels, as OpenCV's `warpAffine` takes it.
    """

    def __init__(self, matrix):
        self.matrix = np.asarray(matrix, np.float64).reshape(2, 3)

    def __call__(self, points):
        """Maps points, float array [..., 2] of (x, y) in pixels, to an array of the same shape."""
        x, y = np.moveaxis(np.asarray(points, np.float64), -1, 0)
        # Written out, as products of arrays so narrow keep BLAS's threads waiting for each other.
        return np.stack([row[0] * x + row[1] * y + row[2] for row in self.matrix], axis=-1)

    @property
    def scale(self) -> float:
        """How much longer lengths become on average: the root of how much larger areas do."""
        return math.sqrt(abs(self._area()))

    def then(self, following: "AffineTransform") -> "AffineTransform":
        """The transform that applies this one first and `following` second."""
        linear = following.matrix[:, :2] @ self.matrix[:, :2]
        return AffineTransform(np.column_stack([linear, following(self.matrix[:, 2])]))

    def inverse(self) -> "AffineTransform":
        """The transform that undoes this one.

        Raises:
          ValueError: if the transform flattens the plane, so that nothing can undo it.
        """
        area = self._area()
        if abs(area) < 1e-12:
            raise ValueError(f"transform {self.matrix.tolist()} has no inverse")
        (a, b, x), (c, d, y) = self.matrix
        linear = np.array([[d, -b], [-c, a]]) / area
        return AffineTransform(np.column_stack([linear, -linear @ [x, y]]))

    def _area(self):
        (a, b, _), (c, d, _) = self.matrix
        return float(a * d - b * c)
