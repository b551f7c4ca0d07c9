"""Serves a page, on this machine alone, to choose whose eyes to open, and how.

  exgan web
  exgan web --input_dir=ALBUM

opens the page in the browser. Its address holds a token: only who has it can use the page. Nothing
leaves the machine, and originals are only read. It needs `pip install -e .[web]`.
"""

import os
import pathlib
import secrets
import socket
import threading
import webbrowser

from absl import flags

from exgan_tf.cli import entry
from exgan_tf.inpainters import INPAINTERS

_INPUT_DIR = flags.DEFINE_string("input_dir", None, "Folder of photographs, which is only read.")
_STATE_DIR = flags.DEFINE_string(
    "state_dir", None, "Folder for uploads, faces and choices; by default exgan/web in your cache."
)
_OUTPUT_DIR = flags.DEFINE_string(
    "output_dir", None, "Folder in which each save makes a new one; by default in --state_dir."
)
_PORT = flags.DEFINE_integer("port", 0, "Port; 0 takes a free one.", 0, 65_535)
_OPEN_BROWSER = flags.DEFINE_bool("open_browser", True, "Open the page in the browser.")
_MODEL = flags.DEFINE_string("model", None, "Folder of an exported model.")
_METHOD = flags.DEFINE_enum("method", None, list(INPAINTERS), "A method that needs no model.")


def main(argv):
    del argv
    try:
        import uvicorn

        from exgan_tf.web import server
        from exgan_tf.web.library import Library
        from exgan_tf.web.workshop import Workshop, choose_tools
    except ModuleNotFoundError as error:
        raise ValueError(f"the page needs {error.name}: pip install -e .[web]") from error
    for folder in (_INPUT_DIR.value, _OUTPUT_DIR.value):
        if folder and not pathlib.Path(folder).is_dir():
            raise ValueError(f"{folder} is not a folder: give one that exists")
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    state_dir = pathlib.Path(_STATE_DIR.value or pathlib.Path(cache, "exgan", "web"))
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", _PORT.value))
        listener.listen()  # From now on browsers wait for the page instead of being refused.
        port = listener.getsockname()[1]
        workshop = Workshop(choose_tools(method=_METHOD.value, model=_MODEL.value))
        library = Library(
            state_dir, workshop, input_dir=_INPUT_DIR.value, output_dir=_OUTPUT_DIR.value
        )
        token = secrets.token_urlsafe(32)
        address = f"http://127.0.0.1:{port}/?token={token}"
        print(f"open {address}\nCtrl-C stops it; your choices stay in {state_dir}", flush=True)
        if _OPEN_BROWSER.value:
            threading.Timer(1, webbrowser.open, [address]).start()
        # No access log: it would hold the token. Few connections: one person, a few tabs.
        config = uvicorn.Config(
            server.build_app(library, workshop, token=token, port=port),
            log_level="warning",
            access_log=False,
            limit_concurrency=200,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=2,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    entry.run(main)
