import json
import math

import numpy as np
import pytest

from exgan_tf.celeb_id import layouts
from exgan_tf.celeb_id.layouts import AlignedPhotograph, BoxSize, Place
from exgan_tf.geometry import Point

RAW_FIELDS = {
    "eye_left": {"x": 80, "y": 87},
    "eye_right": {"x": 120, "y": 87.5},
    "mouth_center": {"x": 102, "y": 127},
    "face_x": 101,
    "face_y": 100,
    "face_w": 119,
    "face_h": 118,
    "roll": -2.5,
    "eyes_opened": 0.9,
    "eyes_closed": 0.1,
}
LANDMARKS = [[index + 0.25, -index] for index in range(68)]
BAD_LANDMARKS = {
    "too few": LANDMARKS[:67],
    "too many": [*LANDMARKS, [1, 2]],
    "text": "x" * 68,
    "flat": [1] * 68,
    "triples": [[1, 2, 3]] * 68,
    "texts": [["1", "2"]] * 68,
    "NaN": [*LANDMARKS[:67], [math.nan, 1]],
    "infinite": [*LANDMARKS[:67], [1, -math.inf]],
    "huge": [*LANDMARKS[:67], [10**400, 1]],
    "far away": [*LANDMARKS[:67], [1, -1e7]],
}
FIELDS = {
    "filename": "ann-1.jpg",
    "eye_left": {"x": 92, "y": 105},
    "box_left": {"w": 48, "h": 61},
    "eye_right": {"x": 164, "y": 105},
    "box_right": {"w": 50, "h": 49},
    "opened": 0.87,
    "closed": None,
}


def read_raw(tmp_path, value):
    """Reads text or a value as a raw folder's JSON."""
    (tmp_path / "celeb_id_raw").mkdir(exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value)
    (tmp_path / "celeb_params.json").write_text(text)
    return layouts.read_raw(tmp_path)


def read_aligned(tmp_path, value):
    path = tmp_path / "data.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return layouts.read_photographs(path)


def test_a_raw_entry_is_read_field_by_field(tmp_path):
    fields = {**RAW_FIELDS, "box_left": {"w": 60, "h": 70}, "landmarks": LANDMARKS}
    photographs, tally = read_raw(tmp_path, {"ann-1.jpg": fields})
    annotation = photographs["ann-1.jpg"].annotation
    assert annotation.eye_right == Point(120, 87.5)
    assert (annotation.face_width, annotation.face_height) == (119, 118)
    assert (annotation.roll, annotation.eyes_closed) == (-2.5, 0.1)
    np.testing.assert_array_equal(annotation.landmarks, LANDMARKS)
    assert photographs["ann-1.jpg"].box_left == BoxSize(w=60, h=70)
    assert photographs["ann-1.jpg"].box_right is None
    assert not tally.skipped


@pytest.mark.parametrize("missing", ["eye_left", "mouth_center", "eyes_opened", "landmarks"])
def test_optional_raw_fields_may_be_null_or_left_out(tmp_path, missing):
    absent = {key: value for key, value in RAW_FIELDS.items() if key != missing}
    entries = {"ann-1.jpg": absent, "ann-2.jpg": {**RAW_FIELDS, missing: None}}
    photographs, _ = read_raw(tmp_path, entries)
    assert [getattr(each.annotation, missing) for each in photographs.values()] == [None, None]


@pytest.mark.parametrize(
    "change",
    [
        {"face_w": 0},
        {"face_h": -5},
        {"face_x": None},
        {"roll": "3"},
        {"eye_left": [80, 87]},
        {"eye_left": {"x": 80}},
        {"eye_right": {"x": math.nan, "y": 3}},
        {"face_x": 1e300},
    ],
    ids=str,
)
def test_a_raw_entry_that_cannot_be_used_is_named_and_the_others_are_kept(tmp_path, change):
    entries = {"ann-1.jpg": {**RAW_FIELDS, **change}, "ann-2.jpg": RAW_FIELDS}
    photographs, tally = read_raw(tmp_path, entries)
    assert list(photographs) == ["ann-2.jpg"]
    assert tally.skipped["ann-1.jpg"].startswith(f"celeb_params.json: {next(iter(change))}")


@pytest.mark.parametrize("landmarks", BAD_LANDMARKS.values(), ids=BAD_LANDMARKS)
def test_a_photograph_with_impossible_landmarks_is_skipped_and_named(tmp_path, landmarks):
    entries = {"ann-1.jpg": {**RAW_FIELDS, "landmarks": landmarks}, "ann-2.jpg": RAW_FIELDS}
    photographs, tally = read_raw(tmp_path, entries)
    assert list(photographs) == ["ann-2.jpg"]
    assert "landmarks" in tally.skipped["ann-1.jpg"]
    bad, good = {**FIELDS, "landmarks": landmarks}, {**FIELDS, "filename": "ann-2.jpg"}
    identities, tally = read_aligned(tmp_path, {"ann": [bad, good]})
    assert [photograph.filename for photograph in identities["ann"]] == ["ann-2.jpg"]
    assert "landmarks" in tally.skipped["ann-1.jpg"]


@pytest.mark.parametrize(
    "name",
    [
        *("../x-1.jpg", "/etc/x-1.jpg", "a/x-1.jpg", "..\\x-1.jpg", "x\x00-1.jpg", ".x-1.jpg"),
        *("x.jpg", "x-1.exe", "x-1.jpg\n", "", "x" * 300 + "-1.jpg", "\ud800-1.jpg"),
    ],
    ids=ascii,
)
def test_names_of_another_form_are_refused(tmp_path, name):
    photographs, tally = read_raw(tmp_path, {name: RAW_FIELDS, "ann-2.jpg": RAW_FIELDS})
    assert list(photographs) == ["ann-2.jpg"]
    assert "identity-N.jpg" in tally.skipped[name]


def test_an_identity_may_contain_hyphens_and_letters_of_any_language():
    assert layouts.split_filename("anne-marie-12.jpg") == ("anne-marie", 12)
    assert layouts.split_filename("søren_ø-3.JPEG") == ("søren_ø", 3)


def test_a_name_that_comes_twice_counts_once(tmp_path):
    first, second = json.dumps(RAW_FIELDS), json.dumps({**RAW_FIELDS, "roll": 30})
    photographs, tally = read_raw(tmp_path, f'{{"ann-1.jpg": {first}, "ann-1.jpg": {second}}}')
    assert photographs["ann-1.jpg"].roll == -2.5
    assert "twice" in tally.skipped["ann-1.jpg (again)"]
    identities, tally = read_aligned(tmp_path, {"ann": [FIELDS, FIELDS]})
    assert len(identities["ann"]) == 1
    assert "twice" in tally.skipped["ann-1.jpg (again)"]


@pytest.mark.parametrize("value", ["", "{", "[]", "{}", '{"a-1.jpg": 3}', '{"ann": []}'])
def test_a_json_without_any_usable_entry_is_an_error_that_names_it(tmp_path, value):
    with pytest.raises(ValueError, match=r"celeb_params\.json"):
        read_raw(tmp_path, value)
    with pytest.raises(ValueError, match=r"data\.json"):
        read_aligned(tmp_path, value)


def test_a_raw_folder_without_its_images_is_an_error(tmp_path):
    (tmp_path / "celeb_params.json").write_text(json.dumps({"ann-1.jpg": RAW_FIELDS}))
    with pytest.raises(ValueError, match="no folder celeb_id_raw"):
        layouts.read_raw(tmp_path)


@pytest.mark.parametrize("fields", [FIELDS, {**FIELDS, "landmarks": LANDMARKS}])
def test_data_json_is_read_field_by_field_and_written_as_published(tmp_path, fields):
    identities, tally = read_aligned(tmp_path, {"ann": [fields]})
    (photograph,) = identities["ann"]
    assert photograph.eye_left == Place(92, 105)
    assert photograph.box_left == BoxSize(w=48, h=61)
    assert (photograph.opened, photograph.closed) == (0.87, None)
    assert not tally.skipped
    layouts.write_photographs(tmp_path / "data.json", [photograph])
    assert json.loads((tmp_path / "data.json").read_text()) == {"ann": [fields]}


@pytest.mark.parametrize("score", [None, math.nan])
def test_unknown_eyes_and_scores_are_kept_as_unknown(tmp_path, score):
    fields = {"filename": "ann-1.jpg", "eye_left": None, "eye_right": None, "opened": score}
    identities, _ = read_aligned(tmp_path, {"ann": [fields]})
    photograph = identities["ann"][0]
    assert photograph.eye_left is photograph.opened is photograph.box_right is None
    assert not photograph.eyes_are_closed


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({**FIELDS, "filename": "../ann-1.jpg"}, "../ann-1.jpg"),
        ({**FIELDS, "filename": None}, "ann[0]"),
        ("ann-1.jpg", "ann[0]"),
        ({**FIELDS, "box_left": {"w": 0, "h": 3}}, "ann-1.jpg"),
        ({**FIELDS, "eye_left": 7}, "ann-1.jpg"),
    ],
    ids=["path", "no name", "no object", "empty box", "number for a point"],
)
def test_a_bad_entry_of_data_json_is_named_and_the_others_are_kept(tmp_path, entry, name):
    good = {**FIELDS, "filename": "ann-2.jpg"}
    identities, tally = read_aligned(tmp_path, {"ann": [entry, good], "bob": 3})
    assert [photograph.filename for photograph in identities["ann"]] == ["ann-2.jpg"]
    assert tally.skipped.keys() == {name, "bob"}


def test_an_unknown_eye_is_written_as_null_without_a_box(tmp_path):
    blind = AlignedPhotograph(
        filename="ann-1.jpg", eye_right=Place(3, 4), box_right=BoxSize(w=50, h=48)
    )
    layouts.write_photographs(tmp_path / "data.json", [blind])
    (entry,) = json.loads((tmp_path / "data.json").read_text())["ann"]
    assert entry["eye_left"] is None
    assert "box_left" not in entry
    assert entry["box_right"] == {"w": 50, "h": 48}


@pytest.mark.parametrize(
    ("opened", "closed", "expected"),
    [
        (None, None, False),
        (0.9, 0.1, False),
        (0.1, 0.9, True),
        (None, 0.9, True),
        (None, 0.2, False),
        (0.2, None, True),
        (0.8, None, False),
        (0.5, 0.5, False),
    ],
)
def test_closed_needs_a_score_that_says_so(opened, closed, expected):
    photograph = AlignedPhotograph(filename="ann-1.jpg", opened=opened, closed=closed)
    assert photograph.eyes_are_closed is expected


@pytest.mark.parametrize("place", ["data.json", "../celeb_id_raw/data.json"])
def test_data_json_is_found_where_script_or_site_put_it(tmp_path, place):
    directory = tmp_path / "celeb_id_aligned"
    directory.mkdir()
    (tmp_path / "celeb_id_raw").mkdir()
    (directory / place).touch()
    for given in (directory, tmp_path):
        json_path, images = layouts.find_aligned(given)
        assert json_path.samefile(directory / place)
        assert images.samefile(directory)


def test_a_folder_without_data_json_is_told_where_it_was_looked_for(tmp_path):
    with pytest.raises(ValueError, match=r"no data.json at .*data.json or .*celeb_id_raw"):
        layouts.find_aligned(tmp_path)
