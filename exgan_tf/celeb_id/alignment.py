"""Raw photographs to aligned ones: a whole `celeb_id_raw/` at a time, on all cores."""

import functools

from exgan_tf import files, images, parallel, storage
from exgan_tf.celeb_id import boxes, layouts
from exgan_tf.celeb_id.layouts import AlignedPhotograph, Place
from exgan_tf.faces.align import align_face
from exgan_tf.tally import Tally

TOOL = "align_celeb_id"
REPORT = "skipped.json"
MIN_IMAGE_SIZE = 32
MAX_IMAGE_SIZE = 1024


def align_photographs(
    input_dir,
    output_dir,
    *,
    image_size: int,
    seed: int,
    engine: parallel.Engine = parallel.IN_THIS_PROCESS,
    overwrite=False,
) -> Tally:
    """Aligns the photographs of a raw folder and writes them with their `data.json`.

    Mask boxes that the input has are kept, the others drawn from the published distribution, by
    seed and file name, so that two runs agree; both are scaled from 256 pixels to `image_size`.

    Args:
      input_dir: a folder with `celeb_params.json` and `celeb_id_raw/`.
      output_dir: the folder to make.
      image_size: side of the aligned images, in pixels, 32 to 1024.
      seed: of the mask boxes.
      engine: does the work; every engine gives the same bytes.
      overwrite: replace an output that an earlier run made.

    Returns:
      How many photographs were aligned, and which were skipped and why.

    Raises:
      ValueError: if an argument is out of range, the input unusable, or the output in the way.
    """
    if not MIN_IMAGE_SIZE <= image_size <= MAX_IMAGE_SIZE:
        raise ValueError(
            f"image_size is {image_size}; expected {MIN_IMAGE_SIZE} to {MAX_IMAGE_SIZE} pixels"
        )
    input_dir = storage.to_path(input_dir)
    files.check_apart(input_dir, output_dir)
    photographs, tally = layouts.read_raw(input_dir)
    image_dir = input_dir / layouts.RAW_IMAGES
    parameters = {
        "image_size": image_size,
        "seed": seed,
        "input": {
            layouts.RAW_JSON: files.checksum(input_dir / layouts.RAW_JSON),
            layouts.RAW_IMAGES: files.fingerprint(image_dir / filename for filename in photographs),
        },
    }
    with files.staged_directory(
        output_dir, tool=TOOL, parameters=parameters, overwrite=overwrite
    ) as work_dir:
        align = functools.partial(
            _align, image_dir=image_dir, work_dir=work_dir, image_size=image_size, seed=seed
        )
        results = engine(align, list(photographs.items()), description="aligning")
        aligned = []
        for filename, result in zip(photographs, results, strict=True):
            if isinstance(result, str):
                tally.skip(filename, result)
            else:
                aligned.append(result)
        tally.num_done = len(aligned)
        if not aligned:
            raise ValueError(f"no photograph could be aligned\n{tally.summary(most=3)}")
        files.write_json(work_dir / REPORT, tally.skipped)
        layouts.write_photographs(work_dir / layouts.ALIGNED_JSON, aligned)
    return tally


def _align(item, *, image_dir, work_dir, image_size, seed):
    """The `AlignedPhotograph`, or the reason why there is none."""
    filename, raw = item
    try:
        photo = images.decode_photo(images.read_file(image_dir / filename))
        face = align_face(photo, raw.annotation, image_size)
    except ValueError as error:
        return str(error)
    images.write_photo(work_dir / filename, face.photo)
    # Both are always drawn, so that a box that is given does not change the other.
    drawn = boxes.draw_box_sizes(filename, seed=seed)
    box_left, box_right = (
        (given or other).scale(image_size / boxes.IMAGE_SIZE) if eye else None
        for given, other, eye in zip(
            (raw.box_left, raw.box_right), drawn, (face.eye_left, face.eye_right), strict=True
        )
    )
    points = raw.annotation.landmarks
    return AlignedPhotograph(
        filename=filename,
        eye_left=_truncate(face.eye_left),
        box_left=box_left,
        eye_right=_truncate(face.eye_right),
        box_right=box_right,
        opened=raw.eyes_opened,
        closed=raw.eyes_closed,
        landmarks=None if points is None else layouts.list_landmarks(face.transform(points)),
    )


def _truncate(point):
    """Eye centres are whole pixels in the published file, cut off towards zero."""
    return point and Place(*map(int, point))
