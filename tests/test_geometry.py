import numpy as np
import pytest

from exgan_tf.geometry import AffineTransform

TURN = AffineTransform([[0.8, -0.6, 5.0], [0.6, 0.8, -3.0]])


def test_a_transform_maps_points_by_its_matrix_and_keeps_their_shape():
    np.testing.assert_allclose(TURN([10.0, 20.0]), [8 - 12 + 5, 6 + 16 - 3])
    assert TURN(np.zeros((4, 2, 2))).shape == (4, 2, 2)


def test_the_inverse_undoes_a_transform_that_does_not_flatten():
    points = np.random.default_rng(0).normal(size=(7, 2))
    np.testing.assert_allclose(TURN.inverse()(TURN(points)), points, atol=1e-12)
    with pytest.raises(ValueError, match="no inverse"):
        AffineTransform([[1, 1, 0], [1, 1, 0]]).inverse()


def test_then_applies_this_transform_first():
    double = AffineTransform([[2, 0, 0], [0, 2, 0]])
    point = [1.0, 2.0]
    np.testing.assert_allclose(TURN.then(double)(point), 2 * TURN(point))
