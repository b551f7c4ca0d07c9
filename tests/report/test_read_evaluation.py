import pytest
from msgspec import UNSET

from exgan_tf.evaluation.results import read_evaluation


def remove(*keys):
    def change(value):
        for key in keys[:-1]:
            value = value[key]
        del value[keys[-1]]

    return change


def put(new, *keys):
    def change(value):
        for key in keys[:-1]:
            value = value[key]
        value[keys[-1]] = new

    return change


def test_what_was_written_is_read(evaluation_dir):
    evaluation = read_evaluation(evaluation_dir)
    assert list(evaluation.methods)[:3] == ["baseline", "reference", "code"]
    assert evaluation.metrics["masked_l1"].label == "L1 in the hole"
    assert evaluation.methods["telea"].fid is None
    assert evaluation.methods["telea"].eye_pixel_frechet_distance is UNSET
    assert evaluation.data.parameters["source"] == {"data.json": "d47fdcd6"}
    assert evaluation.data.mask == "central"
    assert [each.rows[0].psnr for each in evaluation.published_neighbors] == [26.32, 21.57]
    assert [case.group for case in evaluation.cases] == ["first", "best", "median", "worst"]


def test_keys_of_later_versions_do_no_harm(copy, edit_json):
    edit_json(copy / "evaluation.json", put({"new": 1}, "methods", "code", "novelty"))
    new = {"label": "Novelty", "better": "higher", "description": ""}
    edit_json(copy / "evaluation.json", put(new, "metrics", "novelty"))
    evaluation = read_evaluation(copy)
    assert evaluation.methods["code"].step == 3000
    assert "novelty" not in evaluation.metrics


def test_files_of_before_there_were_masks_and_neighbors_are_read(copy, edit_json):
    path = copy / "evaluation.json"
    for change in (remove("published_neighbors"), remove("data", "mask")):
        edit_json(path, change)
    evaluation = read_evaluation(copy)
    assert (evaluation.published_neighbors, evaluation.data.mask) == ([], UNSET)


def test_a_folder_without_an_evaluation_is_named(tmp_path):
    with pytest.raises(
        ValueError, match="has no evaluation.json: give the output of exgan evaluate"
    ):
        read_evaluation(tmp_path)


PAIR = ("paired", 0)
CASE = ("cases", 0)
BROKEN = {
    "missing required field `format_version`": remove("format_version"),
    "format_version is 2: ": put(2, "format_version"),
    "missing required field `metrics`": remove("metrics"),
    "metrics is {}: ": put({}, "metrics"),
    r"methods is \[\]: Expected `object`": put([], "methods"),
    r"metrics.fid.better is 'big': ": put("big", "metrics", "fid", "better"),
    r"methods.code.masked_l1 is 'missing'": remove("methods", "code", "masked_l1"),
    r"methods.code.masked_l1 is '0.1': Expected `float": put("0.1", "methods", "code", "masked_l1"),
    r"methods.code.masked_l1 is nan": put(float("nan"), "methods", "code", "masked_l1"),
    r"methods.code.l1 is inf": put(float("inf"), "methods", "code", "l1"),
    r"methods.code.psnr is 10000.*\.\.\.: Number out": put(10**400, "methods", "code", "psnr"),
    r"methods.code.ssim is True": put(True, "methods", "code", "ssim"),
    r"intervals.l1 is \[2, 1\]: expected \[low, high\]": put(
        [2, 1], "methods", "code", "intervals", "l1"
    ),
    r"intervals.l1\[1\] is None": put([2, None], "methods", "code", "intervals", "l1"),
    r"methods.code.num_images is -1": put(-1, "methods", "code", "num_images"),
    r"methods.code.notes.fid is 3: Expected `str`": put(3, "methods", "code", "notes", "fid"),
    r"paired\[0\].method is 'x'": put("x", *PAIR, "method"),
    r"paired\[0\].method is \['x'\]": put(["x"], *PAIR, "method"),
    r"paired\[0\] is .*: verdict 'better', but": put([-1, 1], *PAIR, "interval"),
    r"cases\[0\].pictures is .*missing required field `masked`": remove(
        *CASE, "pictures", "masked"
    ),
    r"cases\[0\].group is 'odd'": put("odd", *CASE, "group"),
    r"cases\[0\].sorted_by is 'x'": put("x", *CASE, "sorted_by"),
    r"cases\[0\].eye_region is \[0, 0, 65, 4\]": put([0, 0, 65, 4], *CASE, "eye_region"),
    r"cases\[0\].eye_region is \[0, 0, 0, 4\]": put([0, 0, 0, 4], *CASE, "eye_region"),
    r"cases\[0\].eye_region is \[0\]": put([0], *CASE, "eye_region"),
    r"cases is .*: Expected `array` of length <= 100": put([{}] * 101, "cases"),
    r"data.image_size is 10000": put(10_000, "data", "image_size"),
    r"warnings\[0\] is 'xx.*of length <= 20000": put(["x" * 30_000], "warnings"),
    r"published.rows\[0\] is .*missing required field `model`": remove(
        "published", "rows", 0, "model"
    ),
    r"published_neighbors is {}: Expected `array`": put({}, "published_neighbors"),
    r"published_neighbors\[0\].rows\[0\].mask is 3: Expected `str": put(
        3, "published_neighbors", 0, "rows", 0, "mask"
    ),
    r"published_neighbors\[0\].rows\[0\].psnr is 'x': Expected `float": put(
        "x", "published_neighbors", 0, "rows", 0, "psnr"
    ),
    r"published_neighbors is .*of length <= 100": put([{}] * 101, "published_neighbors"),
    r"published.rows is .*of length <= 60": put([{}] * 61, "published", "rows"),
    r"methods is .*of length <= 100": put({str(n): {} for n in range(101)}, "methods"),
    r"data.mask is 3: Expected `str": put(3, "data", "mask"),
    r"failures\[0\] is .*missing required field `reason`": remove("failures", 0, "reason"),
}


@pytest.mark.parametrize("message", BROKEN)
def test_what_is_wrong_is_named(copy, edit_json, message):
    path = copy / "evaluation.json"
    edit_json(path, BROKEN[message])
    with pytest.raises(ValueError, match=f"evaluation.json: .*{message}") as raised:
        read_evaluation(copy)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "outside",
    ["../secret.png", "/etc/passwd", "cases", "", "cases/../../secret.png", "a\0b", "x" * 9000],
    ids=lambda path: repr(path[:20]),
)
def test_pictures_outside_the_folder_are_refused(copy, edit_json, outside):
    (copy.parent / "secret.png").write_bytes(b"secret")
    edit_json(copy / "evaluation.json", put(outside, *CASE, "pictures", "original"))
    with pytest.raises(ValueError, match=r"cases\[0\].pictures.original is .* a picture inside"):
        read_evaluation(copy)


def test_a_link_that_leads_outside_is_refused(copy):
    (copy.parent / "secret.png").write_bytes(b"secret")
    picture = copy / "cases" / "000_input_original.png"
    picture.unlink()
    picture.symlink_to(copy.parent / "secret.png")
    with pytest.raises(ValueError, match=r"cases\[0\].pictures.original"):
        read_evaluation(copy)


def test_an_evaluation_in_a_folder_behind_a_link_is_read(evaluation_dir, tmp_path):
    (tmp_path / "link").symlink_to(evaluation_dir)
    assert read_evaluation(tmp_path / "link").cases


def test_a_file_nested_too_deeply_is_refused(copy):
    path = copy / "evaluation.json"
    text = path.read_text()
    path.write_text(
        text.replace('"test_fraction": 0.1', '"deep": ' + '{"a":' * 900 + "1" + "}" * 900)
    )
    with pytest.raises(ValueError, match="evaluation.json"):
        read_evaluation(copy)


def test_a_huge_file_is_refused_before_it_is_read(copy):
    with open(copy / "evaluation.json", "r+b") as file:
        file.truncate(100 << 20)
    with pytest.raises(ValueError, match="evaluation.json is larger than 64 megabytes"):
        read_evaluation(copy)
