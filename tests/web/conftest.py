"""The page's server without a socket, on drawn faces that are known; its worker is a thread."""

import concurrent.futures
import dataclasses
import time

import numpy as np
import pytest

from exgan_tf import drawn_faces, images
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import Box
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.web import library, workshop

TOKEN = "a-token-of-the-tests"


class OneFaceDetector:
    """Finds the one face of photographs that it was told of, and none in others."""

    def __init__(self, known):
        self._known = known

    def __call__(self, photo):
        landmarks = self._known.get(photo.tobytes())
        return [] if landmarks is None else [DetectedFace(landmarks, Box(0, 0, 9, 9), score=1.0)]


class OnePersonEmbedder:
    def __call__(self, photo, face):
        return np.eye(128)[0]


@pytest.fixture(scope="session")
def drawn():
    """Photographs of one drawn person by name, with the landmarks: one blinks."""
    rng = np.random.default_rng(1)
    identity = drawn_faces.draw_identity(rng)
    photographs = {}
    for name, fraction in (("blink.png", 1.0), ("open.png", 0.0), ("other.png", 0.0)):
        conditions = drawn_faces.draw_conditions(rng, closed_fraction=fraction)
        photographs[name] = drawn_faces.draw_photograph(
            identity, dataclasses.replace(conditions, glasses=None), size=160
        )
    return photographs


@pytest.fixture(scope="session")
def files_of(drawn, tmp_path_factory):
    """The same as the bytes of files."""
    folder = tmp_path_factory.mktemp("drawn")
    for name, photograph in drawn.items():
        images.write_photo(folder / name, photograph.photo)
    return {name: (folder / name).read_bytes() for name in drawn}


@pytest.fixture
def start(drawn, tmp_path):
    """Returns a function that starts the page's server on one state, with the token or without."""

    testclient = pytest.importorskip("starlette.testclient")
    server = pytest.importorskip("exgan_tf.web.server")

    def start(*, token=TOKEN, **options):
        known = {e.photo.tobytes(): e.landmarks.astype(np.float64) for e in drawn.values()}
        tools = workshop.Tools(
            OneFaceDetector(known), OnePersonEmbedder(), INPAINTERS["transplant"]
        )
        shop = workshop.Workshop(
            tools,
            executor=lambda **how: concurrent.futures.ThreadPoolExecutor(1, **how),
        )
        shelf = library.Library(tmp_path / "state", shop, **options)
        return testclient.TestClient(
            server.build_app(shelf, shop, token=TOKEN, port=8000),
            base_url="http://127.0.0.1:8000",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    return start


@pytest.fixture
def settle():
    """Returns a function that waits until all is looked at: the photographs by name."""

    def settle(client, count):
        for _ in range(300):
            found = client.get("/api/photographs").json()
            if len(found["photographs"]) >= count and not found["waiting"]:
                return {each["name"]: each for each in found["photographs"]}
            time.sleep(0.1)
        raise AssertionError(f"still waiting: {found}")

    return settle


@pytest.fixture
def filled(start, files_of, settle):
    """A server with the drawn photographs, and these by name."""
    client = start()
    for name, data in files_of.items():
        assert client.post("/api/photographs", params={"name": name}, content=data).is_success
    return client, settle(client, len(files_of))
