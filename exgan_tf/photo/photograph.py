"""A photograph and the faces in it, with all that a decision about their eyes needs, found once."""

import dataclasses
import datetime
import pathlib

import numpy as np

from exgan_tf.faces.detect import DetectedFace, FaceDetector
from exgan_tf.faces.identity import FaceEmbedder
from exgan_tf.faces.openness import EyesOpenness
from exgan_tf.faces.quality import FaceQuality, find_flaw, measure_quality
from exgan_tf.geometry import Box
from exgan_tf.photo import picture_file, toning


@dataclasses.dataclass(frozen=True, eq=False)
class Face:
    """One face of a photograph.

    Attributes:
      detected: where it is.
      descriptor: whose it is, float64 [128].
      openness: how surely each eye is open, in [0, 1].
      quality: how well it shows its eyes.
      flaw: why its eyes can neither be replaced nor be an example, or None.
      is_toned: whether the photograph has no colours of its own there.
    """

    detected: DetectedFace
    descriptor: np.ndarray
    openness: EyesOpenness
    quality: FaceQuality
    flaw: str | None
    is_toned: bool

    def distance(self, other: "Face") -> float:
        """Distance of the descriptors: one grown person's are less than 0.6 apart."""
        return float(np.linalg.norm(self.descriptor - other.descriptor))

    def to_json(self) -> dict:
        """The face as JSON values."""
        value = dataclasses.asdict(self)
        value["descriptor"] = self.descriptor.tolist()
        for name in ("landmarks", "irises"):
            points = getattr(self.detected, name)
            value["detected"][name] = None if points is None else points.tolist()
        return value

    @classmethod
    def from_json(cls, value: dict) -> "Face":
        """The face that `to_json` wrote down."""
        detected = dict(value["detected"])
        for name in ("landmarks", "irises"):
            if detected.get(name) is not None:
                detected[name] = np.array(detected[name], np.float64)
        detected["box"] = Box(*detected["box"])
        return cls(
            **{
                **value,
                "detected": DetectedFace(**detected),
                "descriptor": np.array(value["descriptor"], np.float64),
                "openness": EyesOpenness(*value["openness"]),
                "quality": FaceQuality(**value["quality"]),
            }
        )


@dataclasses.dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph.

    Attributes:
      name: what it is called in messages.
      source: its pixels, uint8 [height, width, 3] in sRGB and upright, or the file to read them
        from each time, as an album is too large to be kept.
      faces: the faces in it, the largest first.
      taken: when it was taken, if that is known.
    """

    name: str
    source: np.ndarray | pathlib.Path
    faces: list[Face]
    taken: datetime.datetime | None = None

    @property
    def pixels(self) -> np.ndarray:
        """uint8 [height, width, 3], sRGB, upright."""
        if isinstance(self.source, np.ndarray):
            return self.source
        return picture_file.read_picture(self.source).photo


def find_faces(pixels: np.ndarray, *, detector: FaceDetector, embedder: FaceEmbedder) -> list[Face]:
    """Finds and describes the faces of a photograph, the largest first.

    Args:
      pixels: uint8 [height, width, 3], RGB.
      detector: finds faces.
      embedder: describes whose they are.

    Raises:
      ValueError: if `pixels` is no photo, or dlib is not installed.
    """
    faces = []
    for detected in detector(pixels):
        # Half a face at the border can be found with its centre beyond it; nothing is to be seen.
        if not _inside(detected.center, pixels):
            continue
        quality = measure_quality(pixels, detected)
        eyes_inside = all(_inside(e, pixels) for e in (detected.eye_left, detected.eye_right))
        faces.append(
            Face(
                detected=detected,
                descriptor=embedder(pixels, detected),
                openness=detected.openness,
                quality=quality,
                flaw=find_flaw(quality) if eyes_inside else "an eye lies outside the picture",
                is_toned=toning.is_toned(pixels, detected),
            )
        )
    return faces


def _inside(point, pixels):
    return 0 <= point.x <= pixels.shape[1] - 1 and 0 <= point.y <= pixels.shape[0] - 1
