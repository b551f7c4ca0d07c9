"""Image files in and out, with every limit on size and format in one place.

A *photo* is a uint8 array [height, width, 3], RGB, range [0, 255]: what a file holds. An *image*
is what the networks see: float32, range [-1, 1], otherwise the same.
"""

import io
import os
import pathlib
import warnings

import cv2
import numpy as np
import PIL.Image
import PIL.ImageOps

from exgan_tf import files

MAX_PIXELS = 120_000_000  # Ours: the 108 megapixels of today's telephones, and a little more.
MAX_SIDE = 32_766  # OpenCV's warps address pixels with signed 16-bit numbers.
JPEG_QUALITY = 95  # What the published alignment script writes with (OpenCV's default).

# The decoders that get to see files from outside. JPEG includes MPO, which many telephones write.
_READABLE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")
_JPEG_SUFFIXES = (".jpg", ".jpeg")
WRITABLE_SUFFIXES = (*_JPEG_SUFFIXES, ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm")
MAX_FILE_BYTES = 6 * MAX_PIXELS  # Ours: 16 bits for each of three colours, uncompressed.


class UnreadableImageError(ValueError):
    """An image file that cannot, or may not, be decoded."""


def read_photo(path) -> np.ndarray:
    """Reads an image file; of an animation the first frame, upright according to its EXIF.

    Grey, palette, CMYK and 16-bit files become 8-bit RGB; transparent pixels are laid on white.

    Args:
      path: a JPEG, PNG, WebP, BMP, TIFF, GIF or PPM file.

    Returns:
      The photo, uint8 [height, width, 3].

    Raises:
      UnreadableImageError: if it is none of these, damaged, cut short or larger than the limits.
    """
    path = pathlib.Path(path)
    try:
        if path.exists() and not path.is_file():
            raise UnreadableImageError(f"{path}: not a regular file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableImageError(f"{path}: larger than {MAX_FILE_BYTES // 10**6} megabytes")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(f"{path}: {error.strerror or error}") from error
    try:
        return decode_photo(data)
    except UnreadableImageError as error:
        raise UnreadableImageError(f"{path}: {error}") from error


def decode_photo(data: bytes) -> np.ndarray:
    """Decodes the bytes of an image file, as `read_photo` does.

    Args:
      data: all bytes of the file.

    Returns:
      The photo, uint8 [height, width, 3].

    Raises:
      UnreadableImageError: as `read_photo`, the message without a path.
    """
    if not data:
        raise UnreadableImageError("the file is empty")
    try:
        with warnings.catch_warnings():
            # Sizes are checked below, before decoding; broken metadata does no harm here.
            warnings.simplefilter("ignore")
            with PIL.Image.open(io.BytesIO(data), formats=_READABLE_FORMATS) as picture:
                _check_size(*picture.size)
                return _upright_rgb(picture)
    except UnreadableImageError:
        raise
    except PIL.UnidentifiedImageError as error:
        raise UnreadableImageError("not a readable image") from error
    except PIL.Image.DecompressionBombError as error:
        raise UnreadableImageError(f"too large: {error}") from error
    except Exception as error:  # Decoders raise nearly anything on damaged bytes.
        raise UnreadableImageError(f"damaged image ({error})") from error


def encode_jpeg(photo: np.ndarray, *, quality: int = JPEG_QUALITY, full_color: bool = False):
    """Encodes a photo as JPEG.

    Args:
      photo: uint8 [height, width, 3].
      quality: 1 to 100.
      full_color: keep colour at full resolution (4:4:4) instead of halving it (4:2:0).

    Returns:
      The bytes of the file.

    Raises:
      ValueError: if `photo` is not a photo.
    """
    sampling = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if full_color else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    )
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    return _encode(".jpg", photo, options)


def write_photo(path, photo: np.ndarray):
    """Writes a photo, uint8 [height, width, 3]; the name's ending says as what (.jpg, .png, ...).

    Raises:
      ValueError: if the ending is not one of an image format that can be written.
      OSError: if the file cannot be written; nothing of it is left then.
    """
    suffix = pathlib.Path(path).suffix.lower()
    if suffix in _JPEG_SUFFIXES:
        data = encode_jpeg(photo)
    elif suffix in WRITABLE_SUFFIXES:
        data = _encode(suffix, photo, [])
    else:
        raise ValueError(f"cannot write {os.fspath(path)!r}: the name must end in .jpg or .png")
    files.write_bytes(path, data)


def to_image(photo: np.ndarray) -> np.ndarray:
    """Turns a photo, uint8 in [0, 255], into an image, float32 in [-1, 1] of the same shape."""
    return np.asarray(photo).astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_photo(image: np.ndarray) -> np.ndarray:
    """Turns an image, float32 in [-1, 1], into a photo: rounded and clipped uint8, same shape."""
    return np.clip(np.rint((np.asarray(image) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def _check_size(width: int, height: int):
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise UnreadableImageError(
            f"too large: {width} x {height} pixels, at most {MAX_SIDE} on a side and "
            f"{MAX_PIXELS // 1_000_000} megapixels are read"
        )


def _upright_rgb(picture: PIL.Image.Image) -> np.ndarray:
    picture.load()
    file_format = picture.format
    picture = PIL.ImageOps.exif_transpose(picture)
    if picture.mode.startswith(("I", "F")):
        picture = _from_deep_grey(picture, file_format)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = PIL.Image.new("RGBA", picture.size, "white")
        picture = PIL.Image.alpha_composite(paper, picture)
    return np.array(picture.convert("RGB"))


def _from_deep_grey(picture, file_format):
    """Grey of more than 8 bits; Pillow itself would cut it off at 255."""
    # Some versions of Pillow open 16-bit PNG as "I", which elsewhere means 32 bits.
    if not picture.mode.startswith("I;16") and (picture.mode, file_format) != ("I", "PNG"):
        raise UnreadableImageError("grey values of 32 bits have no fixed range: save it as 16 bits")
    grey = np.asarray(picture).astype(np.float64) / 257.0
    return PIL.Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))


def _encode(suffix: str, photo: np.ndarray, options: list) -> bytes:
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3 or not photo.size:
        raise ValueError(
            f"a photo is a uint8 array [height, width, 3], not {photo.dtype} {photo.shape}"
        )
    done, data = cv2.imencode(suffix, photo[..., ::-1], options)
    if not done:
        raise ValueError(f"cannot encode an array of shape {photo.shape} as {suffix}")
    return data.tobytes()
