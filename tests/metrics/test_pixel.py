import json

import numpy as np
import pytest
import tensorflow as tf

from exgan_tf.metrics import pixel

WHOLE = [pixel.l1, pixel.psnr, pixel.ssim, pixel.ms_ssim_distance]
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
HIGH_IS_GOOD = {pixel.psnr, pixel.ssim, pixel.masked_ssim}

every_metric = pytest.mark.parametrize("metric", WHOLE + IN_THE_HOLE, ids=lambda m: m.__name__)


EVERY_EXAMPLE = slice(None)


def measure(metric, batch, completed, *, examples=EVERY_EXAMPLE):
    mask = [batch.mask[examples]] if metric in IN_THE_HOLE else []
    return metric(batch.image[examples], completed[examples], *mask)


@every_metric
def test_identical_images_get_the_perfect_number(metric, batch):
    values = measure(metric, batch, batch.image)
    assert values.shape == (3,)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, PERFECT[metric], atol=1e-6)
    json.dumps(values.tolist(), allow_nan=False)


@every_metric
def test_more_noise_is_worse(metric, batch):
    little, much = (measure(metric, batch, batch.filling(noise)) for noise in (0.05, 0.3))
    assert ((little > much) if metric in HIGH_IS_GOOD else (little < much)).all()


@every_metric
def test_an_image_gets_the_same_number_in_any_batch(metric, batch):
    completed = batch.filling(0.2)
    alone = [measure(metric, batch, completed, examples=slice(i, i + 1))[0] for i in range(3)]
    np.testing.assert_allclose(measure(metric, batch, completed), alone, rtol=1e-5)


@every_metric
def test_tensors_count_as_arrays_do(metric, batch):
    tensors = [tf.constant(batch.image), tf.constant(batch.filling(0.2))]
    mask = [tf.constant(batch.mask)] if metric in IN_THE_HOLE else []
    arrays = measure(metric, batch, batch.filling(0.2))
    np.testing.assert_array_equal(metric(*tensors, *mask), arrays)


@every_metric
def test_black_against_white_is_finite(metric, batch):
    black, white = np.full_like(batch.image, -1), np.ones_like(batch.image)
    mask = [batch.mask] if metric in IN_THE_HOLE else []
    assert np.isfinite(metric(black, white, *mask)).all()


@pytest.mark.parametrize("metric", [pixel.masked_l1, pixel.masked_ssim, pixel.detail_energy_ratio])
def test_what_lies_far_from_the_hole_does_not_count(metric, batch):
    completed = batch.filling(0.2)
    elsewhere = completed.copy()
    elsewhere[:, 30:] = 0.9
    np.testing.assert_allclose(
        metric(batch.image, elsewhere, batch.mask), metric(batch.image, completed, batch.mask)
    )


def test_l1_is_on_the_scale_of_zero_to_one():
    image, completed = np.full([1, 4, 4, 3], -0.5), np.full([1, 4, 4, 3], 0.1)
    assert pixel.l1(image, completed) == pytest.approx(0.3)


def test_masked_l1_divides_by_each_images_own_hole():
    image, completed = np.zeros([2, 4, 4, 3]), np.zeros([2, 4, 4, 3])
    mask = np.zeros([2, 4, 4, 1])
    mask[0, :2, 0], mask[1] = 1, 1
    completed[:, 0, 0] = 0.8
    np.testing.assert_allclose(pixel.masked_l1(image, completed, mask), [0.2, 0.025])


def test_psnr_is_that_of_the_mean_squared_error():
    image, completed = np.zeros([1, 4, 4, 3]), np.full([1, 4, 4, 3], 0.2)
    assert pixel.psnr(image, completed) == pytest.approx(20)


def gaussian_window():
    places = np.arange(11) - 5
    line = np.exp(-(places**2) / (2 * 1.5**2))
    window = np.outer(line, line)
    return window / window.sum()


def window_terms(one, other):
    """Luminance and contrast-structure of each channel, the mean over all windows: [2, 3]."""
    weights = gaussian_window()[..., np.newaxis]
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


def test_masked_ssim_of_one_pixel_is_that_of_the_window_around_it(batch):
    image, completed = batch.image[:1], batch.filling(0.3)[:1]
    mask = np.zeros([1, 48, 48, 1])
    mask[0, 15, 12] = 1
    window = (slice(None), slice(10, 21), slice(7, 18))
    expected = pixel.ssim(image[window], completed[window])
    np.testing.assert_allclose(pixel.masked_ssim(image, completed, mask), expected, atol=1e-5)


def test_masked_ssim_reaches_into_the_corner(batch):
    mask = np.zeros([3, 48, 48, 1])
    mask[:, 0, 0] = 1
    completed = batch.image.copy()
    completed[:, :4, :4] *= -1
    assert (pixel.masked_ssim(batch.image, completed, mask) < 0.9).all()


def test_ms_ssim_is_the_published_formula(batch):
    image, completed = batch.image[:1, :24, :24], batch.filling(0.3)[:1, :24, :24]
    one, other = (image[0] + 1) / 2, (completed[0] + 1) / 2
    weights = np.array([0.0448, 0.2856]) / (0.0448 + 0.2856)
    fine = window_terms(one, other)[:, 1].mean(0)
    one, other = (each.reshape(12, 2, 12, 2, 3).mean((1, 3)) for each in (one, other))
    coarse = window_terms(one, other)[:, 0].mean(0)
    expected = 1 - (fine ** weights[0] * coarse ** weights[1]).mean()
    assert pixel.ms_ssim_distance(image, completed)[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("image_size", [176, 256, 512])
def test_large_images_get_the_standard_ms_ssim(image_size):
    settings = pixel.ms_ssim_settings(image_size)
    assert settings == ((0.0448, 0.2856, 0.3001, 0.2363, 0.1333), 11, 1.5)


@pytest.mark.parametrize(("image_size", "num_scales"), [(32, 2), (64, 3), (128, 4), (175, 4)])
def test_small_images_get_fewer_scales_whose_weights_sum_to_one(image_size, num_scales):
    weights = pixel.ms_ssim_settings(image_size).weights
    assert len(weights) == num_scales
    assert sum(weights) == pytest.approx(1)


@pytest.mark.parametrize("image_size", [32, 40, 64, 96, 128, 176])
def test_ms_ssim_works_for_every_size(image_size):
    rng = np.random.default_rng(0)
    image, completed = rng.uniform(-1, 1, [2, 1, image_size, image_size, 3])
    assert 0 < pixel.ms_ssim_distance(image, completed)[0] <= 1


def test_tiny_images_have_no_ms_ssim():
    with pytest.raises(ValueError, match="image_size is 21; MS-SSIM needs at least 22 pixels"):
        pixel.ms_ssim_settings(21)


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


def test_a_hole_too_small_for_detail_is_refused(batch):
    mask = np.zeros_like(batch.mask)
    mask[:, 5:7, 5:30] = 1
    with pytest.raises(ValueError, match="mask has a hole that is less than 3 x 3 pixels"):
        pixel.detail_energy_ratio(batch.image, batch.image, mask)


def test_an_image_without_a_hole_is_named(batch):
    mask = batch.mask.copy()
    mask[1] = 0
    with pytest.raises(ValueError, match=r"mask has no hole in the images \[1\]"):
        pixel.masked_l1(batch.image, batch.image, mask)


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


def test_a_mask_of_another_shape_is_refused(batch):
    with pytest.raises(ValueError, match=r"mask has the shape \(3, 48, 48\)"):
        pixel.masked_l1(batch.image, batch.image, batch.mask[..., 0])


def test_a_soft_mask_is_a_hole_wherever_it_is_above_zero(batch):
    completed = batch.filling(0.2)
    soft, hard = (
        pixel.masked_l1(batch.image, completed, mask) for mask in (0.1 * batch.mask, batch.mask)
    )
    np.testing.assert_array_equal(soft, hard)


def test_what_a_network_overshoots_by_is_measured():
    image = np.ones([1, 32, 32, 3], np.float32)
    assert pixel.l1(image, 1.5 * image) == pytest.approx(0.25)


def test_ssim_in_a_corner_sees_the_image_reflected():
    image, completed = np.random.default_rng(0).uniform(-1, 1, [2, 1, 32, 32, 3])
    mask = np.zeros([1, 32, 32, 1])
    mask[0, 0, 0] = 1
    offsets = np.arange(-5, 6)
    gaussian = np.exp(-(offsets**2) / (2 * 1.5**2))
    weights = np.outer(gaussian, gaussian) / gaussian.sum() ** 2
    rows, columns = np.meshgrid(abs(offsets), abs(offsets), indexing="ij")
    similarities = []
    for channel in range(3):
        x, y = ((each[0, rows, columns, channel] + 1) / 2 for each in (image, completed))
        mean_x, mean_y = (np.sum(weights * each) for each in (x, y))
        variances = np.sum(weights * (x**2 + y**2)) - mean_x**2 - mean_y**2
        covariance = np.sum(weights * x * y) - mean_x * mean_y
        c1, c2 = 0.01**2, 0.03**2
        luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        similarities.append(luminance * (2 * covariance + c2) / (variances + c2))
    expected = np.mean(similarities)
    assert pixel.masked_ssim(image, completed, mask) == pytest.approx(expected, rel=1e-3)


def test_at_the_border_detail_is_that_of_an_image_continued_by_its_edge():
    # Ramps have no detail but where they end.
    ramp = np.broadcast_to(np.arange(32.0)[:, np.newaxis] / 4, [1, 32, 32, 3])
    mask = np.ones([1, 32, 32, 1])
    ratio = pixel.detail_energy_ratio(ramp / 2 + 0.2, ramp + 0.2, mask)
    assert ratio == pytest.approx(4, rel=0.1)
