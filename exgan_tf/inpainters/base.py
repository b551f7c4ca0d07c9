"""The one contract of everything that fills holes: classical, neural and optimising methods.

An example is a batch as `data.examples` describes it, of numpy arrays or tensors, of which a
method reads some keys. Here images need not be square, and may have any size that the method takes.
"""

import abc
import pathlib
from collections.abc import Callable

import numpy as np

from exgan_tf import images, model_card, tally
from exgan_tf.faces import landmarks

MIN_SIDE = 2  # Pixels; interpolation needs two.
INPUT_NAMES = ("image", "mask", "eye_boxes", "reference", "reference_eye_boxes", "landmarks")


class Inpainter(abc.ABC):
    """Fills the holes of a batch of images.

    A subclass says in `_fill` what comes into the holes and, if it has fields, sets `_give_fields`.
    This class keeps the known pixels and hides from the subclass what lies in the holes.

    Attributes:
      input_names: keys of an example that it reads, of `INPUT_NAMES`; always image and mask.
      image_size: the only side in pixels, of square images, that it takes; None if it takes any.
      directory: the folder of the model that it was loaded from; None if there is none.
    """

    input_names: tuple = ("image", "mask")
    image_size: int | None = None
    directory: pathlib.Path | None = None
    # Makes fields, by name, of what `_fill` is given.
    _give_fields: Callable[[dict], dict] | None = None

    def __call__(self, example: dict) -> np.ndarray:
        """Fills the holes.

        Args:
          example: arrays or tensors by name; those that are not in `input_names` are ignored.
            image: float32 [B, H, W, 3], RGB in [-1, 1]; what lies in the hole is not looked at and
              may be anything.
            mask: float32 [B, H, W, 1], 1 = hole, 0 = known, nothing between.
            reference: float32 [B, H, W, 3], RGB in [-1, 1].
            eye_boxes, reference_eye_boxes: int32 [B, 2, 4], (top, left, height, width) in pixels
              inside the image, the viewer's left eye first.
            landmarks: float32 [B, 68, 2], (x, y) in pixels, in dlib's order; may lie outside.

        Returns:
          float32 [B, H, W, 3] in [-1, 1], equal to the image, bit for bit, outside the hole.

        Raises:
          ValueError: if a key is missing, or its shape, type or range is another; or if the method
            fills in what is no number.
        """
        inputs = self._read(example)
        hole = inputs["mask"] > 0
        filled = np.asarray(self._fill(inputs), np.float32)
        self._check_finite(np.where(hole, filled, 0))
        return np.where(hole, np.clip(filled, -1, 1), inputs["image"])

    def paint(self, example: dict) -> np.ndarray:
        """As `__call__`, before known pixels are put back and the hole is blended.

        Where a method fills the hole alone, it gives the image with its hole filled.
        """
        return self(example)

    def find_fields(self, example: dict) -> dict | None:
        """What fills photographs of any size, not pixels; arguments and errors as of `__call__`.

        Returns:
          None, of a method that fills in pixels. Else float32 arrays by name: the fields, `flow`,
          `gain`, `bias`, `share` and `paint`, each [B, h, w, channels], and `fields.CONTEXT`,
          which says where they lie.
        """
        if self._give_fields is None:
            return None
        found = self._give_fields(self._read(example))
        found = {name: np.asarray(values) for name, values in found.items()}
        for array in found.values():
            self._check_finite(array)
        return found

    def compose(self, found: dict, reference, *, places, strip_to_reference) -> np.ndarray:
        """What the fields of one example make of a reference, on any grid.

        Args:
          found: what `find_fields` gave.
          reference: uint8 [1, H, W, 3], RGB, of any size.
          places: float32 [1, height, width, 2], where the pixels of the result lie in the strip,
            (x, y) in its pixels.
          strip_to_reference: float32 [1, 2, 3], takes pixels of the strip to those of `reference`.

        Returns:
          float32 [1, height, width, 3]; may overshoot [-1, 1].
        """
        from exgan_tf import fields  # Here, as it takes seconds to import TensorFlow.

        here = fields.Fields(**{name: found[name] for name in fields.Fields._fields})
        return fields.compose(
            fields.join(here),
            reference,
            light_gain=found["light_gain"],
            places=places,
            strip_to_reference=strip_to_reference,
        ).numpy()

    @abc.abstractmethod
    def _fill(self, example: dict) -> np.ndarray:
        """What comes into the holes: float, of a shape that stretches to [B, H, W, 3].

        Values beyond [-1, 1] are clipped. The example holds checked arrays, those of `input_names`;
        the hole of "image" is grey, 0.
        """

    def _read(self, example):
        """The checked arrays of `input_names`; the hole of "image" is grey, 0."""
        names = self.input_names
        missing = [name for name in names if name not in example]
        if missing:
            raise ValueError(
                f"example lacks {', '.join(missing)}: it has "
                f"{', '.join(map(str, example)) or 'nothing'}; expected {', '.join(names)}"
            )
        inputs = {name: np.asarray(example[name]) for name in names}
        image = inputs["image"]
        _check_array("image", image, np.float32, "[B, H, W, 3]", image.shape[:3] + (3,))
        count, height, width = image.shape[:3]
        if count < 1 or not MIN_SIDE <= min(height, width) <= max(height, width) <= images.MAX_SIDE:
            raise ValueError(
                f"image is {list(image.shape)}; expected at least one image of {MIN_SIDE} to "
                f"{images.MAX_SIDE} pixels on each side"
            )
        boxes = (np.int32, "[B, 2, 4]", (count, 2, 4))
        expected = {
            "mask": (np.float32, "[B, H, W, 1]", (count, height, width, 1)),
            "reference": (np.float32, "[B, H, W, 3]", image.shape),
            "landmarks": (np.float32, "[B, 68, 2]", (count, landmarks.COUNT, 2)),
            "eye_boxes": boxes,
            "reference_eye_boxes": boxes,
        }
        for name in names:
            if name != "image":
                _check_array(name, inputs[name], *expected[name])
        _check_mask(inputs["mask"])
        if "reference" in inputs:
            _check_range("reference", inputs["reference"], where="")
        if "landmarks" in inputs:
            _check_landmarks(inputs["landmarks"])
        for name in ("eye_boxes", "reference_eye_boxes"):
            if name in inputs:
                _check_boxes(name, inputs[name], height, width)
        size = self.image_size
        if size is not None and (height, width) != (size, size):
            raise ValueError(
                f"image is {height} x {width} pixels; {type(self).__name__} takes only "
                f"{size} x {size}: align or resize to that"
            )
        grey = np.where(inputs["mask"] > 0, np.float32(0), image)
        _check_range("image", grey, where="outside the hole")
        return {**inputs, "image": grey}

    def _check_finite(self, filled):
        if not np.isfinite(filled).all():
            raise ValueError(
                f"{type(self).__name__} filled in values that are not finite: take another "
                "checkpoint, model or method"
            )


class ExportedInpainter(Inpainter):
    """Fills by what exporting wrote into a folder; its `card` is what `model.json` says."""

    def __init__(self, directory):
        """Raises ValueError if the folder is no exported model, of another version, or damaged."""
        self.directory = pathlib.Path(directory)
        self.card = model_card.read_model_card(directory)
        self.image_size = self.card.image_size
        self.input_names = tuple(name for name in INPUT_NAMES if name in self.card.tensors)


def _check_array(name, array, dtype, axes, shape):
    """Checks type and shape; `axes` is what the documentation calls the shape."""
    if array.dtype == dtype and array.shape == shape:
        return
    hint = ": images.to_image makes it from a photo" if array.dtype == np.uint8 else ""
    same = "" if name == "image" else f", here {list(shape)} to match image"
    raise ValueError(
        f"{name} is {array.dtype} {list(array.shape)}; expected {np.dtype(dtype).name} "
        f"{axes}{same}{hint}"
    )


def _check_range(name, image, *, where):
    # Written so that NaN is out of range too.
    outside = image[~(np.abs(image) <= 1)]
    if outside.size:
        raise ValueError(
            f"{name} has {tally.count(outside.size, 'value')} {where} not in [-1, 1], such as "
            f"{outside[0]}: images.to_image scales 8 bits to that range, np.clip cuts off what "
            "overshoots"
        )


def _check_mask(mask):
    other = mask[(mask != 0) & (mask != 1)]
    if other.size:
        raise ValueError(
            f"mask has {tally.count(other.size, 'value')} other than 0 and 1, such as {other[0]}; "
            "expected 1 = hole, 0 = known: apply a threshold"
        )


def _check_landmarks(points):
    unknown = ~np.isfinite(points).all(axis=(1, 2))
    if unknown.any():
        raise ValueError(
            f"landmarks of {unknown.sum():,} of {tally.count(len(points), 'image')} are unknown "
            "(not finite); this method needs them: build the records with --fit_landmarks"
        )


def _check_boxes(name, boxes, height, width):
    start, size = boxes[..., :2].astype(np.int64), boxes[..., 2:]
    inside = (start >= 0) & (size >= 1) & (start + size <= (height, width))
    if not inside.all():
        box = boxes[~inside.all(axis=-1)][0].tolist()
        raise ValueError(
            f"{name} has the box {box}, which is empty or leaves the image; expected (top, left, "
            f"height, width) inside {height} x {width} pixels: clip it"
        )
