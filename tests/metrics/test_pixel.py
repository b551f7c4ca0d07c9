import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.metrics import pixel

IN_THE_HOLE = [pixel.masked_l1, pixel.masked_ssim, pixel.detail_energy_ratio]
PERFECT = {
    pixel.l1: 0,
    pixel.masked_l1: 0,
    pixel.psnr: pixel.MAX_PSNR,
    pixel.ssim: 1,
    pixel.masked_ssim: 1,
    pixel.ms_ssim_distance: 0,
    pixel.detail_energy_ratio: 1,
}
NARROW = (np.arange(48) < 8)[:, np.newaxis]  # Two columns of the hole.
HIGH_IS_GOOD = {pixel.psnr, pixel.ssim, pixel.masked_ssim}

EVERY_METRIC = pytest.mark.parametrize("metric", PERFECT, ids=lambda metric: metric.__name__)


def measure(metric, image, completed, mask):
    return metric(image, completed, *([mask] if metric in IN_THE_HOLE else []))


@EVERY_METRIC
def test_identical_images_get_the_perfect_number_and_the_worst_a_finite_one(metric, batch):
    values = measure(metric, batch.image, batch.image, batch.mask)
    assert (values.shape, values.dtype) == ((3,), np.float64)
    np.testing.assert_allclose(values, PERFECT[metric], atol=1e-6)
    black, white = np.full_like(batch.image, -1), np.ones_like(batch.image)
    assert np.isfinite(measure(metric, black, white, batch.mask)).all()


@EVERY_METRIC
def test_more_noise_is_worse(metric, batch):
    little, much = (
        measure(metric, batch.image, batch.filling(noise), batch.mask) for noise in (0.05, 0.3)
    )
    assert ((little > much) if metric in HIGH_IS_GOOD else (little < much)).all()


@EVERY_METRIC
def test_an_image_gets_the_same_number_in_any_batch_of_arrays_or_tensors(metric, batch):
    arrays = batch.image, batch.filling(0.2), batch.mask
    together = measure(metric, *arrays)
    alone = [measure(metric, *(each[i : i + 1] for each in arrays))[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-5)
    np.testing.assert_array_equal(measure(metric, *map(tf.constant, arrays)), together)


@pytest.mark.parametrize("metric", IN_THE_HOLE)
def test_what_lies_far_from_the_hole_does_not_count(metric, batch):
    completed = batch.filling(0.2)
    elsewhere = completed.copy()
    elsewhere[:, 30:] = 0.9
    np.testing.assert_allclose(
        metric(batch.image, elsewhere, batch.mask), metric(batch.image, completed, batch.mask)
    )


@pytest.mark.parametrize(
    ("metric", "image", "completed", "expected"),
    [
        (pixel.l1, -0.5, 0.1, 0.3),  # On the scale of 0 to 1.
        (pixel.l1, 1.0, 1.5, 0.25),  # What a network overshoots by is measured.
        (pixel.psnr, 0.0, 0.2, 20),  # That of the mean squared error.
    ],
)
def test_plain_images_have_a_known_number(metric, image, completed, expected):
    image, completed = (np.full([1, 4, 4, 3], value) for value in (image, completed))
    assert metric(image, completed) == pytest.approx(expected)


def test_masked_l1_divides_by_each_images_own_hole():
    image, completed = np.zeros([2, 4, 4, 3]), np.zeros([2, 4, 4, 3])
    mask = np.zeros([2, 4, 4, 1])
    mask[0, :2, 0], mask[1] = 1, 1
    completed[:, 0, 0] = 0.8
    np.testing.assert_allclose(pixel.masked_l1(image, completed, mask), [0.2, 0.025])


def window_terms(one, other):
    """Luminance and contrast-structure of each channel, the mean over all windows: [2, 3]."""
    line = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    weights = np.outer(line, line)[..., np.newaxis] / line.sum() ** 2
    terms = []
    for top in range(one.shape[0] - 10):
        for left in range(one.shape[1] - 10):
            x, y = (each[top : top + 11, left : left + 11] for each in (one, other))
            mean_x, mean_y = ((weights * each).sum((0, 1)) for each in (x, y))
            var_x = (weights * (x - mean_x) ** 2).sum((0, 1))
            var_y = (weights * (y - mean_y) ** 2).sum((0, 1))
            covariance = (weights * (x - mean_x) * (y - mean_y)).sum((0, 1))
            luminance = (2 * mean_x * mean_y + 1e-4) / (mean_x**2 + mean_y**2 + 1e-4)
            structure = (2 * covariance + 9e-4) / (var_x + var_y + 9e-4)
            terms.append([luminance * structure, structure])
    return np.array(terms)


def test_ssim_is_the_published_formula(batch):
    image, completed = batch.image[:1, :16, 5:21], batch.filling(0.3)[:1, :16, 5:21]
    expected = window_terms((image[0] + 1) / 2, (completed[0] + 1) / 2)[:, 0].mean()
    assert pixel.ssim(image, completed)[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("row", "column"), [(15, 12), (0, 0), (2, 47)])
def test_masked_ssim_of_one_pixel_is_that_of_the_window_around_it(batch, row, column):
    # At the border the image is seen reflected.
    image, completed = batch.image[:1], batch.filling(0.3)[:1] * np.float32(0.9)
    mask = np.zeros([1, 48, 48, 1])
    mask[0, row, column] = 1
    padded = [np.pad(each[0], [(5, 5), (5, 5), (0, 0)], "reflect") for each in (image, completed)]
    window = (slice(row, row + 11), slice(column, column + 11))
    expected = window_terms(*((each[window] + 1) / 2 for each in padded))[0, 0].mean()
    found = pixel.masked_ssim(image, completed, mask)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_ms_ssim_is_the_published_formula(batch):
    image, completed = batch.image[:1, :24, :24], batch.filling(0.3)[:1, :24, :24]
    one, other = (image[0] + 1) / 2, (completed[0] + 1) / 2
    weights = np.array([0.0448, 0.2856]) / (0.0448 + 0.2856)
    fine = window_terms(one, other)[:, 1].mean(0)
    one, other = (each.reshape(12, 2, 12, 2, 3).mean((1, 3)) for each in (one, other))
    coarse = window_terms(one, other)[:, 0].mean(0)
    expected = 1 - (fine ** weights[0] * coarse ** weights[1]).mean()
    assert pixel.ms_ssim_distance(image, completed)[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("image_size", "num_scales"), [(32, 2), (40, 2), (64, 3), (128, 4), (175, 4), (176, 5)]
)
def test_small_images_get_fewer_scales_whose_weights_sum_to_one(image_size, num_scales):
    weights = pixel.ms_ssim_weights(image_size)
    assert len(weights) == num_scales
    assert sum(weights) == pytest.approx(1, abs=2e-4)
    image, completed = np.random.default_rng(0).uniform(-1, 1, [2, 1, image_size, image_size, 3])
    assert 0 < pixel.ms_ssim_distance(image, completed)[0] <= 1


def test_large_images_get_the_standard_ms_ssim_and_tiny_ones_none():
    assert pixel.ms_ssim_weights(512) == (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    with pytest.raises(ValueError, match="image_size is 21; MS-SSIM needs at least 22 pixels"):
        pixel.ms_ssim_weights(21)


def test_a_blurred_filling_has_less_detail(batch):
    truth = batch.filling(0.2)
    padded = np.pad(truth, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    blurred = sum(padded[:, i : i + 48, j : j + 48] for i in range(3) for j in range(3)) / 9
    assert (pixel.detail_energy_ratio(truth, blurred, batch.mask) < 0.3).all()


def test_twice_the_contrast_is_four_times_the_detail(batch):
    truth = 0.2 * batch.noise.clip(-2, 2)
    ratio = pixel.detail_energy_ratio(truth, 2 * truth, batch.mask)
    np.testing.assert_allclose(ratio, 4, rtol=1e-2)


def test_the_seam_is_no_detail(batch):
    flat = np.zeros_like(batch.image)
    seam = np.where(batch.mask > 0, np.float32(0.7), flat)
    np.testing.assert_allclose(pixel.detail_energy_ratio(flat, seam, batch.mask), 1)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda mask: mask * NARROW, "mask has a hole that is less than 3 x 3 pixels"),
        (lambda mask: mask * [[[[1]]], [[[0]]], [[[1]]]], r"mask has no hole in the images \[1\]"),
        (lambda mask: mask[..., 0], r"mask has the shape \(3, 48, 48\)"),
    ],
)
def test_masks_that_cannot_be_measured_in_are_refused(spoil, complaint, batch):
    with pytest.raises(ValueError, match=complaint):
        pixel.detail_energy_ratio(batch.image, batch.image, spoil(batch.mask))


@pytest.mark.parametrize(
    ("completed", "complaint"),
    [
        (np.zeros([3, 48, 48, 3], np.uint8), "completed is uint8"),
        (np.full([3, 48, 48, 3], 255.0), "completed holds values as large as 255"),
        (np.full([3, 48, 48, 3], np.nan), "completed holds values as large as nan"),
        (np.zeros([48, 48, 3]), r"completed has the shape \(48, 48, 3\)"),
        (np.zeros([1, 48, 48, 3]), "image and completed have the shapes"),
    ],
)
def test_what_is_not_such_an_image_is_refused(completed, complaint, batch):
    with pytest.raises(ValueError, match=complaint):
        pixel.l1(batch.image, completed)


def test_a_soft_mask_is_a_hole_wherever_it_is_above_zero(batch):
    completed = batch.filling(0.2)
    soft, hard = (
        pixel.masked_l1(batch.image, completed, mask) for mask in (0.1 * batch.mask, batch.mask)
    )
    np.testing.assert_array_equal(soft, hard)


def test_at_the_border_detail_is_that_of_an_image_continued_by_its_edge():
    # Ramps have no detail but where they end.
    ramp = np.broadcast_to(np.arange(32.0)[:, np.newaxis] / 4, [1, 32, 32, 3])
    mask = np.ones([1, 32, 32, 1])
    ratio = pixel.detail_energy_ratio(ramp / 2 + 0.2, ramp + 0.2, mask)
    assert ratio == pytest.approx(4, rel=0.1)
