import io
import struct

import numpy as np
import PIL.Image
import PIL.TiffImagePlugin
import pytest

from exgan_tf.photo import tiff_file

PIXELS = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
@pytest.mark.parametrize("big_endian", [False, True])
def test_a_picture_is_replaced_whatever_the_old_ones_encoding(compression, big_endian):
    data = io.BytesIO()
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2(prefix=b"MM" if big_endian else b"II")
    tags[270] = "A day out"
    PIL.Image.new("RGB", (16, 16)).save(data, "TIFF", compression=compression, tiffinfo=tags)
    replaced = tiff_file.replace_picture(data.getvalue(), PIXELS, mode="RGB")
    assert replaced[8 : len(data.getvalue())] == data.getvalue()[8:]
    with PIL.Image.open(io.BytesIO(replaced)) as written:
        np.testing.assert_array_equal(np.asarray(written), PIXELS)
        assert written.tag_v2[270] == "A day out"


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_are_written_in_the_order_of_the_file(order):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    data = mark + struct.pack(order + "IHHHIHHI", 8, 1, 258, 3, 1, 8, 0, 0)
    grey = np.array([[0, 1, 256], [4000, 65_535, 7]], np.uint16)
    with PIL.Image.open(io.BytesIO(tiff_file.replace_picture(data, grey, mode="L"))) as written:
        np.testing.assert_array_equal(np.asarray(written).astype(int), grey)


def test_layers_and_smaller_copies_of_the_old_picture_are_unlinked():
    data = io.BytesIO()
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    tags[37724], tags[330] = b"layers" * 10, 8
    PIL.Image.new("RGB", (16, 16)).save(data, "TIFF", tiffinfo=tags)
    replaced = tiff_file.replace_picture(data.getvalue(), PIXELS, mode="RGB")
    with PIL.Image.open(io.BytesIO(replaced)) as written:
        assert not {37724, 330} & set(written.tag_v2)


def test_a_bigtiff_is_refused():
    with pytest.raises(ValueError, match="BigTIFF are read but not written"):
        tiff_file.replace_picture(b"II+\0\x08\0\0\0" + bytes(40), PIXELS, mode="RGB")
