import os

import pytest

from exgan_tf.celeb_id import layouts
from exgan_tf.drawn_faces import data_set


def draw(output, **changes):
    settings = {"num_identities": 2, "photos_per_identity": 3, "seed": 5}
    return data_set.draw_data_set(output, **{**settings, **changes})


@pytest.mark.parametrize(("fraction", "num_closed"), [(0.0, 0), (1.0, 6)])
def test_drawn_people_are_a_raw_folder(tmp_path, fraction, num_closed):
    assert draw(tmp_path / "raw", closed_fraction=fraction).num_done == 6
    photographs, tally = layouts.read_raw(tmp_path / "raw")
    assert not tally.skipped
    names = list(photographs)
    assert names == [
        f"drawn_0000{person}-{number}.jpg" for person in (1, 2) for number in (1, 2, 3)
    ]
    assert sorted(os.listdir(tmp_path / "raw" / "celeb_id_raw")) == names
    assert sum(each.eyes_closed for each in photographs.values()) == num_closed


def test_the_same_seed_draws_the_same_bytes_in_any_number_of_processes_and_of_people(tmp_path):
    draw(tmp_path / "one")
    draw(tmp_path / "two", num_workers=2)
    draw(tmp_path / "few", num_identities=1)
    for other, name in (
        ("two", "celeb_params.json"),
        ("two", "celeb_id_raw/drawn_00002-3.jpg"),
        ("few", "celeb_id_raw/drawn_00001-2.jpg"),
    ):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / other / name).read_bytes()


@pytest.mark.parametrize(
    "change",
    [{"num_identities": 0}, {"photos_per_identity": 0}, {"closed_fraction": 1.1}],
    ids=str,
)
def test_arguments_out_of_range_are_refused(tmp_path, change):
    with pytest.raises(ValueError, match="; expected"):
        draw(tmp_path / "raw", **change)
    assert not list(tmp_path.iterdir())
