"""Why no face was found, or a wrong one: what people can do about it."""

import numpy as np

from exgan_tf.faces.detect import FaceDetector


def is_upside_down(photo: np.ndarray, *, detector: FaceDetector) -> bool:
    """Whether a face is found in the photo only, or more surely, when it is turned by 180 degrees.

    Args:
      photo: uint8 [height, width, 3], RGB.
      detector: finds faces.
    """
    turned = np.ascontiguousarray(photo[::-1, ::-1])
    scores = [max((face.score for face in detector(each)), default=0.0) for each in (photo, turned)]
    return scores[1] > scores[0]


def explain_missing_face(photo: np.ndarray, name: str, *, detector: FaceDetector) -> str:
    """What to tell of a photo without a face.

    Args:
      photo: uint8 [height, width, 3], RGB.
      name: what it is called.
      detector: the one that found none.
    """
    if is_upside_down(photo, detector=detector):
        return f"the face in {name} is upside down: turn the photograph"
    return (
        f"no face was found in {name}: those in profile, turned far aside, covered or very small "
        "are not found"
    )
