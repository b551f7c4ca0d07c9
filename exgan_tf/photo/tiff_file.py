"""TIFF files with another first picture, and all else in them as it was.

Nothing in the file is moved, as cameras' notes say where they lie by their place in it: the new
picture and a new directory come at the end. The old picture's bytes stay behind, unused, and so do
all other pages.
"""

import struct
import zlib

import numpy as np

from exgan_tf import segments
from exgan_tf.photo import metadata

_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIP_OFFSETS, _SAMPLES, _ROWS, _STRIP_SIZES, _PLANAR = 273, 277, 278, 279, 284
_EXTRA_SAMPLES, _XMP, _PHOTOSHOP = 338, 700, 34377
# Tags of how the old pixels were encoded and turned, and, the last two, of smaller copies and
# Photoshop's layers, which would still show the old picture.
_REPLACED = (
    *(_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIP_OFFSETS, _SAMPLES, _ROWS),
    *(_STRIP_SIZES, _PLANAR, _EXTRA_SAMPLES, 254, 255, 263, 264, 265, 266, 274, 280, 281, 288, 289),
    *(290, 291, 292, 293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 332, 334, 339, 340),
    *(341, 342, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 330, 37724),
)
_PHOTOMETRICS = {"L": 1, "RGB": 2, "CMYK": 5}
_DEFLATE = 8
_UNASSOCIATED_ALPHA = 2


def replace_picture(data: bytes, pixels: np.ndarray, *, mode: str) -> bytes:
    """The bytes of a TIFF with another first picture; a BigTIFF raises ValueError.

    Args:
      data: all bytes of the old file.
      pixels: uint8 or uint16 [height, width] or [height, width, channels], upright.
      mode: what the channels are: "L", "LA", "RGB", "RGBA" or "CMYK".
    """
    order = segments.tiff_order(data)
    tags, following = segments.split_tiff(data)
    if not tags:
        raise ValueError("TIFF files of the kind BigTIFF are read but not written: save it as PNG")
    swapped = pixels.astype(pixels.dtype.newbyteorder(order))
    encoded = zlib.compress(swapped.tobytes(), 1)
    appended = bytearray(data + bytes(len(data) % 2) + encoded + bytes(len(encoded) % 2))
    entries = {
        tag.code: (tag.type, tag.count, tag.field) for tag in tags if tag.code not in _REPLACED
    }

    def put(code, kind, values):
        if kind == _UNDEFINED:
            packed = bytes(values)
        else:
            packed = struct.pack(order + {_SHORT: "H", _LONG: "I"}[kind] * len(values), *values)
        field = packed.ljust(4, b"\x00")
        if len(packed) > 4:
            field = struct.pack(order + "I", len(appended))
            appended.extend(packed + bytes(len(packed) % 2))
        entries[code] = (kind, len(values), field)

    height, width = pixels.shape[:2]
    put(_WIDTH, _LONG, [width])
    put(_HEIGHT, _LONG, [height])
    put(_BITS, _SHORT, [8 * pixels.itemsize] * len(mode))
    put(_COMPRESSION, _SHORT, [_DEFLATE])
    put(_PHOTOMETRIC, _SHORT, [_PHOTOMETRICS[mode.removesuffix("A")]])
    put(_STRIP_OFFSETS, _LONG, [len(data) + len(data) % 2])
    put(_SAMPLES, _SHORT, [len(mode)])
    put(_ROWS, _LONG, [height])
    put(_STRIP_SIZES, _LONG, [len(encoded)])
    put(_PLANAR, _SHORT, [1])
    if mode.endswith("A"):
        put(_EXTRA_SAMPLES, _SHORT, [_UNASSOCIATED_ALPHA])
    for tag in tags:
        if tag.code not in (_XMP, _PHOTOSHOP):
            continue
        old = data[tag.offset : tag.offset + tag.size]
        clean = metadata.drop_stale if tag.code == _XMP else metadata.drop_photoshop_thumbnails
        if (new := clean(old)) != old:
            entries.pop(tag.code)
            if new:
                put(tag.code, _UNDEFINED, new)
    directory = len(appended)
    appended += struct.pack(order + "H", len(entries))
    for code, (kind, count, field) in sorted(entries.items()):
        appended += struct.pack(order + "HHI", code, kind, count) + field
    appended += struct.pack(order + "I", following)
    appended[4:8] = struct.pack(order + "I", directory)
    return bytes(appended)
