"""Searching a photograph for faces with BlazeFace, turned ones and small ones too."""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from exgan_tf.faces import cutting, mesh_models
from exgan_tf.faces.dlib_models import FoundSquare
from exgan_tf.geometry import AffineTransform, Point

# Of the searched picture's side, what the photo takes up. Ours: the network misses faces that fill
# their picture, 74 of 230, unless there is something around them.
_SHARES = (1.0, 0.5)
_TURNS = (90.0, -90.0, 180.0)  # Ours: it finds faces that are turned by up to some 60 degrees.
_MIN_SCORE = 0.3  # Ours: low, as the mesh knows better whether there is a face.
_SIDE_IN_BOX = 0.8  # Ours: of dlib's squares, over the longer sides of the network's boxes.
# Ours. In a tile faces from 1/16 of its side are found, 40 pixels in the smallest; a photo of 12
# megapixels has 20 of 1,000 pixels.
_MIN_TILE_SIDE = 640
_TILES_ACROSS = 4
_TILE_OVERLAP = 0.25


def search(photo: np.ndarray) -> Iterator[list[FoundSquare]]:
    """Yields what one search after the other finds, the likeliest to find all first.

    Args:
      photo: uint8 [height, width, 3], RGB.
    """
    copy, scaling = _shrink(photo)  # Once, as it takes the longest with large photos.
    for share in _SHARES:
        yield _search(copy, scaling, share=share)
    yield search_tiles(photo)
    for degrees in _TURNS:
        yield _search(copy, scaling, degrees=degrees, share=_SHARES[-1])


def search_tiles(photo: np.ndarray) -> list[FoundSquare]:
    """Finds small faces, from 40 pixels or a 64th of the photo's longer side, where it is large.

    Args:
      photo: uint8 [height, width, 3], RGB.
    """
    height, width = photo.shape[:2]
    side = max(_MIN_TILE_SIDE, math.ceil(max(height, width) / _TILES_ACROSS))
    if side >= max(height, width):
        return []
    return [
        square._replace(center=Point(square.center.x + left, square.center.y + top))
        for top in _tile_starts(height, side)
        for left in _tile_starts(width, side)
        for square in _search(*_shrink(photo[top : top + side, left : left + side]))
    ]


def _tile_starts(length, side):
    rest = max(0, length - side)
    return np.linspace(0, rest, 1 + math.ceil(rest / (side * (1 - _TILE_OVERLAP)))).astype(int)


def _shrink(photo):
    return cutting.scale_photo(photo, mesh_models.SEARCH_SIDE / max(photo.shape[:2]))


def _search(copy, scaling, *, degrees=0.0, share=1.0):
    side = mesh_models.SEARCH_SIDE
    small, shrinking = cutting.scale_photo(copy, share)
    left, top = ((side - length) // 2 for length in small.shape[1::-1])
    middle = (side - 1) / 2
    turning = AffineTransform(cv2.getRotationMatrix2D((middle, middle), degrees, 1))
    placing = AffineTransform([[1, 0, left], [0, 1, top]]).then(turning)
    picture = cv2.warpAffine(small, placing.matrix, (side, side))
    transform = scaling.then(shrinking).then(placing)
    scale = math.sqrt(abs(np.linalg.det(transform.matrix[:, :2])))
    back = transform.inverse()
    squares = []
    for box in mesh_models.find_faces(picture, min_score=_MIN_SCORE):
        across, down = np.diff(back(box.eyes), axis=0)[0]
        squares.append(
            FoundSquare(
                center=Point(*back(box.center).tolist()),
                side=_SIDE_IN_BOX * box.side / scale,
                degrees=math.degrees(math.atan2(down, across)),
                score=box.score,
            )
        )
    return squares
