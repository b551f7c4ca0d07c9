"""Faces that are known without looking for them.

A module of its own, as worker processes import it by its name.
"""

import numpy as np


class KnownDetector:
    """Finds the faces of photos that it was told of, in pairs, and none in others."""

    def __init__(self, *scenes):
        self._faces = {photo.tobytes(): faces for photo, faces in scenes}

    def __repr__(self):
        return "KnownDetector"

    def __call__(self, photo):
        return self._faces.get(photo.tobytes(), [])


class ScoreEmbedder:
    """Describes a face by its score, which says whose it is."""

    def __repr__(self):
        return "ScoreEmbedder"

    def __call__(self, photo, face):
        return np.eye(128)[int(face.score)]
