"""What of a filling can be measured on the eyes alone: the colour of the irises, and crops.

Images are float [B, S, S, 3] in [-1, 1], taken for sRGB and not rounded to 8 bits; boxes are
int [B, 2, 4]: (top, left, height, width) in pixels, the viewer's left eye first, centred on the
irises as the data set's are. All functions raise ValueError where these do not fit together, or
values are far from [-1, 1]. All metrics here are ours.

An iris's colour is the median of CIE Lab over the disc that an average iris covers: 11.7 mm wide
in eyes 63 mm apart. The median passes over pupil, highlight and the edge of a lid as long as these
cover less than half of it; it does not see through glasses that shine, nor closed lids, and an eye
that looks far aside leaves the disc.
"""

import cv2
import numpy as np

from exgan_tf.geometry import box_centers
from exgan_tf.metrics import pixel

_IRIS_RADIUS = 11.7 / 63 / 2  # Over the distance of the eyes.
# What the discriminators see too: the largest box of the published script, 96 of 256 pixels.
_EYE_WINDOW = 3 / 8
EYE_PIXELS_SIDE = 12  # Ours: 432 numbers an eye, less than there are eyes in a test of 220 images.


def iris_color(images, eye_boxes) -> np.ndarray:
    """The colour of both irises.

    Returns:
      float64 [B, 2, 3], CIE L*a*b* under D65: lightness in [0, 100], green to red, blue to yellow.
    """
    images, eye_boxes = _check(images, eye_boxes)
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    colors = []
    for image, centers in zip(images, box_centers(eye_boxes), strict=True):
        radius = _IRIS_RADIUS * np.linalg.norm(centers[1] - centers[0])
        lab = cv2.cvtColor(np.clip((image + 1) / 2, 0, 1).astype(np.float32), cv2.COLOR_RGB2Lab)
        for x, y in centers:
            distance = np.hypot(columns - x, rows - y)
            # The nearest pixels count even where the iris is smaller than a pixel.
            colors.append(np.median(lab[distance <= max(radius, distance.min())], axis=0))
    return np.array(colors, np.float64).reshape(-1, 2, 3)


def iris_color_difference(images, eye_boxes) -> np.ndarray:
    """How far the two irises of each image differ: Delta E of 1976, float64 [B]; LOW is good.

    About 2.3 is just noticeable. True eyes differ too, by their light above all: compare with the
    number of the true images.
    """
    left, right = np.moveaxis(iris_color(images, eye_boxes), 1, 0)
    return np.linalg.norm(left - right, axis=-1)


def iris_color_error(images, completed, eye_boxes) -> np.ndarray:
    """The mean Delta E of 1976 between filled and true irises, float64 [B]; LOW is good."""
    difference = iris_color(images, eye_boxes) - iris_color(completed, eye_boxes)
    return np.linalg.norm(difference, axis=-1).mean(axis=-1)


def crop_eyes(images, eye_boxes) -> np.ndarray:
    """Cuts the square window around each eye out of images, pixel for pixel: nothing is resized.

    Returns:
      float32 [B, 2, W, W, 3], W being 3/8 of S; a window that would reach out of the image is
      moved inside.
    """
    images, eye_boxes = _check(images, eye_boxes)
    window = int(images.shape[1] * _EYE_WINDOW)
    starts = np.floor(box_centers(eye_boxes) - (window - 1) / 2).astype(int)
    starts = np.clip(starts, 0, images.shape[1] - window)
    crops = [
        [image[top : top + window, left : left + window] for left, top in both]
        for image, both in zip(images, starts, strict=True)
    ]
    return np.array(crops, np.float32)


def eye_pixels(images, eye_boxes) -> np.ndarray:
    """The features whose Frechet distance tells how far filled eyes look from true ones.

    Returns:
      float32 [2 B, 3 EYE_PIXELS_SIDE^2] in [-1, 1]; the windows are reduced by area.
    """
    crops = crop_eyes(images, eye_boxes)
    side = (EYE_PIXELS_SIDE, EYE_PIXELS_SIDE)
    flat = crops.reshape(-1, *crops.shape[2:])
    return np.stack([cv2.resize(crop, side, interpolation=cv2.INTER_AREA).ravel() for crop in flat])


def _check(images, eye_boxes):
    images = pixel.check_images(images, "images")
    eye_boxes = np.asarray(eye_boxes)
    if eye_boxes.shape != (len(images), 2, 4):
        raise ValueError(
            f"eye_boxes has the shape {eye_boxes.shape}; expected {(len(images), 2, 4)}"
        )
    return images, eye_boxes
