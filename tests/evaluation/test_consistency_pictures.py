import numpy as np
import pytest

from exgan_tf.evaluation import consistency_pictures

SIZE = 64


def plain(color):
    return np.full([SIZE, SIZE, 3], color, np.float32)


def test_every_face_is_shown_masked_and_filled_by_each_method():
    cases = [
        {
            "image": plain(-1.0),
            "masked": [plain(0.0), plain(0.0)],
            "methods": {"copy": [plain(0.2), plain(0.4)], "a name \u00e4": [plain(0.6)] * 2},
        }
    ] * 2
    sheet = consistency_pictures.draw_cases(cases, ["left", "right"])
    assert sheet.dtype == np.uint8
    # Enlarged to 128 pixels: two faces of three rows, and three columns.
    assert sheet.shape[0] >= 2 * 3 * 128
    assert sheet.shape[1] >= 3 * 128
    for color in (0.0, 0.2, 0.4, 0.6, -1.0):
        shown = (sheet == round((color + 1) * 127.5)).all(-1)
        assert shown.sum() >= 2 * 128 * 128


def test_a_long_name_widens_the_sheet_no_further_than_its_shortened_form():
    faces = [
        {"image": plain(0), "masked": [plain(0)], "methods": {"m" * length: [plain(0)]}}
        for length in (40, 400)
    ]
    sheets = [consistency_pictures.draw_cases([face], ["left"]) for face in faces]
    assert sheets[0].shape == sheets[1].shape


def test_one_noise_fills_a_row_and_one_map_a_column():
    people = [
        {"image": plain(0)[np.newaxis], "landmarks": np.full([1, 68, 2], place, np.float32)}
        for place in (10.0, 30.0, 50.0)
    ]
    seen = []

    def generate(z, landmarks):
        seen.append((z.numpy(), landmarks.numpy()))
        return np.zeros([len(z), SIZE, SIZE, 3], np.float32)

    sheet = consistency_pictures.draw_pose_and_appearance({"guided": generate}, people, seed=3)
    assert sheet.shape[1] >= 3 * 128
    assert len(seen) == consistency_pictures.NUM_NOISES
    for z, landmarks in seen:
        assert z.dtype == np.float32
        assert np.abs(z).max() <= 1
        np.testing.assert_array_equal(z, np.tile(z[:1], [3, 1]))
        np.testing.assert_array_equal(landmarks[:, 0, 0], [10, 30, 50])
    assert len({z[0, 0] for z, _ in seen}) == len(seen)


def test_what_is_generated_stands_below_photographs_and_maps():
    people = [{"image": plain(0)[np.newaxis], "landmarks": np.full([1, 68, 2], 9, np.float32)}]

    def generate(z, landmarks):
        return np.full([1, SIZE, SIZE, 3], 0.5, np.float32)

    generators = {"one": generate, "other": generate}
    sheet = consistency_pictures.draw_pose_and_appearance(generators, people, seed=0)
    rows = np.flatnonzero((sheet == round(1.5 * 127.5)).all(-1).sum(1) >= 128)
    assert len(rows) == 2 * consistency_pictures.NUM_NOISES * 128
    assert rows[0] > 2 * 128


@pytest.mark.parametrize("size", [64, 128, 256])
def test_pictures_are_enlarged_by_whole_pixels(size):
    red = np.full([size, size, 3], [1, -1, -1], np.float32)
    sheet = consistency_pictures.draw_cases(
        [{"image": red, "masked": [], "methods": {}}], mask_names=[]
    )
    assert (sheet == [255, 0, 0]).all(-1).sum() == max(128, size) ** 2
