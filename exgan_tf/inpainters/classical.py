"""Methods that need no training: what any trained one has to beat.

Each is made without arguments and takes images of any size.
"""

import cv2
import numpy as np

from exgan_tf import images
from exgan_tf.inpainters import base

RADIUS = 3  # Pixels, ours; the paper's post-processing uses Telea with 1.


class MeanColor(base.Inpainter):
    """Fills with the mean colour of all known pixels of the same image; grey if there are none."""

    def _fill(self, example):
        known = example["mask"] == 0
        total = np.sum(example["image"], axis=(1, 2), where=known, keepdims=True, dtype=np.float64)
        return total / np.maximum(np.sum(known, axis=(1, 2), keepdims=True), 1)


class _OpenCvInpainter(base.Inpainter):
    """Fills by `cv2.inpaint`, which works on 8 bits: what is filled in is a multiple of 1/255.

    A hole that covers everything stays grey.
    """

    method: int

    def _fill(self, example):
        filled = [
            cv2.inpaint(photo, hole, RADIUS, self.method)
            for photo, hole in zip(
                images.to_photo(example["image"]), example["mask"].astype(np.uint8), strict=True
            )
        ]
        return images.to_image(np.stack(filled))


class Telea(_OpenCvInpainter):
    """Fills from the edge inward, by fast marching (Telea, 2004)."""

    method = cv2.INPAINT_TELEA


class NavierStokes(_OpenCvInpainter):
    """Continues lines of equal brightness into the hole (Bertalmio et al., 2001)."""

    method = cv2.INPAINT_NS


class Transplant(base.Inpainter):
    """Copies the reference's eyes: what photo editors do, and the honest rival for identity.

    The reference is turned, scaled and shifted so that its eyes lie on the hole's, and sampled
    once, with a cubic filter; where it does not reach its edge is repeated. Then it is
    Poisson-blended into the hole.
    """

    input_names = ("image", "mask", "eye_boxes", "reference", "reference_eye_boxes")

    def _fill(self, example):
        # Here, as it takes seconds to import TensorFlow.
        from exgan_tf import compositing, resampling
        from exgan_tf.models import eye_windows

        height, width = example["image"].shape[1:3]
        transform = eye_windows.transform_between(
            example["eye_boxes"], example["reference_eye_boxes"]
        )
        places = resampling.affine_places(transform, height=height, width=width)
        moved = resampling.sample_cubic(example["reference"], places)
        return compositing.blend_poisson(example["image"], moved, example["mask"]).numpy()
