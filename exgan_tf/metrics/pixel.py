"""Metrics that compare a filled image with the truth, pixel by pixel.

Every metric takes `image`, the truth, float [B, S, S, 3] in [-1, 1], `completed`, the filled image,
the same, and where it measures the hole alone `mask`, float [B, S, S, 1] with 1 = hole. SSIM needs
S of at least 11 pixels, MS-SSIM of 22. All values are measured on the scale [0, 1], that is on
(image + 1) / 2, without rounding to 8 bits. Every metric returns float64 [B], one number for each
image, which depends on no other image of the batch.

All functions raise ValueError where the arrays do not fit together, hold values that are not
finite or far from [-1, 1], or where a mask has no hole.
"""

import numpy as np
import tensorflow as tf

MAX_PSNR = 100.0  # Ours: what identical images get; 8-bit rounding by itself gives 58.9.

# Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment" (2004): the window, k1 and k2.
SSIM_FILTER_SIZE = 11
SSIM_FILTER_SIGMA = 1.5
_SSIM = {
    "max_val": 1.0,
    "filter_size": SSIM_FILTER_SIZE,
    "filter_sigma": SSIM_FILTER_SIGMA,
    "k1": 0.01,
    "k2": 0.03,
}
# Wang, Simoncelli & Bovik, "Multi-scale structural similarity" (2003): from the finest scale on.
_MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_MIN_MS_SSIM_SCALES = 2  # Ours: with fewer it would be another metric's name.

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601.
# Of what rounding to 8 bits (variance 1/12 of a step) leaves in a Laplacian (squares sum to 20).
_ROUNDING_DETAIL = 20 * np.sum(_LUMA**2) / (12 * 255**2)
# Ours: what a network without a tanh overshoots by is measured, an image in [0, 255] is refused.
_LARGEST_VALUE = 10.0


def l1(image, completed) -> np.ndarray:
    """The paper's L1: the mean absolute difference over entire images, in [0, 1]; LOW is good."""
    image, completed = _to_unit_range(image, completed)
    return np.abs(completed - image).mean((1, 2, 3))


def masked_l1(image, completed, mask) -> np.ndarray:
    """The mean absolute difference inside the hole of each image, in [0, 1]; LOW is good."""
    image, completed = _to_unit_range(image, completed)
    return _mean_inside(np.abs(completed - image).mean(-1), _hole(mask, image))


def psnr(image, completed) -> np.ndarray:
    """The peak signal-to-noise ratio over the entire image, in [0, MAX_PSNR] dB; HIGH is good."""
    image, completed = _to_unit_range(image, completed)
    squared = np.square(completed - image).mean((1, 2, 3))
    return -10 * np.log10(np.maximum(squared, 10 ** (-MAX_PSNR / 10)))


def ssim(image, completed) -> np.ndarray:
    """The structural similarity (Wang et al., 2004), in [-1, 1]; HIGH is good.

    The mean over red, green and blue, and over all places where the 11 x 11 Gaussian window
    (sigma 1.5) fits into the image.
    """
    return _ssim_map(*_to_unit_range(image, completed)).mean((1, 2))


def masked_ssim(image, completed, mask) -> np.ndarray:
    """The structural similarity inside the hole of each image, in [-1, 1]; HIGH is good.

    The mean over the windows, as those of `ssim`, that are centred on a pixel of the hole. They
    also read the 5 pixels around the hole, so the seam counts. So that each pixel of the hole has
    its window, images are continued by 5 reflected pixels.
    """
    image, completed = _to_unit_range(image, completed)
    hole = _hole(mask, image)
    margin = SSIM_FILTER_SIZE // 2
    margins = ((0, 0), (margin, margin), (margin, margin), (0, 0))
    padded = [np.pad(each, margins, mode="reflect") for each in (image, completed)]
    return _mean_inside(_ssim_map(*padded), hole)


def ms_ssim_weights(image_size: int) -> tuple[float, ...]:
    """The weight of each scale of MS-SSIM for images of this side, in pixels, the finest first.

    From 176 pixels up it is the standard: five scales. Below that the window does not fit into the
    coarsest scales. Leaving these out and scaling the other weights to sum to 1 is ours (four
    scales from 88 pixels, three from 44, two from 22), and such numbers compare among themselves
    only.

    Raises:
      ValueError: if `image_size` is less than 22.
    """
    fitting = [image_size >> scale >= SSIM_FILTER_SIZE for scale in range(len(_MS_SSIM_WEIGHTS))]
    if sum(fitting) < _MIN_MS_SSIM_SCALES:
        raise ValueError(
            f"image_size is {image_size}; MS-SSIM needs at least "
            f"{SSIM_FILTER_SIZE << (_MIN_MS_SSIM_SCALES - 1)} pixels"
        )
    weights = np.array(_MS_SSIM_WEIGHTS)[fitting]
    return tuple((weights if all(fitting) else weights / weights.sum()).tolist())


def ms_ssim_distance(image, completed) -> np.ndarray:
    """1 - MS-SSIM (Wang et al., 2003), in [0, 1]; LOW is good, as the paper tabulates.

    The mean over red, green and blue, with `ms_ssim_weights`; a scale on which the images are
    anticorrelated counts as 0.
    """
    image, completed = _to_unit_range(image, completed)
    similarity = tf.image.ssim_multiscale(
        image.astype(np.float32),
        completed.astype(np.float32),
        power_factors=ms_ssim_weights(min(image.shape[1:3])),
        **_SSIM,
    )
    return np.clip(1 - similarity.numpy().astype(np.float64), 0, 1)


def detail_energy_ratio(image, completed, mask) -> np.ndarray:
    """The fine detail inside the hole over that of the truth, above 0; 1 is good, LOW is blurred.

    The energy is the mean square of the luma's (BT.601) 3 x 3 Laplacian over those pixels of the
    hole whose four neighbours lie in the hole too, so the seam does not count; images are
    continued by their edge pixels. Both energies are raised by what rounding to 8 bits leaves, so
    that a flat truth gives a finite ratio. This metric is ours. Ratios are skewed: their median, or
    the mean of their logarithm, tells more than their mean.

    Raises:
      ValueError: also if no pixel of a hole has its four neighbours in the hole.
    """
    image, completed = _to_unit_range(image, completed)
    hole = _hole(mask, image)
    inner = np.all([hole, *_neighbors(hole)], axis=0)
    if not inner.any((1, 2)).all():
        raise ValueError("mask has a hole that is less than 3 x 3 pixels: leave that image out")
    true, found = (
        _mean_inside(np.square(sum(_neighbors(luma)) - 4 * luma), inner)
        for luma in (image @ _LUMA, completed @ _LUMA)
    )
    return (found + _ROUNDING_DETAIL) / (true + _ROUNDING_DETAIL)


def check_images(images, name: str) -> np.ndarray:
    """Returns images as float64; raises ValueError, calling them `name`, if they are none."""
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] != 3 or not images.size:
        raise ValueError(f"{name} has the shape {images.shape}; expected [B, S, S, 3]")
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"{name} is {images.dtype}; expected floating point in [-1, 1]")
    images = images.astype(np.float64)
    largest = np.abs(images).max()
    if not largest <= _LARGEST_VALUE:  # This way round it finds NaN too.
        raise ValueError(f"{name} holds values as large as {largest}; expected [-1, 1]")
    return images


def _to_unit_range(image, completed):
    image, completed = check_images(image, "image"), check_images(completed, "completed")
    if image.shape != completed.shape:
        raise ValueError(
            f"image and completed have the shapes {image.shape} and {completed.shape}; "
            "expected the same"
        )
    return (image + 1) / 2, (completed + 1) / 2


def _hole(mask, image):
    """Whether each pixel lies in the hole, bool [B, S, S]."""
    mask = np.asarray(mask)
    if mask.shape != (*image.shape[:3], 1):
        raise ValueError(
            f"mask has the shape {mask.shape}; expected {(*image.shape[:3], 1)}, as the images are"
        )
    hole = mask[..., 0] > 0  # As `compositing.composite` reads it.
    empty = np.flatnonzero(~hole.any((1, 2)))
    if empty.size:
        raise ValueError(f"mask has no hole in the images {empty.tolist()}: leave them out")
    return hole


def _mean_inside(values, hole):
    """float64 [B]: the mean of `values`, [B, S, S], over the pixels of each image's hole."""
    return np.sum(values, (1, 2), where=hole) / hole.sum((1, 2))


def _ssim_map(image, completed):
    """float64 [B, S - 10, S - 10]: the mean over the channels, a value for each whole window."""
    if min(image.shape[1:3]) < SSIM_FILTER_SIZE:
        raise ValueError(
            f"image has the shape {image.shape}; SSIM needs {SSIM_FILTER_SIZE} x "
            f"{SSIM_FILTER_SIZE} pixels or more"
        )
    similarity = tf.image.ssim(
        image.astype(np.float32), completed.astype(np.float32), return_index_map=True, **_SSIM
    )
    return similarity.numpy().astype(np.float64)


def _neighbors(plane):
    """The values above, below, left and right of each of [B, S, S]; at the border its own."""
    padded = np.pad(plane, ((0, 0), (1, 1), (1, 1)), mode="edge")
    return [padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]]
