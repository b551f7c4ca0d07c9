"""The downloader against servers on this machine that misbehave in every way we know."""

import collections
import contextlib
import errno
import http.server
import io
import json
import os
import socketserver
import sys
import threading
import time

import numpy as np
import pytest

from exgan_tf import files, images, parallel, storage
from exgan_tf.celeb_id import download, fetcher

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
IMAGE = images.encode_jpeg(PIXELS)
# First segment of the path -> status, body and headers.
ANSWERS = {
    "good": (200, IMAGE, {}),
    "html": (200, b"<html>moved</html>", {"Content-Type": "image/jpeg"}),
    "gone": (404, b"", {}),
    "busy": (503, b"", {"Retry-After": "3600"}),
    "cut": (200, IMAGE[:-100], {"Content-Length": str(len(IMAGE)), "Connection": "close"}),
    "damaged": (200, IMAGE[:-100], {}),
    "declared": (200, IMAGE, {"Content-Length": str(10**9)}),
    "file": (302, b"", {"Location": "file:///etc/hostname"}),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves by the first segment of the path: see `ANSWERS`; counts what it was asked for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked[self.path] += 1
        kind = self.path.split("/")[1]
        with contextlib.suppress(ConnectionError):
            if kind in ANSWERS:
                self.answer(*ANSWERS[kind])
            else:
                getattr(self, f"serve_{kind}")()

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def trickle(self, data):
        with contextlib.suppress(OSError):
            for _ in range(200):
                if self.server.closing.wait(0.05):
                    break
                self.wfile.write(data)
                self.wfile.flush()
        self.close_connection = True

    def serve_shy(self):
        is_ready = self.server.asked[self.path] >= 3
        self.answer(*(ANSWERS["good"] if is_ready else (500, b"", {})))

    def serve_slow(self):
        self.send_response(200)
        self.end_headers()
        self.trickle(b"x")

    def serve_slowheaders(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        self.trickle(b"x")

    def serve_endless(self):
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            while not self.server.closing.is_set():
                self.wfile.write(bytes(1 << 16))
        self.close_connection = True

    def redirect(self, target):
        self.answer(302, b"", {"Location": target})

    def serve_hop(self):
        self.redirect(self.path.replace("/hop", "", 1))

    def serve_other(self):
        self.redirect(f"{self.server.other}/good/a-1.jpg")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


@contextlib.contextmanager
def run_server():
    server = Server(("127.0.0.1", 0), Handler)
    server.asked = collections.Counter()
    server.closing = threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(fetcher, "BACKOFF_SECONDS", 0.01)
    with run_server() as server:
        yield server


class Place:
    """A list of URLs and the folder it is downloaded to."""

    def __init__(self, folder, server):
        self.list = folder / "urls.txt"
        self.raw = folder / "raw"
        self.server = server

    def download(self, *paths, engine=None, **options):
        lines = [
            path if "//" in path or not path.strip() else f"{self.server.url}/{path}"
            for path in paths
        ]
        self.list.write_text("\n".join(lines) + "\n", encoding="utf-8")
        options = download.DownloadOptions(**{"num_workers": 4, "timeout": 5.0, **options})
        return download.download_images(self.list, self.raw, options, engine=engine)

    @property
    def names(self):
        return sorted(os.listdir(self.raw / "celeb_id_raw"))

    @property
    def report(self):
        return json.loads((self.raw / "download_report.json").read_text(encoding="utf-8"))

    def failure(self, path):
        """(kind, reason, attempts) of the one failure whose URL ends in `path`."""
        (found,) = [f for f in self.report["failures"] if f["url"].endswith(path)]
        return found["kind"], found["reason"], found["attempts"]


@pytest.fixture
def place(tmp_path, server):
    return Place(tmp_path, server)


def test_an_image_is_kept_byte_for_byte_under_the_last_segment_of_its_url(place):
    # Blank lines and comments of the list are left out.
    tally = place.download("good/a/ren%C3%A9e-3.jpg?size=full", "", "# //nobody/b-2.jpg", "   ")
    assert (tally.num_done, tally.skipped) == (1, {})
    assert (place.raw / "celeb_id_raw" / "renée-3.jpg").read_bytes() == IMAGE
    assert place.report["counts"]["listed"] == 1


@pytest.mark.parametrize(
    ("scheme", "engine"), [("", parallel.Processes(2)), ("ram:/", parallel.IN_THIS_PROCESS)]
)
def test_an_engine_fetches_the_same_into_any_folder(place, tmp_path, monkeypatch, scheme, engine):
    monkeypatch.setattr(download, "_FILES_PER_ITEM", 2)
    place.raw = storage.to_path(f"{scheme}{tmp_path}/raw")
    tally = place.download(
        *("good/a-1.jpg", "good/b-1.jpg", "gone/c-1.jpg", "file/d", "good/e-1.jpg"),
        engine=engine,
    )
    assert (tally.num_done, len(tally.skipped)) == (3, 2)
    assert (place.raw / "celeb_id_raw" / "e-1.jpg").read_bytes() == IMAGE
    report = files.read_json(place.raw / download.REPORT)
    assert report["finished"]
    assert (report["counts"]["fetched"], report["counts"]["permanent"]) == (3, 1)


@pytest.mark.parametrize("engine", [None, parallel.IN_THIS_PROCESS])
def test_files_are_counted_on_a_terminal_unless_an_engine_counts(place, monkeypatch, engine):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    place.download("good/a-1.jpg", engine=engine)
    assert ("image" in terminal.getvalue()) == (engine is None)


@pytest.mark.parametrize(
    ("path", "kind", "reason", "attempts"),
    [
        ("html/b-1.jpg", "permanent", "not an image", 1),
        ("damaged/b-1.jpg", "permanent", "not an image", 1),
        ("gone/b-1.jpg", "permanent", "HTTP 404", 1),
        ("file/b-1.jpg", "permanent", "neither http nor https", 1),
        ("declared/b-1.jpg", "permanent", "larger than 0.5 megabytes", 1),
        ("endless/b-1.jpg", "permanent", "larger than 0.5 megabytes", 1),
        ("shy/b-1.jpg", "temporary", "HTTP 500", 2),
        ("cut/b-1.jpg", "temporary", "the connection was lost", 2),
        ("busy/b-1.jpg", "temporary", "try again later", 1),
    ],
)
def test_a_failure_is_reported_and_leaves_no_file(place, path, kind, reason, attempts):
    place.download("good/a-1.jpg", path, retries=1, max_megabytes=0.5)
    found = place.failure(path)
    assert (found[0], found[2]) == (kind, attempts)
    assert reason in found[1]
    assert place.server.asked[f"/{path}"] == attempts
    assert place.names == ["a-1.jpg"]
    assert sorted(os.listdir(place.raw)) == ["celeb_id_raw", "download_report.json"]


@pytest.mark.parametrize("path", ["slow/b-1.jpg", "slowheaders/b-1.jpg", "hop/slow/b-1.jpg"])
def test_a_server_that_trickles_does_not_hold_a_worker(place, path):
    start = time.monotonic()
    place.download("good/a-1.jpg", path, timeout=0.5)
    assert time.monotonic() - start < 20
    assert place.failure(path) == ("temporary", "took longer than 0.5 s", 1)


def test_a_time_limit_of_one_file_does_not_reach_into_the_next(place):
    names = [f"good/a-{number}.jpg" for number in range(20)]
    tally = place.download("slow/b-1.jpg", *names, num_workers=1, timeout=0.5)
    assert tally.num_done == 20


def test_a_chain_of_too_many_redirects_is_cut(place):
    within = "hop/" * fetcher.MAX_REDIRECTS + "good/a-1.jpg"
    beyond = "hop/" * (fetcher.MAX_REDIRECTS + 1) + "good/b-1.jpg"
    place.download(within, beyond)
    assert place.names == ["a-1.jpg"]
    assert "redirects" in place.failure(beyond)[1]


@pytest.fixture
def public(monkeypatch):
    """Another server, the only one that counts as public."""
    with run_server() as server:
        port = server.server_port
        monkeypatch.setattr(fetcher, "is_public_address", lambda peer: peer[1] == port)
        yield server


def test_a_public_server_does_not_lead_to_a_private_one(place, public):
    public.other = place.server.url
    place.download(f"{public.url}/good/a-1.jpg", f"{public.url}/other/b-1.jpg")
    assert place.failure("other/b-1.jpg")[1] == "redirect from a public to a private address"
    assert not place.server.asked


def test_a_private_server_may_lead_to_a_public_one_and_the_name_is_that_of_the_list(place, public):
    place.server.other = public.url
    place.download("other/listed-7.jpg")
    assert place.names == ["listed-7.jpg"]


def test_requests_through_a_proxy_are_watched_too(place, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", place.server.url)
    # A proxy is asked for a whole URL, so what follows its first slash is empty.
    monkeypatch.setattr(Handler, "serve_", Handler.serve_slow, raising=False)
    start = time.monotonic()
    with pytest.raises(ValueError, match="took longer than 0.3 s"):
        place.download("http://nowhere.invalid/a-1.jpg", timeout=0.3)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    "segment",
    [
        *("", "..", "..%2fa-1.jpg", "%2fetc%2fa-1.jpg", "a%5cb-1.jpg", "a%00-1.jpg", "a%0a-1.jpg"),
        *("a%e2%80%ae-1.jpg", ".a-1.jpg", "c:a-1.jpg", "con.x-1.jpg", "a%ff-1.jpg"),
        *("a" * 300 + "-1.jpg", "a.jpg", "a-1.exe", "a-1"),
    ],
)
def test_a_name_that_is_not_a_photograph_of_the_folder_is_refused(segment):
    with pytest.raises(ValueError, match="name|URL"):
        download.photograph_name(f"http://host/folder/{segment}")


@pytest.mark.parametrize(
    "url", ["ftp://host/a-1.jpg", "file:///a-1.jpg", "data:a-1.jpg", "a-1.jpg"]
)
def test_only_http_and_https_are_asked(url):
    with pytest.raises(ValueError, match="neither http nor https"):
        download.photograph_name(url)


def test_a_refused_name_is_reported_and_never_asked_for(place, tmp_path):
    place.download("good/a-1.jpg", "good/..%2f..%2fb-1.jpg")
    assert place.failure("b-1.jpg")[0] == "refused"
    assert list(place.server.asked) == ["/good/a-1.jpg"]
    assert not list(tmp_path.rglob("*b-1.jpg"))


def test_a_second_run_fetches_only_what_is_missing(place):
    place.download("good/a-1.jpg", "shy/b-1.jpg", retries=0)
    tally = place.download("good/a-1.jpg", "shy/b-1.jpg", "good/c-1.jpg", retries=1)
    assert tally.num_done == 3
    assert place.server.asked == {"/good/a-1.jpg": 1, "/shy/b-1.jpg": 3, "/good/c-1.jpg": 1}
    assert place.report["counts"]["already_there"] == 1
    assert place.report["counts"]["fetched"] == 2


def test_the_report_accounts_for_every_distinct_url(place):
    paths = ["good/a-1.jpg", "good/b.txt", "gone/A-1.JPG", "gone/c-1.jpg", "busy/d-1.jpg"]
    place.download(*paths, "good/a-1.jpg")
    assert place.failure("gone/A-1.JPG")[0] == "duplicate"
    assert place.names == ["a-1.jpg"]
    asked = ("/good/a-1.jpg", "/gone/c-1.jpg", "/busy/d-1.jpg")
    assert place.server.asked == dict.fromkeys(asked, 1)
    assert place.report["parameters"] == {
        "url_list": str(place.list),
        "num_workers": 4,
        "timeout_seconds": 5.0,
        "retries": 3,
        "max_megabytes": 32.0,
    }
    assert place.report["finished"] is True
    assert place.report["counts"] == {
        "listed": 5,
        "fetched": 1,
        "already_there": 0,
        "not_tried": 0,
        "refused": 1,
        "duplicate": 1,
        "permanent": 1,
        "temporary": 1,
    }


def test_the_report_tells_no_password(place):
    secret = place.server.url.replace("//", "//me:secret@")
    place.download("good/a-1.jpg", f"{secret}/gone/b-1.jpg", f"{secret}/x", "http://me:secret@[/c")
    text = json.dumps(place.report)
    assert "/gone/b-1.jpg" in text
    assert "secret" not in text


def test_a_full_disk_stops_the_run_with_one_error(place, monkeypatch):
    def fail(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_bytes", fail)
    with pytest.raises(OSError, match="No space left on device") as caught:
        place.download(*(f"good/a-{number}.jpg" for number in range(200)), num_workers=2)
    assert caught.value.errno == errno.ENOSPC
    assert sum(place.server.asked.values()) < 50


def test_no_thread_outlives_the_run(place):
    before = set(threading.enumerate())
    place.download("good/a-1.jpg", "gone/b-1.jpg", timeout=60.0)
    for thread in set(threading.enumerate()) - before:
        if "process_request" not in thread.name:  # That is the server's.
            thread.join(1.0)
            assert not thread.is_alive()


def test_not_one_image_is_an_error(place):
    with pytest.raises(ValueError, match="no image could be fetched, of 1; .*HTTP 404"):
        place.download("gone/a-1.jpg")
    assert place.report["counts"]["permanent"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"# only a comment\n\n", "is empty"),
        (b"\xff\xfe\x00\x80\x81", "not a text file"),
        (b"\x00\x01\x02\n\x03\x04", "no usable URL"),
    ],
)
def test_a_list_that_is_none_is_one_clear_error(tmp_path, content, message):
    if content is not None:
        (tmp_path / "urls.txt").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        download.download_images(tmp_path / "urls.txt", tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_a_file_in_the_place_of_the_output_folder_is_one_clear_error(tmp_path):
    (tmp_path / "urls.txt").write_text("http://host/a-1.jpg\n", encoding="utf-8")
    (tmp_path / "raw").write_text("mine", encoding="utf-8")
    with pytest.raises(ValueError, match="is a file"):
        download.download_images(tmp_path / "urls.txt", tmp_path / "raw")


@pytest.mark.parametrize(
    ("name", "value"),
    [("num_workers", 0), ("timeout", float("nan")), ("retries", -1), ("max_megabytes", 0)],
)
def test_a_number_out_of_its_range_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        download.DownloadOptions(**{name: value})
