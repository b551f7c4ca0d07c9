"""The page's interface: what it is for, and what others may try."""

import asyncio
import errno
import hashlib
import io
import json
import struct
import threading
import time
import unittest.mock
import zipfile
import zlib

import numpy as np
import PIL.Image
import pytest

from exgan_tf import files
from exgan_tf.inpainters import INPAINTERS
from exgan_tf.photo import choices, digital_source
from exgan_tf.web import library, workshop
from exgan_tf.web.state import State

server = pytest.importorskip("exgan_tf.web.server")


@pytest.fixture
def chosen(filled):
    """As `filled`, with the suggested eyes chosen."""
    assert filled[0].post("/api/choices/suggested").json() == {"faces": 1}
    return filled


def eye_of(photograph, strength=1.0):
    return {"photograph": photograph["id"], "face": 0, "strength": strength}


def path_of(photograph):
    return f"/api/photographs/{photograph['id']}/faces/0"


def decode(data):
    return np.asarray(PIL.Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_blink_is_found_and_opened_and_the_copy_says_so(chosen, files_of, tmp_path):
    client, found = chosen
    assert [found[name]["faces"][0]["blinks"] for name in files_of] == [True, False, False]
    saved = client.post("/api/saves", json={}).json()
    assert saved["copies"] == {"blink.png": []}
    archive = zipfile.ZipFile(io.BytesIO(client.get("/api/saves/1/zip").content))
    assert sorted(archive.namelist()) == ["blink.png", "choices.json"]
    copy = archive.read("blink.png")
    assert digital_source.OF_PHOTOGRAPHS.encode() in copy
    changed = (decode(copy) != decode(files_of["blink.png"])).any(axis=-1)
    assert 0.005 < changed.mean() < 0.15
    assert json.loads(archive.read("choices.json")) == client.get("/api/choices").json()


def test_choices_are_carried_out_elsewhere_to_the_same_pixels(chosen, folder, tmp_path):
    client, _ = chosen
    client.post("/api/saves", json={"is_marked": False})
    page = tmp_path / "state" / "saved" / "opened-1"
    for path in (folder / "trip").iterdir():
        path.rename(folder / f"renamed {path.name}")
    picked = files.read_typed(page / "choices.json", choices.Choices)
    out = tmp_path / "out"
    out.mkdir()
    choices.carry_out(
        picked,
        choices.find_sources(picked, folder),
        out,
        inpainter=INPAINTERS["transplant"](),
        is_marked=False,
    )
    assert (out / "blink.png").read_bytes() == (page / "blink.png").read_bytes()
    with pytest.raises(ValueError, match=r"\.png is missing, but the choices name it"):
        choices.carry_out(picked, {}, out, inpainter=INPAINTERS["transplant"]())
    (folder / "renamed blink.png").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"has no file with the contents of 'blink\.png'"):
        choices.find_sources(picked, folder)


def test_eyes_and_strength_are_chosen_apart(filled):
    client, found = filled
    path, reference = path_of(found["blink.png"]), found["open.png"]["id"]
    before = decode(client.get(f"{path}/picture").content)

    def difference(query):
        after = decode(client.get(f"{path}/render?{query}").content)
        columns = np.abs(after - before).sum(axis=(0, 2))
        return columns[: len(columns) // 2].sum(), columns[len(columns) // 2 :].sum()

    left = difference(f"left={reference}.0.100")
    assert left[0] > 4 * left[1]
    both = difference(f"left={reference}.0.100&right={reference}.0.100")
    half = difference(f"left={reference}.0.50&right={reference}.0.50")
    assert min(both) > 1.3 * min(half)
    assert sum(difference(f"left={reference}.0.0")) == 0


def test_eyes_of_the_same_occasion_come_first(start, scenes, settle):
    client = start()
    for name, day in (("blink.png", 2), ("open.png", 1), ("other.png", 2)):
        exif, data = PIL.Image.Exif(), io.BytesIO()
        exif[0x8769] = {0x9003: f"2026:07:0{day} 10:00:00"}
        PIL.Image.fromarray(scenes[name][0]).save(data, "PNG", exif=exif)
        client.post("/api/photographs", params={"name": name}, content=data.getvalue())
    path = path_of(settle(client, 3)["blink.png"])
    found = client.get(f"{path}/candidates").json()["candidates"]
    assert [(each["name"], each["is_same_occasion"]) for each in found] == [
        ("other.png", True),
        ("open.png", False),
    ]


def test_nobody_who_has_gone_is_waited_for(filled, monkeypatch):
    client, found = filled
    gate = threading.Event()
    monkeypatch.setattr(workshop, "render_face", lambda *arguments: gate.wait(30))
    reference = found["open.png"]["id"]
    messages = iter([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}])
    sent = []

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message)

    path = f"{path_of(found['blink.png'])}/render"
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": f"left={reference}.0.100".encode(),
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"authorization", client.headers["authorization"].encode()),
        ],
    }
    asyncio.run(asyncio.wait_for(client.app(scope, receive, send), 20))
    gate.set()
    assert sent[0]["status"] == 499


def test_what_was_found_and_chosen_survives_a_restart(filled, start):
    client, found = filled
    path = f"{path_of(found['blink.png'])}/choice"
    choice = {"left": eye_of(found["open.png"], 0.5), "right": None}
    assert client.put(path, json=choice).status_code == 204
    before = client.get("/api/photographs").json()
    again = start().get("/api/photographs").json()
    assert again == before
    by_name = {each["name"]: each for each in again["photographs"]}
    assert by_name["blink.png"]["faces"][0]["choice"] == choice


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: b"",
        lambda record: b"[]",
        lambda record: b"{}",
        # As earlier versions wrote it.
        lambda record: json.dumps({**json.loads(record), "taken": 1.5}).encode(),
    ],
)
def test_a_photograph_whose_record_is_damaged_is_looked_at_again(
    filled, start, settle, tmp_path, damage
):
    _, found = filled
    lost = found["blink.png"]["id"]
    path = tmp_path / "state" / "photographs" / f"{lost}.json"
    path.write_bytes(damage(path.read_bytes()))
    again = {each["id"]: each for each in settle(start(), 3).values()}
    assert again.keys() == {each["id"] for each in found.values()}
    assert again[lost]["faces"][0]["box"] == found["blink.png"]["faces"][0]["box"]


def test_a_photograph_that_is_removed_while_it_is_looked_at_leaves_nothing(
    start, files_of, settle, tmp_path
):
    client = start()
    path, names = "/api/photographs", ("blink.png", "open.png")
    ids = [
        client.post(path, params={"name": name}, content=files_of[name]).json()["id"]
        for name in names
    ]
    assert client.delete(f"{path}/{ids[0]}").status_code == 204
    settle(client, 1)  # They are looked at one after the other.
    assert not list((tmp_path / "state").rglob(f"{ids[0]}*"))
    assert list((tmp_path / "state").rglob(f"{ids[1]}*"))


def test_a_removed_photograph_gives_no_eyes_any_more(chosen, tmp_path):
    client, found = chosen
    for name in ("open.png", "other.png"):
        assert client.delete(f"/api/photographs/{found[name]['id']}").status_code == 204
    assert client.get("/api/choices").json() == {"photographs": {}, "faces": []}
    left = client.get("/api/photographs").json()["photographs"]
    assert left[0]["faces"][0]["objection"].startswith("no reference")
    assert len(list((tmp_path / "state" / "originals").iterdir())) == 1


def test_a_save_that_fails_leaves_no_folder(chosen, tmp_path):
    client, found = chosen
    source = tmp_path / "state" / "originals" / found["blink.png"]["id"]
    source.write_bytes(b"something else")
    answer = client.post("/api/saves", json={})
    assert answer.status_code == 400
    assert "blink.png has changed since the choices were made" in answer.json()["error"]
    assert not list((tmp_path / "state" / "saved").iterdir())


def test_a_full_disk_is_said_and_nothing_half_stays(chosen, files_of, tmp_path, monkeypatch):
    client, _ = chosen
    before = client.get("/api/photographs").json()

    def fail(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_bytes", fail)
    monkeypatch.setattr(files, "write_json", fail)
    other = files_of["open.png"] + b"more"
    for answer in (
        client.post("/api/photographs", content=other),
        client.post("/api/saves", json={}),
    ):
        assert answer.status_code == 507
        assert answer.json()["error"] == "No space left on device"
    assert client.get("/api/photographs").json() == before
    assert not list((tmp_path / "state" / "saved").iterdir())
    assert len(list((tmp_path / "state" / "originals").iterdir())) == 3
    monkeypatch.undo()
    assert client.post("/api/saves", json={}).is_success


def test_a_file_that_has_gone_is_named(start, folder, settle):
    client = start(input_dir=folder)
    found = {name.removeprefix("trip - "): each for name, each in settle(client, 3).items()}
    client.post("/api/choices/suggested")
    for name in ("open.png", "other.png"):
        (folder / "trip" / name).unlink()
    path = f"{path_of(found['blink.png'])}/render?left={found['open.png']['id']}.0.100"
    for answer in (client.get(path), client.post("/api/saves", json={})):
        assert answer.status_code in (400, 507)
        assert "No such file" in answer.json()["error"]


def test_choices_wait_for_files_that_have_gone_and_stop_no_others(
    start, folder, files_of, settle, monkeypatch
):
    client = start(input_dir=folder)
    found = {name.removeprefix("trip - "): each for name, each in settle(client, 3).items()}
    references = {"blink.png": "open.png", "open.png": "other.png", "other.png": "blink.png"}
    for name, reference in references.items():
        choice = {"left": eye_of(found[reference])}
        assert client.put(f"{path_of(found[name])}/choice", json=choice).is_success
    before = client.get("/api/choices").json()
    hidden = (folder / "trip" / "open.png").rename(folder / ".open.png")
    client = start(input_dir=folder)
    shown = [each["faces"][0]["choice"] for each in settle(client, 2).values()]
    assert [bool(choice) for choice in shown] == [False, True]
    assert client.post("/api/choices/suggested").json() == {"faces": 0}
    assert client.get("/api/choices").json()["faces"] == before["faces"][2:]
    assert list(client.post("/api/saves", json={}).json()["copies"]) == ["trip - other.png"]
    with monkeypatch.context() as full_disk:
        full_disk.setattr(State, "keep", unittest.mock.Mock(side_effect=OSError("full")))
        assert client.post("/api/photographs", content=files_of["open.png"]).status_code == 507
    hidden.rename(folder / "trip" / "open.png")
    client = start(input_dir=folder)
    settle(client, 3)
    assert client.get("/api/choices").json() == before


@pytest.mark.parametrize("status", ["waiting", "ready"])
def test_photographs_that_were_edited_or_swapped_are_looked_at_as_they_are_now(
    start, folder, files_of, settle, status, monkeypatch, tmp_path
):
    def show(client):
        return {
            each["id"]: client.get(f"/api/photographs/{each['id']}/preview").content
            for each in client.get("/api/photographs").json()["photographs"]
        }

    monkeypatch.setattr(library, "MAX_PHOTOGRAPHS", 3)
    monkeypatch.chdir(folder)
    client = start(input_dir=".")
    settle(client, 3)
    client.post("/api/choices/suggested")
    before = show(client)
    for record in (tmp_path / "state" / "photographs").iterdir():  # As if it had been stopped then.
        record.write_text(json.dumps({**json.loads(record.read_text()), "status": status}))
    blink, good, other = (folder / "trip" / name for name in files_of)
    blink.write_bytes(files_of["open.png"])
    good.write_bytes(files_of["blink.png"])
    other.write_bytes(files_of["other.png"] + b"edited")
    ids = {
        f"trip - {path.name}": hashlib.sha256(path.read_bytes()).hexdigest()[:32]
        for path in (blink, good, other)
    }
    client = start(input_dir=folder)
    for _ in range(300):  # Those of the first start are there at once; the last in order is new.
        found = settle(client, 3)
        if ids[f"trip - {other.name}"] in {each["id"] for each in found.values()}:
            break
        time.sleep(0.1)
    assert {name: each["id"] for name, each in found.items()} == ids
    after = show(client)
    assert all(after[each] == before[each] for each in before.keys() & after.keys())
    client.post("/api/choices/suggested")
    saved = client.post("/api/saves", json={})
    assert saved.is_success and len(saved.json()["copies"]) == 1


def test_what_is_uploaded_is_there_without_its_folder(start, folder, files_of, settle):
    client = start(input_dir=folder)
    settle(client, 3)
    client.post("/api/photographs", content=files_of["blink.png"])
    for path in (folder / "trip").iterdir():
        path.unlink()
    assert list(settle(start(), 1)) == ["trip - blink.png"]


def test_copies_go_to_the_folder_that_was_chosen(start, fill, tmp_path, monkeypatch):
    output = tmp_path / "mine"
    output.mkdir()
    (output / "opened-1").write_text("mine")
    monkeypatch.chdir(tmp_path)
    client = start(output_dir="mine")
    fill(client)
    client.post("/api/choices/suggested")
    saved = output / "opened-2"
    assert client.post("/api/saves", json={}).json()["folder"] == str(saved)
    assert sorted(path.name for path in saved.iterdir()) == ["blink.png", "choices.json"]
    assert client.get("/api/saves/2/zip").is_success
    assert (output / "opened-1").read_text() == "mine"


def test_a_folder_is_only_read_and_what_is_no_file_in_it_is_passed_over(
    start, folder, files_of, settle
):
    passed_over = [folder / "trip" / name for name in (".hidden.png", "a link.png")]
    passed_over[0].write_bytes(b"hidden")
    passed_over[1].symlink_to("x" * 300)  # Too long a name to be looked for.
    found = settle(start(input_dir=folder), 3)
    assert set(found) == {f"trip - {name}" for name in files_of}
    for path in passed_over:
        path.unlink()
    assert {path.name: path.read_bytes() for path in (folder / "trip").iterdir()} == files_of


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example:8000"}, 421),
        ({"Host": "127.0.0.1:8001"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "", "Cookie": "exgan_8000=wrong"}, 401),
    ],
)
def test_nobody_else_gets_in(start, headers, status):
    client = start()
    for path in ("/", "/page.js", "/api/photographs", "/nowhere"):
        assert client.get(path, headers=headers).status_code == status


def test_what_is_not_there_is_said_in_json(start):
    client = start()
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/../library.py", 404),
        ("GET", "/api/photographs/x/preview", 404),
        ("GET", "/api/photographs/x/faces/0/candidates", 404),
        ("PUT", "/api/photographs", 405),
        ("GET", "/api/saves", 405),
        ("GET", "/api/choices/suggested", 405),
        ("POST", "/", 405),
    ):
        answer = client.request(method, path)
        assert (answer.status_code, set(answer.json())) == (status, {"error"})
    assert client.get("/api/saves").headers["allow"] == "POST"


def test_the_token_in_the_address_becomes_a_strict_cookie(start):
    client = start(token=None)
    assert client.get("/").status_code == 401
    assert client.get("/?token=wrong").status_code == 401
    answer = client.get("/?token=a-token-of-the-tests", follow_redirects=False)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    page = client.get("/")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    assert " style=" not in page.text


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "..\\..\\x.png", "/etc/cron.d/x", "a\0b.png", "\u202egnp.x", "x" * 999],
)
def test_names_of_clients_never_become_paths(start, files_of, tmp_path, name):
    client = start()
    answer = client.post("/api/photographs", params={"name": name}, content=files_of["open.png"])
    assert answer.status_code == 201
    shown = answer.json()["name"]
    assert shown.isprintable()
    assert not set("/\\") & set(shown)
    assert len(shown) <= 120
    assert [path.name for path in (tmp_path / "state" / "originals").iterdir()] == [
        answer.json()["id"]
    ]


def test_what_is_no_photograph_is_said_to_be_none(start, settle):
    client = start()
    for name, data in (("text.jpg", b"no picture"), ("bomb.png", _bomb())):
        client.post("/api/photographs", params={"name": name}, content=data)
    found = settle(client, 2)
    assert {each["status"] for each in found.values()} == {"unreadable"}
    assert "not a readable image" in found["text.jpg"]["reason"]
    assert client.post("/api/photographs", content=b"").status_code == 400


def test_uploads_are_bounded(start, files_of, monkeypatch, tmp_path):
    client = start()
    monkeypatch.setattr(server, "MAX_UPLOAD_BYTES", 1000)
    answer = client.post("/api/photographs", content=bytes(1001))
    assert answer.status_code == 413
    assert not list((tmp_path / "state" / "originals").iterdir())
    monkeypatch.setattr(server, "MAX_UPLOAD_BYTES", 1 << 20)
    monkeypatch.setattr(library, "MAX_PHOTOGRAPHS", 0)
    answer = client.post("/api/photographs", content=files_of["open.png"])
    assert answer.status_code == 400
    assert not list((tmp_path / "state" / "originals").iterdir())


def test_choices_of_clients_are_checked(filled):
    client, found = filled
    expected = {
        b"{": 400,
        b"[" * 50_000: 400,
        b" " * 70_000: 413,
        b'{"left": {"photograph": "x", "face": 0}}': 404,
        b'{"left": {"photograph": "ID", "face": 0, "strength": 7}}': 400,
        b'{"left": {"photograph": "ID", "face": 9}}': 404,
        b'{"middle": null}': 400,
    }
    path, reference = f"{path_of(found['blink.png'])}/choice", found["open.png"]["id"].encode()
    answers = {
        content: client.put(path, content=content.replace(b"ID", reference)).status_code
        for content in expected
    }
    assert answers == expected
    assert "64 kilobytes" in client.put(path, content=b" " * 70_000).json()["error"]
    assert client.get("/api/choices").json()["faces"] == []


def test_the_interface_is_described(start):
    described = start().get("/api/openapi.json").json()
    app_paths = {
        route.path.replace(":int", "")
        for route in start().app.routes
        if route.path.startswith("/api/") and not route.path.endswith("openapi.json")
    }
    assert set(described["paths"]) == app_paths


def _bomb():
    """A PNG of 40,000 x 40,000 pixels."""
    file = io.BytesIO()
    PIL.Image.new("1", (1, 1)).save(file, "PNG")
    data = bytearray(file.getvalue())
    data[16:24] = struct.pack(">II", 40_000, 40_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)
