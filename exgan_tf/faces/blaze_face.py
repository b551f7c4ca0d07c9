"""Searching a photograph for faces with BlazeFace, turned ones and small ones too."""

import math
from typing import NamedTuple

import numpy as np

from exgan_tf.faces import cutting, mesh_models
from exgan_tf.geometry import AffineTransform, Point

TURNS = (0.0, 90.0, -90.0, 180.0)  # Ours: it finds faces that are turned by up to some 60 degrees.
# Of the searched picture's side, what the photo takes up. Ours: the network misses faces that fill
# their picture, 74 of 230, unless there is something around them.
_SHARES = (1.0, 0.5)
_MIN_SCORE = 0.3  # Ours: low, as the mesh knows better whether there is a face.
_SIDE_IN_BOX = 0.8  # Ours: of the squares that `mesh` wants, over the longer sides of the boxes.
# Ours. In a tile faces from 1/16 of its side are found, 40 pixels in the smallest; a photo of 12
# megapixels has 20 of 1,000 pixels.
_MIN_TILE_SIDE = 640
_TILES_ACROSS = 4
_TILE_OVERLAP = 0.25


class FoundSquare(NamedTuple):
    """A square with a face: centre and side in pixels, the angle that levels it, a score in (0, 1).

    The angle is in degrees, as `cv2.getRotationMatrix2D` counts, and only roughly known.
    """

    center: Point
    side: float
    degrees: float
    score: float


class Search:
    """The searches of one photo, all in one copy: shrinking takes the longest with large ones."""

    def __init__(self, photo: np.ndarray):
        """Makes the copy.

        Args:
          photo: uint8 [height, width, 3], RGB.
        """
        longest = max(photo.shape[:2])
        tile_side = max(_MIN_TILE_SIDE, math.ceil(longest / _TILES_ACROSS))
        factor = mesh_models.SEARCH_SIDE / min(longest, tile_side)
        self._copy, self._scaling = cutting.scale_photo(photo, factor)

    def find_large(self, *, degrees: float) -> list[FoundSquare]:
        """Finds faces from a sixteenth to all of the photo's longer side.

        Args:
          degrees: one of `TURNS`, by which the photo is turned first.
        """
        copy, transform = self._turn(degrees)
        return [each for share in _SHARES for each in _look(copy, transform, share=share)]

    def find_small(self, *, degrees: float) -> list[FoundSquare]:
        """Finds faces from 40 pixels or a 64th of the photo's longer side up, if it is large.

        Args:
          degrees: one of `TURNS`, by which the photo is turned first.
        """
        copy, transform = self._turn(degrees)
        side = mesh_models.SEARCH_SIDE
        if side >= max(copy.shape[:2]):
            return []
        return [
            square
            for top in _tile_starts(copy.shape[0], side)
            for left in _tile_starts(copy.shape[1], side)
            for square in _look(
                copy[top : top + side, left : left + side],
                transform.then(AffineTransform([[1, 0, -left], [0, 1, -top]])),
            )
        ]

    def _turn(self, degrees):
        turned, turning = cutting.rotate_photo(self._copy, degrees)
        return turned, self._scaling.then(turning)


def _tile_starts(length, side):
    rest = max(0, length - side)
    return np.linspace(0, rest, 1 + math.ceil(rest / (side * (1 - _TILE_OVERLAP)))).astype(int)


def _look(copy, transform, *, share=1.0):
    """The faces in what `transform` leads to, in the pixels that it comes from."""
    side = mesh_models.SEARCH_SIDE
    small, shrinking = cutting.scale_photo(copy, share * side / max(copy.shape[:2]))
    height, width = small.shape[:2]
    top, left = (side - height) // 2, (side - width) // 2
    picture = np.zeros((side, side, 3), np.uint8)
    picture[top : top + height, left : left + width] = small
    transform = transform.then(shrinking).then(AffineTransform([[1, 0, left], [0, 1, top]]))
    back = transform.inverse()
    squares = []
    for box in mesh_models.find_faces(picture, min_score=_MIN_SCORE):
        across, down = np.diff(back(box.eyes), axis=0)[0]
        squares.append(
            FoundSquare(
                center=Point(*back(box.center).tolist()),
                side=_SIDE_IN_BOX * box.side / transform.scale,
                degrees=math.degrees(math.atan2(down, across)),
                score=box.score,
            )
        )
    return squares
