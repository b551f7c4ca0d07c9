import io
import struct

import PIL.Image
import pytest

from exgan_tf.photo import metadata

EMPTY = (
    b'<?xpacket begin="" id="x"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">%s</rdf:RDF></x:xmpmeta>'
)
DESCRIPTION = (
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    b'xmlns:Camera="http://ns.google.com/photos/1.0/camera/" '
    b'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    b'xmlns:map="http://ns.adobe.com/hdr-gain-map/1.0/" %s dc:rights="mine">%s</rdf:Description>'
)


def xmp(attributes=b"", elements=b""):
    return EMPTY % (DESCRIPTION % (attributes, elements))


@pytest.mark.parametrize(
    ("attributes", "elements"),
    [
        (b'Camera:MotionPhoto="1" Camera:MicroVideoOffset="99"', b""),
        (b'map:Version="1.0"', b""),
        (b"", b"<map:Version>1.0</map:Version>"),
        (b"", b"<Container:Directory><rdf:Seq/></Container:Directory>"),
        (b"", b"<xmp:Thumbnails><rdf:Alt><rdf:li>old</rdf:li></rdf:Alt></xmp:Thumbnails>"),
    ],
)
def test_what_is_stale_goes_and_all_else_stays(attributes, elements):
    attributes += b' Camera:SpecialTypeID="portrait" '
    kept = metadata.drop_stale(xmp(attributes, elements + b"<dc:title>A day out</dc:title>"))
    for gone in (b"Motion", b"Micro", b"Version", b"Directory", b"Thumbnails", b"old"):
        assert gone not in kept
    for stays in (b'dc:rights="mine"', b"<dc:title>A day out</dc:title>", b"SpecialTypeID"):
        assert stays in kept


@pytest.mark.parametrize("said", [b'tiff:Orientation="6"', b"tiff:Orientation='6'"])
def test_an_upright_copy_does_not_say_that_it_is_turned(said):
    info = metadata.drop_orientation({"xmp": xmp(said + b" ")})
    assert b"Orientation" not in info["xmp"]
    assert b'dc:rights="mine"' in info["xmp"]


def test_xmp_without_anything_stale_stays_to_the_byte():
    packet = EMPTY % b'<rdf:Description rdf:about="" odd = "spacing"  />'
    assert metadata.drop_stale(packet) == packet


def test_broken_xmp_that_may_be_stale_goes():
    assert metadata.drop_stale(xmp(b'Camera:MotionPhoto="1"')[:-30]) is None


def test_xmp_that_grows_without_end_goes():
    laughs = b"".join(
        b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10 if number else b"ha")
        for number in range(12)
    )
    bomb = b"<!DOCTYPE x [" + laughs + b"]><x>&l11; HDRGainMap</x>"
    assert metadata.drop_stale(bomb) is None


def resource(number, body, name=b""):
    named, padded = (each + bytes(len(each) % 2) for each in (bytes([len(name)]) + name, body))
    return b"8BIM" + number.to_bytes(2, "big") + named + len(body).to_bytes(4, "big") + padded


def test_photoshops_thumbnails_go_and_its_other_resources_stay():
    first, last = resource(0x0404, b"odd"), resource(0x03ED, bytes(16), name=b"named")
    thumbnails = resource(0x040C, b"closed") + resource(0x0409, b"closed")
    kept = metadata.drop_photoshop_thumbnails(first + thumbnails + last + b"tail")
    assert kept == first + last + b"tail"


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_cut_resources_are_kept_as_far_as_they_go(length):
    cut = (resource(0x0404, b"words") + resource(0x03ED, bytes(16)))[:length]
    assert metadata.drop_photoshop_thumbnails(cut) == cut


def exif_with_thumbnail(order):
    """Two directories: one entry, then a link to the second, that of the thumbnail."""
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0)
    first = struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 26)
    second = struct.pack(order + "H", 0) + struct.pack(order + "I", 0)
    return mark + struct.pack(order + "HI", 42, 8) + first + second


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_thumbnail_with_closed_eyes_is_unlinked_and_all_else_kept(order):
    before = exif_with_thumbnail(order)
    after = metadata.drop_thumbnail(before)
    assert after == before[:22] + bytes(4) + before[26:]
    tags = PIL.Image.Exif()
    tags.load(b"Exif\x00\x00" + after)
    assert tags[0x0112] == 6
    assert not tags.get_ifd(PIL.ExifTags.IFD.IFD1)


@pytest.mark.parametrize("length", [0, 1, 4, 8, 9, 20, 25])
def test_broken_exif_is_left_as_it_is(length):
    cut = exif_with_thumbnail("<")[:length]
    assert metadata.drop_thumbnail(cut) == cut


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({0x9003: "2026:07:01 10:20:30"}, "2026-07-01T10:20:30"),
        ({0x9003: "2026:07:01 10:20:30", 0x9291: "25 "}, "2026-07-01T10:20:30.250000"),
        (
            {0x9003: "2026:07:01 10:20:30", 0x9291: "004", 0x9011: "+02:00"},
            "2026-07-01T10:20:30.004000+02:00",
        ),
        ({0x9003: "2026:07:01 10:20:30", 0x9291: "x", 0x9011: "   :  "}, "2026-07-01T10:20:30"),
        ({0x9003: "2026:07:01 10:20:30", 0x9011: "+99:00"}, None),
        ({0x9003: "0000:00:00 00:00:00"}, None),
        ({0x9003: 7}, None),
        ({}, None),
    ],
)
def test_the_time_of_a_picture_has_fractions_and_its_zone(details, expected):
    picture, data = PIL.Image.new("RGB", (1, 1)), io.BytesIO()
    exif = PIL.Image.Exif()
    exif[0x8769] = details
    picture.save(data, "JPEG", exif=exif)
    with PIL.Image.open(data) as picture:
        taken = metadata.find_time(picture)
    assert (taken and taken.isoformat()) == expected


def test_broken_exif_has_no_time():
    picture = PIL.Image.new("RGB", (1, 1))
    picture.info["exif"] = exif_with_thumbnail("<")[:20]
    assert metadata.find_time(picture) is None
