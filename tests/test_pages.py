import base64
import hashlib
import re
import types

from exgan_tf import pages


def test_texts_are_escaped_and_only_the_pages_own_script_may_run():
    hostile = "<script>alert(1)</script>"
    face = types.SimpleNamespace(
        photo=hostile,
        person=1,
        reason=hostile,
        reference=hostile,
        choice=0,
        pictures={"after": "AAAA"},
    )
    page = pages.render(
        "album.html",
        {
            "counts": [f"1 {hostile}"],
            "num_copies": 1,
            "choices": {"photographs": {hostile: ""}, "faces": []},
            "opened": [(face, "photos/a.jpg")],
            "left_alone": {hostile: [face]},
            "remedies": {hostile: hostile},
            "not_kept": {hostile: hostile},
            "skipped": {},
        },
    )
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "<script>alert" not in page


def test_a_picture_is_held_by_the_page_itself():
    assert pages.data_uri("png", b"abc") == "data:image/png;base64,YWJj"
