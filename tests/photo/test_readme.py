"""The example of the README, run as it stands there."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from exgan_tf import images


@pytest.fixture
def example(find_readme_block):
    """The block of the README that calls `inpaint_photo`."""
    return find_readme_block("inpaint_photo(")


def test_the_example_of_the_readme_opens_eyes(tmp_path, example, drawn_pair):
    closed, opened = drawn_pair
    images.write_photo(tmp_path / "blinked.jpg", closed)
    images.write_photo(tmp_path / "open.jpg", opened)
    run = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    result = images.read_photo(tmp_path / "opened.jpg")
    assert result.shape == closed.shape
    assert np.abs(result.astype(int) - closed).max() > 60
