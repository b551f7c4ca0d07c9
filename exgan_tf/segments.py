"""The blocks that image files are made of: segments of JPEG, chunks of PNG and WebP, tags of TIFF.

They are told apart without a look into them, so that what is too long is refused before anything
parses it, and what nobody has to understand is kept as it is. Where a file is damaged, the walk
ends or goes on at the next block that can be told: decoders say what is wrong with it.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

JPEG_START = b"\xff\xd8"
EXIF_START = b"Exif\x00\x00"  # Of the body of a JPEG's segment.
PNG_START = b"\x89PNG\r\n\x1a\n"
MAX_JPEG_BODY = 65_533  # A segment says its length, itself included, in 16 bits.

# Of the bytes 0xff that may fill up before a marker the last one: with all, a long run of them that
# leads to no marker would be searched from each byte to its end.
_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
# What ends the entropy-coded bytes of a scan: no stuffed byte, no restart.
_AFTER_SCAN = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
JPEG_SCAN, _END = b"\xda", b"\xd9"
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


class Segment(NamedTuple):
    """One block: a JPEG's `kind` is its marker without 0xff, a chunk's its four letters."""

    kind: bytes
    body: bytes


def split_jpeg(data: bytes) -> tuple[list[Segment], bytes]:
    """The segments of a JPEG before its first scan, then its scans, without bodies, and the rest.

    The rest is what comes after the picture's end.
    """
    segments, position, search = [], len(JPEG_START), _MARKER
    before_scan = True
    while found := search.search(data, position):
        kind, position = found[1], found.end()
        if kind == _END:
            return segments, data[position:]
        if kind == b"\x01" or b"\xd0" <= kind <= b"\xd8":  # They stand alone.
            continue
        if position + 2 > len(data):
            break
        length = max(2, int.from_bytes(data[position : position + 2], "big"))
        if kind == JPEG_SCAN:
            before_scan, search = False, _AFTER_SCAN
            segments.append(Segment(kind, b""))
        elif before_scan:
            segments.append(Segment(kind, data[position + 2 : position + length]))
        position += length
    return segments, b""


def join_jpeg(segments: list[Segment], encoded: bytes) -> bytes:
    """A JPEG with other segments in front of its own; its own JFIF header makes way for theirs."""
    position = len(JPEG_START)
    if encoded[2:4] == b"\xff\xe0" and any(each.kind == b"\xe0" for each in segments):
        position += 2 + int.from_bytes(encoded[4:6], "big")
    return b"".join([JPEG_START, *map(pack_jpeg, segments), encoded[position:]])


def pack_jpeg(segment: Segment) -> bytes:
    """The bytes of a JPEG's segment."""
    return b"\xff" + segment.kind + struct.pack(">H", len(segment.body) + 2) + segment.body


def split_png(data: bytes) -> Iterator[Segment]:
    """The chunks of a PNG; pixels are left out, so that an IDAT has an empty body."""
    position = len(PNG_START)
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        yield Segment(kind, b"" if kind == b"IDAT" else data[position + 8 : position + 8 + length])
        position += 12 + length


def join_png(chunks: list[Segment], encoded: bytes) -> bytes:
    """A PNG with other chunks in front of its pixels, instead of its own."""
    start = len(PNG_START) + 25  # The header, which is always the first chunk and 13 bytes long.
    pixels = encoded.index(b"IDAT", start) - 4
    return b"".join([encoded[:start], *map(pack_png, chunks), encoded[pixels:]])


def pack_png(chunk: Segment) -> bytes:
    """The bytes of a PNG's chunk."""
    checked = b"".join(chunk)
    return struct.pack(">I", len(chunk.body)) + checked + struct.pack(">I", zlib.crc32(checked))


def split_webp(data: bytes) -> Iterator[Segment]:
    """The chunks of a WebP; those of pixels have an empty body."""
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        is_picture = kind in (b"VP8 ", b"VP8L", b"ALPH", b"ANMF")
        yield Segment(kind, b"" if is_picture else data[position + 8 : position + 8 + length])
        position += 8 + length + length % 2


class TiffTag(NamedTuple):
    """An entry of a TIFF directory: `count` values of `size` bytes altogether, from `offset` on.

    `field` is the last four bytes of the entry, which hold the values or say where they are.
    """

    code: int
    type: int
    count: int  # type: ignore[assignment]  # As TIFF calls it, and not as a tuple does.
    size: int
    offset: int
    field: bytes


def tiff_order(data: bytes) -> str:
    """The byte order of a TIFF for `struct`; empty if it is no TIFF, or a BigTIFF."""
    return {b"II*\x00": "<", b"MM\x00*": ">"}.get(data[:4], "")


def split_tiff(data: bytes) -> tuple[list[TiffTag], int]:
    """The tags of a TIFF's first directory, and where the next one is, or 0."""
    order = tiff_order(data)
    if not order or len(data) < 8:
        return [], 0
    (start,) = struct.unpack_from(order + "I", data, 4)
    if start + 2 > len(data):
        return [], 0
    (count,) = struct.unpack_from(order + "H", data, start)
    end = start + 2 + 12 * count
    if end + 4 > len(data):
        return [], 0
    tags = []
    for entry in range(start + 2, end, 12):
        code, kind, values, field = struct.unpack_from(order + "HHI4s", data, entry)
        size = _TIFF_SIZES.get(kind, 1) * values
        place = entry + 8 if size <= 4 else struct.unpack(order + "I", field)[0]
        tags.append(TiffTag(code, kind, values, size, place, field))
    return tags, struct.unpack_from(order + "I", data, end)[0]
