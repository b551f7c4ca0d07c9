"""Photographs without colours of their own: black and white, sepia and other tones."""

import math

import cv2
import numpy as np

from exgan_tf.faces.detect import DetectedFace

# Rec. 601, as of a JPEG's luminance.
_LUMINANCE = np.array([0.299, 0.587, 0.114])
# Ours: the root mean square distance from the tone curve, in levels of 255, of a picture averaged
# to so many pixels a side. Unaveraged, JPEG's noise hides the colours of pale faces in even light.
# By `python -m benchmarks.toned_photographs` all of 813 photographs are called toned that were
# toned sepia and saved as JPEGs of quality 75, and six of them as they are.
MAX_DEVIATION = 1.7
_JUDGED_SIDE = 24
_FITTED_PIXELS = 250_000  # Ours, at least; more take long and fit no better.


def keep_toning(filled: np.ndarray, photo: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Gives what was filled into a toned photo, uint8 [height, width, 3], its surroundings' tone.

    A photo is toned where the colours around the filled pixels, those of `changed`, bool [height,
    width], follow from their luminance. Without a tone it is `filled` itself.
    """
    if not changed.any():
        return filled
    rows, columns = (np.nonzero(changed.any(axis=axis))[0] for axis in (1, 0))
    margin = columns[-1] - columns[0] + 1
    around = tuple(
        slice(max(0, places[0] - margin), places[-1] + margin + 1) for places in (rows, columns)
    )
    surroundings = photo[around]
    step = max(1, math.isqrt(surroundings[..., 0].size // _FITTED_PIXELS))
    if measure_deviation(surroundings) > MAX_DEVIATION:
        return filled
    curve, _ = _fit_tones(surroundings[::step, ::step])
    known = np.nonzero(~np.isnan(curve[:, 0]))[0]
    luminances = filled[changed] @ _LUMINANCE
    toned = filled.copy()
    toned[changed] = np.rint(
        np.stack([np.interp(luminances, known, channel[known]) for channel in curve.T], axis=1)
    )
    return toned


def is_toned(photo: np.ndarray, face: DetectedFace) -> bool:
    """Whether a face of a photo, uint8 [height, width, 3], has no colours of its own."""
    reach = face.eye_distance
    rows, columns = (
        slice(max(0, round(middle - reach)), max(1, round(middle + reach)))
        for middle in (face.center.y, face.center.x)
    )
    pixels = photo[rows, columns]
    return pixels.size > 0 and measure_deviation(pixels) <= MAX_DEVIATION


def measure_deviation(pixels: np.ndarray) -> float:
    """How far the colours of pixels, uint8 [height, width, 3], are from what luminance tells.

    It is the root mean square distance of the channels from the tone curve, in levels of 255, once
    the pixels are averaged to `_JUDGED_SIDE`; at most `MAX_DEVIATION` where a photograph is toned.
    """
    scale = min(1.0, _JUDGED_SIDE / max(pixels.shape[:2]))
    size = [max(1, round(scale * side)) for side in pixels.shape[1::-1]]
    return _fit_tones(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))[1]


def _fit_tones(pixels):
    """The mean colour at each luminance, float64 [256, 3], and the distance of pixels from it.

    NaN where no pixel has the luminance.
    """
    colors = pixels.reshape(-1, 3).astype(np.float64)
    levels = np.rint(colors @ _LUMINANCE).astype(int)
    counts = np.bincount(levels, minlength=256).astype(np.float64)
    counts[counts == 0] = np.nan
    sums = [np.bincount(levels, weights=channel, minlength=256) for channel in colors.T]
    curve = np.stack(sums, axis=1) / counts[:, None]
    return curve, float(np.sqrt(((colors - curve[levels]) ** 2).mean()))
