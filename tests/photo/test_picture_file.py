import io
import struct

import numpy as np
import PIL.Image
import PIL.ImageCms
import PIL.ImageOps
import pytest

from exgan_tf import images
from exgan_tf.photo import picture_file

ORIENTATION, MAKER = 0x0112, 0x010F
PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def picture():
    """A smooth picture with some grain, uint8 [96, 128, 3]."""
    rows, columns = np.mgrid[0:96, 0:128]
    smooth = np.stack([rows * 2, columns * 1.5, 200 - rows - columns / 2], axis=-1)
    grain = np.random.default_rng(0).normal(0, 3, smooth.shape)
    return np.clip(smooth + grain, 0, 255).astype(np.uint8)


def encode(picture, file_format, **options):
    data = io.BytesIO()
    PIL.Image.fromarray(picture).save(data, format=file_format, **options)
    return data.getvalue()


def paint(photo):
    """The photo with a red rectangle, and where it is."""
    changed = np.zeros(photo.shape[:2], bool)
    changed[40:56, 32:64] = True
    painted = photo.copy()
    painted[changed] = (255, 0, 0)
    return painted, changed


def exif(orientation=1):
    tags = PIL.Image.Exif()
    tags[ORIENTATION], tags[MAKER] = orientation, "a camera"
    return tags


def rewrite(path, original):
    photo, changed = paint(images.decode_photo(original))
    picture_file.write_like(path, photo, original=original, changed=changed)
    return photo, changed


@pytest.mark.parametrize(
    ("suffix", "file_format", "options"),
    [
        (".png", "PNG", {}),
        (".png", "BMP", {}),
        (".bmp", "BMP", {}),
        (".tif", "TIFF", {}),
        (".webp", "WEBP", {"lossless": True}),
        (".png", "GIF", {}),
    ],
)
def test_formats_without_loss_are_written_exactly(tmp_path, picture, suffix, file_format, options):
    path = tmp_path / f"out{suffix}"
    photo, _ = rewrite(path, encode(picture, file_format, **options))
    np.testing.assert_array_equal(images.read_photo(path), photo)


@pytest.mark.parametrize("quality", [70, 90, 97])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_jpeg_keeps_its_quality_and_sampling(tmp_path, picture, quality, subsampling):
    original = encode(picture, "JPEG", quality=quality, subsampling=subsampling)
    path = tmp_path / "out.jpg"
    photo, changed = rewrite(path, original)
    with PIL.Image.open(path) as written, PIL.Image.open(io.BytesIO(original)) as stored:
        assert written.quantization == stored.quantization
        assert written.layer == stored.layer
    far = np.ones_like(changed)
    far[16:80, 16:96] = False
    difference = np.abs(images.read_photo(path).astype(int) - photo)[far]
    assert difference.max() <= 12
    assert (difference == 0).mean() > 0.75


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_turned_picture_stays_turned_and_its_exif_true(
    tmp_path, picture, orientation, file_format
):
    original = encode(picture, file_format, exif=exif(orientation), quality=95, subsampling=0)
    path = tmp_path / ("out.jpg" if file_format == "JPEG" else "out.png")
    photo, changed = rewrite(path, original)
    with PIL.Image.open(path) as written:
        assert written.size == (128, 96)
        assert written.getexif()[ORIENTATION] == orientation
        assert written.getexif()[MAKER] == "a camera"
    difference = np.abs(images.read_photo(path).astype(int) - photo)
    assert difference[44:52, 40:56].max() <= 9
    assert difference.mean() < 2


@pytest.mark.parametrize(("file_format", "name"), [("JPEG", "o.jpg"), ("PNG", "o.png")])
def test_the_color_profile_and_the_resolution_stay(tmp_path, picture, file_format, name):
    original = encode(picture, file_format, icc_profile=PROFILE, dpi=(300, 300))
    rewrite(tmp_path / name, original)
    with PIL.Image.open(tmp_path / name) as written:
        assert written.info["icc_profile"] == PROFILE
        assert round(written.info["dpi"][0]) == 300


def test_a_profile_of_other_colors_is_left_out(tmp_path, picture):
    gray = PROFILE[:16] + b"GRAY" + PROFILE[20:]
    rewrite(tmp_path / "out.jpg", encode(picture[..., 0], "JPEG", icc_profile=gray))
    with PIL.Image.open(tmp_path / "out.jpg") as written:
        assert "icc_profile" not in written.info


def test_transparency_stays(tmp_path, picture):
    alpha = np.random.default_rng(1).integers(0, 256, (96, 128, 1), np.uint8)
    stored = np.concatenate([picture, alpha], axis=-1)
    photo, changed = rewrite(tmp_path / "out.png", encode(stored, "PNG"))
    with PIL.Image.open(tmp_path / "out.png") as written:
        pixels = np.asarray(written)
    np.testing.assert_array_equal(pixels[~changed], stored[~changed])
    np.testing.assert_array_equal(pixels[changed][:, :3], photo[changed])
    np.testing.assert_array_equal(pixels[..., 3:], alpha)


def test_png_text_stays(tmp_path, picture):
    text = PIL.PngImagePlugin.PngInfo()
    text.add_text("Title", "A day out")
    rewrite(tmp_path / "out.png", encode(picture, "PNG", pnginfo=text))
    with PIL.Image.open(tmp_path / "out.png") as written:
        assert written.text["Title"] == "A day out"


def exif_with_thumbnail(order):
    """Two directories: one entry, then a link to the second, that of the thumbnail."""
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", ORIENTATION, 3, 1, 6, 0)
    first = struct.pack(order + "H", 1) + entry + struct.pack(order + "I", 26)
    second = struct.pack(order + "H", 0) + struct.pack(order + "I", 0)
    return mark + struct.pack(order + "HI", 42, 8) + first + second


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_thumbnail_with_closed_eyes_is_unlinked_and_all_else_kept(order):
    before = exif_with_thumbnail(order)
    after = picture_file.drop_thumbnail(before)
    assert after == before[:22] + bytes(4) + before[26:]
    tags = PIL.Image.Exif()
    tags.load(b"Exif\x00\x00" + after)
    assert tags[ORIENTATION] == 6
    assert not tags.get_ifd(PIL.ExifTags.IFD.IFD1)


@pytest.mark.parametrize("length", [0, 1, 4, 8, 9, 20, 25])
def test_broken_exif_is_left_as_it_is(length):
    cut = exif_with_thumbnail("<")[:length]
    assert picture_file.drop_thumbnail(cut) == cut


def test_a_cmyk_jpeg_becomes_rgb(tmp_path, picture):
    data = io.BytesIO()
    PIL.Image.fromarray(picture).convert("CMYK").save(data, format="JPEG")
    photo, _ = rewrite(tmp_path / "out.jpg", data.getvalue())
    assert np.abs(images.read_photo(tmp_path / "out.jpg").astype(int) - photo).mean() < 6


def test_a_size_that_pillow_warns_of_is_written(tmp_path, picture, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", picture.size // 3 - 1)
    rewrite(tmp_path / "out.png", encode(picture, "PNG"))
    assert (tmp_path / "out.png").exists()


def test_outputs_are_checked_before_any_work(tmp_path, picture):
    taken, photo = tmp_path / "taken.jpg", tmp_path / "photo.jpg"
    for path in (taken, photo):
        images.write_photo(path, picture)

    def check(name, overwrite=False):
        picture_file.check_output(tmp_path / name, overwrite=overwrite, inputs=[photo])

    check("new.png")
    check("taken.jpg", overwrite=True)
    with pytest.raises(ValueError, match="exists: choose another name, or pass --overwrite"):
        check("taken.jpg")
    with pytest.raises(ValueError, match="one of the photographs to read"):
        check("photo.jpg", overwrite=True)
    with pytest.raises(ValueError, match="must end in"):
        check("new.docx")
    with pytest.raises(ValueError, match="there is no folder"):
        check("nowhere/new.jpg")
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(ValueError, match="it is a folder"):
        check("folder.jpg", overwrite=True)
