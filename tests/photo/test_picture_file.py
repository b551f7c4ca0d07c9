import errno
import io
import struct
import zlib

import cv2
import numpy as np
import PIL.Image
import PIL.ImageCms
import PIL.IptcImagePlugin
import PIL.TiffImagePlugin
import pytest

from exgan_tf import images
from exgan_tf.photo import digital_source, metadata, picture_file

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
    """Paints the original's bytes and writes it; returns the photo and where it was painted."""
    source = path.with_name("original")
    source.write_bytes(original)
    picture = picture_file.read_picture(source)
    photo, changed = paint(picture.photo)
    picture.write(path, photo, changed=changed)
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


def test_a_profile_of_other_colors_is_not_applied(tmp_path, picture):
    gray = PROFILE[:16] + b"GRAY" + PROFILE[20:]
    original = encode(picture, "PNG", icc_profile=gray)
    photo, _ = rewrite(tmp_path / "out.png", original)
    np.testing.assert_array_equal(images.read_photo(tmp_path / "out.png"), photo)


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


def test_a_size_that_pillow_warns_of_is_written(tmp_path, picture, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", picture.size // 3 - 1)
    rewrite(tmp_path / "out.png", encode(picture, "PNG"))
    assert (tmp_path / "out.png").exists()


@pytest.mark.parametrize("read", [images.read_photo, picture_file.read_picture])
def test_a_png_whose_pixels_are_damaged_is_refused(tmp_path, picture, read):
    data = encode(picture, "PNG")
    start = data.index(b"IDAT")
    end = start + 4 + int.from_bytes(data[start - 4 : start], "big")
    damaged = data[start : end - 1] + bytes([data[end - 1] ^ 1])  # The checksum of all pixels.
    checked = struct.pack(">I", zlib.crc32(damaged))
    (tmp_path / "in.png").write_bytes(data[:start] + damaged + checked + data[end + 4 :])
    with pytest.raises(images.UnreadableImageError, match="in.png: damaged image"):
        read(tmp_path / "in.png")


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
    (tmp_path / "link.jpg").symlink_to("nowhere/new.jpg")
    with pytest.raises(ValueError, match="there is no folder .*nowhere"):
        check("link.jpg")
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(ValueError, match="it is a folder"):
        check("folder.jpg", overwrite=True)


def write(tmp_path, original, name):
    """Paints a file and writes it under a name; what is not kept, and the path."""
    source = tmp_path / "original"
    source.write_bytes(original)
    picture = picture_file.read_picture(source)
    photo, changed = paint(picture.photo)
    return picture.write(tmp_path / name, photo, changed=changed), tmp_path / name


def deep(picture):
    """The picture with 16 bits a colour, all of them used."""
    low = np.random.default_rng(2).integers(0, 256, picture.shape, np.uint16)
    return picture.astype(np.uint16) * 256 + low


def read_deep(path):
    samples = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    return samples[..., ::-1] if samples.ndim == 3 else samples


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [np.s_[:], np.s_[..., 0]], ids=["RGB", "grey"])
def test_sixteen_bits_stay_sixteen_bits(tmp_path, picture, suffix, channels):
    stored = deep(picture)[channels]
    swapped = stored[..., ::-1] if stored.ndim == 3 else stored
    original = cv2.imencode(suffix, swapped)[1].tobytes()
    lost, path = write(tmp_path, original, f"out{suffix}")
    written = read_deep(path)
    _, changed = paint(picture)
    assert (lost, written.dtype) == ([], np.uint16)
    np.testing.assert_array_equal(written[~changed], stored[~changed])
    assert np.abs(images.read_photo(path)[changed].astype(int) - [255, 0, 0]).max() <= 1 or (
        written.ndim == 2
    )


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tif", ".avif"])
def test_sixteen_bits_are_named_where_they_cannot_be_kept(tmp_path, picture, suffix):
    original = cv2.imencode(".png", deep(picture)[..., ::-1])[1].tobytes()
    lost, path = write(tmp_path, original, f"out{suffix}")
    assert lost == ["16 bits a colour"]
    assert np.abs(images.read_photo(path).astype(int) - paint(picture)[0]).mean() < 3


@pytest.mark.parametrize(("file_format", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png")])
def test_grey_stays_grey_with_its_profile(tmp_path, picture, file_format, suffix):
    gray = PROFILE[:16] + b"GRAY" + PROFILE[20:]
    _, path = write(
        tmp_path, encode(picture[..., 0], file_format, icc_profile=gray), f"out{suffix}"
    )
    with PIL.Image.open(path) as written:
        assert (written.mode, written.info["icc_profile"]) == ("L", gray)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_cmyk_jpeg_keeps_its_colors_as_a_tiff(tmp_path, picture, orientation):
    data = io.BytesIO()
    stored = PIL.Image.fromarray(picture).convert("CMYK")
    stored.save(data, format="JPEG", exif=exif(orientation), quality=95)
    _, path = write(tmp_path, data.getvalue(), "out.tif")
    (tmp_path / "in.jpg").write_bytes(data.getvalue())
    difference = images.read_photo(path).astype(int) - images.read_photo(tmp_path / "in.jpg")
    assert np.median(np.abs(difference)) <= 2


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_stays_cmyk(tmp_path, picture, suffix):
    stored = PIL.Image.fromarray(picture).convert("CMYK")
    data = io.BytesIO()
    stored.save(data, format="JPEG" if suffix == ".jpg" else "TIFF")
    lost, path = write(tmp_path, data.getvalue(), f"out{suffix}")
    _, changed = paint(picture)
    with PIL.Image.open(path) as written, PIL.Image.open(data) as read:
        assert (lost, written.mode) == ([], "CMYK")
        difference = np.abs(np.asarray(written).astype(int) - np.asarray(read))[~changed]
    assert difference.mean() < (0.5 if suffix == ".jpg" else 1e-9)
    red = images.read_photo(path)[44:52, 40:56].astype(int)
    assert np.abs(red - [255, 0, 0]).max() < 40


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(data, *inserted):
    return data[:2] + b"".join(inserted) + data[2:]


def xmp(attributes):
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="mine" ' + attributes + b"/>"
        b"</rdf:RDF></x:xmpmeta>"
    )


CAPTION = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", 12) + b"\x1c\x02\x78\x00\x07Holiday"
THUMBNAIL = b"8BIM\x04\x0c\x00\x00" + struct.pack(">I", 10) + b"closedeyes"
MOTION = b'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto="1"'
GAIN_MAP = b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'


def test_captions_stay_and_their_thumbnail_goes(tmp_path, picture):
    captions = segment(0xED, b"Photoshop 3.0\x00" + THUMBNAIL + CAPTION)
    lost, path = write(tmp_path, with_segments(encode(picture, "JPEG"), captions), "out.jpg")
    assert lost == []
    assert CAPTION in path.read_bytes()
    assert b"closedeyes" not in path.read_bytes()
    with PIL.Image.open(path) as written:
        assert PIL.IptcImagePlugin.getiptcinfo(written)[(2, 120)] == b"Holiday"


def test_a_film_is_named_and_no_longer_announced(tmp_path, picture):
    announced = segment(0xE1, metadata.XMP_START + xmp(MOTION))
    film = b"\x00\x00\x00\x18ftypmp42" + bytes(100)
    original = with_segments(encode(picture, "JPEG"), announced) + film
    lost, path = write(tmp_path, original, "out.jpg")
    assert lost == ["the film"]
    with PIL.Image.open(path) as written:
        assert b"MotionPhoto" not in written.info["xmp"]
        assert b'dc:rights="mine"' in written.info["xmp"]
    assert b"ftyp" not in path.read_bytes()


@pytest.mark.parametrize("name", ["out.jpg", "out.heic"])
def test_a_film_in_a_heic_is_named_and_no_longer_announced(tmp_path, picture, name):
    pytest.importorskip("pillow_heif").register_heif_opener()
    film = struct.pack(">I4s", 108, b"mpvd") + bytes(100)
    lost, path = write(tmp_path, encode(picture, "HEIF", xmp=xmp(MOTION)) + film, name)
    assert lost == ["the film"]
    with PIL.Image.open(path) as written:
        assert b"MotionPhoto" not in written.info["xmp"]


def test_a_gain_map_is_named_and_no_longer_announced(tmp_path, picture):
    original = with_segments(
        encode(picture, "JPEG"),
        segment(0xE1, metadata.XMP_START + xmp(GAIN_MAP)),
        segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\x00" + bytes(4)),
    )
    lost, path = write(tmp_path, original + encode(picture[::4, ::4], "JPEG"), "out.jpg")
    assert lost == ["data after the picture", "the gain map"]
    data = path.read_bytes()
    assert b"hdr-gain-map" not in data
    assert b"21496" not in data
    assert b'dc:rights="mine"' in data


def test_further_pictures_of_a_jpeg_are_named(tmp_path, picture):
    data = io.BytesIO()
    first = PIL.Image.fromarray(picture)
    first.save(data, format="MPO", save_all=True, append_images=[first])
    lost, path = write(tmp_path, data.getvalue(), "out.jpg")
    assert lost == ["further pictures"]
    with PIL.Image.open(path) as written:
        assert written.format == "JPEG"


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_further_frames_are_named(tmp_path, picture, file_format):
    data = io.BytesIO()
    frames = [PIL.Image.fromarray(each) for each in (picture, 255 - picture)]
    frames[0].save(data, format=file_format, save_all=True, append_images=frames[1:])
    name = "out.webp" if file_format == "WEBP" else "out.png"
    lost, path = write(tmp_path, data.getvalue(), name)
    assert "further frames" in lost
    with PIL.Image.open(path) as written:
        assert not getattr(written, "is_animated", False)


def test_signed_credentials_are_named_and_gone(tmp_path, picture):
    signed = segment(0xEB, b"JP\x00\x01\x00\x00\x00\x01jumbc2pa" + bytes(20))
    lost, path = write(tmp_path, with_segments(encode(picture, "JPEG"), signed), "out.jpg")
    assert lost == ["content credentials"]
    assert b"c2pa" not in path.read_bytes()


def test_a_tiff_keeps_its_tags_and_pages_exactly(tmp_path, picture):
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315], tags[33723] = "A day out", "an artist", b"\x1c\x02\x78\x00\x02Hi"
    tags[34665] = {36867: "2026:11:25 10:00:00"}
    pages = [PIL.Image.fromarray(each) for each in (picture, 255 - picture)]
    data = io.BytesIO()
    pages[0].save(
        data,
        format="TIFF",
        tiffinfo=tags,
        icc_profile=PROFILE,
        dpi=(300, 300),
        save_all=True,
        append_images=pages[1:],
    )
    lost, path = write(tmp_path, data.getvalue(), "out.tif")
    assert lost == []
    photo, changed = paint(picture)
    with PIL.Image.open(path) as written:
        np.testing.assert_array_equal(np.asarray(written), photo)
        assert (written.tag_v2[270], written.tag_v2[315]) == ("A day out", "an artist")
        assert written.tag_v2[33723] == b"\x1c\x02\x78\x00\x02Hi"
        assert written.getexif().get_ifd(34665)[36867] == "2026:11:25 10:00:00"
        assert written.info["icc_profile"] == PROFILE
        assert round(written.info["dpi"][0]) == 300
        assert written.n_frames == 2
        written.seek(1)
        np.testing.assert_array_equal(np.asarray(written), 255 - picture)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_turned_tiff_is_written_upright(tmp_path, picture, orientation):
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    tags[ORIENTATION] = orientation
    photo, _ = rewrite(tmp_path / "out.tif", encode(picture, "TIFF", tiffinfo=tags))
    np.testing.assert_array_equal(images.read_photo(tmp_path / "out.tif"), photo)


def test_a_raw_file_is_refused_as_only_its_preview_could_be_read(tmp_path, picture):
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    tags[254] = 1
    (tmp_path / "a.dng").write_bytes(encode(picture, "TIFF", tiffinfo=tags))
    with pytest.raises(images.UnreadableImageError, match="a raw file"):
        picture_file.read_picture(tmp_path / "a.dng")


# A matrix profile needs its primaries only: those of Display P3, Bradford-adapted to D50.
P3_COLUMNS = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))


def wide_profile():
    """A profile of the primaries of Display P3 with a gamma of 2.2, made by hand."""

    def fixed(value):
        return struct.pack(">i", round(value * 65_536))

    bodies = {b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642) + fixed(1) + fixed(0.8249)}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), P3_COLUMNS, strict=True):
        bodies[name] = b"XYZ \0\0\0\0" + b"".join(map(fixed, column))
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    bodies |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, tags = struct.pack(">I", len(bodies)), b""
    for name, body in bodies.items():
        table += name + struct.pack(">II", 132 + 12 * len(bodies) + len(tags), len(body))
        tags += body
    size = 128 + len(table) + len(tags)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    return header.ljust(128, b"\0") + table + tags


def seen(path):
    """The colours that a viewer sees who obeys the profile, in sRGB."""
    with PIL.Image.open(path) as stored:
        own = PIL.ImageCms.ImageCmsProfile(io.BytesIO(stored.info["icc_profile"]))
        srgb = PIL.ImageCms.createProfile("sRGB")
        return np.asarray(PIL.ImageCms.profileToProfile(stored, own, srgb, 1)).astype(int)


@pytest.mark.parametrize(
    ("name", "file_format", "tolerance"), [("out.png", "PNG", 2), ("out.jpg", "JPEG", 12)]
)
def test_colors_are_seen_in_srgb_and_written_in_the_files_own(
    tmp_path, picture, name, file_format, tolerance
):
    profile, source = wide_profile(), tmp_path / "original"
    source.write_bytes(
        encode(picture, file_format, icc_profile=profile, quality=98)
        if file_format == "JPEG"
        else encode(picture, file_format, icc_profile=profile)
    )
    read = picture_file.read_picture(source)
    assert np.abs(read.photo - seen(source)).max() <= 2
    assert np.abs(read.photo.astype(int) - images.read_photo(source)).max() > 20
    changed = np.zeros(picture.shape[:2], bool)
    changed[32:64, 32:96] = True
    photo = read.photo.copy()
    photo[changed] = (120, 90, 60)
    lost = read.write(tmp_path / name, photo, changed=changed)
    assert lost == []
    inside = seen(tmp_path / name)[44:52, 44:84]
    assert np.abs(np.median(inside, axis=(0, 1)) - (120, 90, 60)).max() <= 2
    difference = np.abs(images.read_photo(tmp_path / name).astype(int) - images.read_photo(source))
    far = np.ones_like(changed)
    far[16:80, 16:112] = False
    assert difference[far].max() <= (0 if file_format == "PNG" else tolerance)


def test_the_profile_goes_where_the_colors_cannot_be_kept(tmp_path, picture):
    data = io.BytesIO()
    PIL.Image.fromarray(picture).convert("CMYK").save(data, format="JPEG")
    lost, path = write(tmp_path, data.getvalue(), "out.png")
    assert lost == ["CMYK colours"]
    with PIL.Image.open(path) as written:
        assert (written.mode, "icc_profile" in written.info) == ("RGB", False)


def test_an_output_that_cannot_be_written_is_said_beforehand(tmp_path, monkeypatch):
    def refuse(**options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(picture_file.tempfile, "TemporaryFile", refuse)
    with pytest.raises(ValueError, match="cannot write .*: Read-only file system"):
        picture_file.check_output(tmp_path / "new.png", overwrite=False)


@pytest.mark.parametrize("profile", [0, 20_000, 64_900, 200_000])
@pytest.mark.parametrize("comment", [0, 600, 65_533])
@pytest.mark.parametrize("exif_size", [0, 60_000])
@pytest.mark.parametrize("xmp_size", [0, 64_000])
def test_metadata_of_all_sizes_is_kept_to_the_byte(
    tmp_path, picture, profile, comment, exif_size, xmp_size
):
    inserted = []
    if exif_size:
        tags = exif()
        tags[270] = "x" * exif_size
        inserted.append(segment(0xE1, tags.tobytes()))
    if xmp_size:
        inserted.append(segment(0xE1, metadata.XMP_START + xmp(b"").ljust(xmp_size)))
    bodies = PROFILE.ljust(profile, b"\0") if profile else b""
    parts = [bodies[start : start + 65_519] for start in range(0, len(bodies), 65_519)]
    inserted += [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, len(parts)]) + part)
        for number, part in enumerate(parts, 1)
    ]
    if comment:
        inserted.append(segment(0xFE, b"c" * comment))
    lost, path = write(tmp_path, with_segments(encode(picture, "JPEG"), *inserted), "out.jpg")
    assert lost == []
    written = path.read_bytes()
    assert all(each in written for each in inserted)


def test_broken_exif_is_kept_as_it_is(tmp_path, picture):
    broken = b"Exif\0\0Exif\0\0broken"
    lost, path = write(tmp_path, encode(picture, "JPEG", exif=broken), "out.jpg")
    assert lost == []
    assert broken in path.read_bytes()


@pytest.mark.parametrize("name", ["out.bmp", "out.tif", "out.ppm", "out.webp", "out.png"])
def test_a_turned_jpeg_is_seen_upright_in_every_format(tmp_path, picture, name):
    photo, _ = rewrite(tmp_path / name, encode(picture, "JPEG", exif=exif(6)))
    np.testing.assert_array_equal(images.read_photo(tmp_path / name), photo)


def test_a_turned_picture_is_seen_upright_where_its_exif_is_too_long(tmp_path, picture):
    tags = exif(6)
    tags[270] = "x" * 70_000
    lost, path = write(tmp_path, encode(picture, "PNG", exif=tags), "out.jpg")
    assert lost == ["EXIF"]
    assert images.read_photo(path).shape == (128, 96, 3)


@pytest.mark.parametrize("file_format", ["HEIF", "AVIF"])
@pytest.mark.parametrize("name", ["out.jpg", "out.png"])
def test_what_telephones_write_is_read_upright_and_its_copy_keeps_what_it_can(
    tmp_path, picture, file_format, name
):
    pytest.importorskip("pillow_heif").register_heif_opener()
    exif = PIL.Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "Maker"
    data = encode(
        picture, file_format, quality=95, exif=exif.tobytes(), icc_profile=PROFILE, xmp=b"<x/>"
    )
    (tmp_path / "in").write_bytes(data)
    read = picture_file.read_picture(tmp_path / "in")
    turned = np.rot90(picture, -1)
    assert read.photo.shape == turned.shape
    assert np.abs(read.photo.astype(int) - turned).mean() < 4
    painted, changed = paint(read.photo)
    assert read.write(tmp_path / name, painted, changed=changed) == []
    again = picture_file.read_picture(tmp_path / name).photo
    assert np.abs(again.astype(int) - painted).mean() < 2
    with PIL.Image.open(tmp_path / name) as written:
        assert written.getexif()[MAKER] == "Maker"
        assert written.info["icc_profile"] == PROFILE


@pytest.mark.parametrize("orientation", [1, 3, 6, 7, 8])
@pytest.mark.parametrize("name", ["out.heic", "out.avif"])
def test_heic_and_avif_are_written_upright_with_all_metadata(tmp_path, picture, name, orientation):
    pytest.importorskip("pillow_heif")
    tags = exif(orientation)
    tags[0x8769] = {0x9003: "2026:07:01 10:00:00"}
    claims = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="%s"><rdf:Description %s/>'
    claims = claims % (
        b"http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        # Of a program that turned the picture and forgot to say so here.
        b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Make="Lumen"',
    )
    original = encode(
        *(picture, "JPEG"), exif=tags, icc_profile=PROFILE, xmp=claims + b"</rdf:RDF></x:xmpmeta>"
    )
    (tmp_path / "in").write_bytes(original)
    read = picture_file.read_picture(tmp_path / "in")
    photo, changed = paint(read.photo)
    term = digital_source.OF_MODELS
    assert read.write(tmp_path / name, photo, changed=changed, source_term=term) == []
    again = picture_file.read_picture(tmp_path / name)
    assert again.photo.shape == photo.shape
    far = np.ones_like(changed)
    far[32:64, 24:72] = False
    assert np.abs(again.photo.astype(int) - photo)[far].mean() < 2.5
    assert again.taken == read.taken is not None
    with PIL.Image.open(tmp_path / name) as written:
        assert written.getexif()[MAKER] == "a camera"
        assert written.getexif().get(ORIENTATION, 1) == 1
        assert written.info["icc_profile"] == PROFILE
        assert b"Lumen" in written.info["xmp"] and term.encode() in written.info["xmp"]


@pytest.mark.parametrize("name", ["out.heic", "out.avif"])
def test_what_heic_and_avif_cannot_hold_is_named(tmp_path, picture, name):
    pytest.importorskip("pillow_heif")
    broken = with_segments(
        encode(picture, "JPEG", comment=b"from me"), b"\xff\xe1\x00\x0cExif\0\0II*\0"
    )
    assert write(tmp_path, broken, name)[0] == ["EXIF", "comments"]
    see_through = np.dstack([picture, np.full(picture.shape[:2], 99, np.uint8)])
    assert write(tmp_path, encode(see_through, "PNG"), name)[0] == []


def test_an_ending_without_an_encoder_is_refused_before_anything_is_done(tmp_path, monkeypatch):
    PIL.Image.init()
    monkeypatch.delitem(PIL.Image.SAVE, "AVIF")
    with pytest.raises(ValueError, match="without that encoder; let the name end in .jpg"):
        picture_file.check_output(tmp_path / "out.avif", overwrite=False)


def test_depth_and_maps_of_telephones_are_named(tmp_path, picture):
    pillow_heif = pytest.importorskip("pillow_heif")
    deep = pillow_heif.from_bytes("RGB;10", (128, 96), (picture.astype("<u2") * 4).tobytes())
    data = io.BytesIO()
    deep.save(data, quality=90)
    announced = b"urn:com:apple:photo:2020:aux:hdrgainmap auxid:2"
    (tmp_path / "in").write_bytes(data.getvalue())
    read = picture_file.read_picture(tmp_path / "in")
    painted, changed = paint(read.photo)
    assert read.write(tmp_path / "o.jpg", painted, changed=changed) == ["10 bits a colour"]
    # A free box before the pixels may say anything.
    box = struct.pack(">I4s", 8 + len(announced), b"free") + announced
    end = struct.unpack(">I", data.getvalue()[:4])[0]
    with images.open_picture(data.getvalue()) as stored:
        names = metadata.list_contents(data.getvalue()[:end] + box + data.getvalue()[end:], stored)
    assert {"the gain map", "the depth map"} <= names
