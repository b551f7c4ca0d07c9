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
_MERGED_OVERLAP = 0.3  # MediaPipe's: boxes that share more of their union are of one face.
_SIDE_IN_BOX = 0.8  # Ours: of the squares that `mesh` takes, over the longer sides of the boxes.
# Ours. In a tile faces from 1/16 of its side are found, 40 pixels in the smallest; a photo of 12
# megapixels has 20 of 1,000 pixels.
_MIN_TILE_SIDE = 640
_TILES_ACROSS = 4
_TILE_OVERLAP = 0.25


class FoundSquare(NamedTuple):
    """A square with a face, in pixels, the angle that roughly levels it, and a score in (0, 1)."""

    center: Point
    side: float
    degrees: float
    score: float


class Search:
    """Searches a photo in one small copy of it, as shrinking takes longest with large photos."""

    def __init__(self, photo: np.ndarray):
        """Makes the copy."""
        longest = max(photo.shape[:2])
        tile_side = max(_MIN_TILE_SIDE, math.ceil(longest / _TILES_ACROSS))
        factor = mesh_models.SEARCH_SIDE / min(longest, tile_side)
        self._copy, self._scaling = cutting.scale_photo(photo, factor)

    def find_large(self, *, degrees: float) -> list[FoundSquare]:
        """Finds faces from 1/16 to all of the photo's longer side, after a turn by `degrees`."""
        copy, transform = self._turn(degrees)
        return [each for share in _SHARES for each in _look(copy, transform, share=share)]

    def find_small(self, *, degrees: float) -> list[FoundSquare]:
        """As `find_large`, from 1/64 of the longer side or 40 pixels up; none in small photos."""
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
    for box, score in _merge(*mesh_models.find_faces(picture, min_score=_MIN_SCORE)):
        # Pixel borders are what the network counts from; here it is pixel centres.
        left_eye, right_eye = back(box[2:4] - 0.5)
        across, down = right_eye - left_eye
        squares.append(
            FoundSquare(
                center=Point(*back(box[0] - 0.5).tolist()),
                side=_SIDE_IN_BOX * float(box[1].max()) / transform.scale,
                degrees=math.degrees(math.atan2(down, across)),
                score=score,
            )
        )
    return squares


def _merge(boxes, scores):
    """Yields the mean, weighted by score, of each face's boxes, and the highest score."""
    left = np.argsort(-scores, kind="stable")
    while left.size:
        same = _overlaps(boxes[left[0]], boxes[left]) > _MERGED_OVERLAP
        weights = scores[left[same]]
        yield np.average(boxes[left[same]], axis=0, weights=weights), float(weights[0])
        left = left[~same]


def _overlaps(box, boxes):
    """What a box shares with each of others, over what both cover together."""
    high = np.minimum(box[0] + box[1] / 2, boxes[:, 0] + boxes[:, 1] / 2)
    low = np.maximum(box[0] - box[1] / 2, boxes[:, 0] - boxes[:, 1] / 2)
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    return shared / (np.prod(box[1]) + np.prod(boxes[:, 1], axis=1) - shared)
