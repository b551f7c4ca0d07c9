"""Pictures of cases, checked, cut and packed into the page itself."""

import dataclasses
import io

import markupsafe
import numpy as np
import PIL.Image

from exgan_tf import images, pages

MAX_FILE_BYTES = 64 << 20  # Ours: an uncompressed picture of 4096 x 4096 pixels.
# Ours: small pictures stay as they are to the bit; large ones would make a page of 100 megabytes.
MAX_LOSSLESS_SIDE = 128
JPEG_QUALITY = 92


@dataclasses.dataclass(frozen=True)
class Picture:
    """What an <img> needs.

    Attributes:
      source: all of the picture, as a data URI.
      is_exact: whether each pixel is as it was.
      width, height: in pixels.
    """

    source: markupsafe.Markup
    is_exact: bool
    width: int
    height: int


def read_picture(path, *, image_size: int) -> np.ndarray:
    """Reads a picture, uint8 [image_size, image_size, 3].

    Raises:
      ValueError: if the file is too large, no picture, or of another size.
    """
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


def pack(photo: np.ndarray) -> Picture:
    """Makes a picture for the page of a photo, uint8 [height, width, 3]."""
    height, width = photo.shape[:2]
    is_exact = max(height, width) <= MAX_LOSSLESS_SIDE
    if is_exact:
        buffer = io.BytesIO()
        PIL.Image.fromarray(photo).save(buffer, "PNG", optimize=True)
        source = pages.data_uri("png", buffer.getvalue())
    else:
        data = images.encode_jpeg(photo, quality=JPEG_QUALITY, full_color=True)
        source = pages.data_uri("jpeg", data)
    return Picture(source, is_exact, width, height)
