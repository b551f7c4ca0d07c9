"""The canvas and its curves."""

import numpy as np
import pytest

from exgan_tf.drawn_faces.painting import Canvas, resample, ribbon, spline

SQUARE = np.array([[10.0, 10.0], [29.0, 10.0], [29.0, 29.0], [10.0, 29.0]])
COLOR = np.array([0.2, 0.4, 0.6])


@pytest.mark.parametrize(
    "options", [{}, {"opacity": 0.5}, {"light": np.full((3, 40, 40), 0.5, np.float32)}], ids=list
)
def test_fill_covers_the_inside_and_leaves_the_outside(options):
    canvas = Canvas(40)
    canvas.fill(canvas.shape(SQUARE), COLOR, **options)
    factor = 0.5 if options else 1.0
    np.testing.assert_allclose(canvas.planes[:, 20, 20], factor * COLOR, rtol=1e-6)
    assert not canvas.planes[:, :8].any() and not canvas.planes[:, :, 32:].any()


def test_tint_multiplies_what_is_there():
    canvas = Canvas(40)
    canvas.planes[:] = 0.8
    canvas.tint(canvas.shape(SQUARE), (0.5, 1.0, 0.25))
    np.testing.assert_allclose(canvas.planes[:, 20, 20], [0.4, 0.8, 0.2], rtol=1e-6)
    np.testing.assert_allclose(canvas.planes[:, 2, 2], 0.8)


def test_mask_within_another_is_nothing_outside_it():
    canvas = Canvas(40)
    left = canvas.shape(SQUARE * [0.5, 1.0])
    both = canvas.shape(SQUARE).within(left)
    canvas.fill(both, (1.0, 1.0, 1.0))
    assert canvas.planes[0, 20, 12] == pytest.approx(1.0)
    assert not canvas.planes[:, :, 18:].any()


def test_masks_that_do_not_meet_and_shapes_beyond_the_canvas_paint_nothing():
    canvas = Canvas(40)
    canvas.fill(canvas.shape(SQUARE).within(canvas.shape(SQUARE * 0.2)), (1.0, 1.0, 1.0))
    canvas.fill(canvas.shape(SQUARE + 100, softness=2.0), (1.0, 1.0, 1.0))
    assert not canvas.planes.any()


@pytest.mark.parametrize("softness", [1.0, 6.0])
def test_softness_widens_the_edge_and_keeps_the_amount(softness):
    canvas, large = Canvas(160), 3 * SQUARE + 20
    sharp, soft = canvas.shape(large).alpha, canvas.shape(large, softness=softness).alpha
    # OpenCV draws a smooth edge half a pixel too far out, and a soft one at a lower resolution.
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.12)
    assert ((soft > 0.05) & (soft < 0.95)).sum() > ((sharp > 0.05) & (sharp < 0.95)).sum()


def test_soft_shape_stays_where_it_is():
    mask = Canvas(120).shape(SQUARE + 45, softness=6.0)
    rows, columns = np.indices(mask.alpha.shape)
    middle = [np.average(i, weights=mask.alpha) for i in (rows + mask.top, columns + mask.left)]
    np.testing.assert_allclose(middle, [64.5, 64.5], atol=0.3)


def test_spline_passes_through_its_points():
    points = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [5.0, 5.0]])
    np.testing.assert_allclose(spline(points, steps=4)[::4], points, atol=1e-12)
    np.testing.assert_allclose(spline(points, closed=True, steps=4)[::4], points, atol=1e-12)


def test_resampled_points_lie_at_equal_distances():
    curve = resample(np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0]]), 5)
    np.testing.assert_allclose(curve, [[0, 0], [1, 0], [2, 0], [3, 0], [4, 0]], atol=1e-12)


def test_ribbon_is_as_wide_as_asked():
    line = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    band = ribbon(line, [2.0, 4.0, 2.0])
    np.testing.assert_allclose(np.ptp(band, axis=0), [2.0, 4.0], atol=1e-6)
