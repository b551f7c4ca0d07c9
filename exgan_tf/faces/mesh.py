"""68 landmarks in dlib's order by the face mesh, with the lids and irises of the iris network.

Their eye centres lie as near to the annotated ones as those of dlib's own landmarks (medians of
3.3 % of the eye distance on LFW, 2.6 % on portraits, 2.0 % on London's faces; dlib's 3.2, 2.6 and
1.5), and their lids tell closed eyes far better: see `openness`.
"""

import numpy as np

from exgan_tf.faces import cutting, mesh_models
from exgan_tf.faces.landmarks import LEFT_EYE, RIGHT_EYE
from exgan_tf.geometry import Point

# Points of the mesh at dlib's 68 landmarks: the usual correspondence, but for the jaw, which is
# ours: with it `landmarks.face_width` comes out as with dlib's.
# fmt: off
_POINTS = [
    127, 234, 132, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 361, 454, 356,  # Jaw.
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301,  # Brows.
    168, 197, 5, 4, 75, 97, 2, 326, 305,  # Nose.
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # Eyes.
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # Lips, outside.
    78, 82, 13, 312, 308, 317, 14, 87,  # Lips, inside.
]
# fmt: on
# The eyes' landmarks among the points of an eye's contour, which begins outside.
_LEFT_CONTOUR, _RIGHT_CONTOUR = [0, 11, 13, 8, 5, 3], [8, 13, 11, 0, 3, 5]
_CORNERS = [36, 39, 42, 45]
# Side of what the mesh looks at, over the longer side of the mesh, and of a detector's square.
_MESH_SCALE = 1.5  # MediaPipe's.
_SQUARE_SCALE = 1.875  # Ours: 1.25 times as large as the mesh's, as such squares cut the chin off.


def fit_landmarks(
    photo: np.ndarray, center: Point, *, side: float, degrees: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Fits the landmarks of a face that a detector has found.

    Args:
      center, side: of the square with the face, in pixels of `photo`; the side is above 0.
      degrees: the angle that roughly levels the face.

    Returns:
      The landmarks; the centres of the irises, float64 [2, 2] of (x, y); and the log-odds that
      there is a face.

    Raises:
      ValueError: if the square lies outside the photo, or the networks are not installed.
    """
    mesh, score = _fit_mesh(photo, center, side=side * _SQUARE_SCALE, degrees=degrees)
    # Once more, now that it is known how the face lies and where it ends.
    degrees = _levelling(mesh[_POINTS][_CORNERS])
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    levelled = mesh @ turn.T
    low, high = levelled.min(axis=0), levelled.max(axis=0)
    center = Point(*(turn.T @ (low + high) / 2).tolist())
    side = max(float((high - low).max()), 1.0)
    if _is_inside(center, photo):
        mesh, score = _fit_mesh(photo, center, side=side * _MESH_SCALE, degrees=degrees)
    points, irises = mesh[_POINTS], []
    eyes = (LEFT_EYE, _LEFT_CONTOUR, False), (RIGHT_EYE, _RIGHT_CONTOUR, True)
    for eye, contour, mirror in eyes:
        left_corner, right_corner = points[eye][[0, 3]]
        irises.append((left_corner + right_corner) / 2)
        # An eye outside the photo, as half a face at its border has, stays as the mesh guesses it.
        if _is_inside(irises[-1], photo):
            *lids, irises[-1] = _read_eye(photo, left_corner, right_corner, mirror=mirror)
            points[eye] = np.array(lids)[contour]
    return points, np.array(irises), score


def _is_inside(point, photo):
    return 0 <= point[0] < photo.shape[1] and 0 <= point[1] < photo.shape[0]


def _fit_mesh(photo, center, *, side, degrees):
    half = mesh_models.MESH_SIDE // 2
    picture, transform = cutting.cut_out(
        photo, center, face_side=side / 2, degrees=degrees, scaled_side=half
    )
    points, score = mesh_models.predict_mesh(picture)
    return transform.inverse()(points), score


def _read_eye(photo, left_corner, right_corner, *, mirror):
    """`mesh_models.predict_eye` of either eye, in pixels of the photo."""
    middle = Point(*((left_corner + right_corner) / 2).tolist())
    width = max(float(np.linalg.norm(right_corner - left_corner)), 1.0)
    picture, transform = cutting.cut_out(
        photo,
        middle,
        face_side=width * mesh_models.EYE_SCALE / 2,
        degrees=_levelling(np.array([left_corner, right_corner])),
        scaled_side=mesh_models.EYE_SIDE // 2,
    )
    if mirror:
        picture = np.ascontiguousarray(picture[:, ::-1])
    points = mesh_models.predict_eye(picture)
    if mirror:
        points[:, 0] = mesh_models.EYE_SIDE - 1 - points[:, 0]
    return transform.inverse()(points)


def _levelling(points):
    """The angle in degrees that levels the line from the first half of points to the second."""
    half = len(points) // 2
    across, down = points[half:].mean(axis=0) - points[:half].mean(axis=0)
    return float(np.degrees(np.arctan2(down, across)))
