"""Pictures of cases, checked, cut and packed into the page itself."""

import base64
import io
import pathlib

import numpy as np
import PIL.Image

from exgan_tf import images
from exgan_tf.report.markup import Markup, element

MAX_FILE_BYTES = 64 << 20  # Ours: an uncompressed picture of 4096 x 4096 pixels.
# Ours: small pictures stay as they are to the bit; large ones would make a page of 100 megabytes.
MAX_LOSSLESS_SIDE = 128
JPEG_QUALITY = 92


def read_picture(path, *, image_size: int) -> np.ndarray:
    """Reads a picture, uint8 [image_size, image_size, 3].

    Raises:
      ValueError: if the file is too large, no picture, or of another size.
    """
    path = pathlib.Path(path)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than {MAX_FILE_BYTES >> 20} megabytes")
    photo = images.read_photo(path)
    if photo.shape[:2] != (image_size, image_size):
        height, width = photo.shape[:2]
        raise ValueError(
            f"{path} has {width} x {height} pixels, {image_size} x {image_size} as data.image_size "
            "says is wanted"
        )
    return photo


def draw_picture(photo: np.ndarray, *, alt: str) -> Markup:
    """An <img> that holds its pixels itself.

    Args:
      photo: uint8 [height, width, 3].
      alt: what is seen, for those who do not see it.
    """
    height, width = photo.shape[:2]
    if max(height, width) <= MAX_LOSSLESS_SIDE:
        kind, data = "png", _encode_png(photo)
    else:
        kind, data = "jpeg", images.encode_jpeg(photo, quality=JPEG_QUALITY, full_color=True)
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
    attributes = {"src": source, "alt": alt, "width": width, "height": height}
    return element("img", css="pixels" if kind == "png" else "", attributes=attributes)


def cut(photo: np.ndarray, region) -> np.ndarray:
    """The part of a photo inside a region (top, left, height, width), in pixels."""
    top, left, height, width = region
    return photo[top : top + height, left : left + width]


def _encode_png(photo):
    buffer = io.BytesIO()
    PIL.Image.fromarray(photo).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
