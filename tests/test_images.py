import io
import os
import struct
import sys
import time
import zlib

import cv2
import numpy as np
import PIL.Image
import pytest

from exgan_tf import images, segments


def encode(picture, format_name, **options):
    buffer = io.BytesIO()
    picture.save(buffer, format_name, **options)
    return buffer.getvalue()


def test_jpeg_is_that_of_opencv_which_the_published_scripts_use(photo):
    data = images.encode_jpeg(photo)
    encoded = cv2.imencode(".jpg", photo[..., ::-1])[1]
    assert data == encoded.tobytes()
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(images.decode_photo(data), decoded)


def test_full_color_jpeg_keeps_fine_colour_better(photo):
    striped = np.zeros_like(photo)
    striped[:, ::2, 0] = 255
    full = images.decode_photo(images.encode_jpeg(striped, full_color=True))
    halved = images.decode_photo(images.encode_jpeg(striped))
    error_full, error_halved = (np.abs(x.astype(int) - striped).mean() for x in (full, halved))
    assert error_full < 0.2 * error_halved


@pytest.mark.parametrize("brightest", [65535, 200])
def test_16_bit_grey_is_scaled_and_not_cut_off(brightest):
    grey = np.linspace(0, brightest, 64).astype(np.uint16).reshape(8, 8)
    decoded = images.decode_photo(encode(PIL.Image.fromarray(grey), "PNG"))
    np.testing.assert_array_equal(decoded, np.rint(grey / 257)[..., np.newaxis].repeat(3, axis=-1))


def test_32_bit_grey_is_refused_since_its_range_is_unknown():
    data = encode(PIL.Image.fromarray(np.ones((8, 8), np.float32)), "TIFF")
    with pytest.raises(images.UnreadableImageError, match="no fixed range"):
        images.decode_photo(data)


def test_16_bit_colour_keeps_its_high_bytes(photo):
    _, data = cv2.imencode(".png", photo[..., ::-1].astype(np.uint16) * 257)
    np.testing.assert_array_equal(images.decode_photo(data.tobytes()), photo)


def test_transparent_pixels_are_laid_on_white(photo):
    alpha = np.full(photo.shape[:2], 255, np.uint8)
    alpha[:10] = 0
    decoded = images.decode_photo(encode(PIL.Image.fromarray(np.dstack([photo, alpha])), "PNG"))
    assert (decoded[:10] == 255).all()
    np.testing.assert_array_equal(decoded[10:], photo[10:])


def test_cmyk_jpeg_is_read_in_its_colours():
    red = PIL.Image.new("RGB", (16, 16), (200, 30, 40)).convert("CMYK")
    decoded = images.decode_photo(encode(red, "JPEG", quality=95))
    assert np.abs(decoded.astype(int) - (200, 30, 40)).max() < 12


def test_exif_orientation_turns_the_photo_upright(photo):
    picture = PIL.Image.fromarray(photo)
    exif = picture.getexif()
    exif[0x0112] = 6  # To be turned by 90 degrees clockwise for display.
    decoded = images.decode_photo(encode(picture, "PNG", exif=exif))
    np.testing.assert_array_equal(decoded, np.rot90(photo, -1))


def test_of_an_animation_the_first_frame_is_read(photo):
    frames = [PIL.Image.new("RGB", (16, 16), color) for color in ("red", "blue")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(images.decode_photo(data)[0, 0], (255, 0, 0))


def wide_png(width):
    """A PNG whose header promises `width` pixels, without the pixels."""
    header = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    chunks = (segments.Segment(b"IHDR", header), segments.Segment(b"IDAT", zlib.compress(b"")))
    return b"".join([segments.PNG_START, *map(segments.pack_png, chunks)])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html></html>", "not a readable image"),
        (wide_png(100_000), "too large"),
        (wide_png(12_000), "too large"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "image"),
        # A format with code in it.
        (encode(PIL.Image.new("RGB", (8, 8)), "EPS"), "not a readable image"),
        *(
            (b"\0\0\0\x18ftyp" + brand + bytes(64), "image")
            for brand in (b"heic", b"mif1", b"avif")
        ),
    ],
    ids=["empty", "html", "wide", "megapixels", "header only", "EPS", "HEIC", "HEIF", "AVIF"],
)
def test_what_is_no_image_is_refused_with_its_reason(data, reason):
    with pytest.raises(images.UnreadableImageError, match=reason):
        images.decode_photo(data)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_a_cut_file_is_refused(format_name):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    data = encode(PIL.Image.fromarray(noise), format_name)
    with pytest.raises(images.UnreadableImageError, match="damaged|not a readable"):
        images.decode_photo(data[: len(data) // 2])


@pytest.mark.parametrize("suffix", images.WRITABLE_SUFFIXES)
def test_every_format_that_is_written_can_be_read(photo, tmp_path, suffix):
    if suffix in (".heic", ".heif"):
        pytest.importorskip("pillow_heif")
    images.write_photo(tmp_path / f"a{suffix}", photo)
    back = images.read_photo(tmp_path / f"a{suffix}")
    assert np.abs(back.astype(int) - photo).mean() < (
        6 if suffix in (".jpg", ".jpeg", ".webp", ".heic", ".heif", ".avif") else 1e-9
    )


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_what_is_no_photo_is_not_written(array, tmp_path):
    with pytest.raises(ValueError, match="a photo is a uint8 array"):
        images.write_photo(tmp_path / "a.png", array)


def test_a_pipe_is_not_waited_for_and_what_cannot_be_read_is_named(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    for name, reason in (("a.jpg", "not a regular file"), ("gone.jpg", "No such file")):
        with pytest.raises(images.UnreadableImageError, match=f"{name}: {reason}"):
            images.read_photo(tmp_path / name)


def test_image_and_photo_are_each_others_inverse():
    grey_levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    image = images.to_image(grey_levels)
    assert image.dtype == np.float32
    assert (image.min(), image.max()) == (-1.0, 1.0)
    np.testing.assert_array_equal(images.to_photo(image), grey_levels)
    assert images.to_photo(np.array([-1.5, 1.5])).tolist() == [0, 255]


def test_an_unknown_ending_is_refused_before_anything_is_written(photo, tmp_path):
    with pytest.raises(ValueError, match=r"must end in .jpg, .jpeg, .png, .webp, .* or .avif"):
        images.write_photo(tmp_path / "a.xyz", photo)
    assert not list(tmp_path.iterdir())


def png_with(kind, body):
    data = encode(PIL.Image.new("RGB", (8, 8)), "PNG")
    return segments.join_png([segments.Segment(kind, body)], data)


def test_exif_is_bounded_before_it_is_parsed(photo):
    header = b"Exif\0\0"
    started = time.process_time()
    with pytest.raises(images.UnreadableImageError, match="2.3 megabytes of EXIF, at most 1"):
        images.decode_photo(png_with(b"eXIf", header * 400_000))
    assert images.decode_photo(png_with(b"eXIf", header * 100)).shape == (8, 8, 3)
    assert time.process_time() - started < 1
    webp = encode(PIL.Image.fromarray(photo), "WEBP", exif=header * 400_000)
    with pytest.raises(images.UnreadableImageError, match="2.3 megabytes of EXIF"):
        images.decode_photo(webp)
    jpeg = encode(PIL.Image.fromarray(photo), "JPEG")
    parts = [segments.Segment(b"\xe1", header * 10_000)] * 20
    with pytest.raises(images.UnreadableImageError, match="1.1 megabytes of EXIF"):
        images.decode_photo(segments.join_jpeg(parts, jpeg))


def test_all_other_metadata_is_bounded_too(photo, monkeypatch):
    monkeypatch.setattr(images, "MAX_METADATA_BYTES", 1 << 20)
    with pytest.raises(images.UnreadableImageError, match="megabytes of metadata, at most 1"):
        images.decode_photo(png_with(b"zTXt", bytes(2 << 20)))
    tiff = encode(PIL.Image.fromarray(photo), "TIFF", tiffinfo={50_000: (7,) * (1 << 20)})
    with pytest.raises(images.UnreadableImageError, match="megabytes of metadata, at most 1"):
        images.decode_photo(tiff)


def test_a_jpeg_that_goes_over_its_pixels_for_ever_is_refused(photo):
    data = encode(PIL.Image.fromarray(photo[..., 0]), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert images.decode_photo(data[:-2] + last * 10 + b"\xff\xd9").shape == photo.shape
    with pytest.raises(images.UnreadableImageError, match="a JPEG of .* scans, at most 64"):
        images.decode_photo(data[:-2] + last * 1000 + b"\xff\xd9")


def test_heic_is_refused_with_the_way_out_where_nothing_reads_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(images.UnreadableImageError, match=r"pip install -e \.\[heic\]; or save it"):
        images.decode_photo(b"\0\0\0\x18ftypheic" + bytes(64))


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0Exif\0\0", b"Exif\0\0II*\0\xff\xff"])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_is_no_reason_to_refuse_a_photo(photo, format_name, exif):
    data = encode(PIL.Image.fromarray(photo), format_name, exif=exif)
    assert images.decode_photo(data).shape == photo.shape
