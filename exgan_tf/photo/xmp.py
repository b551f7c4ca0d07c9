"""Changing XMP, the metadata that files hold as XML."""

import io
import re
import threading
from collections.abc import Callable
from xml.etree import ElementTree

_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
_END = b'\n<?xpacket end="w"?>'
_MAX_BYTES = 4 << 20  # Ours: elements may take 25 times as much memory, and a second.
# ElementTree keeps the prefixes of names for the whole process, and these for itself.
_LOCK = threading.Lock()
_RESERVED = re.compile(r"ns\d+|xml.*")


def edit(packet: bytes, change: Callable[[ElementTree.Element], None]) -> bytes | None:
    """A packet of XMP, with its frame or without, after `change` of its root.

    None if the old one is broken, larger than 4 megabytes or nested so deeply that Python gives up,
    or `change` raises ValueError.
    """
    packet = packet.strip(b"\x00")
    if len(packet) > _MAX_BYTES:
        return None
    with _LOCK:
        try:
            # Expat itself refuses entities that grow into billions.
            events = ElementTree.iterparse(io.BytesIO(packet), ["start-ns"])  # noqa: S314
            for _, (prefix, space) in events:
                if prefix and not _RESERVED.fullmatch(prefix):
                    ElementTree.register_namespace(prefix, space)
            root = ElementTree.fromstring(packet)  # noqa: S314
            change(root)
            return _BEGIN + ElementTree.tostring(root) + _END
        except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
            return None
