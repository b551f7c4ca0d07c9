import json
import math
import os

import cv2
import numpy as np
import pytest

from exgan_tf import images, parallel
from exgan_tf.celeb_id import alignment, layouts


def align(raw, output, **changes):
    return alignment.align_photographs(raw, output, **{"image_size": 64, "seed": 0, **changes})


def read_aligned(directory):
    """File name -> what `data.json` says."""
    identities, tally = layouts.read_photographs(directory / "data.json")
    assert not tally.skipped
    return {each.filename: each for entries in identities.values() for each in entries}


def test_all_photographs_are_aligned_and_described(raw_dir, aligned_dir):
    raw, _ = layouts.read_raw(raw_dir)
    aligned = read_aligned(aligned_dir)
    assert aligned.keys() == raw.keys()
    for name, photograph in aligned.items():
        assert images.read_photo(aligned_dir / name).shape == (96, 96, 3)
        left, right = photograph.eye_left, photograph.eye_right
        assert abs(left.y - right.y) <= 2
        assert 20 < left.x < 48 < right.x < 76
        assert 25 < left.y < 50
        face = raw[name].annotation
        scale = math.hypot(right.x - left.x, right.y - left.y) / math.dist(
            face.eye_left, face.eye_right
        )
        assert scale == pytest.approx(96 / (1.2 * face.face_width), rel=0.06)
        for box in (photograph.box_left, photograph.box_right):
            assert 18 <= min(box.w, box.h) <= max(box.w, box.h) <= 36


def test_the_result_does_not_depend_on_the_number_of_processes(raw_dir, tmp_path):
    for workers in (1, 2):
        align(raw_dir, tmp_path / str(workers), engine=parallel.Processes(workers))
    for name in os.listdir(tmp_path / "1"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_another_seed_draws_other_boxes_in_the_same_places(raw_dir, tmp_path):
    for seed in (0, 1):
        align(raw_dir, tmp_path / str(seed), seed=seed)
    first, second = (read_aligned(tmp_path / seed).values() for seed in ("0", "1"))
    assert [each.eye_left for each in first] == [each.eye_left for each in second]
    assert [each.box_left for each in first] != [each.box_left for each in second]


def test_boxes_are_kept_and_a_face_without_known_eyes_is_aligned_by_its_box(
    raw_copy, tmp_path, edit_json
):
    def change(entries):
        first, second = list(entries.values())[:2]
        first["box_left"] = {"w": 60, "h": 80}
        del second["eye_left"], second["mouth_center"], second["landmarks"]

    edit_json(raw_copy / "celeb_params.json", change)
    assert align(raw_copy, tmp_path / "aligned", image_size=128).num_done == 24
    first, second, *_ = read_aligned(tmp_path / "aligned").values()
    assert first.box_left == layouts.BoxSize(w=30, h=40)
    assert second.eye_left is second.box_left is second.landmarks is None
    assert second.eye_right is not None and first.landmarks is not None


def test_unusable_photographs_are_skipped_counted_and_named(raw_copy, tmp_path):
    image_dir = raw_copy / "celeb_id_raw"
    missing, empty, page, cut = sorted(os.listdir(image_dir))[:4]
    (image_dir / missing).unlink()
    (image_dir / empty).write_bytes(b"")
    (image_dir / page).write_text("<html>not found</html>")
    (image_dir / cut).write_bytes((image_dir / cut).read_bytes()[:3000])
    tally = align(raw_copy, tmp_path / "aligned")
    assert tally.num_done == 20
    assert tally.skipped[missing] == "No such file or directory"
    assert "empty" in tally.skipped[empty]
    assert "not a readable image" in tally.skipped[page]
    assert "damaged" in tally.skipped[cut]
    assert not (tmp_path / "aligned" / cut).exists()
    assert json.loads((tmp_path / "aligned" / "skipped.json").read_text()) == tally.skipped


def test_a_name_that_leads_outside_is_refused_and_writes_nothing(raw_copy, tmp_path, edit_json):
    (raw_copy / "x-1.jpg").write_bytes(next((raw_copy / "celeb_id_raw").iterdir()).read_bytes())

    def add_hostile(entries):
        fields = next(iter(entries.values()))
        return {**entries, "../x-1.jpg": fields, str(tmp_path / "y-1.jpg"): fields}

    edit_json(raw_copy / "celeb_params.json", add_hostile)
    tally = align(raw_copy, tmp_path / "out" / "aligned")
    assert (tally.num_done, len(tally.skipped)) == (24, 2)
    assert os.listdir(tmp_path / "out") == ["aligned"]
    assert not (tmp_path / "y-1.jpg").exists()


def test_landmarks_move_with_their_pixels(raw_copy, tmp_path, edit_json):
    """One landmark, marked by a spot in the photograph, is looked for in the aligned one."""
    raw, _ = layouts.read_raw(raw_copy)
    name, photograph = next(iter(raw.items()))
    path = raw_copy / "celeb_id_raw" / name
    spot = photograph.annotation.landmarks[30].round().astype(int)
    photo = np.zeros_like(images.read_photo(path))
    cv2.circle(photo, spot.tolist(), 6, (255, 255, 255), -1)
    images.write_photo(path, photo)

    def move(entries):
        entries[name]["landmarks"][30] = spot.tolist()

    edit_json(raw_copy / "celeb_params.json", move)
    align(raw_copy, tmp_path / "aligned", image_size=256)
    aligned = images.read_photo(tmp_path / "aligned" / name)[..., 0].astype(float)
    rows, columns = np.indices(aligned.shape)
    center = [(places * aligned).sum() / aligned.sum() for places in (columns, rows)]
    found = read_aligned(tmp_path / "aligned")[name].landmarks[30]
    np.testing.assert_allclose(found, center, atol=0.15)


def test_photographs_that_came_since_are_aligned_on_the_next_run(raw_copy, tmp_path):
    late = sorted((raw_copy / "celeb_id_raw").iterdir())[0]
    late.rename(tmp_path / "late.jpg")
    assert align(raw_copy, tmp_path / "aligned").num_done == 23
    (tmp_path / "late.jpg").rename(late)
    with pytest.raises(ValueError, match="not the result of this very command"):
        align(raw_copy, tmp_path / "aligned")
    assert align(raw_copy, tmp_path / "aligned", overwrite=True).num_done == 24


def test_the_input_is_never_replaced_by_the_output(raw_copy):
    with pytest.raises(ValueError, match="inside each other"):
        align(raw_copy, raw_copy, overwrite=True)
    assert len(list((raw_copy / "celeb_id_raw").iterdir())) == 24


def test_if_nothing_can_be_aligned_nothing_looks_finished(raw_copy, tmp_path):
    for path in (raw_copy / "celeb_id_raw").iterdir():
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="no photograph could be aligned"):
        align(raw_copy, tmp_path / "aligned")
    assert not (tmp_path / "aligned").exists()


@pytest.mark.parametrize("image_size", [31, 1025])
def test_a_size_out_of_range_is_refused(raw_dir, tmp_path, image_size):
    with pytest.raises(ValueError, match=f"image_size is {image_size}"):
        align(raw_dir, tmp_path / "aligned", image_size=image_size)
