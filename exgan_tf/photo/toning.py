"""Photographs without colours of their own: black and white, sepia and other tones."""

import math

import numpy as np

from exgan_tf.faces.detect import DetectedFace

# Rec. 601, as of a JPEG's luminance.
_LUMINANCE = np.array([0.299, 0.587, 0.114])
# Ours, root mean square of the distance from the tone curve, in levels of 255. Measured by
# `python -m benchmarks.toned_photographs` on 388 photographs of LFW: 99.7 % toned sepia as JPEGs of
# quality 75 are called toned, and 0.3 % (one, black and white) as they are.
MAX_DEVIATION = 3.3
_JUDGED_REACH = 60  # Ours: pixels; of larger faces not every pixel is looked at.
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
    curve, deviation = fit_tones(surroundings[::step, ::step])
    if deviation > MAX_DEVIATION:
        return filled
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
    step = max(1, round(reach / _JUDGED_REACH))
    pixels = photo[rows, columns][::step, ::step]
    return pixels.size > 0 and fit_tones(pixels)[1] <= MAX_DEVIATION


def fit_tones(pixels: np.ndarray) -> tuple[np.ndarray, float]:
    """The mean colour at each luminance, and how far colours are from it.

    Args:
      pixels: uint8 [height, width, 3], RGB.

    Returns:
      The tone curve, float64 [256, 3], NaN where no pixel has the luminance; and the root mean
      square distance of the channels from it, in levels.
    """
    colors = pixels.reshape(-1, 3).astype(np.float64)
    levels = np.rint(colors @ _LUMINANCE).astype(int)
    counts = np.bincount(levels, minlength=256).astype(np.float64)
    counts[counts == 0] = np.nan
    sums = [np.bincount(levels, weights=channel, minlength=256) for channel in colors.T]
    curve = np.stack(sums, axis=1) / counts[:, None]
    return curve, float(np.sqrt(((colors - curve[levels]) ** 2).mean()))
