import io

import numpy as np
import PIL.Image
import pytest

from exgan_tf.photo import digital_source

_OLD = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="Picnic" '
    b'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    b'Iptc4xmpExt:DigitalSourceType="an earlier one"/></rdf:RDF></x:xmpmeta>'
)


def encode(file_format, xmp):
    data = io.BytesIO()
    picture = PIL.Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    options = {}
    if file_format == "PNG":
        options["pnginfo"] = PIL.PngImagePlugin.PngInfo()
        if xmp:
            options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    elif xmp:
        options["xmp"] = xmp
    picture.save(data, file_format, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", **options)
    return data.getvalue()


@pytest.mark.parametrize("xmp", [None, _OLD])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_the_term_is_said_once_beside_all_that_was_there(file_format, xmp):
    data = encode(file_format, xmp)
    marked = digital_source.mark(data, digital_source.OF_MODELS)
    before, after = (PIL.Image.open(io.BytesIO(each)) for each in (data, marked))
    assert after.tobytes() == before.tobytes()
    assert after.info["exif"] == before.info["exif"]
    assert after.info["xmp"].count(digital_source.OF_MODELS.encode()) == 1
    assert b"an earlier one" not in after.info["xmp"]
    assert (b"Picnic" in after.info["xmp"]) == (xmp is not None)


@pytest.mark.parametrize("data", [encode("JPEG", b"<broken"), encode("PNG", b"<broken"), b"BM"])
def test_what_cannot_be_marked_is_left_to_the_caller(data):
    assert digital_source.mark(data, digital_source.OF_MODELS) is None
