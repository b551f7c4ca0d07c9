import math
import os

import pytest

from exgan_tf.celeb_id import layouts
from exgan_tf.drawn_faces import data_set
from exgan_tf.faces import landmarks


def draw(output, **changes):
    settings = {"num_identities": 2, "photos_per_identity": 3, "seed": 5}
    return data_set.draw_data_set(output, **{**settings, **changes})


def test_drawn_people_are_a_raw_folder(tmp_path):
    assert draw(tmp_path / "raw").num_done == 6
    photographs, tally = layouts.read_raw(tmp_path / "raw")
    assert not tally.skipped
    assert list(photographs) == [
        f"drawn_0000{person}-{number}.jpg" for person in (1, 2) for number in (1, 2, 3)
    ]
    files = sorted(os.listdir(tmp_path / "raw" / "celeb_id_raw"))
    assert files == list(photographs)


def test_the_landmarks_lie_about_the_eyes(tmp_path):
    draw(tmp_path / "raw")
    photographs, _ = layouts.read_raw(tmp_path / "raw")
    for annotation in (photograph.annotation for photograph in photographs.values()):
        distance = math.dist(annotation.eye_left, annotation.eye_right)
        for center, truth in zip(
            landmarks.eye_centers(annotation.landmarks), (annotation.eye_left, annotation.eye_right)
        ):
            assert math.dist(center, truth) < 0.15 * distance


def test_the_same_seed_draws_the_same_bytes_in_any_number_of_processes(tmp_path):
    for output, workers in (("one", 1), ("two", 2)):
        draw(tmp_path / output, num_workers=workers)
    for name in ("celeb_params.json", "celeb_id_raw/drawn_00002-3.jpg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_more_people_do_not_change_the_first_ones(tmp_path):
    draw(tmp_path / "few", num_identities=1)
    draw(tmp_path / "many")
    name = "celeb_id_raw/drawn_00001-2.jpg"
    assert (tmp_path / "few" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()


@pytest.mark.parametrize(("fraction", "expected"), [(0.0, 0), (1.0, 6)])
def test_the_share_of_closed_eyes_can_be_chosen(tmp_path, fraction, expected):
    draw(tmp_path / "raw", closed_fraction=fraction)
    photographs, _ = layouts.read_raw(tmp_path / "raw")
    closed = [
        layouts.is_closed(opened=each.eyes_opened, closed=each.eyes_closed)
        for each in photographs.values()
    ]
    assert sum(closed) == expected


@pytest.mark.parametrize(
    "change",
    [{"num_identities": 0}, {"photos_per_identity": 0}, {"closed_fraction": 1.1}],
    ids=str,
)
def test_arguments_out_of_range_are_refused(tmp_path, change):
    with pytest.raises(ValueError, match="is wanted"):
        draw(tmp_path / "raw", **change)
    assert not list(tmp_path.iterdir())
