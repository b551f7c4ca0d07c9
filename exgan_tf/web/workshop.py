"""The two worker processes, one that renders and one that looks for faces, and their queues."""

import concurrent.futures
import dataclasses
import functools
import itertools
import multiprocessing
import pathlib
import queue
import threading
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from exgan_tf import images, parallel
from exgan_tf.faces.detect import BlazeFaceDetector, DetectedFace, FaceDetector
from exgan_tf.faces.identity import DlibFaceEmbedder, FaceEmbedder
from exgan_tf.geometry import Box
from exgan_tf.inpainters import Inpainter
from exgan_tf.photo import choices, methods, picture_file
from exgan_tf.photo.photograph import find_faces

# What a person waits for goes first; what is done LATER takes long, and has a process of its own.
NOW, SOON, LATER = 0, 1, 2

_PREVIEW_SIDE = 1280  # Pixels, ours: a page's width.
_CLOSE_UP_SIDE = 720  # Pixels, ours, of a face at most; smaller ones are shown as they are.
_CLOSE_UP_WIDTH = 4.2  # Ours, in distances between the eyes.
_QUALITY = 90


@dataclasses.dataclass(frozen=True)
class Tools:
    """What the worker works with; must be picklable.

    Attributes:
      detector: finds faces.
      embedder: describes whose they are.
      build_inpainter: makes what fills, when it is first needed.
    """

    detector: FaceDetector
    embedder: FaceEmbedder
    build_inpainter: Callable[[], Inpainter]


def choose_tools(*, method: str | None, model: str | None) -> Tools:
    """The tools of the commands, with the options of `methods.create_inpainter`."""
    return Tools(
        BlazeFaceDetector(every_face=True),
        DlibFaceEmbedder(),
        functools.partial(methods.create_inpainter, method=method, model=model),
    )


class Workshop:
    """Does one thing after the other in another process, which is started again if it dies.

    Looking for faces is done in a second one, so that nobody waits for it.
    """

    def __init__(self, tools: Tools, *, executor=None):
        """Starts.

        Args:
          tools: what the worker works with.
          executor: makes a `concurrent.futures` executor of one worker from its initializer and
            `initargs`; a process if None.

        Raises:
          OSError: if processes cannot talk to each other here.
        """
        if executor is None:
            context = multiprocessing.get_context("spawn")
            executor = functools.partial(concurrent.futures.ProcessPoolExecutor, 1, context)
        self._make_executor = functools.partial(executor, initializer=_prepare, initargs=(tools,))
        quick, slow = queue.PriorityQueue(), queue.PriorityQueue()
        self._waiting = {NOW: quick, SOON: quick, LATER: slow}
        self._numbers = itertools.count()
        for waiting in (quick, slow):
            # Made here, so that a machine on which none can be made is told of at once.
            arguments = waiting, self._make_executor()
            threading.Thread(target=self._work, args=arguments, daemon=True).start()

    def put(self, function, *arguments, urgency: int) -> concurrent.futures.Future:
        """Queues a call of a function of this module; the more urgent, then the earlier first."""
        future = concurrent.futures.Future()
        self._waiting[urgency].put((urgency, next(self._numbers), future, function, arguments))
        return future

    def _work(self, waiting, executor):
        while True:
            _, _, future, function, arguments = waiting.get()
            if not future.set_running_or_notify_cancel():
                continue
            for _ in range(2):  # It may have died of what it did before.
                try:
                    future.set_result(executor.submit(function, *arguments).result())
                except concurrent.futures.BrokenExecutor:
                    executor = self._make_executor()
                    continue
                except BaseException as error:
                    future.set_exception(error)
                break
            else:
                future.set_exception(ValueError("the process that examined it died"))


def make_preview(source: str) -> tuple[int, int, bytes]:
    """Height and width of a photograph in pixels, and a small JPEG of it.

    Raises:
      ValueError: if it is no readable photograph.
    """
    with images.open_picture(images.read_file(source)) as picture:
        orientation = images.read_orientation(picture)
        width, height = picture.size
        picture.draft("RGB", (_PREVIEW_SIDE, _PREVIEW_SIDE))
        picture.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
        photo = images.to_upright_photo(picture, orientation=orientation)
    if orientation >= 5:
        height, width = width, height
    return height, width, _encode(photo)


def examine(source: str) -> tuple[list[dict], list[bytes], str | None]:
    """The faces of a photograph as JSON values, close-ups of them as JPEGs, and when it was taken.

    Raises:
      ValueError: if it is no readable photograph.
    """
    picture = picture_file.read_picture(source)
    faces = find_faces(picture.photo, detector=_TOOLS.detector, embedder=_TOOLS.embedder)
    close_ups = [_encode(_cut(picture.photo, face.detected.landmarks)) for face in faces]
    taken = picture.taken.isoformat() if picture.taken else None
    return [face.to_json() for face in faces], close_ups, taken


def render_face(sources: dict[str, pathlib.Path], chosen: choices.ChosenFace) -> bytes:
    """A close-up of a face with its new eyes as a JPEG; `sources` are the files by name."""
    after, _ = choices.fill_face(
        _read_pixels(sources[chosen.photograph]),
        chosen,
        read_pixels=lambda name: _read_pixels(sources[name]),
        inpainter=_inpainter(),
    )
    return _encode(_cut(after, chosen.landmarks))


def save_copy(chosen: choices.Choices, sources, path, is_marked: bool) -> list[str] | None:
    """`choices.write_copy` with the worker's inpainter."""
    return choices.write_copy(chosen, sources, path, inpainter=_inpainter(), is_marked=is_marked)


_TOOLS: Any = None  # Of the worker.


def _prepare(tools):
    global _TOOLS
    _TOOLS = tools
    if multiprocessing.parent_process() is not None:
        parallel.start_worker()
    _inpainter.cache_clear()


@functools.cache
def _inpainter():
    return _TOOLS.build_inpainter()


@functools.lru_cache(6)  # A photograph and the references that are tried: 36 MB each at 12 MP.
def _read_pixels(source):
    pixels = picture_file.read_picture(source).photo
    pixels.flags.writeable = False
    return pixels


def close_up_box(landmarks, *, height: int, width: int) -> Box:
    """What a close-up shows of a photograph of that size in pixels."""
    face = DetectedFace(np.array(landmarks, np.float64), Box(0, 0, 1, 1), score=1.0)
    side = max(16, round(_CLOSE_UP_WIDTH * face.eye_distance))
    return Box.around(face.center, height=side, width=side).clip(height=height, width=width)


def _cut(photo, landmarks):
    height, width = photo.shape[:2]
    cut = photo[close_up_box(landmarks, height=height, width=width).slices]
    factor = _CLOSE_UP_SIDE / max(cut.shape[:2])
    if factor < 1:
        cut = cv2.resize(cut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cut)


def _encode(photo):
    return images.encode_jpeg(photo, quality=_QUALITY)
