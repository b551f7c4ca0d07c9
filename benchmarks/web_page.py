"""How quick the page of `exgan web` is with an album of large photographs, and what it survives.

  python -m benchmarks.web_page --num_photos=100

draws groups of three at 12 megapixels, gives them to a server, kills that in the middle and starts
it again, and asks for candidates while faces are still looked for and after. Prints seconds and
megabytes as JSON, and under "faults" whatever is not as it should be; exit code 1 if anything is.
Linux, as it reads /proc.
"""

import concurrent.futures
import json
import logging
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import cv2
import httpx
import numpy as np
import PIL.Image
from absl import app, flags

from benchmarks import commands, people
from exgan_tf import drawn_faces, files

_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 100, "Photographs.", lower_bound=4)
_NUM_CANDIDATES = flags.DEFINE_integer("num_candidates", 40, "Renderings.", lower_bound=1)
_METHOD = flags.DEFINE_string("method", None, "What fills, instead of the package's model.")

_NUM_PEOPLE, _NUM_VIEWS = 3, 8
_HEIGHT, _WIDTH, _FACE = 3000, 4000, 1100  # Pixels.


def draw_album(folder: pathlib.Path, *, num_photos: int, scale: float = 1.0):
    """Makes JPEGs, 0.3 s apart; in each fourth one of the three people blinks.

    Args:
      folder: the folder to make.
      num_photos: how many.
      scale: of their sides; 1 makes 12 megapixels.
    """
    rng = np.random.default_rng(0)
    height, width, side = (round(scale * each) for each in (_HEIGHT, _WIDTH, _FACE))
    views = {}
    for person in range(_NUM_PEOPLE):
        identity = drawn_faces.draw_identity(np.random.default_rng(person))
        for view in range(_NUM_VIEWS):
            photo = people.draw(identity, rng, closed=view == 0, size=480)
            views[person, view] = cv2.resize(photo, (side, side), interpolation=cv2.INTER_CUBIC)
    noise = rng.integers(96, 160, (height, width, 3), np.uint8)
    folder.mkdir()
    for number in range(num_photos):
        photo = np.roll(noise, number, axis=1)
        for person in range(_NUM_PEOPLE):
            blinks = number % 4 == 0 and number // 4 % _NUM_PEOPLE == person
            view = 0 if blinks else 1 + (number + person) % (_NUM_VIEWS - 1)
            left, top = round(scale * (200 + 1250 * person)) + number % 50, round(scale * 900)
            photo[top : top + side, left : left + side] = views[person, view]
        exif, second = PIL.Image.Exif(), 0.3 * number
        exif[0x8769] = {  # When it was taken, and the fraction of the second.
            0x9003: f"2026:07:01 10:{int(second // 60):02d}:{int(second % 60):02d}",
            0x9291: f"{round(second * 10) % 10}",
        }
        path = folder / f"IMG_{number:04d}.jpg"
        PIL.Image.fromarray(photo).save(path, quality=90, exif=exif)


class Page:
    """A server in a process of its own, and what it is asked."""

    def __init__(self, state_dir, **options):
        values = {"state_dir": state_dir, "method": _METHOD.value, **options}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        command = commands.line("web", "--noopen_browser", **values)
        self._process = commands.start(command, **streams, text=True)
        line = self._process.stdout.readline()
        self._url, token = re.search(r"(http://.*)/\?token=(\S+)", line).groups()
        headers = {"Authorization": f"Bearer {token}"}
        self._session = httpx.Client(headers=headers, timeout=None)  # noqa: S113 - Renderings wait for each other.

    def ask(self, method, path, **options):
        return self._session.request(method, f"{self._url}/api/{path}", **options)

    def photographs(self) -> list[dict]:
        return self.ask("GET", "photographs").json()["photographs"]

    def megabytes(self) -> dict[str, int]:
        """The largest memory that each process of the server ever had."""
        return commands.find_peaks(self._process.pid)

    def end(self, how=signal.SIGINT):
        self._process.send_signal(how)
        self._process.wait(30)
        self._process.stdout.close()


def add_all(page, paths):
    for path in paths:
        page.ask("POST", "photographs", params={"name": path.name}, content=path.read_bytes())


def watch(page, until, *, started, seen):
    """Asks until something is seen, or all is done; notes when what was first seen, in seconds."""
    while True:
        photographs = page.photographs()
        num_ready = sum(each["status"] != "waiting" for each in photographs)
        num_shown = sum(each["has_preview"] for each in photographs)
        marks = {
            "first thumbnail": num_shown > 0,
            "first faces": num_ready > 0,
            "all thumbnails": num_shown >= _NUM_PHOTOS.value,
            "half of the faces": num_ready >= _NUM_PHOTOS.value // 2,
            "all faces": num_ready >= _NUM_PHOTOS.value,
        }
        for name in (name for name, is_seen in marks.items() if is_seen):
            seen.setdefault(name, round(time.monotonic() - started, 1))
        if until in seen or "all faces" in seen:  # Of unreadable ones there is no thumbnail.
            return photographs
        time.sleep(0.5)


def audition(page, number) -> dict[str, float]:
    """Seconds until candidates are rendered: the middle and the 95th percentile."""
    times = []
    for photograph in page.photographs():
        for index, face in enumerate(photograph["faces"]):
            if not face["blinks"]:
                continue
            path = f"photographs/{photograph['id']}/faces/{index}"
            for candidate in page.ask("GET", f"{path}/candidates").json()["candidates"][:8]:
                eye = f"{candidate['photograph']}.{candidate['face']}.100"
                start = time.monotonic()
                page.ask("GET", f"{path}/render?left={eye}&right={eye}").raise_for_status()
                times.append(time.monotonic() - start)
                if len(times) == number:
                    return _summary(times)
    return _summary(times) if times else {}


def _summary(times):
    median, late = np.percentile(times, [50, 95])
    return {"first": round(times[0], 2), "median": round(median, 2), "95 %": round(late, 2)}


def checksums(folder) -> dict:
    return {
        path.name: (files.checksum(path), path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
    }


def main(argv):
    del argv
    logging.getLogger("httpx").setLevel(logging.WARNING)
    seen, faults = {}, []
    with tempfile.TemporaryDirectory() as root:
        album, state = pathlib.Path(root, "album"), pathlib.Path(root, "state")
        draw_album(album, num_photos=_NUM_PHOTOS.value)
        before = checksums(album)
        started = time.monotonic()
        page = Page(state)
        seen["start of the server"] = round(time.monotonic() - started, 1)
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(1) as adding:
            added = adding.submit(add_all, page, sorted(album.iterdir()))
            watch(page, "all thumbnails", started=started, seen=seen)
            added.result()
        seen["candidates, while faces are looked for"] = audition(page, _NUM_CANDIDATES.value)
        found = watch(page, "half of the faces", started=started, seen=seen)
        seen["megabytes of each process"] = list(page.megabytes().values())
        page.end(signal.SIGKILL)
        page = Page(state)
        again = {each["id"]: each for each in page.photographs()}
        faults += [
            f"{each['name']} is lost by the restart"
            for each in found
            if each["status"] == "ready" and again.get(each["id"], {}).get("status") != "ready"
        ]
        found = watch(page, "all faces", started=started, seen=seen)
        num_faces = sum(len(each["faces"]) for each in found)
        if num_faces != _NUM_PEOPLE * _NUM_PHOTOS.value:
            faults.append(f"{num_faces} faces in {len(found)} photographs")
        seen["candidates"] = audition(page, _NUM_CANDIDATES.value)
        start = time.monotonic()
        page.photographs()
        seen["list of all"] = round(time.monotonic() - start, 2)
        page.ask("POST", "choices/suggested").raise_for_status()
        start = time.monotonic()
        saved = page.ask("POST", "saves", content="{}").json()
        seen["saving a copy"] = round((time.monotonic() - start) / len(saved["copies"]), 2)
        seen["megabytes of each process, after the restart"] = list(page.megabytes().values())
        page.end()
        if checksums(album) != before:
            faults.append("the originals are not what they were")
        shutil.rmtree(state)
    print(json.dumps({"photographs": _NUM_PHOTOS.value, "seconds": seen, "faults": faults}))
    sys.exit(bool(faults))


if __name__ == "__main__":
    app.run(main)
