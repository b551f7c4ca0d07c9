"""Says in a written copy's XMP how the picture came about, in the words of the IPTC.

The terms: https://cv.iptc.org/newscodes/digitalsourcetype/
"""

import itertools
from xml.etree import ElementTree

from exgan_tf import segments
from exgan_tf.photo import metadata, xmp
from exgan_tf.segments import Segment

_TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OF_MODELS = f"{_TERMS}compositeWithTrainedAlgorithmicMedia"
OF_PHOTOGRAPHS = f"{_TERMS}compositeCapture"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_NAME = f"{{{_IPTC}}}DigitalSourceType"
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'.encode()


def mark(data: bytes, term: str) -> bytes | None:
    """The bytes of a JPEG or PNG with a term, its address, as `DigitalSourceType` in its XMP.

    None if the file is neither, or its XMP is broken or too long. Others are encoded with what
    `add_term` gives.
    """
    if data.startswith(segments.JPEG_START):
        return _mark_jpeg(data, term)
    if data.startswith(segments.PNG_START):
        return _mark_png(data, term)
    return None


def _mark_jpeg(data, term):
    found, _ = segments.split_jpeg(data)
    old = next((each for each in found if each.body.startswith(metadata.XMP_START)), None)
    packet = add_term(old and old.body.removeprefix(metadata.XMP_START), term)
    if packet is None or len(metadata.XMP_START + packet) > segments.MAX_JPEG_BODY:
        return None
    new = segments.pack_jpeg(Segment(b"\xe1", metadata.XMP_START + packet))
    if old:
        return data.replace(segments.pack_jpeg(old), new, 1)
    # JFIF's header and EXIF have to come first.
    first = itertools.takewhile(
        lambda each: each.kind == b"\xe0" or each.body.startswith(segments.EXIF_START), found
    )
    position = len(segments.JPEG_START) + sum(4 + len(each.body) for each in first)
    return data[:position] + new + data[position:]


def _mark_png(data, term):
    found = segments.split_png(data)
    old = next((each for each in found if each.body.startswith(metadata.XMP_KEYWORD)), None)
    start = metadata.XMP_KEYWORD + bytes(4)
    parts = metadata.PNG_XMP.match(old.body if old else start)
    packet = parts and add_term(parts[1], term)
    if packet is None:
        return None
    new = segments.pack_png(Segment(b"iTXt", start + packet))
    if old:
        return data.replace(segments.pack_png(old), new, 1)
    header = len(segments.PNG_START) + 25
    return data[:header] + new + data[header:]


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
