"""What a file holds besides one picture of 8 bits: kept, cleaned, or named as lost.

What a new picture makes stale is taken out: thumbnails, which would still show the eyes closed,
and announcements of films, gain maps and further pictures, which are not written.
"""

import contextlib
import datetime
import re
import struct
import zlib

import PIL.Image
from PIL.ExifTags import IFD, Base

from exgan_tf import images, segments
from exgan_tf.photo import xmp
from exgan_tf.segments import EXIF_START, Segment

XMP_START = b"http://ns.adobe.com/xap/1.0/\x00"
_PROFILE_START = b"ICC_PROFILE\x00"
_PHOTOSHOP_START = b"Photoshop 3.0\x00"
_PAGES_START = b"MPF\x00"
_GAIN_MAP_START = b"urn:iso:std:iso:ts:21496"
_JPEG_NAMES = {
    EXIF_START: "EXIF",
    XMP_START: "XMP",
    _PROFILE_START: "the colour profile",
    _PAGES_START: "further pictures",
    _GAIN_MAP_START: "the gain map",
}
_RESOURCE_START = b"8BIM"
_IPTC_RESOURCE = 0x0404
_THUMBNAIL_RESOURCES = (0x0409, 0x040C)

_XMP_ORIENTATION = re.compile(
    rb"""tiff:Orientation=["']\d["']|<tiff:Orientation>\d</tiff:Orientation>"""
)
_GAIN_MAP = re.compile(rb"http://ns\.(adobe\.com/hdr-gain-map|apple\.com/HDRGainMap)/1\.0/")
# Names in XMP that announce what is not written, or that show the old picture.
_STALE = re.compile(
    "{http://ns.adobe.com/hdr-gain-map/1.0/}.*|{http://ns.apple.com/HDRGainMap/1.0/}.*"
    "|{http://ns.google.com/photos/1.0/container/}.*"
    "|{http://ns.google.com/photos/1.0/camera/}(Motion|Micro).*"
    "|{http://ns.adobe.com/xap/1.0/}Thumbnails"
)
_FILM = re.compile(rb"(MotionPhoto|MicroVideo)[=>]['\"]?1")
_STALE_TEXT = re.compile(
    rb"ns\.google\.com/photos/1\.0/(camera|container)|HDRGainMap|hdr-gain-map|Thumbnails"
)

# Chunks of a PNG that belong to its pixels as they were stored, or to other frames, or say when or
# by whom the picture was last changed.
_PNG_OF_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"hIST", b"bKGD", b"sBIT", b"IDAT", b"IEND", b"iDOT")
_PNG_STALE = (b"acTL", b"fcTL", b"fdAT", b"tIME", b"caBX")
XMP_KEYWORD = b"XML:com.adobe.xmp\x00"
# An iTXt chunk: flag and method of compression, language, translated keyword and the text.
PNG_XMP = re.compile(XMP_KEYWORD + rb"\x00.[^\x00]*\x00[^\x00]*\x00(.*)", re.DOTALL)
_PNG_NAMES = {b"eXIf": "EXIF", b"iCCP": "the colour profile", b"caBX": "content credentials"}
_PNG_NAMES |= dict.fromkeys((b"tEXt", b"zTXt", b"iTXt"), "comments")
_TIFF_NAMES = {
    700: "XMP",
    33723: "IPTC captions",
    34377: "Photoshop's settings",
    34665: "EXIF",
    34675: "the colour profile",
    37724: "layers",
}


def list_contents(data: bytes, picture: PIL.Image.Image) -> set[str]:
    """Names what a file, all bytes and opened, holds besides one opaque picture of 8 bits."""
    if data.startswith(segments.JPEG_START):
        names = _list_jpeg(data)
    elif data.startswith(segments.PNG_START):
        names = {
            "XMP" if body.startswith(XMP_KEYWORD) else _PNG_NAMES[kind]
            for kind, body in segments.split_png(data)
            if kind in _PNG_NAMES
        }
    elif segments.tiff_order(data):
        tags, following = segments.split_tiff(data)
        names = {_TIFF_NAMES[tag.code] for tag in tags if tag.code in _TIFF_NAMES}
        if following:
            names.add("further pages")
    else:
        keys = {"exif": "EXIF", "xmp": "XMP", "icc_profile": "the colour profile"}
        names = {name for key, name in keys.items() if picture.info.get(key)}
    if images.has_transparency(picture):
        least, _ = picture.convert("RGBA").getchannel("A").getextrema()
        if least < 255:  # type: ignore[operator]  # Of several channels it would be a pair.
            names.add("transparency")
    if is_deep(data):
        names.add("16 bits a colour")
    if picture.format in ("HEIF", "AVIF"):
        names |= _list_heif(data)
        if _FILM.search(picture.info.get("xmp") or b""):  # In a box of its own, after the pixels.
            names.add("the film")
    if picture.mode == "CMYK":
        names.add("CMYK colours")
    has_frames = picture.format in ("GIF", "PNG", "WEBP", "AVIF", "HEIF")
    if has_frames and getattr(picture, "is_animated", False):
        names.add("further frames")
    return names


def find_time(picture: PIL.Image.Image) -> datetime.datetime | None:
    """When a picture was taken, by its EXIF; without a time zone there, local and without one."""
    if picture.format == "PNG":
        picture.load()  # As `getexif` does, where damaged pixels would be taken for EXIF's.
    with contextlib.suppress(Exception):  # Parsers of EXIF raise nearly anything.
        exif = picture.getexif().get_ifd(IFD.Exif)
        taken = datetime.datetime.strptime(exif[Base.DateTimeOriginal], "%Y:%m:%d %H:%M:%S")
        fraction = re.sub(r"\D.*", "", str(exif.get(Base.SubsecTimeOriginal, "")))
        taken += datetime.timedelta(seconds=float(f"0.{fraction or 0}"))
        if re.fullmatch(r"[+-]\d\d:\d\d", zone := str(exif.get(Base.OffsetTimeOriginal))):
            taken = taken.replace(tzinfo=datetime.datetime.strptime(zone, "%z").tzinfo)
        return taken
    return None


def is_deep(data: bytes) -> bool:
    """Whether a PNG or a TIFF has 16 bits a colour."""
    if data.startswith(segments.PNG_START):
        return data[24:25] == b"\x10"
    order = segments.tiff_order(data)
    return any(
        tag.code == 258 and data[tag.offset : tag.offset + 2] == struct.pack(order + "H", 16)
        for tag in segments.split_tiff(data)[0]
    )


def kept_segments(data: bytes) -> list[Segment]:
    """The segments of a JPEG that stay true when its picture changes."""
    found, _ = segments.split_jpeg(data)
    kept = [
        Segment(kind, body)
        for kind, old in found
        if (body := _kept_part(kind, old)) is not None and len(body) <= segments.MAX_JPEG_BODY
    ]
    resources = drop_photoshop_thumbnails(_photoshop_resources(found))
    step = segments.MAX_JPEG_BODY - len(_PHOTOSHOP_START)
    return kept + [
        Segment(b"\xed", _PHOTOSHOP_START + resources[start : start + step])
        for start in range(0, len(resources), step)
    ]


def _kept_part(kind, body):
    """What is kept of a JPEG's segment, or None; Photoshop's resources are treated as a whole."""
    if kind == b"\xe0" and body.startswith(b"JFIF\x00") and len(body) >= 14:
        return body[:12] + b"\x00\x00"  # No thumbnail.
    if kind == b"\xe1" and body.startswith(EXIF_START):
        return EXIF_START + drop_thumbnail(body[len(EXIF_START) :])
    if kind == b"\xe1" and body.startswith(XMP_START):
        packet = drop_stale(body[len(XMP_START) :])
        return XMP_START + packet if packet else None
    if kind == b"\xe2" and body.startswith((_PAGES_START, _GAIN_MAP_START)):
        return None
    if kind == b"\xed" and body.startswith(_PHOTOSHOP_START):
        return None
    # Of the others: JFIF's extension holds a thumbnail, 11 signatures, layers or parts of the
    # picture, and 14 says how the pixels are encoded.
    is_kept = kind == b"\xfe" or (b"\xe1" <= kind <= b"\xef" and kind not in (b"\xeb", b"\xee"))
    return body if is_kept else None


def _photoshop_resources(found):
    return b"".join(
        body[len(_PHOTOSHOP_START) :]
        for kind, body in found
        if kind == b"\xed" and body.startswith(_PHOTOSHOP_START)
    )


def kept_chunks(data: bytes) -> list[Segment]:
    """The chunks of a PNG that stay true when its picture changes."""
    kept = []
    for kind, body in segments.split_png(data):
        if kind == b"eXIf":
            body = drop_thumbnail(body.removeprefix(EXIF_START))
        elif kind == b"iTXt" and body.startswith(XMP_KEYWORD):
            found, body = PNG_XMP.match(body), b""  # It goes where it is compressed or broken.
            if found and (packet := drop_stale(found[1])):
                body = found.string[: found.start(1)] + packet
        if body and kind not in _PNG_OF_PIXELS + _PNG_STALE:
            kept.append(Segment(kind, body))
    return kept


def clean_info(info: dict) -> dict:
    """What Pillow read from a file, without what a new picture makes stale.

    What is left of EXIF, as "exif", has no header; what is left of XMP, as "xmp", is not empty.
    """
    info = dict(info)
    if exif := info.pop("exif", b""):
        info["exif"] = drop_thumbnail(exif.removeprefix(EXIF_START))
    if packet := drop_stale(info.pop("xmp", b"")):
        info["xmp"] = packet
    return info


def new_segments(info: dict) -> list[Segment]:
    """The metadata that Pillow read from a file of another format, cleaned, for a JPEG."""
    made = []
    if "dpi" in info:
        density = [min(65_535, max(1, round(float(each)))) for each in info["dpi"]]
        made.append(Segment(b"\xe0", struct.pack(">5sHBHHH", b"JFIF", 0x0101, 1, *density, 0)))
    if "exif" in info:
        made.append(Segment(b"\xe1", EXIF_START + info["exif"]))
    if "xmp" in info:
        made.append(Segment(b"\xe1", XMP_START + info["xmp"]))
    if profile := info.get("icc_profile"):
        step = segments.MAX_JPEG_BODY - len(_PROFILE_START) - 2
        parts = [profile[start : start + step] for start in range(0, len(profile), step)]
        made += [
            Segment(b"\xe2", _PROFILE_START + bytes([number, len(parts)]) + part)
            for number, part in enumerate(parts, 1)
            if len(parts) < 256
        ]
    return [each for each in made if len(each.body) <= segments.MAX_JPEG_BODY]


def new_chunks(info: dict) -> list[Segment]:
    """The metadata that Pillow read from a file of another format, cleaned, for a PNG."""
    made = []
    if info.get("icc_profile"):
        compressed = zlib.compress(info["icc_profile"])
        made.append(Segment(b"iCCP", b"ICC Profile\x00\x00" + compressed))
    if "dpi" in info:
        density = [min(2**31 - 1, round(float(each) / 0.0254)) for each in info["dpi"]]
        made.append(Segment(b"pHYs", struct.pack(">IIB", *density, 1)))
    if "exif" in info:
        made.append(Segment(b"eXIf", info["exif"]))
    if "xmp" in info:
        made.append(Segment(b"iTXt", XMP_KEYWORD + bytes(4) + info["xmp"]))
    if isinstance(info.get("comment"), bytes):
        made.append(Segment(b"tEXt", b"Comment\x00" + info["comment"].replace(b"\x00", b"")))
    return made


def drop_thumbnail(exif: bytes) -> bytes:
    """EXIF, without JPEG's header, whose link to the second directory, the thumbnail's, is 0."""
    tags, following = segments.split_tiff(exif)
    if not following:
        return exif
    (first,) = struct.unpack_from(segments.tiff_order(exif) + "I", exif, 4)
    link = first + 2 + 12 * len(tags)
    return exif[:link] + bytes(4) + exif[link + 4 :]


def drop_orientation(info: dict) -> dict:
    """What Pillow read from a file, with metadata that do not say how it is turned.

    Of EXIF only the tag goes, with all else where it was; what cannot be read goes as a whole.
    """
    info = dict(info)
    if exif := info.pop("exif", b"").removeprefix(EXIF_START):
        tags, _ = segments.split_tiff(exif)
        places = [number for number, tag in enumerate(tags) if tag.code == Base.Orientation]
        if places:
            order = segments.tiff_order(exif)
            (first,) = struct.unpack_from(order + "I", exif, 4)
            place, end = first + 2 + 12 * places[0], first + 2 + 12 * len(tags) + 4
            kept = exif[first + 2 : place] + exif[place + 12 : end] + bytes(12)
            exif = exif[:first] + struct.pack(order + "H", len(tags) - 1) + kept + exif[end:]
        if tags:
            info["exif"] = exif
    if "xmp" in info:
        info["xmp"] = _XMP_ORIENTATION.sub(b"", info["xmp"])
    return info


def drop_stale(packet: bytes) -> bytes | None:
    """XMP without thumbnails and what announces films, gain maps and further pictures.

    Returns:
      The same bytes if nothing of that is in it; None if it is and cannot be taken out.
    """
    if not _STALE_TEXT.search(packet):
        return packet
    return xmp.edit(packet, _remove_stale)


def _remove_stale(root):
    for element in list(root.iter()):
        for name in [name for name in element.attrib if _STALE.fullmatch(name)]:
            del element.attrib[name]
        for child in [child for child in element if _STALE.fullmatch(str(child.tag))]:
            element.remove(child)


def drop_photoshop_thumbnails(resources: bytes) -> bytes:
    """Photoshop's image resources, in which the IPTC captions are, without the thumbnails."""
    return b"".join(
        block for number, block in _split_resources(resources) if number not in _THUMBNAIL_RESOURCES
    )


def _split_resources(resources):
    """The number and all bytes of each resource; what cannot be told apart comes last, as 0."""
    position = 0
    while resources.startswith(_RESOURCE_START, position) and position + 12 <= len(resources):
        number = int.from_bytes(resources[position + 4 : position + 6], "big")
        name = resources[position + 6] + 1
        start = position + 6 + name + name % 2
        size = int.from_bytes(resources[start : start + 4], "big")
        end = start + 4 + size + size % 2
        yield number, resources[position:end]
        position = end
    yield 0, resources[position:]


def _list_jpeg(data):
    found, rest = segments.split_jpeg(data)
    names = set()
    for kind, body in found:
        if kind == b"\xfe":
            names.add("comments")
            continue
        names |= {name for start, name in _JPEG_NAMES.items() if body.startswith(start)}
        if body.startswith(XMP_START) and _GAIN_MAP.search(body):
            names.add("the gain map")
        elif kind == b"\xeb":
            names.add("content credentials" if b"c2pa" in body else "JPEG extensions")
    if any(number == _IPTC_RESOURCE for number, _ in _split_resources(_photoshop_resources(found))):
        names.add("IPTC captions")
    if b"ftyp" in rest or b"MotionPhoto_Data" in rest:
        names.add("the film")
    elif rest.strip(b"\x00\xff\r\n ") and "further pictures" not in names:
        names.add("data after the picture")
    return names


def _list_heif(data):
    """What the boxes before the pixels announce (ISO 23008-12, and Apple's names)."""
    names, announced = set(), data.partition(b"mdat")[0]
    sizes = re.search(rb"pixi....(.)(.)", announced, re.DOTALL)
    if sizes and sizes[2][0] > 8:
        names.add(f"{sizes[2][0]} bits a colour")
    if b"hdrgainmap" in announced or b"tmap" in announced:
        names.add("the gain map")
    if b"aux:depth" in announced or b"auxiliary:depth" in announced or b"auxid:2" in announced:
        names.add("the depth map")
    return names
