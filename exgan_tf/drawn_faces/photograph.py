"""One drawn photograph: all painters in order, the camera, and what is true of the picture."""

import dataclasses

import cv2
import numpy as np

from exgan_tf.drawn_faces import eyes, hair, head
from exgan_tf.drawn_faces.anatomy import SIDES, eye_curves, landmarks
from exgan_tf.drawn_faces.conditions import Conditions, draw_conditions
from exgan_tf.drawn_faces.identity import Identity, draw_identity
from exgan_tf.drawn_faces.portrait import Portrait, Pose
from exgan_tf.faces.annotation import FaceAnnotation
from exgan_tf.geometry import Point

MIN_SIZE = 32  # Pixels; in smaller pictures the eyes are a single pixel.
MAX_SIZE = 2048
_SUPERSAMPLING = 2  # Canvas pixels across a picture's pixel: enough for smooth thin lines.
_BOX_UNITS = 3.05  # Side of the face box in head units: crops of 1.2 times it hold the whole head.
_PAINTERS = (  # From the back to the front.
    head.paint_background,
    hair.paint_hair_behind,
    head.paint_neck,
    head.paint_head,
    head.paint_mouth,
    eyes.paint_eyes,
    head.paint_nose,
    eyes.paint_brows,
    hair.paint_hair,
    eyes.paint_glasses,
)


@dataclasses.dataclass(frozen=True)
class DrawnPhotograph:
    """A drawn photograph and the truth about it.

    Attributes:
      photo: uint8 [size, size, 3], RGB.
      annotation: the face, in pixels of the photo; all of it is known.
    """

    photo: np.ndarray
    annotation: FaceAnnotation

    @property
    def landmarks(self) -> np.ndarray:
        """float32 [68, 2], (x, y) in pixels, in the order dlib's predictor has."""
        return self.annotation.landmarks  # type: ignore[return-value]


def draw_photograph(
    identity: Identity, conditions: Conditions, *, size: int = 320
) -> DrawnPhotograph:
    """Draws a person under the given conditions; the same arguments give the same bytes.

    Args:
      identity: who is drawn.
      conditions: how.
      size: side of the photograph in pixels, 32 to 2048.

    Raises:
      ValueError: if `size` is outside its range.
    """
    if not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(f"size is {size}; expected {MIN_SIZE} to {MAX_SIZE} pixels")
    portrait = Portrait(identity, conditions, size * _SUPERSAMPLING)
    for paint in _PAINTERS:
        paint(portrait)
    return DrawnPhotograph(
        photo=_expose(portrait, size=size),
        annotation=_annotate(identity, conditions, Pose(conditions, size)),
    )


def draw_contact_sheet(
    *, num_identities: int, photos_per_identity: int, seed: int, size: int = 160
) -> np.ndarray:
    """Draws several people, one a row, each under several conditions.

    Args:
      num_identities: number of rows.
      photos_per_identity: number of columns.
      seed: of everything drawn.
      size: side of each photograph in pixels.

    Returns:
      uint8 [num_identities * size, photos_per_identity * size, 3], RGB.

    Raises:
      ValueError: if a number is below 1, or `size` outside the range of `draw_photograph`.
    """
    if min(num_identities, photos_per_identity) < 1:
        raise ValueError(
            f"{num_identities} identities with {photos_per_identity} photographs each leave the "
            "sheet empty: both numbers must be at least 1"
        )
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(num_identities):
        identity = draw_identity(rng)
        taken = [draw_conditions(rng, closed_fraction=0.1) for _ in range(photos_per_identity)]
        rows.append(np.hstack([draw_photograph(identity, c, size=size).photo for c in taken]))
    return np.vstack(rows)


def _expose(portrait: Portrait, *, size: int) -> np.ndarray:
    """The picture that a small camera takes of a canvas: scaled down, noisy, uint8."""
    planes = [cv2.resize(p, (size, size), interpolation=cv2.INTER_AREA) for p in portrait.planes]
    rng = np.random.default_rng(portrait.conditions.noise_seed)
    noise = rng.standard_normal((size, size), np.float32) * np.float32(portrait.conditions.noise)
    picture = cv2.merge([plane * 255 + noise for plane in planes])
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _annotate(identity: Identity, conditions: Conditions, pose: Pose) -> FaceAnnotation:
    left, right = (pose(eye_curves(identity.eyes, conditions, side=side).center) for side in SIDES)
    points = pose(landmarks(identity, conditions))
    mouth = points[[48, 54]].mean(axis=0)
    x, y = right - left

    def point(place):
        return Point(*place.tolist())

    return FaceAnnotation(
        eye_left=point(left),
        eye_right=point(right),
        mouth_center=point(mouth),
        face_center=point((left + right + mouth) / 3),
        face_width=_BOX_UNITS * pose.unit,
        face_height=_BOX_UNITS * pose.unit,
        roll=float(np.degrees(np.arctan2(y, x))),
        eyes_opened=float(not conditions.eyes_closed),
        eyes_closed=float(conditions.eyes_closed),
        landmarks=points.astype(np.float32),
    )
