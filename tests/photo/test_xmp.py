import concurrent.futures

import pytest

from exgan_tf.photo import xmp


def packet(space):
    return f'<a:b xmlns:a="{space}" a:c="d"/>'.encode()


def keep(root):
    assert root.attrib


def test_what_is_not_changed_stays():
    edited = xmp.edit(packet("one") + bytes(4), keep)
    assert b'\n<a:b xmlns:a="one" a:c="d" />\n' in edited
    assert xmp.edit(edited, keep) == edited


def test_prefixes_stay_while_another_thread_edits():
    with concurrent.futures.ThreadPoolExecutor() as pool:

        def change(root):
            concurrent.futures.wait([pool.submit(xmp.edit, packet("two"), keep)], timeout=0.2)

        assert b'<a:b xmlns:a="one" a:c="d" />' in xmp.edit(packet("one"), change)


HOSTILE = [b"<a>" * 10_000 + b"</a>" * 10_000, b"<r>" + b"<a/>" * (1 << 20) + b"</r>"]


@pytest.mark.parametrize("broken", [b"", b"<broken", b"<a:b/>", *HOSTILE], ids=len)
def test_a_broken_packet_is_none(broken):
    assert xmp.edit(broken, list) is None


def test_a_change_that_cannot_be_made_gives_none():
    def refuse(root):
        raise ValueError

    assert xmp.edit(packet("one"), refuse) is None
