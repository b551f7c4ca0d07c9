"""The example of the README, run as it stands there."""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

from exgan_tf import images

README = pathlib.Path(__file__).parents[2] / "README.md"


@pytest.fixture
def example():
    """The block of the README that calls `inpaint_photo`."""
    blocks = re.findall(
        r"^```python\n(.*?)^```", README.read_text(), flags=re.MULTILINE | re.DOTALL
    )
    (block,) = [block for block in blocks if "inpaint_photo(" in block]
    return block


def test_the_example_of_the_readme_opens_eyes(tmp_path, example, drawn_pair):
    closed, opened = drawn_pair
    images.write_photo(tmp_path / "blinked.jpg", closed)
    images.write_photo(tmp_path / "open.jpg", opened)
    run = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(README.parent)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    result = images.read_photo(tmp_path / "opened.jpg")
    assert result.shape == closed.shape
    assert np.abs(result.astype(int) - closed).max() > 60
