"""The server of the page: only this machine, only who has the token, only its own page.

docs/web.md describes the interface, page/api/openapi.json in the form for programs.
"""

import asyncio
import hmac
import json
import re
import shutil
import tempfile
import uuid
import zipfile

import msgspec
from starlette import applications, concurrency, requests, responses, routing, staticfiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from exgan_tf import files
from exgan_tf.photo import choices
from exgan_tf.photo.album_correction import describe_error
from exgan_tf.web import state, workshop
from exgan_tf.web.library import Library
from exgan_tf.web.workshop import Workshop

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


def build_app(
    library: Library, workshop: Workshop, *, token: str, port: int
) -> applications.Starlette:
    """Makes the application.

    Args:
      library: the photographs.
      workshop: renders.
      token: what whoever asks has to know: in the page's address, then a cookie, or as
        `Authorization: Bearer`.
      port: where it will be served, for the checks of Host and Origin.
    """
    handlers = _Handlers(library, workshop)
    face = "/api/photographs/{photograph}/faces/{face:int}"
    app = applications.Starlette(
        routes=[
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
            HTTPException: lambda request, error: _refuse(
                error.status_code, error.detail, error.headers
            ),
            KeyError: lambda request, error: _refuse(404, "there is no such photograph or face"),
            ValueError: lambda request, error: _refuse(400, describe_error(error)),
            OSError: lambda request, error: _refuse(507, describe_error(error)),
        },
    )
    # A mount at "/" would match what only another method is for, which has to be 405.
    app.router.default = staticfiles.StaticFiles(packages=[(__package__, "page")], html=True)
    app.add_middleware(_Guard, token=token, port=port)
    return app


class _Guard:
    """Lets nobody in but the page itself, and programs that know the token."""

    def __init__(self, app, *, token, port):
        self._app, self._token, self._cookie = app, token, f"exgan_{port}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope, receive, send):
        async def send_with_headers(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        if scope["type"] == "http":
            answer = self._check(requests.Request(scope)) or self._app
            await answer(scope, receive, send_with_headers)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)

    def _check(self, request):
        """The answer to whoever has no business here, or None."""
        headers, cookie = request.headers, request.cookies.get(self._cookie, "")
        # DNS rebinding brings other names along, and other pages their origin.
        if headers.get("host") not in self._hosts:
            return _refuse(
                421, "the request names another host: open the address that `exgan web` printed"
            )
        own = f"http://{headers['host']}"
        site = headers.get("sec-fetch-site", "none")
        if headers.get("origin", own) != own or site not in ("same-origin", "none"):
            return _refuse(403, "the request comes from another page")
        if request.url.path == "/" and self._is_token(request.query_params.get("token", "")):
            answer = responses.RedirectResponse("/", 303)
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
            return answer
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if (scheme == "Bearer" and self._is_token(bearer)) or self._is_token(cookie):
            return None
        return _refuse(401, "open the address that `exgan web` printed, with its token")

    def _is_token(self, value):
        return hmac.compare_digest(value.encode(), self._token.encode())


class _Handlers:
    def __init__(self, library, workshop):
        self._library, self._workshop = library, workshop
        self._saving = asyncio.Lock()
        self._rendered = {}

    def list_photographs(self, request):
        return responses.JSONResponse(self._library.describe())

    async def add_photograph(self, request):
        originals = self._library.state.originals
        if shutil.disk_usage(originals).free < _MIN_FREE_BYTES:
            raise HTTPException(507, "less than 1 GB of the disk is free: make room")
        temporary = originals / f".{uuid.uuid4().hex}.tmp"
        try:
            with open(temporary, "xb") as file:
                async with asyncio.timeout(_UPLOAD_SECONDS):
                    async for block in _read_blocks(request, MAX_UPLOAD_BYTES):
                        file.write(block)
            if not temporary.stat().st_size:
                raise HTTPException(400, "the file is empty")
            name = request.query_params.get("name", "")
            entry = await concurrency.run_in_threadpool(self._library.add, temporary, name=name)
        except TimeoutError:
            raise HTTPException(
                408, f"the upload took more than {_UPLOAD_SECONDS} seconds"
            ) from None
        finally:
            temporary.unlink(missing_ok=True)
        return responses.JSONResponse({"id": entry.id, "name": entry.name}, 201)

    def remove(self, request):
        self._library.remove(request.path_params["photograph"])
        return responses.Response(status_code=204)

    def preview(self, request):
        entry = self._library.entry(request.path_params["photograph"])
        return _jpeg_file(self._library.state.preview(entry.id))

    def show_face(self, request):
        photograph, index = _face(request)
        self._library.face(photograph, index)
        return _jpeg_file(self._library.state.close_up(photograph, index))

    def candidates(self, request):
        return responses.JSONResponse({"candidates": self._library.candidates(*_face(request))})

    async def render(self, request):
        photograph, index = _face(request)
        eyes = {s: _parse_eye(eye) for s, eye in request.query_params.items() if s in choices.SIDES}
        choice = state.FaceChoice(**eyes)
        chosen = self._library.chosen(photograph, index, choice)
        key = photograph, index, choice
        if key not in self._rendered:
            call = workshop.render_face, self._library.sources(), chosen
            future = asyncio.wrap_future(self._workshop.put(*call, urgency=workshop.NOW))
            while not (await asyncio.wait([future], timeout=0.2))[0]:
                if await request.is_disconnected():
                    future.cancel()  # Whoever has gone on waits for other ones.
                    raise HTTPException(499, "the request was given up")
            if len(self._rendered) >= _MAX_RENDERED:
                del self._rendered[next(iter(self._rendered))]
            self._rendered[key] = future.result()
        return responses.Response(self._rendered[key], media_type="image/jpeg")

    async def choose(self, request):
        choice = await _read_json(request, state.FaceChoice)
        await concurrency.run_in_threadpool(self._library.choose, *_face(request), choice)
        return responses.Response(status_code=204)

    def list_choices(self, request):
        return responses.JSONResponse(msgspec.to_builtins(self._library.all_choices()))

    def choose_all(self, request):
        return responses.JSONResponse({"faces": self._library.choose_all()})

    async def save(self, request):
        is_marked = (await _read_json(request, _SaveOptions)).is_marked
        chosen = self._library.all_choices()
        if not chosen.faces:
            raise HTTPException(400, "no eyes are chosen yet")
        async with self._saving:
            number = self._library.state.new_save()
            folder, sources, copies = self._library.state.saved(number), self._library.sources(), {}
            try:
                # Each by itself, so that what somebody looks at meanwhile comes in between.
                for copy, one in choices.split(chosen).items():
                    call = workshop.save_copy, one, sources, folder / copy, is_marked
                    future = asyncio.wrap_future(self._workshop.put(*call, urgency=workshop.SOON))
                    if (lost := await future) is not None:
                        copies[copy] = lost
                files.write_json(folder / choices.FILE_NAME, msgspec.to_builtins(chosen))
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        saved = {"number": number, "folder": str(folder), "copies": copies}
        return responses.JSONResponse(saved, 201)

    def download(self, request):
        folder = self._library.state.saved(request.path_params["number"])
        if not folder.is_dir():
            raise HTTPException(404, "there is no such save")
        headers = {"Content-Disposition": 'attachment; filename="opened.zip"'}
        return responses.StreamingResponse(
            _stream(_zip(folder)), media_type="application/zip", headers=headers
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


def _stream(file):
    with file:
        yield from iter(lambda: file.read(1 << 20), b"")


def _jpeg_file(path):
    if not path.is_file():
        raise HTTPException(404, "it is not ready yet")
    return responses.Response(path.read_bytes(), media_type="image/jpeg")


def _face(request):
    return request.path_params["photograph"], request.path_params["face"]


def _parse_eye(text):
    """An eye as the address of a rendered face has it: PHOTOGRAPH.FACE.PERCENT."""
    if (eye := re.fullmatch(r"(.*)\.([0-9]{1,4})\.([0-9]{1,3})", text)) is None:
        raise ValueError(f"an eye is {text[:80]!r}; expected PHOTOGRAPH.FACE.PERCENT")
    return state.EyeChoice(eye[1], int(eye[2]), int(eye[3]) / 100)


async def _read_blocks(request, limit: int):
    size = 0
    async for block in request.stream():
        size += len(block)
        if size > limit:
            shown = f"{limit >> 20} megabytes" if limit >> 20 else f"{limit >> 10} kilobytes"
            raise HTTPException(413, f"larger than {shown}")
        yield block


async def _read_json(request, kind):
    data = b"".join([block async for block in _read_blocks(request, _MAX_JSON_BYTES)])
    try:
        value = json.loads(data or b"{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    return files.convert(value, kind, source="the request")


def _refuse(status, reason, headers=None):
    return responses.JSONResponse({"error": reason}, status, headers)
