"""Image files in and out, with every limit on size and format in one place.

A *photo* is a uint8 array [height, width, 3], RGB, range [0, 255]: what a file holds. An *image*
is what the networks see: float32, range [-1, 1], otherwise the same.
"""

import contextlib
import io
import os
import pathlib
import warnings
from collections.abc import Iterator

import cv2
import numpy as np
import PIL.ExifTags
import PIL.Image

from exgan_tf import files, segments, storage

MAX_PIXELS = 120_000_000  # Ours: the 108 megapixels of today's telephones, and a little more.
MAX_SIDE = 32_766  # OpenCV's warps address pixels with signed 16-bit numbers.
JPEG_QUALITY = 95  # What the published alignment script writes with (OpenCV's default).

# The decoders that get to see files from outside. JPEG includes MPO, which many telephones write.
_READABLE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "AVIF")
# What is written: the endings of names, and Pillow's names of their formats.
WRITABLE_SUFFIXES = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".ppm": "PPM",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".avif": "AVIF",
}
# What Pillow encodes, as not every OpenCV does, and how. Ours: at libheif's own preset files are
# 5 % smaller and take more than twice as long.
ENCODER_OPTIONS: dict[str, dict] = {
    "HEIF": {"quality": 90, "enc_params": {"preset": "medium"}},
    "AVIF": {"quality": 90},
}
MAX_FILE_BYTES = 6 * MAX_PIXELS  # Ours: 16 bits for each of three colours, uncompressed.
# Ours. Cameras write up to 64 KB of EXIF, all that a JPEG's segment holds; the rest is dominated by
# the second picture or the depth map that telephones put into extended XMP.
MAX_EXIF_BYTES = 1 << 20
MAX_METADATA_BYTES = 64 << 20
# Ours. Encoders make 10 or so; each goes over the entire picture again, which in the largest takes
# 0.2 s and may cost no more than 160 bytes.
MAX_JPEG_SCANS = 64

# How to turn a picture upright that is stored as EXIF's number says.
TURNS: dict[int, PIL.Image.Transpose] = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
# What ISO base media files say they are: HEIC in its variants.
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_TIFF_REDUCED, _TIFF_DNG_VERSION = 254, 50706


class UnreadableImageError(ValueError):
    """An image file that cannot, or may not, be decoded."""


@contextlib.contextmanager
def name_file(path) -> Iterator[None]:
    """Puts the name of a file before the message of an `UnreadableImageError`."""
    try:
        yield
    except UnreadableImageError as error:
        raise UnreadableImageError(f"{path}: {error}") from error


def read_file(path) -> bytes:
    """Reads the bytes of an image file without waiting for a pipe.

    Raises:
      UnreadableImageError: if it is no regular file, cannot be read or is larger than the limit.
    """
    path = storage.to_path(path)
    try:
        if path.exists() and not path.is_file():
            raise UnreadableImageError("not a regular file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UnreadableImageError(f"larger than {MAX_FILE_BYTES // 10**6} megabytes")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImageError(error.strerror or str(error)) from error


def read_photo(path) -> np.ndarray:
    """Reads a JPEG, PNG, WebP, BMP, TIFF, GIF, PPM, HEIC or AVIF file, uint8 [height, width, 3].

    It is upright according to its EXIF, and of an animation the first frame. Numbers come as the
    file has them, as OpenCV and so the published scripts read them: a colour profile is not
    applied, which `photo.picture_file.read_picture` does. Grey, palette, CMYK and 16-bit files
    become 8-bit RGB; transparent pixels are composited on white.

    Raises:
      UnreadableImageError: if it is none of these, damaged, cut short or larger than the limits, or
        HEIC where pillow-heif is not installed.
    """
    with name_file(path):
        return decode_photo(read_file(path))


def decode_photo(data: bytes) -> np.ndarray:
    """As `read_photo`, of all bytes of a file."""
    with open_picture(data) as picture:
        return to_upright_photo(picture, orientation=read_orientation(picture))


@contextlib.contextmanager
def open_picture(data: bytes) -> Iterator[PIL.Image.Image]:
    """Opens an image file, all bytes of it, if its size and metadata are within the limits.

    Yields:
      Pillow's image, not yet decoded.

    Raises:
      UnreadableImageError: as `read_photo`, without a path, also for what decoding in the body
        raises.
    """
    if not data:
        raise UnreadableImageError("the file is empty")
    formats: tuple[str, ...] = _READABLE_FORMATS
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        _learn_heic()
        formats = (*formats, "HEIF")
    _check_metadata(data)
    try:
        with warnings.catch_warnings():
            # Sizes are checked below, before decoding; broken metadata does no harm here.
            warnings.simplefilter("ignore")
            with PIL.Image.open(io.BytesIO(data), formats=formats) as picture:
                width, height = picture.size
                if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
                    raise UnreadableImageError(
                        f"too large: {width} x {height} pixels, at most {MAX_SIDE} on a side and "
                        f"{MAX_PIXELS // 1_000_000} megapixels are read"
                    )
                if picture.format in ("HEIF", "AVIF"):
                    _check_sizes(len(picture.info.get("exif") or b""), 0)
                for key in ("xmp", "icc_profile"):
                    # The tags of a TIFF may be numbers or text.
                    if not isinstance(picture.info.get(key), bytes):
                        picture.info.pop(key, None)
                yield picture
    except UnreadableImageError:
        raise
    except PIL.UnidentifiedImageError as error:
        raise UnreadableImageError("not a readable image") from error
    except PIL.Image.DecompressionBombError as error:
        raise UnreadableImageError(f"too large: {error}") from error
    except Exception as error:  # Decoders raise nearly anything on damaged bytes.
        raise UnreadableImageError(f"damaged image ({error})") from error


def read_orientation(picture: PIL.Image.Image) -> int:
    """How a picture is stored: EXIF's number, 1 to 8; 1 if that says nothing, or is broken."""
    # Pillow turns TIFF files itself, and pillow-heif HEIC; the other formats have no orientation.
    if picture.format in ("JPEG", "MPO", "PNG", "WEBP", "AVIF"):
        if picture.format == "PNG":
            picture.load()  # As `getexif` does, where damaged pixels would be taken for EXIF's.
        with contextlib.suppress(Exception):  # Parsers, too, raise nearly anything.
            orientation = picture.getexif().get(PIL.ExifTags.Base.Orientation)
            return orientation if orientation in TURNS else 1
    return 1


def to_upright_photo(picture: PIL.Image.Image, *, orientation: int) -> np.ndarray:
    """The pixels of a picture as a photo, uint8 [height, width, 3], as `read_photo` gives them.

    The picture is what `open_picture` opens, or derived from it; `orientation` is how it is stored.

    Raises:
      UnreadableImageError: if the picture is grey with more than 16 bits; nearly anything if it is
        damaged, which `open_picture` translates.
    """
    picture.load()
    picture = to_8_bits(picture)
    if orientation in TURNS:
        picture = picture.transpose(TURNS[orientation])
    if has_transparency(picture):
        picture = picture.convert("RGBA")
        paper = PIL.Image.new("RGBA", picture.size, "white")
        picture = PIL.Image.alpha_composite(paper, picture)
    # To the mode that it has, `convert` makes a copy, which costs as much as half of the decoding.
    return np.array(picture if picture.mode == "RGB" else picture.convert("RGB"))


def to_8_bits(picture: PIL.Image.Image) -> PIL.Image.Image:
    """Grey of 16 bits as grey of 8, which Pillow itself would cut off at 255; others as they are.

    Grey with more than 16 bits raises UnreadableImageError.
    """
    if not picture.mode.startswith(("I", "F")):
        return picture
    if not picture.mode.startswith("I;16"):
        raise UnreadableImageError("grey values of 32 bits have no fixed range: save it as 16 bits")
    grey = np.rint(np.asarray(picture).astype(np.float64) / 257.0)
    reduced = PIL.Image.fromarray(grey.astype(np.uint8))
    reduced.info = picture.info
    return reduced


def has_transparency(picture: PIL.Image.Image) -> bool:
    """Whether a picture has transparent pixels, or could have."""
    # Pillow's own `has_transparency_data` fails where a file lacks its palette.
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info


def encode_jpeg(
    photo: np.ndarray, *, quality: int = JPEG_QUALITY, full_color: bool = False
) -> bytes:
    """Encodes a photo, uint8 [height, width, 3], as the bytes of a JPEG; quality is 1 to 100.

    With `full_color` colour keeps its full resolution (4:4:4) instead of half of it (4:2:0). What
    is not a photo raises ValueError.
    """
    sampling = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if full_color else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    )
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    return _encode(".jpg", photo, options)


def write_photo(path, photo: np.ndarray) -> None:
    """Writes a photo, uint8 [height, width, 3]; the name's ending says as what (.jpg, .png, ...).

    Raises:
      ValueError: if the ending is not one of an image format that can be written.
      OSError: if the file cannot be written; nothing of it is left then.
    """
    file_format = find_format(path)
    if file_format in ENCODER_OPTIONS:
        encoded = io.BytesIO()
        PIL.Image.fromarray(photo).save(encoded, file_format, **ENCODER_OPTIONS[file_format])
        data = encoded.getvalue()
    elif file_format == "JPEG":
        data = encode_jpeg(photo)
    else:
        data = _encode(f".{file_format.lower()}", photo, [])
    files.write_bytes(path, data)


def find_format(path) -> str:
    """The format that the ending of a name stands for, as Pillow calls it.

    Raises:
      ValueError: if it is not one of an image format that can be written, or this installation
        cannot encode it.
    """
    file_format = WRITABLE_SUFFIXES.get(pathlib.Path(path).suffix.lower())
    if file_format is None:
        *others, last = WRITABLE_SUFFIXES
        raise ValueError(
            f"cannot write {os.fspath(path)}: the name must end in {', '.join(others)} or {last}"
        )
    if file_format in ENCODER_OPTIONS:
        PIL.Image.init()
        if file_format == "HEIF":
            _learn_heic()
        if file_format not in PIL.Image.SAVE:
            raise ValueError(
                f"cannot write {os.fspath(path)}: the Pillow or pillow-heif that is installed was "
                "built without that encoder: choose a name that ends in .jpg or .png"
            )
    return file_format


def to_image(photo: np.ndarray) -> np.ndarray:
    """Turns a photo, uint8 in [0, 255], into an image, float32 in [-1, 1] of the same shape."""
    return np.asarray(photo).astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_photo(image: np.ndarray) -> np.ndarray:
    """Turns an image, float32 in [-1, 1], into a photo: rounded and clipped uint8, same shape."""
    return np.clip(np.rint((np.asarray(image) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def _learn_heic():
    try:
        import pillow_heif
    except ImportError:
        raise UnreadableImageError(
            "HEIC needs pillow-heif: pip install -e .[heic]; or save it as JPEG or PNG with the "
            "program that shows it"
        ) from None
    pillow_heif.register_heif_opener(thumbnails=False)


def _check_metadata(data):
    """Raises UnreadableImageError if there is more metadata than is let near a parser."""
    blocks = []
    if data.startswith(segments.JPEG_START):
        blocks, _ = segments.split_jpeg(data)
        num_scans = sum(each.kind == segments.JPEG_SCAN for each in blocks)
        if num_scans > MAX_JPEG_SCANS:
            raise UnreadableImageError(
                f"a JPEG of {num_scans} scans, at most {MAX_JPEG_SCANS} are read"
            )
    elif data.startswith(segments.PNG_START):
        blocks = [each for each in segments.split_png(data) if each.kind != b"fdAT"]
    elif data[8:12] == b"WEBP":
        blocks = list(segments.split_webp(data))
    exif = sum(
        len(each.body)
        for each in blocks
        if each.kind in (b"eXIf", b"EXIF") or each.body.startswith(segments.EXIF_START)
    )
    if segments.tiff_order(data):
        tags, _ = segments.split_tiff(data)
        if data[8:10] == b"CR" or any(  # Canon's raw files look like any TIFF otherwise.
            tag.code == _TIFF_DNG_VERSION
            or (tag.code == _TIFF_REDUCED and int.from_bytes(tag.field, "big") & 0x01000001)
            for tag in tags
        ):
            raise UnreadableImageError(
                "a raw file, of which only its small preview could be read: develop it, and save "
                "it as JPEG, PNG or TIFF"
            )
        # Single bytes, which layers are, are not taken apart.
        total = sum(tag.size for tag in tags if tag.type not in (1, 2, 6, 7))
    else:
        total = sum(len(each.body) for each in blocks)
    _check_sizes(exif, total)


def _check_sizes(exif: int, total: int):
    for size, limit, name in (
        (exif, MAX_EXIF_BYTES, "EXIF"),
        (total, MAX_METADATA_BYTES, "metadata"),
    ):
        if size > limit:
            raise UnreadableImageError(
                f"{size / 2**20:.1f} megabytes of {name}, at most {limit >> 20} are read"
            )


def _encode(suffix: str, photo: np.ndarray, options: list) -> bytes:
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3 or not photo.size:
        raise ValueError(
            f"a photo is a uint8 array [height, width, 3], not {photo.dtype} {photo.shape}"
        )
    done, data = cv2.imencode(suffix, photo[..., ::-1], options)
    if not done:
        raise ValueError(f"cannot encode an array of shape {photo.shape} as {suffix}")
    return data.tobytes()
