"""The page as people use it: in Chromium, with a mouse, a keyboard, on a phone, in two tabs."""

import contextlib
import io
import json
import re
import shutil
import socket
import threading
import types
import zipfile

import numpy as np
import PIL.Image
import pytest

from exgan_tf import images, pages

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
uvicorn = pytest.importorskip("uvicorn")

TOKEN = "a-token-of-the-tests"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _NAMES)), None)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason=f"none of {', '.join(_NAMES)} is installed")
expect = sync_api.expect


@pytest.fixture(scope="module")
def browser():
    expect.set_options(timeout=120_000)  # On a machine with much else to do TensorFlow starts late.
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM)


@pytest.fixture
def address(build_app):
    """Where the page is served, on an empty state."""
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(build_app(port), log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{port}/?token={TOKEN}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def complaints():
    """What the browser complained of; what a test expects it takes out itself."""
    found = []
    yield found
    assert not found


@pytest.fixture
def open_tabs(browser, address, complaints):
    """Returns a function that opens the page in tabs of one window of its own."""
    contexts = []

    def open_tabs(number=1, **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(120_000)
        tabs = [context.new_page() for _ in range(number)]
        for tab in tabs:
            tab.on("pageerror", lambda error: complaints.append(str(error)))
            # Violations of the content security policy come by the console too.
            tab.on(
                "console",
                lambda message: message.type in ("error", "warning")
                and complaints.append(message.text),
            )
            tab.goto(address)
        return tabs

    yield open_tabs
    for context in contexts:
        context.close()


@pytest.fixture
def add(album):
    """Returns a function that gives the page photographs of the album, and waits for faces."""

    def add(page, *names, num_faces):
        page.set_input_files("#files", [album / name for name in names])
        expect(page.locator(".picture button")).to_have_count(num_faces)
        expect(page.locator("#progress")).to_be_hidden()

    return add


PORTRAITS = ("blink.png", "open.png", "other.png")


def blinking(page):
    return page.get_by_role("button", name="in blink.png")


def open_face(page):
    blinking(page).click()
    expect(page.locator(".tile img.loaded")).to_have_count(3)


def choose(page, candidate):
    page.locator("#candidates label").filter(has_text=candidate).click()
    expect(page.locator("#candidates label:has(:checked)")).to_contain_text(candidate)
    expect(page.locator("#compare:not(.busy)")).to_be_visible()


def shot(locator):
    return decode(locator.screenshot(animations="disabled"))


def decode(data):
    return np.asarray(PIL.Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def changed_halves(one, other):
    """How much differs in the left half, and in the right, without the slider's places."""
    columns = (np.abs(one - other).max(axis=2) > 24).sum(axis=0)
    middle, aside = len(columns) // 2, len(columns) // 20
    return columns[aside : middle - aside].sum(), columns[middle + aside :].sum()


def test_the_whole_way_from_photographs_to_a_copy(open_tabs, add, files_of, tmp_path):
    [page] = open_tabs()
    expect(page.get_by_text("Somebody blinked?")).to_be_visible()
    add(page, *PORTRAITS, num_faces=3)
    expect(page.locator("#status")).to_have_text("3 faces, 1 with closed eyes, 0 with new eyes")
    for picture in page.locator("#photographs img, .chip img").all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 50

    open_face(page)
    before = shot(page.locator("#compare"))
    choose(page, "open.png")
    expect(page.locator("#why")).to_contain_text("open.png: eyes open")
    both = shot(page.locator("#compare"))
    assert min(changed_halves(before, both)) > 50
    choose(page, "other.png")
    assert min(changed_halves(before, shot(page.locator("#compare")))) > 50

    # Before is laid over after by the slider, and by holding.
    page.locator("#split").fill("50")
    left, right = changed_halves(before, shot(page.locator("#compare")))
    assert right > 50 > left
    page.locator("#hold").hover()
    page.mouse.down()
    expect(page.locator("#hold")).to_have_attribute("aria-pressed", "true")
    page.mouse.up()
    page.locator("#split").fill("0")

    # Each eye apart, with a strength of its own.
    page.get_by_text("Left", exact=True).click()
    choose(page, "as it is")
    page.get_by_text("Right", exact=True).click()
    choose(page, "open.png")
    left, right = changed_halves(before, shot(page.locator("#compare")))
    assert right > 50 > left
    page.locator("#strength").fill("40")
    expect(page.locator("#percent")).to_have_text("40 %")
    expect(page.locator("#after")).to_have_attribute("src", re.compile(r"right=\w+\.0\.40$"))
    page.locator("#face-undo").click()
    expect(page.locator("#percent")).to_have_text("100 %")
    page.locator("#close").click()

    page.get_by_role("button", name="Save copies").click()
    expect(page.locator("#saved")).to_contain_text("1 copy saved in")
    with page.expect_download() as download:
        page.get_by_text("Download as zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert sorted(archive.namelist()) == ["blink.png", "choices.json"]
        copy = decode(archive.read("blink.png"))
    folder = tmp_path / "state" / "saved" / "opened-1"
    assert (copy == images.read_photo(folder / "blink.png")).all()
    original = decode(files_of["blink.png"])
    left, right = changed_halves(original, copy)
    assert right > 50
    assert left == 0
    assert (copy != original).any(axis=2).mean() < 0.1

    page.get_by_role("button", name="Reset all").click()
    expect(page.locator("#status")).to_contain_text("0 with new eyes")
    page.get_by_role("button", name="Open all closed eyes").click()
    expect(page.locator("#status")).to_contain_text("1 with new eyes")
    page.locator("#undo").click()
    expect(page.locator("#status")).to_contain_text("0 with new eyes")


def test_three_clicks_lead_to_a_copy(open_tabs, album):
    (page,) = open_tabs()
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Choose photographs").click()
    chooser.value.set_files([album / name for name in PORTRAITS])
    page.get_by_role("button", name="Open all closed eyes").click()
    page.get_by_role("button", name="Save copies").click()
    expect(page.locator("#saved")).to_contain_text("1 copy saved in")


def test_by_keyboard_alone(open_tabs, album):
    [page] = open_tabs()

    def press_until(key, wanted):
        for _ in range(40):
            if page.evaluate("document.activeElement.outerHTML").startswith(wanted):
                return
            page.keyboard.press(key)
        raise AssertionError(page.evaluate("document.activeElement.outerHTML"))

    page.on("filechooser", lambda c: c.set_files([album / name for name in PORTRAITS]))
    press_until("Tab", '<input id="files"')
    page.keyboard.press("Space")
    expect(page.locator(".picture button")).to_have_count(3)
    press_until("Tab", '<button class="chip blinks"')
    page.keyboard.press("Enter")
    expect(page.locator(".tile img.loaded")).to_have_count(3)
    press_until("Tab", '<input type="radio" name="candidate"')
    page.keyboard.press("ArrowRight")
    expect(page.locator("#candidates input").nth(1)).to_be_checked()
    expect(page.locator("#candidates input").nth(1)).to_be_focused()
    press_until("Shift+Tab", '<input id="strength"')
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#percent")).to_have_text("95 %")
    expect(page.locator("#after")).to_have_attribute("src", re.compile(r"\.95$"))
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(blinking(page)).to_be_focused()
    press_until("Shift+Tab", '<button id="save"')
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_contain_text("1 copy saved in")


def test_on_a_phone_nothing_is_wider_than_the_screen(open_tabs, add, album, tmp_path):
    [page] = open_tabs(viewport={"width": 340, "height": 700}, is_mobile=True, has_touch=True)

    def overhang(selector):
        return page.locator(selector).evaluate("e => e.scrollWidth - e.clientWidth")

    assert overhang("html") == 0
    long_name = tmp_path / f"{'Donaudampfschifffahrt' * 5}.png"
    shutil.copy(album / "blink.png", long_name)
    page.set_input_files("#files", long_name)
    expect(page.locator(".picture button")).to_have_count(1)
    add(page, "open.png", "group.png", num_faces=12)
    assert overhang("html") == 0
    page.get_by_role("button", name="Donaudampf").first.tap()
    expect(page.locator(".tile img.loaded")).to_have_count(2)
    assert overhang("dialog") == 0
    page.locator("#candidates label").nth(1).tap()
    expect(page.locator("#status")).to_contain_text("1 with new eyes")


def test_a_group_of_ten_is_ten_people(open_tabs, add):
    [page] = open_tabs()
    add(page, "group.png", num_faces=10)
    expect(page.locator("#people h3")).to_have_count(10)
    marks = page.locator(".picture button").all()
    boxes = sorted(mark.bounding_box()["x"] for mark in marks)
    assert min(np.diff(boxes)) > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_in_light_and_dark(open_tabs, add, scheme):
    [page] = open_tabs(color_scheme=scheme)
    add(page, "blink.png", num_faces=1)

    def luminance(selector, name):
        color = page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}")
        values = np.array([float(each) for each in color[4:-1].split(",")]) / 255
        linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    paper = luminance("body", "backgroundColor")
    assert (paper < 0.2) == (scheme == "dark")
    for selector in ("body", "#status", ".chip.blinks", "#all", "#marked + span"):
        if not page.locator(selector).count():
            continue
        ground = luminance(selector, "backgroundColor") if selector == "#all" else paper
        ink = luminance(selector, "color")
        # WCAG 2.2, contrast of text.
        assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5


def test_what_goes_wrong_is_said(open_tabs, add, complaints, tmp_path):
    [page] = open_tabs()
    for name, data in (("text.jpg", b"no picture"), ("empty.png", b"")):
        (tmp_path / name).write_bytes(data)
        page.set_input_files("#files", tmp_path / name)
    expect(page.locator("#errors")).to_contain_text("empty.png: the file is empty")
    expect(page.locator("#photographs")).to_contain_text("not a readable image")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#errors")).to_be_hidden()
    assert len(complaints) == 1
    assert "400" in complaints.pop()
    page.route("**/api/photographs", lambda route: route.abort())
    page.set_input_files("#files", tmp_path / "text.jpg")
    expect(page.locator("#errors")).to_contain_text("start `exgan web` again")
    page.wait_for_timeout(200)
    complaints.clear()


def test_two_tabs_see_and_save_the_same(open_tabs, add, tmp_path):
    one, other = open_tabs(2)
    add(one, *PORTRAITS, num_faces=3)
    expect(other.locator(".picture button")).to_have_count(3)
    open_face(one)
    choose(one, "other.png")
    expect(other.locator("#status")).to_contain_text("1 with new eyes")
    one.locator("#close").click()
    for tab in (one, other):
        tab.locator("#save").click(no_wait_after=True)
    for tab in (one, other):
        expect(tab.locator("#saved")).to_contain_text("1 copy saved in")
    copies = [
        (tmp_path / "state" / "saved" / f"opened-{n}" / "blink.png").read_bytes() for n in "12"
    ]
    assert copies[0] == copies[1]


def test_a_folder_is_taken_up_whole(open_tabs, album):
    [page] = open_tabs()
    page.set_input_files("#folder", album)
    expect(page.locator(".picture button")).to_have_count(13)


def test_an_albums_page_writes_down_what_is_kept(browser, tmp_path):
    eye = {"photograph": "open.jpg", "landmarks": [], "strength": 1.0}
    chosen = [{"photograph": f"{n}.jpg", "landmarks": [], "left": eye, "right": None} for n in "12"]
    faces = [
        types.SimpleNamespace(
            photo=f"{number}.jpg", person=1, reason="", reference="", choice=number, pictures={}
        )
        for number in (0, 1)
    ]
    values = {
        "counts": [],
        "remedies": {},
        "num_copies": 2,
        "left_alone": {},
        "not_kept": {},
        "skipped": {},
    }
    page_path = tmp_path / "index.html"
    page_path.write_text(
        pages.render(
            "album.html",
            {
                **values,
                "opened": [(face, "") for face in faces],
                "choices": {"photographs": {"open.jpg": "0"}, "faces": chosen},
            },
        )
    )
    page = browser.new_page()
    page.goto(page_path.as_uri())
    page.get_by_label("keep").first.uncheck()
    page.get_by_label("strength in percent").last.fill("40")
    with page.expect_download() as download:
        page.get_by_role("button", name="write choices.json").click()
    written = json.loads(download.value.path().read_text())
    assert written["photographs"] == {"open.jpg": "0"}
    assert written["faces"] == [{**chosen[1], "left": {**eye, "strength": 0.4}}]
    page.close()
