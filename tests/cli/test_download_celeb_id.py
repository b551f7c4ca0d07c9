import contextlib
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from exgan_tf import images

ROOT = pathlib.Path(__file__).parents[2]
IMAGE = images.encode_jpeg(np.full((8, 8, 3), 90, np.uint8))


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves one image everywhere; under /stalled/ it never answers."""

    def do_GET(self):
        if self.path.startswith("/stalled/"):
            self.server.stalled.set()
            self.server.closing.wait(60)
            return
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(IMAGE)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.stalled, server.closing = threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


def start_tool(folder, *urls, options=()):
    (folder / "urls.txt").write_text("\n".join(urls), encoding="utf-8")
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "exgan_tf.cli.download_celeb_id",
            f"--url_list={folder / 'urls.txt'}",
            f"--output_dir={folder / 'raw'}",
            *options,
        ],
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "*"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_the_command_with_130_and_a_report_and_the_next_goes_on(server, tmp_path):
    urls = [f"{server.url}/{path}-1.jpg" for path in ("a", "stalled/b", "c")]
    tool = start_tool(tmp_path, *urls, options=["--num_workers=1"])
    assert server.stalled.wait(60)
    tool.send_signal(signal.SIGINT)
    _, errors = tool.communicate(timeout=20)
    assert tool.returncode == 130
    assert "Traceback" not in errors
    report = json.loads((tmp_path / "raw" / "download_report.json").read_text(encoding="utf-8"))
    assert not report["finished"]
    assert (report["counts"]["fetched"], report["counts"]["not_tried"]) == (1, 2)
    assert os.listdir(tmp_path / "raw" / "celeb_id_raw") == ["a-1.jpg"]
    tool = start_tool(tmp_path, urls[0], urls[2], f"{server.url}/nobody.txt")
    output, errors = tool.communicate(timeout=60)
    assert (tool.returncode, errors) == (0, "")
    assert output.startswith("downloaded: 2 done, 1 skipped")


@pytest.mark.parametrize(
    ("urls", "flags", "message"),
    [
        ("", {}, "is empty"),
        ("http://127.0.0.1/a-1.jpg", {"num_workers": 0}, "num_workers is 0"),
    ],
)
def test_what_cannot_be_fetched_is_said_at_once(run_command, tmp_path, urls, flags, message):
    (tmp_path / "urls.txt").write_text(urls)
    folders = {"url_list": tmp_path / "urls.txt", "output_dir": tmp_path / "raw"}
    run = run_command("download_celeb_id", **folders, **flags)
    assert run.returncode == 1
    assert message in run.stderr and "Traceback" not in run.stderr
    assert not (tmp_path / "raw").exists()
