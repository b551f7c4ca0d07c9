import numpy as np

from exgan_tf.photo import comparison


def test_before_reference_and_after_stand_side_by_side(scenes):
    closed, opened = scenes["closed"], scenes["open"]
    picture = comparison.compare(
        closed.photo,
        opened.photo,
        255 - closed.photo,
        face=closed.faces[0],
        reference_face=opened.faces[0],
        size=100,
    )
    assert (picture.dtype, picture.shape[0]) == (np.uint8, 100)
    before, reference, after = picture[:, :100], picture[:, 108:208], picture[:, -100:]
    expected = comparison.close_up(opened.photo, opened.faces[0], size=100)
    np.testing.assert_array_equal(reference, expected)
    assert np.abs(before.astype(int) + after - 255).mean() < 3
