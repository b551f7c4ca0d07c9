"""Damaged and hostile picture files: does reading and writing end in a picture or a clear refusal?

  python -m benchmarks.mutated_pictures --num_files=10000 --seed=0

Mutates pictures of all formats and kinds of metadata (bits, lengths, whole segments), reads each in
a child process with limits of memory and time, changes a corner and writes it back. Prints as JSON
how many were written and refused, and names every file that did anything else: raised another
error, ended or held up its process, or came out changed where it was not. Exit code 1 if any did.
Linux only.
"""

import collections
import io
import multiprocessing
import pathlib
import resource
import signal
import struct
import sys
import tempfile
import zlib

import cv2
import numpy as np
import PIL.Image
import PIL.ImageCms
import PIL.PngImagePlugin
from absl import app, flags

from benchmarks import commands
from exgan_tf import images, segments
from exgan_tf.photo import metadata, picture_file

_NUM_FILES = flags.DEFINE_integer("num_files", 10_000, "Number of mutated files.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the mutations.", lower_bound=0)
_SECONDS = flags.DEFINE_integer("seconds", 10, "Time for one file.", lower_bound=1)
_MEGABYTES = flags.DEFINE_integer(
    "megabytes", 2048, "Memory beyond what the libraries take.", lower_bound=64
)

_PROFILE = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
_EXACT = (".png", ".webp", ".tif", ".bmp", ".ppm")
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto="1"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def make_seeds() -> list[tuple[str, bytes]]:
    """Whole files of all kinds, with their endings."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:96, 0:128]
    smooth = np.stack([rows * 2, columns * 1.5, 200 - rows], axis=-1)
    pixels = np.clip(smooth + rng.normal(0, 4, smooth.shape), 0, 255).astype(np.uint8)
    color, deep = PIL.Image.fromarray(pixels), pixels.astype(np.uint16) * 257
    alpha = color.convert("RGBA")
    alpha.putalpha(color.convert("L"))
    exif = PIL.Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x010E] = 6, "a camera", "x" * 300
    text = PIL.PngImagePlugin.PngInfo()
    text.add_text("Title", "A day out")
    text.add_itxt("XML:com.adobe.xmp", _XMP.decode())
    text.add_text("Comment", "y" * 2000, zip=True)
    every = {"exif": exif, "icc_profile": _PROFILE}
    captions = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", 12) + b"\x1c\x02\x78\x00\x07Holiday"
    app13 = b"Photoshop 3.0\x00" + captions

    def save(file_format, picture=color, *, num_pictures=1, **options):
        if num_pictures > 1:
            more = [picture.rotate(180) for _ in range(num_pictures - 1)]
            options.update(save_all=True, append_images=more)
        data = io.BytesIO()
        picture.copy().save(data, format=file_format, **options)
        return data.getvalue()

    plain = save("JPEG")
    with_captions = plain[:2] + b"\xff\xed" + struct.pack(">H", len(app13) + 2) + app13 + plain[2:]
    return [
        (".jpg", plain),
        (".jpg", save("JPEG", progressive=True, comment=b"c" * 500)),
        (".jpg", save("JPEG", **every, xmp=_XMP, subsampling=0)),
        (".jpg", save("JPEG", color.convert("L"), exif=exif)),
        (".jpg", save("JPEG", color.convert("CMYK"))),
        (".jpg", save("MPO", num_pictures=2)),
        (".jpg", plain + b"\x00\x00\x00\x18ftypmp42" + bytes(200)),
        (".jpg", with_captions),
        (".png", save("PNG")),
        (".png", save("PNG", **every, pnginfo=text)),
        (".png", save("PNG", alpha, exif=exif)),
        (".png", save("PNG", color.convert("P"), transparency=3)),
        (".png", save("PNG", color.convert("L"), dpi=(300, 300))),
        (".png", save("PNG", color.convert("1"))),
        (".png", save("PNG", num_pictures=2)),
        (".png", cv2.imencode(".png", deep)[1].tobytes()),
        (".png", cv2.imencode(".png", deep[..., 0])[1].tobytes()),
        (".webp", save("WEBP", **every, xmp=_XMP)),
        (".webp", save("WEBP", alpha, lossless=True)),
        (".webp", save("WEBP", num_pictures=2)),
        (".tif", save("TIFF", icc_profile=_PROFILE, dpi=(300, 300))),
        (".tif", save("TIFF", compression="tiff_lzw")),
        (".tif", save("TIFF", compression="jpeg")),
        (".tif", save("TIFF", color.convert("CMYK"))),
        (".tif", save("TIFF", alpha, num_pictures=2)),
        (".tif", cv2.imencode(".tif", deep)[1].tobytes()),
        (".tif", save("TIFF", exif=exif)),
        (".gif", save("GIF", comment=b"g" * 300)),
        (".gif", save("GIF", num_pictures=2)),
        (".bmp", save("BMP")),
        (".ppm", save("PPM")),
    ]


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """The bytes of a file with one or two faults, half of them near its beginning."""
    changed = bytearray(data)
    for _ in range(rng.integers(1, 3)):
        end = len(changed) if rng.random() < 0.5 else min(len(changed), 600)
        start = int(rng.integers(0, end))
        length = int(rng.integers(1, 200))
        kind = rng.integers(0, 7)
        if kind == 0:
            changed[start] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:  # A length, an offset or a count.
            value = int(rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, rng.integers(0, 1 << 20)]))
            changed[start : start + 4] = struct.pack(rng.choice([">I", "<I"]), value)
        elif kind == 2:
            changed[start : start + 2] = rng.bytes(2)
        elif kind == 3:
            changed[start : start + length] = rng.bytes(length)
        elif kind == 4:
            changed[start:start] = changed[start : start + length] * int(rng.integers(1, 50))
        elif kind == 5:
            del changed[start : start + length]
        elif len(changed) > 50:
            del changed[start + 50 :]
    if changed.startswith(segments.PNG_START) and rng.random() < 0.7:
        _mend_checksums(changed)  # Else little of what is behind them would be reached.
    return bytes(changed)


def _mend_checksums(png: bytearray):
    start = len(segments.PNG_START)
    while start + 12 <= len(png):
        end = start + 8 + int.from_bytes(png[start : start + 4], "big")
        if end + 4 <= len(png):
            png[end : end + 4] = struct.pack(">I", zlib.crc32(png[start + 4 : end]))
        start = end + 4


def read_and_write(data: bytes, suffix: str, folder: pathlib.Path) -> str:
    """What became of one file: "written", "refused", or what is wrong."""
    source, target = folder / f"in{suffix}", folder / f"out{suffix.replace('gif', 'png')}"
    source.write_bytes(data)
    try:
        picture = picture_file.read_picture(source)
        changed = np.zeros(picture.photo.shape[:2], bool)
        changed[:16, :16] = True
        photo = np.where(changed[..., None], np.uint8(90), picture.photo)
        picture.write(target, photo, changed=changed)
    except ValueError:  # Which UnreadableImageError is.
        return "refused"
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    written = images.read_photo(target)
    if written.shape != photo.shape:
        return f"has another shape: {written.shape}, {photo.shape} was expected"
    stored = images.read_photo(source)
    if target.suffix in _EXACT and not np.array_equal(written[~changed], stored[~changed]):
        with images.open_picture(data) as opened, images.open_picture(target.read_bytes()) as made:
            lost = metadata.list_contents(data, opened) - metadata.list_contents(b"", made)
        if not lost & {"CMYK colours", "16 bits a colour"}:
            return "changed where it was not painted"
    return "written"


def _work(numbers, files, connection, limit):
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            suffix, data = files[number % len(files)]
            connection.send((number, "begun"))
            signal.alarm(_SECONDS.value)  # Nobody handles it: it ends the process.
            mutated = mutate(data, np.random.default_rng([_SEED.value, number]))
            result = read_and_write(mutated, suffix, pathlib.Path(folder))
            signal.alarm(0)
            connection.send((number, result))


def _run_all(files):
    """The result of each mutated file, by its number."""
    context, results = multiprocessing.get_context("fork"), {}
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + (_MEGABYTES.value << 20)
    while len(results) < _NUM_FILES.value:
        receiver, sender = context.Pipe(duplex=False)
        rest = range(len(results), _NUM_FILES.value)
        worker = context.Process(target=_work, args=(rest, files, sender, limit))
        worker.start()
        sender.close()
        try:
            while True:
                number, result = receiver.recv()
                results[number] = result
        except EOFError:
            worker.join()
        if worker.exitcode:
            results[number] = f"ended its process with {worker.exitcode}"
    return results


def main(argv):
    del argv
    files = make_seeds()
    results = _run_all(files)
    counts = collections.Counter(results.values())
    seen = {result: counts.pop(result, 0) for result in ("written", "refused")}
    faults = {
        f"{number}{files[number % len(files)][0]}": result
        for number, result in results.items()
        if result in counts
    }
    numbers = {"num_files": len(results), "num_seeds": len(files)}
    commands.show({**numbers, **seen, "faults": faults})
    sys.exit(bool(faults))


if __name__ == "__main__":
    app.run(main)
