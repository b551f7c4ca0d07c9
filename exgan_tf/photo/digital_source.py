"""Says in a written copy's XMP how the picture came about, in the words of the IPTC.

The terms: https://cv.iptc.org/newscodes/digitalsourcetype/
"""

import struct
import zlib
from xml.etree import ElementTree

from exgan_tf import segments
from exgan_tf.photo import metadata, xmp

_TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OF_MODELS = f"{_TERMS}compositeWithTrainedAlgorithmicMedia"
OF_PHOTOGRAPHS = f"{_TERMS}compositeCapture"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_NAME = f"{{{_IPTC}}}DigitalSourceType"
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'.encode()


def mark(data: bytes, term: str) -> bytes | None:
    """The bytes of a picture with a `DigitalSourceType` in its XMP.

    Args:
      data: all bytes of a file.
      term: the address of a term of the IPTC.

    Returns:
      The new bytes; None if the file is neither JPEG nor PNG, or its XMP is broken or too long.
      Others are encoded with what `add_term` gives.
    """
    if data.startswith(segments.JPEG_START):
        return _mark_jpeg(data, term)
    if data.startswith(segments.PNG_START):
        return _mark_png(data, term)
    return None


def _mark_jpeg(data, term):
    found, _ = segments.split_jpeg(data)
    old = next((s.body for s in found if s.body.startswith(metadata.XMP_START)), b"")
    packet = add_term(old.removeprefix(metadata.XMP_START), term)
    if packet is None or len(metadata.XMP_START + packet) > segments.MAX_JPEG_BODY:
        return None
    new = _jpeg_segment(metadata.XMP_START + packet)
    if old:
        return data.replace(_jpeg_segment(old), new, 1)
    # JFIF's header and EXIF have to come first.
    position = len(segments.JPEG_START)
    for kind, body in found:
        if kind != b"\xe0" and not body.startswith(segments.EXIF_START):
            break
        position += 4 + len(body)
    return data[:position] + new + data[position:]


def _jpeg_segment(body):
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _mark_png(data, term):
    found = segments.split_png(data)
    old = next((s.body for s in found if s.body.startswith(metadata.XMP_KEYWORD)), None)
    parts = metadata.PNG_XMP.match(old or metadata.XMP_KEYWORD + bytes(4))
    packet = parts and add_term(parts[1], term)
    if packet is None:
        return None
    new = _png_chunk(metadata.XMP_KEYWORD + bytes(4) + packet)
    if old is not None:
        return data.replace(_png_chunk(old), new, 1)
    header = len(segments.PNG_START) + 25
    return data[:header] + new + data[header:]


def _png_chunk(body):
    checked = b"iTXt" + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))


def add_term(packet: bytes | None, term: str) -> bytes | None:
    """XMP, which may be empty, with the term instead of an earlier one; None if it is broken."""

    def change(root):
        parent = root if root.tag == f"{{{_RDF}}}RDF" else root.find(f"{{{_RDF}}}RDF")
        if parent is None:
            raise ValueError("there is no RDF")
        for element in parent:
            element.attrib.pop(_NAME, None)
            for child in element.findall(_NAME):
                element.remove(child)
        ElementTree.register_namespace("Iptc4xmpExt", _IPTC)
        about = {f"{{{_RDF}}}about": "", _NAME: term}
        ElementTree.SubElement(parent, f"{{{_RDF}}}Description", about)

    return xmp.edit(packet or _EMPTY, change)
