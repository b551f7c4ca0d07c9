"""Poisson blending: a part of one image in another, without a seam (Perez et al., 2003).

OpenCV's `seamlessClone` does not serve for holes: along the edge of its mask it keeps the
gradients of the destination, which in a hole are those of grey (a hole of 16 x 18 pixels in a
bright image stays grey as a whole, measured), and it works on 8 bits.
"""

import numpy as np

_TOLERANCE = 1e-6  # Ours: residual over right side; what is left is far below an 8-bit level.


def blend(image: np.ndarray, source: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Fills a hole with the gradients of a source, such that nothing jumps at its edge.

    The result is the source plus a correction: at the known pixels around the hole what the source
    lacks there, and in the hole harmonic, each value the mean of its neighbours. The border of the
    image asks for nothing, so a hole without any known pixel beside it gets the source itself.

    Args:
      image: float [H, W, C]; in the hole it is not looked at.
      source: float [H, W, C].
      hole: bool [H, W], true where the result is wanted.

    Returns:
      float64 [H, W, C]: the blend in the hole, which may overshoot the range of both, and `image`
      elsewhere.
    """
    unknown = hole[..., np.newaxis]
    lacking = np.where(unknown, 0.0, np.subtract(image, source, dtype=np.float64))
    part = _bounding_slices(hole)
    correction = _solve(
        unknown=unknown[part],
        num_neighbors=_sum_neighbors(np.ones(unknown.shape))[part],
        known_sum=_sum_neighbors(lacking)[part],
    )
    blended = image.astype(np.float64)
    blended[hole] = source[hole] + correction[hole[part]]
    return blended


def _solve(*, unknown, num_neighbors, known_sum):
    """Solves for unknowns each of which is the mean of its neighbours, by conjugate gradients.

    Args:
      unknown: bool [h, w, 1], where the unknowns are.
      num_neighbors: float64 [h, w, 1], how many neighbours a place has, known or not.
      known_sum: float64 [h, w, C], the sum of the known ones.

    Returns:
      float64 [h, w, C], 0 where nothing is unknown.
    """
    residual = np.where(unknown, known_sum, 0.0)
    solution, direction = np.zeros_like(residual), residual
    square = np.vdot(residual, residual)
    goal = square * _TOLERANCE**2
    # In exact arithmetic that many steps would always do.
    for _ in range(np.count_nonzero(unknown)):
        if square <= goal:
            break
        change = (num_neighbors * direction - _sum_neighbors(direction)) * unknown
        step = square / np.vdot(direction, change)
        solution = solution + step * direction
        residual = residual - step * change
        previous, square = square, np.vdot(residual, residual)
        direction = residual + square / previous * direction
    return solution


def _sum_neighbors(values):
    """The sum of the four neighbours of each place, of [h, w, C]; what is outside counts as 0."""
    total = np.zeros_like(values)
    total[1:] += values[:-1]
    total[:-1] += values[1:]
    total[:, 1:] += values[:, :-1]
    total[:, :-1] += values[:, 1:]
    return total


def _bounding_slices(hole):
    """The slices of the smallest part that holds all of the hole."""
    rows, columns = (np.flatnonzero(hole.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
