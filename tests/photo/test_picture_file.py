import errno
import io
import struct
import typing
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
GRAY_PROFILE = PROFILE[:16] + b"GRAY" + PROFILE[20:]


@pytest.fixture
def picture():
    """A smooth picture with some grain, uint8 [96, 128, 3]."""
    rows, columns = np.mgrid[0:96, 0:128]
    smooth = np.stack([rows * 2, columns * 1.5, 200 - rows - columns / 2], axis=-1)
    grain = np.random.default_rng(0).normal(0, 3, smooth.shape)
    return np.clip(smooth + grain, 0, 255).astype(np.uint8)


def encode(picture, file_format, *, mode=None, **options):
    data, picture = io.BytesIO(), PIL.Image.fromarray(picture)
    picture.convert(mode or picture.mode).save(data, format=file_format, **options)
    return data.getvalue()


def encode_all(pictures, file_format, **options):
    first, *others = map(PIL.Image.fromarray, pictures)
    data = io.BytesIO()
    first.save(data, format=file_format, save_all=True, append_images=others, **options)
    return data.getvalue()


def exif(orientation=1, description=""):
    tags = PIL.Image.Exif()
    tags[ORIENTATION], tags[MAKER], tags[270] = orientation, "a camera", description
    return tags


def difference(photo, other):
    return np.abs(photo.astype(int) - other)


class Copy(typing.NamedTuple):
    """What `write` made: what was not kept, where it is, its pixels, and which of them are new."""

    lost: list
    path: typing.Any
    photo: np.ndarray
    changed: np.ndarray


@pytest.fixture
def write(tmp_path):
    """Returns a function that reads a file and writes it with a red rectangle, under a name."""

    def run(original, name, **options):
        (tmp_path / "original").write_bytes(original)
        read = picture_file.read_picture(tmp_path / "original")
        changed = np.zeros(read.photo.shape[:2], bool)
        changed[40:56, 32:64] = True
        photo = np.where(changed[..., np.newaxis], np.uint8([255, 0, 0]), read.photo)
        lost = read.write(tmp_path / name, photo, changed=changed, **options)
        return Copy(lost, tmp_path / name, photo, changed)

    return run


def far_from(changed):
    """Where a lossy encoder, too, leaves alone what is not changed."""
    return cv2.dilate(changed.astype(np.uint8), np.ones([33, 33])) == 0


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
def test_formats_without_loss_are_written_exactly(write, picture, suffix, file_format, options):
    copy = write(encode(picture, file_format, **options), f"out{suffix}")
    np.testing.assert_array_equal(images.read_photo(copy.path), copy.photo)


@pytest.mark.parametrize(("quality", "subsampling"), [(70, 0), (90, 1), (97, 2)])
def test_jpeg_keeps_its_quality_and_sampling(write, picture, quality, subsampling):
    original = encode(picture, "JPEG", quality=quality, subsampling=subsampling)
    copy = write(original, "out.jpg")
    with PIL.Image.open(copy.path) as written, PIL.Image.open(io.BytesIO(original)) as stored:
        assert written.quantization == stored.quantization
        assert written.layer == stored.layer
    off = difference(images.read_photo(copy.path), copy.photo)[far_from(copy.changed)]
    assert off.max() <= 12
    assert (off == 0).mean() > 0.75


@pytest.mark.parametrize(
    ("orientation", "file_format", "name"),
    [*((number, "JPEG", "out.jpg") for number in range(1, 9)), (6, "PNG", "out.png")],
)
def test_a_turned_picture_stays_turned_and_its_exif_true(
    write, picture, orientation, file_format, name
):
    original = encode(picture, file_format, exif=exif(orientation), quality=95, subsampling=0)
    copy = write(original, name)
    with PIL.Image.open(copy.path) as written:
        assert written.size == (128, 96)
        assert written.getexif()[ORIENTATION] == orientation
        assert written.getexif()[MAKER] == "a camera"
    off = difference(images.read_photo(copy.path), copy.photo)
    assert off[44:52, 40:56].max() <= 9
    assert off.mean() < 2


@pytest.mark.parametrize(("file_format", "name"), [("JPEG", "o.jpg"), ("PNG", "o.png")])
def test_the_color_profile_the_resolution_and_texts_stay(write, picture, file_format, name):
    text = PIL.PngImagePlugin.PngInfo()
    text.add_text("comment", "A day out")
    options = {"pnginfo": text} if file_format == "PNG" else {"comment": "A day out"}
    original = encode(picture, file_format, icc_profile=PROFILE, dpi=(300, 300), **options)
    with PIL.Image.open(write(original, name).path) as written:
        assert written.info["icc_profile"] == PROFILE
        assert round(written.info["dpi"][0]) == 300
        assert written.info["comment"] in ("A day out", b"A day out")


def test_transparency_stays(write, picture):
    alpha = np.random.default_rng(1).integers(0, 256, (96, 128, 1), np.uint8)
    stored = np.concatenate([picture, alpha], axis=-1)
    _, path, photo, changed = write(encode(stored, "PNG"), "out.png")
    with PIL.Image.open(path) as written:
        pixels = np.asarray(written)
    np.testing.assert_array_equal(pixels[~changed], stored[~changed])
    np.testing.assert_array_equal(pixels[changed][:, :3], photo[changed])
    np.testing.assert_array_equal(pixels[..., 3:], alpha)


def test_a_size_that_pillow_warns_of_is_written(write, picture, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", picture.size // 3 - 1)
    assert write(encode(picture, "PNG"), "out.png").path.exists()


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


@pytest.mark.parametrize(
    ("name", "overwrite", "message"),
    [
        ("new.png", False, None),
        ("taken.jpg", True, None),
        ("taken.jpg", False, "exists: choose another name, or pass --overwrite"),
        ("photo.jpg", True, "one of the photographs to read"),
        ("new.docx", False, "must end in"),
        ("nowhere/new.jpg", False, "there is no folder"),
        ("link.jpg", False, "there is no folder .*nowhere"),
        ("folder.jpg", True, "it is a folder"),
    ],
)
def test_outputs_are_checked_before_any_work(tmp_path, name, overwrite, message):
    for existing in ("taken.jpg", "photo.jpg"):
        (tmp_path / existing).touch()
    (tmp_path / "link.jpg").symlink_to("nowhere/new.jpg")
    (tmp_path / "folder.jpg").mkdir()
    inputs = [tmp_path / "photo.jpg"]
    if message is None:
        picture_file.check_output(tmp_path / name, overwrite=overwrite, inputs=inputs)
    else:
        with pytest.raises(ValueError, match=message):
            picture_file.check_output(tmp_path / name, overwrite=overwrite, inputs=inputs)


def test_an_output_that_cannot_be_written_is_said_beforehand(tmp_path, monkeypatch):
    def refuse(**options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(picture_file.tempfile, "TemporaryFile", refuse)
    with pytest.raises(ValueError, match="cannot write .*: Read-only file system"):
        picture_file.check_output(tmp_path / "new.png", overwrite=False)


def test_an_ending_without_an_encoder_is_refused_before_anything_is_done(tmp_path, monkeypatch):
    PIL.Image.init()
    monkeypatch.delitem(PIL.Image.SAVE, "AVIF")
    with pytest.raises(ValueError, match="without that encoder: choose a name that ends in .jpg"):
        picture_file.check_output(tmp_path / "out.avif", overwrite=False)


def deep(picture):
    """The picture with 16 bits a colour, all of them used."""
    low = np.random.default_rng(2).integers(0, 256, picture.shape, np.uint16)
    return picture.astype(np.uint16) * 256 + low


def encode_deep(samples, suffix):
    return cv2.imencode(suffix, samples[..., ::-1] if samples.ndim == 3 else samples)[1].tobytes()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [np.s_[:], np.s_[..., 0]], ids=["RGB", "grey"])
def test_sixteen_bits_stay_sixteen_bits(write, picture, suffix, channels):
    stored = deep(picture)[channels]
    lost, path, _, changed = write(encode_deep(stored, suffix), f"out{suffix}")
    written = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert (lost, written.dtype) == ([], np.uint16)
    if written.ndim == 3:
        written = written[..., ::-1]
        assert difference(images.read_photo(path)[changed], (255, 0, 0)).max() <= 1
    np.testing.assert_array_equal(written[~changed], stored[~changed])


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tif", ".avif"])
def test_sixteen_bits_are_named_where_they_cannot_be_kept(write, picture, suffix):
    copy = write(encode_deep(deep(picture), ".png"), f"out{suffix}")
    assert copy.lost == ["16 bits a colour"]
    assert difference(images.read_photo(copy.path), copy.photo).mean() < 3


@pytest.mark.parametrize(("file_format", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png")])
def test_grey_stays_grey_with_its_profile(write, picture, file_format, suffix):
    original = encode(picture[..., 0], file_format, icc_profile=GRAY_PROFILE)
    with PIL.Image.open(write(original, f"out{suffix}").path) as written:
        assert (written.mode, written.info["icc_profile"]) == ("L", GRAY_PROFILE)


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_cmyk_jpeg_keeps_its_colors_as_a_tiff(write, picture, orientation):
    original = encode(picture, "JPEG", mode="CMYK", exif=exif(orientation), quality=95)
    copy = write(original, "out.tif")
    off = difference(images.read_photo(copy.path), images.decode_photo(original))
    assert np.median(off) <= 2


@pytest.mark.parametrize(
    ("file_format", "name", "tolerance"), [("JPEG", "out.jpg", 0.5), ("TIFF", "out.tif", 0)]
)
def test_cmyk_stays_cmyk(write, picture, file_format, name, tolerance):
    original = encode(picture, file_format, mode="CMYK")
    lost, path, _, changed = write(original, name)
    with PIL.Image.open(path) as written, PIL.Image.open(io.BytesIO(original)) as read:
        assert (lost, written.mode) == ([], "CMYK")
        off = difference(np.asarray(written), np.asarray(read))[~changed]
    assert off.mean() <= tolerance
    assert difference(images.read_photo(path)[44:52, 40:56], (255, 0, 0)).max() < 40


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


def test_captions_stay_and_their_thumbnail_goes(write, picture):
    captions = segment(0xED, b"Photoshop 3.0\x00" + THUMBNAIL + CAPTION)
    copy = write(with_segments(encode(picture, "JPEG"), captions), "out.jpg")
    assert copy.lost == []
    assert CAPTION in copy.path.read_bytes()
    assert b"closedeyes" not in copy.path.read_bytes()
    with PIL.Image.open(copy.path) as written:
        assert PIL.IptcImagePlugin.getiptcinfo(written)[(2, 120)] == b"Holiday"


@pytest.mark.parametrize(
    ("inserted", "tail", "lost", "gone"),
    [
        (
            [segment(0xE1, metadata.XMP_START + xmp(MOTION))],
            b"\x00\x00\x00\x18ftypmp42" + bytes(100),
            ["the film"],
            [b"MotionPhoto", b"ftyp"],
        ),
        (
            [
                segment(0xE1, metadata.XMP_START + xmp(GAIN_MAP)),
                segment(0xE2, b"urn:iso:std:iso:ts:21496-1\x00" + bytes(4)),
            ],
            encode(np.zeros([8, 8, 3], np.uint8), "JPEG"),
            ["data after the picture", "the gain map"],
            [b"hdr-gain-map", b"21496"],
        ),
        (
            [
                segment(0xE1, metadata.XMP_START + xmp(b"")),
                segment(0xEB, b"JP\x00\x01\x00\x00\x00\x01jumbc2pa" + bytes(20)),
            ],
            b"",
            ["content credentials"],
            [b"c2pa"],
        ),
    ],
    ids=["film", "gain map", "credentials"],
)
def test_what_is_not_written_is_named_and_no_longer_announced(
    write, picture, inserted, tail, lost, gone
):
    copy = write(with_segments(encode(picture, "JPEG"), *inserted) + tail, "out.jpg")
    assert copy.lost == lost
    written = copy.path.read_bytes()
    assert b'dc:rights="mine"' in written
    assert not [each for each in gone if each in written]


@pytest.mark.parametrize("name", ["out.jpg", "out.heic"])
def test_a_film_in_a_heic_is_named_and_no_longer_announced(write, picture, name):
    pytest.importorskip("pillow_heif").register_heif_opener()
    film = struct.pack(">I4s", 108, b"mpvd") + bytes(100)
    copy = write(encode(picture, "HEIF", xmp=xmp(MOTION)) + film, name)
    assert copy.lost == ["the film"]
    with PIL.Image.open(copy.path) as written:
        assert b"MotionPhoto" not in written.info["xmp"]


@pytest.mark.parametrize(
    ("file_format", "name", "lost"),
    [
        ("MPO", "out.jpg", "further pictures"),
        ("GIF", "out.png", "further frames"),
        ("PNG", "out.png", "further frames"),
        ("WEBP", "out.webp", "further frames"),
    ],
)
def test_further_pictures_are_named(write, picture, file_format, name, lost):
    copy = write(encode_all([picture, 255 - picture], file_format), name)
    assert lost in copy.lost
    with PIL.Image.open(copy.path) as written:
        assert written.format != "MPO" and not getattr(written, "is_animated", False)


def test_a_tiff_keeps_its_tags_and_pages_exactly(write, picture):
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315], tags[33723] = "A day out", "an artist", b"\x1c\x02\x78\x00\x02Hi"
    tags[34665] = {36867: "2026:11:25 10:00:00"}
    options = {"tiffinfo": tags, "icc_profile": PROFILE, "dpi": (300, 300)}
    copy = write(encode_all([picture, 255 - picture], "TIFF", **options), "out.tif")
    assert copy.lost == []
    with PIL.Image.open(copy.path) as written:
        np.testing.assert_array_equal(np.asarray(written), copy.photo)
        assert (written.tag_v2[270], written.tag_v2[315]) == ("A day out", "an artist")
        assert written.tag_v2[33723] == b"\x1c\x02\x78\x00\x02Hi"
        assert written.getexif().get_ifd(34665)[36867] == "2026:11:25 10:00:00"
        assert written.info["icc_profile"] == PROFILE
        assert round(written.info["dpi"][0]) == 300
        assert written.n_frames == 2
        written.seek(1)
        np.testing.assert_array_equal(np.asarray(written), 255 - picture)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_turned_tiff_is_written_upright(write, picture, orientation):
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    tags[ORIENTATION] = orientation
    copy = write(encode(picture, "TIFF", tiffinfo=tags), "out.tif")
    np.testing.assert_array_equal(images.read_photo(copy.path), copy.photo)


@pytest.mark.parametrize("kind", [PIL.TiffTags.ASCII, PIL.TiffTags.SHORT])
@pytest.mark.parametrize("name", ["out.png", "out.tif", "out.avif"])
def test_tags_of_a_tiff_of_other_types_stop_nothing(write, picture, kind, name):
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    for code in (700, 34675):  # XMP and the colour profile, which are bytes.
        tags.tagtype[code], tags[code] = kind, "text" if kind == PIL.TiffTags.ASCII else 7
    original = encode(picture, "TIFF", tiffinfo=tags)
    copy = write(original, name, source_term=digital_source.OF_PHOTOGRAPHS)
    assert copy.lost or digital_source.OF_PHOTOGRAPHS.encode() in copy.path.read_bytes()


def test_a_raw_file_is_refused_as_only_its_preview_could_be_read(tmp_path, picture):
    tags = PIL.TiffImagePlugin.ImageFileDirectory_v2()
    tags[254] = 1
    (tmp_path / "a.dng").write_bytes(encode(picture, "TIFF", tiffinfo=tags))
    with pytest.raises(images.UnreadableImageError, match="a raw file"):
        picture_file.read_picture(tmp_path / "a.dng")


# Of Display P3, Bradford-adapted to D50.
PRIMARIES = {
    b"rXYZ": (0.51512, 0.2412, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.1571, 0.06657, 0.78407),
}


def wide_profile():
    """A profile like sRGB's with other primaries."""
    profile = bytearray(PROFILE)
    (count,) = struct.unpack_from(">I", profile, 128)
    for entry in range(132, 132 + 12 * count, 12):
        name, place = struct.unpack_from(">4sI", profile, entry)
        if name in PRIMARIES:
            values = (round(each * 65_536) for each in PRIMARIES[name])
            struct.pack_into(">3i", profile, place + 8, *values)
    return bytes(profile)


def seen(path):
    """The colours that a viewer sees who obeys the profile, in sRGB."""
    with PIL.Image.open(path) as stored:
        own = PIL.ImageCms.ImageCmsProfile(io.BytesIO(stored.info["icc_profile"]))
        srgb = PIL.ImageCms.createProfile("sRGB")
        return np.asarray(PIL.ImageCms.profileToProfile(stored, own, srgb, 1)).astype(int)


@pytest.mark.parametrize(
    ("name", "file_format", "options", "tolerance"),
    [("out.png", "PNG", {}, 0), ("out.jpg", "JPEG", {"quality": 98}, 12)],
)
def test_colors_are_seen_in_srgb_and_written_in_the_files_own(
    tmp_path, picture, name, file_format, options, tolerance
):
    source = tmp_path / "original"
    source.write_bytes(encode(picture, file_format, icc_profile=wide_profile(), **options))
    read = picture_file.read_picture(source)
    assert difference(read.photo, seen(source)).max() <= 2
    assert difference(read.photo, images.read_photo(source)).max() > 20
    changed = np.zeros(picture.shape[:2], bool)
    changed[32:64, 32:96] = True
    photo = read.photo.copy()
    photo[changed] = (120, 90, 60)
    assert read.write(tmp_path / name, photo, changed=changed) == []
    inside = seen(tmp_path / name)[44:52, 44:84]
    assert np.abs(np.median(inside, axis=(0, 1)) - (120, 90, 60)).max() <= 2
    off = difference(images.read_photo(tmp_path / name), images.read_photo(source))
    assert off[far_from(changed)].max() <= tolerance


def test_the_profile_goes_where_the_colors_cannot_be_kept(write, picture):
    copy = write(encode(picture, "JPEG", mode="CMYK"), "out.png")
    assert copy.lost == ["CMYK colours"]
    with PIL.Image.open(copy.path) as written:
        assert (written.mode, "icc_profile" in written.info) == ("RGB", False)


@pytest.mark.parametrize(
    ("profile", "comment", "exif_size", "xmp_size"),
    [(0, 600, 60_000, 0), (20_000, 0, 0, 64_000), (64_900, 65_533, 0, 0), (200_000, 0, 60_000, 0)],
)
def test_metadata_of_all_sizes_is_kept_to_the_byte(
    write, picture, profile, comment, exif_size, xmp_size
):
    inserted = []
    if exif_size:
        inserted.append(segment(0xE1, exif(description="x" * exif_size).tobytes()))
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
    copy = write(with_segments(encode(picture, "JPEG"), *inserted), "out.jpg")
    assert copy.lost == []
    written = copy.path.read_bytes()
    assert all(each in written for each in inserted)


def test_broken_exif_is_kept_as_it_is(write, picture):
    broken = b"Exif\0\0Exif\0\0broken"
    copy = write(encode(picture, "JPEG", exif=broken), "out.jpg")
    assert copy.lost == []
    assert broken in copy.path.read_bytes()


@pytest.mark.parametrize("name", ["out.bmp", "out.tif", "out.ppm", "out.webp", "out.png"])
def test_a_turned_jpeg_is_seen_upright_in_every_format(write, picture, name):
    copy = write(encode(picture, "JPEG", exif=exif(6)), name)
    np.testing.assert_array_equal(images.read_photo(copy.path), copy.photo)


def test_a_turned_picture_is_seen_upright_where_its_exif_is_too_long(write, picture):
    copy = write(encode(picture, "PNG", exif=exif(6, description="x" * 70_000)), "out.jpg")
    assert copy.lost == ["EXIF"]
    assert images.read_photo(copy.path).shape == (128, 96, 3)


@pytest.mark.parametrize(("file_format", "name"), [("HEIF", "out.jpg"), ("AVIF", "out.png")])
def test_what_telephones_write_is_read_upright_and_its_copy_keeps_what_it_can(
    write, picture, file_format, name
):
    pytest.importorskip("pillow_heif").register_heif_opener()
    options = {"exif": exif(6).tobytes(), "icc_profile": PROFILE, "xmp": b"<x/>"}
    copy = write(encode(picture, file_format, quality=95, **options), name)
    assert copy.lost == []
    turned = np.rot90(picture, -1)
    assert copy.photo.shape == turned.shape
    assert difference(copy.photo, turned)[~copy.changed].mean() < 4
    again = picture_file.read_picture(copy.path).photo
    assert difference(again, copy.photo).mean() < 2
    with PIL.Image.open(copy.path) as written:
        assert written.getexif()[MAKER] == "a camera"
        assert written.info["icc_profile"] == PROFILE


@pytest.mark.parametrize(
    ("name", "orientation"), [("out.heic", 1), ("out.heic", 6), ("out.avif", 8), ("out.avif", 7)]
)
def test_heic_and_avif_are_written_upright_with_all_metadata(write, picture, name, orientation):
    pytest.importorskip("pillow_heif")
    tags = exif(orientation)
    tags[0x8769] = {0x9003: "2026:07:01 10:00:00"}
    # Of a program that turned the picture and forgot to say so here.
    claims = b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Make="Lumen"'
    original = encode(picture, "JPEG", exif=tags, icc_profile=PROFILE, xmp=xmp(claims))
    term = digital_source.OF_MODELS
    copy = write(original, name, source_term=term)
    assert copy.lost == []
    again = picture_file.read_picture(copy.path)
    assert again.photo.shape == copy.photo.shape
    assert difference(again.photo, copy.photo)[far_from(copy.changed)].mean() < 2.5
    assert again.taken.isoformat() == "2026-07-01T10:00:00"
    with PIL.Image.open(copy.path) as written:
        assert written.getexif()[MAKER] == "a camera"
        assert written.getexif().get(ORIENTATION, 1) == 1
        assert written.info["icc_profile"] == PROFILE
        assert b"Lumen" in written.info["xmp"] and term.encode() in written.info["xmp"]


@pytest.mark.parametrize("name", ["out.heic", "out.avif"])
def test_what_heic_and_avif_cannot_hold_is_named(write, picture, name):
    pytest.importorskip("pillow_heif")
    broken = with_segments(
        encode(picture, "JPEG", comment=b"from me"), b"\xff\xe1\x00\x0cExif\0\0II*\0"
    )
    assert write(broken, name).lost == ["EXIF", "comments"]
    see_through = np.dstack([picture, np.full(picture.shape[:2], 99, np.uint8)])
    assert write(encode(see_through, "PNG"), name).lost == []


def test_depth_and_maps_of_telephones_are_named(write, picture):
    pillow_heif = pytest.importorskip("pillow_heif")
    deep = pillow_heif.from_bytes("RGB;10", (128, 96), (picture.astype("<u2") * 4).tobytes())
    data = io.BytesIO()
    deep.save(data, quality=90)
    data = data.getvalue()
    assert write(data, "o.jpg").lost == ["10 bits a colour"]
    # A free box before the pixels may say anything.
    announced = b"urn:com:apple:photo:2020:aux:hdrgainmap auxid:2"
    box = struct.pack(">I4s", 8 + len(announced), b"free") + announced
    end = struct.unpack(">I", data[:4])[0]
    with images.open_picture(data) as stored:
        names = metadata.list_contents(data[:end] + box + data[end:], stored)
    assert {"the gain map", "the depth map"} <= names
