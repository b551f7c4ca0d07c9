import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest

from exgan_tf.photo.colors import read_colors

SRGB = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
LAB = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("LAB")).tobytes()


def picture(mode="RGB"):
    values = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    return PIL.Image.fromarray(values).convert(mode)


@pytest.mark.parametrize(
    "profile",
    [
        *(None, b"", b"short", SRGB, SRGB[:200], LAB, SRGB[:16] + b"GRAY" + SRGB[20:]),
        SRGB[:128] + b"\xff" * 400,
    ],
    ids=["none", "empty", "short", "sRGB", "cut", "Lab", "grey", "damaged"],
)
def test_numbers_are_srgb_unless_a_sound_profile_says_otherwise(profile):
    colors = read_colors("RGB", profile)
    assert colors.are_srgb
    for convert in (colors.to_srgb, colors.from_srgb):
        np.testing.assert_array_equal(np.asarray(convert(picture())), np.asarray(picture()))


def test_grey_without_a_profile_is_grey_there_and_back():
    colors = read_colors("L", None)
    grey = picture("L")
    shown = colors.to_srgb(grey)
    assert shown.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(colors.from_srgb(shown)), np.asarray(grey))


def test_cmyk_without_a_profile_comes_back_as_the_same_colors():
    colors = read_colors("CMYK", None)
    assert not colors.are_srgb
    there = colors.from_srgb(picture())
    assert there.mode == "CMYK"
    back = np.asarray(colors.to_srgb(there)).astype(int)
    assert np.abs(back - np.asarray(picture())).max() <= 1
