"""Drawn photographs whose faces are known, and the page's server on them, with threads to work."""

import concurrent.futures
import dataclasses
import time

import numpy as np
import pytest
from known_faces import KnownDetector, ScoreEmbedder

from exgan_tf import drawn_faces, images
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import Box
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.web.library import Library
from exgan_tf.web.workshop import Tools, Workshop

TOKEN = "a-token-of-the-tests"


def draw(person, *, number, closed, size=160):
    """A drawn person: the photo, and its face in a list."""
    identity = drawn_faces.draw_identity(np.random.default_rng(person))
    rng = np.random.default_rng([person, number])
    conditions = drawn_faces.draw_conditions(rng, closed_fraction=float(closed))
    conditions = dataclasses.replace(conditions, glasses=None)
    drawn = drawn_faces.draw_photograph(identity, conditions, size=size)
    landmarks = drawn.landmarks.astype(np.float64)
    return drawn.photo, [DetectedFace(landmarks, Box(0, 0, 9, 9), score=float(person))]


@pytest.fixture(scope="session")
def scenes():
    """Photographs and their faces by name: of one person, who blinks in one, and of a group."""
    made = {
        "blink.png": draw(1, number=0, closed=True),
        "open.png": draw(1, number=1, closed=False),
        "other.png": draw(1, number=2, closed=False),
    }
    row = [draw(person, number=0, closed=False) for person in range(2, 12)]
    moved = [
        dataclasses.replace(face, landmarks=face.landmarks + [160 * place, 0])
        for place, (_, faces) in enumerate(row)
        for face in faces
    ]
    made["group.png"] = np.hstack([photo for photo, _ in row]), moved
    return made


@pytest.fixture(scope="session")
def album(scenes, tmp_path_factory):
    """A folder of the photographs."""
    folder = tmp_path_factory.mktemp("drawn")
    for name, (photo, _) in scenes.items():
        images.write_photo(folder / name, photo)
    return folder


@pytest.fixture(scope="session")
def files_of(album):
    """Those of the one person as the bytes of files, by name."""
    return {name: (album / name).read_bytes() for name in ("blink.png", "open.png", "other.png")}


@pytest.fixture
def build_app(scenes, tmp_path):
    """Returns a function that makes the page's server on one state, for a port."""
    server = pytest.importorskip("exgan_tf.web.server")

    def build(port, **options):
        tools = Tools(KnownDetector(*scenes.values()), ScoreEmbedder(), INPAINTERS["transplant"])
        workshop = Workshop(
            tools,
            executor=lambda **how: concurrent.futures.ThreadPoolExecutor(1, **how),
        )
        library = Library(tmp_path / "state", workshop, **options)
        return server.build_app(library, workshop, token=TOKEN, port=port)

    return build


@pytest.fixture
def start(build_app):
    """Returns a function that starts the server without a socket, with the token or without."""
    testclient = pytest.importorskip("starlette.testclient")

    def start(*, token=TOKEN, **options):
        return testclient.TestClient(
            build_app(8000, **options),
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
def fill(files_of, settle):
    """Returns a function that gives a server the drawn photographs: these by name."""

    def fill(client):
        for name, data in files_of.items():
            assert client.post("/api/photographs", params={"name": name}, content=data).is_success
        return settle(client, len(files_of))

    return fill


@pytest.fixture
def filled(start, fill):
    """A server with the drawn photographs, and these by name."""
    client = start()
    return client, fill(client)


@pytest.fixture
def folder(files_of, tmp_path):
    """A folder of the drawn photographs, in one more folder."""
    (tmp_path / "album" / "trip").mkdir(parents=True)
    for name, data in files_of.items():
        (tmp_path / "album" / "trip" / name).write_bytes(data)
    return tmp_path / "album"
