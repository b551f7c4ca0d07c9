"""Changing XMP, the metadata that files hold as XML."""

import io
import re
import threading
from collections.abc import Callable
from xml.etree import ElementTree

_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
_END = b'\n<?xpacket end="w"?>'
# ElementTree keeps the prefixes of names for the whole process, and these for itself.
_LOCK = threading.Lock()
_RESERVED = re.compile(r"ns\d+|xml.*")


def edit(packet: bytes, change: Callable[[ElementTree.Element], None]) -> bytes | None:
    """A packet of XMP after a change.

    Args:
      packet: the packet, with its frame or without.
      change: changes the root; may raise ValueError if it cannot.

    Returns:
      The new packet; None if the old one is broken, or `change` cannot.
    """
    packet = packet.strip(b"\x00")
    with _LOCK:
        try:
            for _, (prefix, space) in ElementTree.iterparse(io.BytesIO(packet), ["start-ns"]):
                if prefix and not _RESERVED.fullmatch(prefix):
                    ElementTree.register_namespace(prefix, space)
            root = ElementTree.fromstring(packet)
            change(root)
        except (ElementTree.ParseError, ValueError, LookupError):
            return None
        return _BEGIN + ElementTree.tostring(root) + _END
