"""The HTML page of an album: self-contained, every name from outside escaped."""

import collections
import html
import pathlib
import urllib.parse

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #656d76; --line: #d8dee4; --card: #fff;
  --paper: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --card: #151b23; --paper: #0d1117; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 64rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
p { margin: 0 0 .5rem; } .soft { color: var(--soft); font-size: .875rem; }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; padding: 0; }
.counts li { list-style: none; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .5rem 1rem; } .counts b { display: block; font-size: 1.4rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: 1rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
article h3 { font-size: 1rem; margin: 0 0 .5rem; }
.views { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; max-width: 50rem; }
figure { margin: 0; } figure img { width: 100%; height: auto; border-radius: .25rem;
  display: block; } figcaption { color: var(--soft); font-size: .8rem; }
.left { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: .75rem; }
"""


def build_page(report) -> str:
    """The page of an `album.AlbumReport`, as text."""
    opened = [face for face in report.faces if face.status == "opened"]
    left = [face for face in report.faces if face.status == "left alone"]
    num_open = len(report.faces) - len(opened) - len(left)
    counts = (
        (report.num_photos, "photographs"),
        (report.num_people, "people"),
        (len(report.faces), "faces"),
        (num_open, "with open eyes"),
        (len(opened), "opened"),
        (len(left), "left alone"),
    )
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Opened eyes</title>\n<style>{_STYLE}</style>",
            "<h1>Opened eyes</h1>",
            f'<p class="soft">{_summarize(opened, report.written)}</p>',
            '<ul class="counts">',
            *(f"<li><b>{number}</b>{name}</li>" for number, name in counts),
            "</ul>",
            *_opened_section(opened),
            *_left_section(left),
            *_files_section(
                "Copies that lack something",
                {name: f"without {', '.join(lost)}" for name, lost in report.not_kept.items()},
            ),
            *_files_section("Files that are no readable photographs", report.skipped),
            "</html>\n",
        ]
    )


def _summarize(opened, written):
    if not opened:
        return "Nothing was changed."
    return (
        f"{len(written)} corrected copies lie in the folder photos beside this page; the "
        "originals are as they were. What is filled in is made up after the reference: look at it "
        "before you pass it on."
    )


def _opened_section(faces):
    if not faces:
        return []
    return ["<h2>Opened</h2>", *(_opened_card(face) for face in faces)]


def _opened_card(face):
    captions = {
        "before": "before",
        "reference": f"reference: {face.reference}",
        "after": "after",
    }
    figures = "".join(
        f"<figure>{_picture(face, name)}<figcaption>{html.escape(caption)}</figcaption></figure>"
        for name, caption in captions.items()
    )
    link = urllib.parse.quote(f"photos/{face.copy}", errors="replace")
    return (
        f'<article><h3><a href="{html.escape(link)}">{html.escape(face.photo)}</a> '
        f'<span class="soft">person {face.person}</span></h3><div class="views">{figures}</div>'
        f'<p class="soft">{html.escape(face.reason)}</p></article>'
    )


def _left_section(faces):
    if not faces:
        return []
    by_reason = collections.defaultdict(list)
    for face in faces:
        by_reason[_kind(face.reason)].append(face)
    parts = ["<h2>Left alone</h2>"]
    for kind, members in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        figures = "".join(
            f"<figure>{_picture(face, 'before')}<figcaption>{html.escape(face.photo)}, person "
            f"{face.person}: {html.escape(face.reason)}</figcaption></figure>"
            for face in members
        )
        parts.append(
            f"<article><h3>{html.escape(kind)}: {len(members)}</h3>"
            f'<div class="left">{figures}</div></article>'
        )
    return parts


def _files_section(title, reasons):
    if not reasons:
        return []
    items = "".join(
        f"<li>{html.escape(name)}: {html.escape(reason)}</li>" for name, reason in reasons.items()
    )
    return [
        f"<h2>{title}</h2>",
        f"<article><ul>{items}</ul></article>",
    ]


def _kind(reason):
    """What a reason begins with, up to its details."""
    return reason.split(":")[0].split(" (")[0].split(" by about")[0]


def _picture(face, name):
    data = face.pictures.get(name)
    if data is None:
        return ""
    text = html.escape(f"{name}, {pathlib.PurePath(face.photo).name}")
    return f'<img alt="{text}" src="data:image/jpeg;base64,{data}">'
