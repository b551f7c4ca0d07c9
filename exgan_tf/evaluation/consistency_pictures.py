"""Sheets of pictures with captions: faces under all masks, and pose and appearance apart."""

import cv2
import numpy as np
import tensorflow as tf

from exgan_tf import images
from exgan_tf.models import dcgan, face_map

NUM_NOISES = 5  # Ours, like all that follows: rows of a picture of pose and appearance.
_MIN_TILE = 112  # Pixels; smaller pictures are enlarged, each pixel to a square.
_GAP = 4  # Pixels between pictures.
_LONGEST_CAPTION = 24  # Characters; a name is free text.
_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.42
_LINE = 18  # Pixels from one line of text to the next.


def draw_cases(cases, mask_names) -> np.ndarray:
    """Faces under all masks: a column for each mask; for each face a row masked, then the methods.

    Args:
      cases: a dict for each face: "image", the truth, float32 [S, S, 3] in [-1, 1]; "masked", a
        list of such images, one for each mask; "methods", name -> such a list.
      mask_names: the captions of the columns.

    Returns:
      uint8 [height, width, 3].
    """
    rows = []
    for case in cases:
        rows.append(("masked", [case["image"], *case["masked"]]))
        rows += [(name, [case["image"], *filled]) for name, filled in case["methods"].items()]
    return _draw_sheet(rows, ["truth", *mask_names])


def draw_pose_and_appearance(generators: dict, people, *, seed: int) -> np.ndarray:
    """What guided generators make of noise and maps: a row has one noise, a column one map.

    Above them stand the photographs that the maps are of, and the maps.

    Args:
      generators: name -> function of z, float32 [B, dcgan.NOISE_SIZE] in [-1, 1], and landmarks,
        float32 [B, 68, 2] in pixels, that returns float32 [B, S, S, 3] in [-1, 1].
      people: examples as arrays, batches of one, with landmarks.
      seed: of the noise, which is the same for all generators.

    Returns:
      uint8 [height, width, 3].
    """
    image, landmarks = (
        np.concatenate([person[key] for person in people]) for key in ("image", "landmarks")
    )
    noises = np.random.default_rng(seed).uniform(-1, 1, [NUM_NOISES, dcgan.NOISE_SIZE])
    rows = [
        ("photograph", image),
        ("map", face_map.draw_face_map(landmarks, image.shape[1]).numpy()),
    ]
    for name, generate in generators.items():
        for number, noise in enumerate(noises.astype(np.float32), start=1):
            same_noise = np.tile(noise, [len(image), 1])
            generated = np.asarray(generate(tf.constant(same_noise), tf.constant(landmarks)))
            rows.append((f"{name}, noise {number}", generated))
    return _draw_sheet(rows, [f"map {number}" for number in range(1, len(image) + 1)])


def _draw_sheet(rows, column_captions):
    """A white sheet of rows, (caption, images [S, S, 3] in [-1, 1]), under column captions."""
    scale = -(-_MIN_TILE // len(rows[0][1][0]))
    tile = len(rows[0][1][0]) * scale
    step = tile + _GAP
    widths = [cv2.getTextSize(_caption(text), _FONT, _FONT_SCALE, 1)[0][0] for text, _ in rows]
    left = _GAP + max(widths) + _GAP
    size = (_LINE + len(rows) * step, left + len(column_captions) * step, 3)
    sheet = np.full(size, 255, np.uint8)
    for column, caption in enumerate(column_captions):
        _write(sheet, caption, x=left + column * step, y=_LINE - _GAP)
    for row, (caption, tiles) in enumerate(rows):
        top = _LINE + row * step
        _write(sheet, caption, x=_GAP, y=top + tile // 2)
        for column, image in enumerate(tiles):
            enlarged = images.to_photo(image).repeat(scale, axis=0).repeat(scale, axis=1)
            start = left + column * step
            sheet[top : top + tile, start : start + tile] = enlarged
    return sheet


def _caption(text):
    """What the font can show of a text."""
    shown = text.encode("ascii", "replace").decode()
    return shown if len(shown) <= _LONGEST_CAPTION else f"{shown[: _LONGEST_CAPTION - 3]}..."


def _write(sheet, text, *, x, y):
    cv2.putText(sheet, _caption(text), (x, y), _FONT, _FONT_SCALE, (0, 0, 0), 1, cv2.LINE_AA)
