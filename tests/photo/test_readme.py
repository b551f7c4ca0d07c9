"""The example of the README, run as it stands there."""

import numpy as np

from exgan_tf import images


def test_the_example_of_the_readme_opens_eyes(tmp_path, find_readme_block, drawn_pair, monkeypatch):
    closed, opened = drawn_pair
    monkeypatch.chdir(tmp_path)
    images.write_photo("blinked.jpg", closed)
    images.write_photo("open.jpg", opened)
    exec(find_readme_block("inpaint_photo("), {})
    result = images.read_photo("opened.jpg")
    assert result.shape == closed.shape
    assert np.abs(result.astype(int) - closed).max() > 60
