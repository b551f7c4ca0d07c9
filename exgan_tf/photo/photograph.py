"""A photograph and the faces in it, with all that a decision about their eyes needs."""

import dataclasses
import datetime
import pathlib

import msgspec
import numpy as np

from exgan_tf.faces import landmarks
from exgan_tf.faces.detect import DetectedFace, FaceDetector
from exgan_tf.faces.identity import FaceEmbedder
from exgan_tf.faces.openness import EyesOpenness
from exgan_tf.faces.quality import FaceQuality, find_flaw, measure_quality
from exgan_tf.photo import picture_file, toning


@dataclasses.dataclass(frozen=True, eq=False)
class Face:
    """One face of a photograph.

    Attributes:
      descriptor: whose it is, float64 [128].
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
        """Distance of the descriptors; one adult's are less than 0.6 apart."""
        return float(np.linalg.norm(self.descriptor - other.descriptor))

    def to_json(self) -> dict:
        """The face as JSON values."""
        return msgspec.to_builtins(self, enc_hook=lambda array: array.tolist())

    @classmethod
    def from_json(cls, value: dict) -> "Face":
        """The face that `to_json` wrote down; ValueError for anything else."""
        try:
            face = msgspec.convert(value, cls, dec_hook=lambda _, array: np.array(array, float))
        except msgspec.ValidationError as error:
            raise ValueError(f"the record of a face is damaged: {error}") from error
        given = (face.descriptor, face.detected.landmarks, face.detected.irises)
        for array, shape in zip(given, ((128,), (landmarks.COUNT, 2), (2, 2)), strict=True):
            if array is not None and array.shape != shape:
                raise ValueError(
                    f"the record of a face is damaged: {array.shape} instead of {shape}"
                )
        return face


@dataclasses.dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph: its name in messages, its faces, the largest first, and its time if known.

    `source` is its pixels, or the file to read them from each time, as albums are large.
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

    Raises:
      ValueError: if `pixels` is not uint8 [height, width, 3], or dlib is not installed.
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
