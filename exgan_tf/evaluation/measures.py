"""What is measured: every number of `evaluation.json`, with its direction and what it tells."""

from typing import Literal

import msgspec
import numpy as np

from exgan_tf.metrics import eyes, pixel


class Measure(msgspec.Struct, frozen=True):
    """One column of the table: what it is called, which values are good, and what it tells."""

    label: str
    better: Literal["lower", "higher", "near_one"]
    description: str = ""


PER_IMAGE = {
    "masked_l1": Measure(
        "L1 in the hole",
        "lower",
        "Mean absolute difference from the truth inside the hole of each image, on [0, 1]; then "
        "the mean over the images.",
    ),
    "l1": Measure(
        "L1",
        "lower",
        "Mean absolute difference from the truth over the entire image, on [0, 1]: the paper's.",
    ),
    "ms_ssim_distance": Measure(
        "1 - MS-SSIM",
        "lower",
        "1 minus the multi-scale structural similarity of the entire image: the paper's.",
    ),
    "psnr": Measure("PSNR, dB", "higher", "Peak signal-to-noise ratio of the entire image."),
    "ssim": Measure("SSIM", "higher", "Structural similarity of the entire image."),
    "masked_ssim": Measure(
        "SSIM in the hole", "higher", "Structural similarity, mean over the pixels of the hole."
    ),
    "detail_energy": Measure(
        "Fine detail",
        "near_one",
        "Energy of fine detail (squared Laplacian) inside the hole over the truth's, geometric "
        "mean over the images: 1 is as sharp as the truth, below is blurred, above is noisy.",
    ),
    "identity_to_truth": Measure(
        "Identity, to truth",
        "lower",
        "Distance of dlib's face descriptors of the filled and the true image.",
    ),
    "identity_to_reference": Measure(
        "Identity, to reference",
        "lower",
        "Distance of dlib's face descriptors of the filled image and the reference.",
    ),
    "iris_color_error": Measure(
        "Iris colour",
        "lower",
        "Difference of the filled irises' colour from the true ones', CIE 1976 Delta E.",
    ),
    "iris_color_difference": Measure(
        "Irises apart",
        "lower",
        "Difference of colour between the left and the right iris, CIE 1976 Delta E: how far it is "
        "from the true eyes' difference, which is not 0 either.",
    ),
}
OVER_ALL_IMAGES = {
    "face_descriptor_frechet_distance": Measure(
        "Frechet, faces",
        "lower",
        "Frechet distance between the distributions of dlib's face descriptors of filled and true "
        "images. Not FID.",
    ),
    "eye_pixel_frechet_distance": Measure(
        "Frechet, eye pixels",
        "lower",
        "Frechet distance between the distributions of the pixels of filled and true eyes, cut out "
        f"and reduced to {eyes.EYE_PIXELS_SIDE} x {eyes.EYE_PIXELS_SIDE}. Not FID.",
    ),
    "fid": Measure("FID", "lower", "Frechet Inception distance of entire images, through TF-GAN."),
    "eye_fid": Measure("FID, eyes", "lower", "Frechet Inception distance of eyes, cut out."),
    "inception_score": Measure(
        "Inception score", "higher", "Inception score of the filled images, through TF-GAN."
    ),
}
MEASURES = {**PER_IMAGE, **OVER_ALL_IMAGES}


def measure_images(example: dict, completed) -> dict:
    """What can be told from each image by itself.

    Args:
      example: a batch of arrays, as in `data.examples`; its image is the truth.
      completed: the filled images, float32 [B, S, S, 3] in [-1, 1].

    Returns:
      Name -> float64 [B].
    """
    image, mask, boxes = example["image"], example["mask"], example["eye_boxes"]
    return {
        "masked_l1": pixel.masked_l1(image, completed, mask),
        "l1": pixel.l1(image, completed),
        "ms_ssim_distance": pixel.ms_ssim_distance(image, completed),
        "psnr": pixel.psnr(image, completed),
        "ssim": pixel.ssim(image, completed),
        "masked_ssim": pixel.masked_ssim(image, completed, mask),
        "detail_energy": pixel.detail_energy_ratio(image, completed, mask),
        "iris_color_error": eyes.iris_color_error(image, completed, boxes),
        "iris_color_difference": np.abs(
            eyes.iris_color_difference(completed, boxes) - eyes.iris_color_difference(image, boxes)
        ),
    }
