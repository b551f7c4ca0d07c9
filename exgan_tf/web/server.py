"""The server of the page: only this machine, only who has the token, only its own page.

docs/web.md describes the interface, page/openapi.json in the form for programs.
"""

import asyncio
import hmac
import importlib.resources
import json
import shutil
import tempfile
import uuid
import zipfile

import msgspec
from starlette import applications, concurrency, requests, responses, routing

from exgan_tf import files
from exgan_tf.photo import choices
from exgan_tf.photo.album_correction import describe_error
from exgan_tf.web import library, state, workshop

# All ours.
MAX_UPLOAD_BYTES = 200 << 20
_MAX_JSON_BYTES = 64 << 10
_MIN_FREE_BYTES = 1 << 30
_UPLOAD_SECONDS = 300
_MAX_RENDERED = 400  # Close-ups of some 60 KB.

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PAGE_FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
    "/api/openapi.json": ("openapi.json", "application/json"),
}


class RefusalError(Exception):
    """What is answered instead: a status of HTTP, and why."""

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status = status


def build_app(
    shelf: library.Library, shop: workshop.Workshop, *, token: str, port: int
) -> applications.Starlette:
    """Makes the application.

    Args:
      shelf: the photographs.
      shop: renders.
      token: what whoever asks has to know: in the page's address, then a cookie, or as
        `Authorization: Bearer`.
      port: where it will be served, for the checks of Host and Origin.
    """
    handlers = _Handlers(shelf, shop)
    face = "/api/photographs/{photograph}/faces/{face:int}"
    app = applications.Starlette(
        routes=[
            *(routing.Route(path, handlers.page_file) for path in _PAGE_FILES),
            routing.Route("/api/photographs", handlers.list_photographs),
            routing.Route("/api/photographs", handlers.add_photograph, methods=["POST"]),
            routing.Route("/api/photographs/{photograph}", handlers.remove, methods=["DELETE"]),
            routing.Route("/api/photographs/{photograph}/preview", handlers.preview),
            routing.Route(f"{face}/picture", handlers.show_face),
            routing.Route(f"{face}/candidates", handlers.candidates),
            routing.Route(f"{face}/render", handlers.render),
            routing.Route(f"{face}/choice", handlers.choose, methods=["PUT"]),
            routing.Route("/api/choices", handlers.list_choices),
            routing.Route("/api/choices/suggested", handlers.choose_all, methods=["POST"]),
            routing.Route("/api/saves", handlers.save, methods=["POST"]),
            routing.Route("/api/saves/{number:int}/zip", handlers.download),
        ],
        exception_handlers={
            RefusalError: lambda request, error: _refuse(error.status, str(error)),
            KeyError: lambda request, error: _refuse(404, "there is no such photograph or face"),
            ValueError: lambda request, error: _refuse(400, describe_error(error)),
            OSError: lambda request, error: _refuse(507, describe_error(error)),
        },
    )
    app.add_middleware(_Guard, token=token, port=port)
    return app


class _Guard:
    """Lets nobody in but the page itself, and programs that know the token."""

    def __init__(self, app, *, token, port):
        self._app, self._token, self._cookie = app, token, f"exgan_{port}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    *((name.lower().encode(), value.encode()) for name, value in _HEADERS.items()),
                ]
            await send(message)

        request = requests.Request(scope)
        app = self._check(request) or self._app
        await app(scope, receive, send_with_headers)

    def _check(self, request):
        """The answer to whoever has no business here, or None."""
        headers = request.headers
        # DNS rebinding brings other names along, and other pages their origin.
        if headers.get("host") not in self._hosts:
            return _refuse(421, "this server is asked for by another name")
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers['host']}":
            return _refuse(403, "another page asks")
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return _refuse(403, "another page asks")
        if request.url.path == "/" and self._is_token(request.query_params.get("token", "")):
            answer = responses.RedirectResponse("/", 303)
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
            return answer
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and self._is_token(bearer):
            return None
        if not self._is_token(request.cookies.get(self._cookie, "")):
            return _refuse(401, "open the address that `exgan web` printed, with its token")
        return None

    def _is_token(self, value):
        return hmac.compare_digest(value.encode(), self._token.encode())


class _Handlers:
    def __init__(self, shelf, shop):
        self._shelf, self._shop = shelf, shop
        self._saving = asyncio.Lock()
        self._rendered = {}

    def page_file(self, request):
        name, kind = _PAGE_FILES[request.url.path]
        folder = importlib.resources.files("exgan_tf.web") / "page"
        return responses.Response((folder / name).read_bytes(), media_type=kind)

    def list_photographs(self, request):
        return responses.JSONResponse(self._shelf.describe())

    async def add_photograph(self, request):
        if shutil.disk_usage(self._shelf.state.originals).free < _MIN_FREE_BYTES:
            raise RefusalError(507, "the disk is nearly full")
        temporary = self._shelf.state.originals / f".{uuid.uuid4().hex}.tmp"
        try:
            async with asyncio.timeout(_UPLOAD_SECONDS):
                with open(temporary, "xb") as file:
                    size = 0
                    async for block in request.stream():
                        size += len(block)
                        if size > MAX_UPLOAD_BYTES:
                            raise RefusalError(
                                413, f"larger than {MAX_UPLOAD_BYTES >> 20} megabytes"
                            )
                        file.write(block)
            if not size:
                raise RefusalError(400, "the file is empty")
            entry = await concurrency.run_in_threadpool(
                self._shelf.add, temporary, name=request.query_params.get("name", "")
            )
        except TimeoutError:
            raise RefusalError(408, f"not there within {_UPLOAD_SECONDS} seconds") from None
        finally:
            temporary.unlink(missing_ok=True)
        return responses.JSONResponse({"id": entry.id, "name": entry.name}, 201)

    def remove(self, request):
        self._shelf.remove(request.path_params["photograph"])
        return responses.Response(status_code=204)

    def preview(self, request):
        entry = self._shelf.entry(request.path_params["photograph"])
        return _jpeg_file(self._shelf.state.preview(entry.id))

    def show_face(self, request):
        photograph, index = _face(request)
        self._shelf.face(photograph, index)
        return _jpeg_file(self._shelf.state.close_up(photograph, index))

    def candidates(self, request):
        return responses.JSONResponse({"candidates": self._shelf.candidates(*_face(request))})

    async def render(self, request):
        photograph, index = _face(request)
        choice = state.FaceChoice(
            **{
                side: _parse_eye(request.query_params[side])
                for side in choices.SIDES
                if side in request.query_params
            }
        )
        chosen = self._shelf.chosen(photograph, index, choice)
        key = photograph, index, choice
        if key not in self._rendered:
            put = self._shop.put(
                workshop.render_face, self._shelf.sources(), chosen, urgency=workshop.NOW
            )
            future = asyncio.wrap_future(put)
            while not (await asyncio.wait([future], timeout=0.2))[0]:
                if await request.is_disconnected():
                    future.cancel()  # Whoever has gone on waits for other ones.
                    raise RefusalError(499, "nobody waits for it")
            if len(self._rendered) >= _MAX_RENDERED:
                del self._rendered[next(iter(self._rendered))]
            self._rendered[key] = future.result()
        return responses.Response(self._rendered[key], media_type="image/jpeg")

    async def choose(self, request):
        choice = files.convert(await _read_json(request), state.FaceChoice, source="the choice")
        photograph, index = _face(request)
        await concurrency.run_in_threadpool(self._shelf.choose, photograph, index, choice)
        return responses.Response(status_code=204)

    def list_choices(self, request):
        return responses.JSONResponse(msgspec.to_builtins(self._shelf.all_choices()))

    def choose_all(self, request):
        return responses.JSONResponse({"faces": self._shelf.choose_all()})

    async def save(self, request):
        options = files.convert(await _read_json(request), _SaveOptions, source="the options")
        chosen = self._shelf.all_choices()
        if not chosen.faces:
            raise RefusalError(400, "no eyes are chosen yet")
        async with self._saving:
            number = self._shelf.state.new_save()
            folder, sources, written = self._shelf.state.saved(number), self._shelf.sources(), {}
            try:
                # Each by itself, so that what somebody looks at meanwhile comes in between.
                for copy, one in choices.split(chosen).items():
                    path = str(folder / copy)
                    put = self._shop.put(
                        workshop.save_copy,
                        one,
                        sources,
                        path,
                        options.is_marked,
                        urgency=workshop.SOON,
                    )
                    if (lost := await asyncio.wrap_future(put)) is not None:
                        written[copy] = lost
                files.write_json(folder / choices.FILE_NAME, msgspec.to_builtins(chosen))
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return responses.JSONResponse(
            {"number": number, "folder": str(folder), "copies": written}, 201
        )

    def download(self, request):
        folder = self._shelf.state.saved(request.path_params["number"])
        if not folder.is_dir():
            raise RefusalError(404, "there is no such save")
        return responses.StreamingResponse(
            _blocks(_zip(folder)),
            media_type="application/zip",
            headers={"Content-Disposition": 'attachment; filename="opened.zip"'},
        )


class _SaveOptions(msgspec.Struct, forbid_unknown_fields=True):
    is_marked: bool = True


def _zip(folder):
    """The files of a folder as a zip: a file on the disk that goes when it is closed."""
    archive = tempfile.TemporaryFile(dir=folder.parent)  # noqa: SIM115
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as written:
        for path in sorted(folder.iterdir()):
            written.write(path, path.name)
    archive.seek(0)
    return archive


def _blocks(file):
    with file:
        yield from iter(lambda: file.read(1 << 20), b"")


def _jpeg_file(path):
    if not path.is_file():
        raise RefusalError(404, "it is not there yet")
    return responses.Response(path.read_bytes(), media_type="image/jpeg")


def _face(request):
    return request.path_params["photograph"], request.path_params["face"]


def _parse_eye(text):
    """An eye as the address of a rendered face has it: PHOTOGRAPH.FACE.PERCENT."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts[1:]):
        raise ValueError(f"an eye is {text[:80]!r}, PHOTOGRAPH.FACE.PERCENT is wanted")
    if len(parts[1]) > 4 or len(parts[2]) > 3:
        raise KeyError(text)
    return state.EyeChoice(parts[0], int(parts[1]), int(parts[2]) / 100)


async def _read_json(request):
    data = b""
    async for block in request.stream():
        data += block
        if len(data) > _MAX_JSON_BYTES:
            raise RefusalError(413, f"larger than {_MAX_JSON_BYTES >> 10} kilobytes")
    try:
        return json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, f"not JSON: {error}") from None


def _refuse(status, reason):
    return responses.JSONResponse({"error": reason}, status)
