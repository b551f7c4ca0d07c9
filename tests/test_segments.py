import io
import struct
import time

import numpy as np
import PIL.Image
import pytest

from exgan_tf import segments
from exgan_tf.segments import Segment


def encode(photo, format_name, **options):
    data = io.BytesIO()
    PIL.Image.fromarray(photo).save(data, format_name, **options)
    return data.getvalue()


def read(data):
    with PIL.Image.open(io.BytesIO(data)) as picture:
        return np.array(picture), picture.info


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_split_at_its_markers(photo, progressive):
    comment = b"\xff\xd9 is no end in here"
    data = encode(photo, "JPEG", comment=comment, progressive=progressive) + b"the rest"
    found, rest = segments.split_jpeg(data)
    assert rest == b"the rest"
    assert Segment(b"\xfe", comment) in found
    num_scans = sum(each.kind == segments.JPEG_SCAN for each in found)
    assert (num_scans > 5) == progressive


@pytest.mark.parametrize("front", [b"", b"\xff\xda\x00\x02"])
def test_a_run_of_bytes_that_is_no_marker_takes_no_time(front):
    # Byte by byte it took over an hour; here it may take long on whatever machine.
    start = time.process_time()
    assert segments.split_jpeg(b"\xff\xd8" + front + b"\xff" * 10**6 + b"\x00")[1] == b""
    assert time.process_time() - start < 60


def test_segments_come_before_those_of_a_jpeg_and_replace_its_header(photo):
    data = encode(photo, "JPEG", dpi=(72, 72))
    header = Segment(b"\xe0", struct.pack(">5sHBHHH", b"JFIF", 0x0101, 1, 300, 300, 0))
    joined = segments.join_jpeg([header, Segment(b"\xfe", b"words")], data)
    pixels, info = read(joined)
    np.testing.assert_array_equal(pixels, read(data)[0])
    assert (info["comment"], info["dpi"]) == (b"words", (300, 300))
    assert joined.count(b"JFIF") == 1


def test_chunks_of_a_png_are_split_without_its_pixels_and_joined(photo):
    data = encode(photo, "PNG", dpi=(300, 300))
    found = list(segments.split_png(data))
    assert [each.kind for each in found] == [b"IHDR", b"pHYs", b"IDAT", b"IEND"]
    assert found[2].body == b""
    pixels, info = read(segments.join_png(found[1:2], encode(photo, "PNG")))
    np.testing.assert_array_equal(pixels, photo)
    assert round(info["dpi"][0]) == 300


def test_chunks_of_a_webp_are_split(photo):
    data = encode(photo, "WEBP", exif=b"Exif\0\0odd", xmp=b"words")
    bodies = {each.kind: each.body for each in segments.split_webp(data)}
    assert bodies[b"XMP "] == b"words"
    assert bodies[b"VP8 "] == b""
    assert b"odd" in bodies[b"EXIF"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_tags_of_a_tiff_say_where_their_values_are(order):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHIHH", 258, 3, 1, 16, 0)
    entries += struct.pack(order + "HHII", 270, 2, 9, 38)
    data = mark + struct.pack(order + "IH", 8, 2) + entries + struct.pack(order + "I", 99)
    data += b"A day out"
    (bits, words), following = segments.split_tiff(data)
    assert (bits.offset, bits.size, following) == (18, 2, 99)
    assert data[words.offset : words.offset + words.size] == b"A day out"


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_files_cut_anywhere_are_split_as_far_as_they_go(photo, format_name):
    data = encode(photo[:8, :8], format_name, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    for length in range(8, len(data)):
        cut = data[:length]
        segments.split_jpeg(cut)
        segments.split_tiff(cut)
        list(segments.split_png(cut))
        list(segments.split_webp(cut))
