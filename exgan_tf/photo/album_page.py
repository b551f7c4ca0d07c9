"""The HTML page of an album."""

import urllib.parse

from exgan_tf import pages


def build_page(report) -> str:
    """The page of an `album.AlbumReport`, as text that needs nothing but the copies beside it."""
    opened = [face for face in report.faces if face.status == "opened"]
    left = [face for face in report.faces if face.status == "left alone"]
    by_kind = {}
    for face in left:
        # What a reason begins with, up to its details.
        kind = face.reason.split(":")[0].split(" (")[0].split(" by about")[0]
        by_kind.setdefault(kind, []).append(face)
    values = {
        "counts": {
            "photographs": report.num_photos,
            "people": report.num_people,
            "faces": len(report.faces),
            "with open eyes": len(report.faces) - len(opened) - len(left),
            "opened": len(opened),
            "left alone": len(left),
        },
        "num_copies": len(report.written),
        "opened": [
            (face, urllib.parse.quote(f"photos/{face.copy}", errors="replace")) for face in opened
        ],
        "left_alone": dict(sorted(by_kind.items(), key=lambda item: -len(item[1]))),
        "not_kept": {name: f"without {', '.join(lost)}" for name, lost in report.not_kept.items()},
        "skipped": report.skipped,
    }
    return pages.render("album.html", values)
