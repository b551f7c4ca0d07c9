import html.parser
import json
import os

import pytest

from exgan_tf import images
from exgan_tf.report import page

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"


class Tags(html.parser.HTMLParser):
    """Collects what a browser would see: elements, their attributes, and the text."""

    VOID = {"br", "img", "meta"}

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def edited(copy, edit_json):
    """Returns a function that builds the page after a change of evaluation.json."""

    def build(change, runs=()):
        edit_json(copy / "evaluation.json", change)
        return Tags(page.build_page(copy, runs))

    return build


@pytest.fixture(scope="module")
def document(evaluation_dir, run_dir):
    return page.build_page(evaluation_dir, [run_dir])


@pytest.fixture(scope="module")
def tags(document):
    return Tags(document)


def test_the_page_is_well_formed(tags):
    assert tags.open == []
    anchors = [attributes["id"] for attributes in tags.all("section")]
    assert [link["href"] for link in tags.all("a")] == [f"#{anchor}" for anchor in anchors]


def test_the_page_loads_nothing_from_anywhere(document, tags):
    assert all(picture["src"].startswith("data:image/") for picture in tags.all("img"))
    assert not {"script", "link", "iframe", "object"} & {name for name, _ in tags.elements}
    assert "url(" not in document.replace("url(#", "") and "@import" not in document
    policies = [meta["content"] for meta in tags.all("meta") if "http-equiv" in meta]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_each_case_shows_its_inputs_and_every_method_twice_and_says_so(tags):
    in_strip = 4
    assert len(tags.all("img")) == in_strip + 4 * 2 * (3 + 7)
    sources = {picture["alt"]: picture["src"] for picture in tags.all("img")}
    assert "drawn_00001-1.jpg: the eyes, filled by navier_stokes" in sources
    assert all(sources)
    # The photograph and the method of that name are two pictures.
    exemplar = sources["drawn_00001-1.jpg: reference"]
    assert exemplar != sources["drawn_00001-1.jpg: filled by reference"]


@pytest.mark.parametrize(
    "text",
    [
        # A null has a footnote with its reason.
        "the Inception network could not be had: no network connection",
        "FID, FID of eye crops, Inception score ; all methods",
        # Published numbers are marked and keep their digits.
        *("Measured on other data", " 0.018 ", " 0.00715 "),
        # Failures and warnings are named.
        "transplant on drawn_00004-2.jpg : no eyes to copy",
        "114 photographs are few",
    ],
)
def test_what_qualifies_the_numbers_is_told(tags, text):
    assert text.replace(" ;", ";") in tags.text.replace(" ;", ";")


def test_neighbors_stand_with_their_masks_beside_the_same_measures_here(tags):
    masks = "PSNR, dB central PSNR, dB checkerboard PSNR, dB left PSNR, dB freehand"
    assert f"Model Data Pixels {masks} keypoint-guided" in tags.text
    assert "keypoint-guided their own 64 26.32 19.97 18.42 25.86 " in tags.text
    assert "first pair CelebA 21.57 0.889 " in tags.text
    assert "The same measures here Method PSNR, dB SSIM baseline 29.4 0.951 " in tags.text
    assert (
        "Of this evaluation: test split, 114 photographs, 20 people, 64 pixels, mask" in tags.text
    )


def test_neighbors_whose_measures_were_not_taken_here_stand_alone(edited):
    def change(evaluation):
        for key in ("psnr", "ssim"):
            del evaluation["metrics"][key]
        evaluation["paired"] = []

    text = edited(change).text
    assert " 26.32 " in text
    assert "The same measures here" not in text


def test_the_time_of_each_method_stands_in_the_table_of_results(edited):
    def change(evaluation):
        times = {"code": 3.21, "telea": None}
        for name, seconds in times.items():
            evaluation["methods"][name]["seconds_per_image"] = seconds

    text = edited(change).text
    missing = "\N{MINUS SIGN}"
    assert f"Time per image 12.3 ms 12.3 ms 3.21 s 12.3 ms {missing} 12.3 ms 12.3 ms" in text


def test_the_mask_is_named(tags, edited):
    assert "64 pixels \N{MIDDLE DOT} mask central" in tags.text

    def forget(evaluation):
        del evaluation["data"]["mask"]

    assert "masked" in tags.text
    text = edited(forget).text
    assert "mask central" not in text
    assert "eyes taken out" in text


def test_curves_of_runs_are_drawn_and_told_apart(tags, evaluation_dir, write_run, tmp_path):
    drawings = [svg["aria-label"] for svg in tags.all("svg") if "aria-label" in svg]
    assert drawings[0] == "Validation: L1 in the hole. reference ends at 0.0485"
    runs = [write_run(tmp_path / place / "code", model="code") for place in "ab"]
    assert "code #2" in Tags(page.build_page(evaluation_dir, runs)).text
    assert "No run directories were given" in Tags(page.build_page(evaluation_dir)).text


def test_hostile_text_stays_text(edited, write_run, tmp_path):
    def spoil(value):
        if isinstance(value, dict):
            return {key: spoil(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [spoil(entry) for entry in value]
        return HOSTILE if value in texts else value

    def change(evaluation):
        texts.update(evaluation["protocol"].values())
        for metric in evaluation["metrics"].values():
            texts.update((metric["label"], metric["description"]))
        renamed = json.dumps(spoil(evaluation)).replace('"telea"', json.dumps(HOSTILE))
        return {**json.loads(renamed), "warnings": [HOSTILE]}

    texts = {"drawn_00001-1.jpg", "drawn_00001-2.jpg", "drawn_00001", "no eyes to copy", "central"}
    texts |= {"CelebA", "freehand", "internal", "2.15.1", "2026-11-21T10:00:00Z", "--seed=0"}
    run = write_run(tmp_path / HOSTILE.replace("/", ""), model="code")
    tags = edited(change, [run])
    assert tags.open == []
    assert not tags.all("script")
    assert not [attributes for _, attributes in tags.elements if "onerror" in attributes]
    assert tags.text.count("<script>alert(1)</script>") > 20


def test_a_method_without_numbers_and_pictures_is_shown_as_such(edited):
    def change(evaluation):
        telea = evaluation["methods"]["telea"]
        telea |= dict.fromkeys(evaluation["metrics"])
        telea["notes"] = {"masked_l1": "it crashed"}
        telea["intervals"] = {}
        evaluation["paired"] = [
            pair
            for pair in evaluation["paired"]
            if "telea" not in (pair["method"], pair["against"])
        ]
        for case in evaluation["cases"]:
            case["masked_l1"]["telea"] = case["pictures"]["methods"]["telea"] = None

    text = edited(change).text
    assert "telea : L1 in the hole could not be measured; it crashed" in text
    assert "no picture" in text


def test_an_evaluation_with_as_little_as_allowed_still_makes_a_page(edited):
    def change(evaluation):
        for key in ("made_by", "protocol", "published", "published_neighbors", "failures"):
            del evaluation[key]
        del evaluation["warnings"], evaluation["data"]["mask"]
        evaluation["paired"], evaluation["cases"] = [], []

    text = edited(change).text
    assert "were not compared image by image, so whether they differ is not known" in text
    assert "No two methods were compared" in text


def test_the_smallest_error_of_each_case_is_bold(document):
    assert document.count('<bdi>reference</bdi><strong class="value">') == 4
    assert document.count('</bdi><strong class="value">') == 4


def test_large_pictures_do_not_make_a_huge_page(copy, edit_json):
    def enlarge(evaluation):
        evaluation["data"]["image_size"] = 256

    for path in (copy / "cases").glob("*.png"):
        images.write_photo(path, images.read_photo(path).repeat(4, 0).repeat(4, 1))
    edit_json(copy / "evaluation.json", enlarge)
    pictures = Tags(page.build_page(copy)).all("img")
    assert all(picture["src"].startswith("data:image/jpeg") for picture in pictures[:4])


def test_a_picture_of_another_size_or_damaged_is_named(copy, photo):
    path = copy / "cases" / "000_input_masked.png"
    before = path.read_bytes()
    images.write_photo(path, photo)
    with pytest.raises(ValueError, match="masked.png has 64 x 48 pixels; expected 64 x 64"):
        page.build_page(copy)
    path.write_bytes(before)
    (copy / "cases" / "000_method_code.png").write_bytes(b"\x89PNG nothing")
    with pytest.raises(ValueError, match="000_method_code.png"):
        page.build_page(copy)


def test_the_same_input_gives_the_same_page(document, evaluation_dir, run_dir):
    assert page.build_page(evaluation_dir, [run_dir]) == document


def test_a_page_is_replaced_only_when_asked(evaluation_dir, tmp_path):
    output = tmp_path / "new" / "report.html"
    page.write_page(evaluation_dir, output)
    with pytest.raises(ValueError, match="pass --overwrite"):
        page.write_page(evaluation_dir, output)
    assert page.write_page(evaluation_dir, output, overwrite=True) == output.stat().st_size


@pytest.mark.parametrize("content", ["", "my thesis", '<meta name="generator" content="Hugo">'])
def test_what_another_made_is_never_replaced(evaluation_dir, tmp_path, content):
    output = tmp_path / "report.html"
    output.write_text(content)
    with pytest.raises(ValueError, match="was not made by this tool"):
        page.write_page(evaluation_dir, output, overwrite=True)
    assert output.read_text() == content


def test_a_folder_is_no_output(evaluation_dir, tmp_path):
    with pytest.raises(ValueError, match="is a folder"):
        page.write_page(evaluation_dir, tmp_path, overwrite=True)


def test_a_name_that_is_no_unicode_does_not_stop_the_report(copy, edit_json, tmp_path):
    def change(evaluation):
        evaluation["cases"][0]["name"] = os.fsdecode(b"\xff.jpg")

    edit_json(copy / "evaluation.json", change)
    page.write_page(copy, tmp_path / "report.html")
    assert b"\\udcff.jpg" in (tmp_path / "report.html").read_bytes()
