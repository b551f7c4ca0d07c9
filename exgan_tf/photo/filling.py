"""Filling the eyes of one face of a photograph, with the eyes of another photograph's face.

Both faces are aligned as in training; what the in-painter makes of the aligned one is matched in
colour at the border of the hole and pasted back through the inverse transform.

Other parts than the eyes can be masked too, to see what an in-painter makes of them. They are
pasted back as they were filled: the eyes' colours are matched with what the photograph shows at the
border inside the holes, and of other masks nothing inside may be looked at.
"""

import dataclasses
import math
from typing import Callable, Optional

import cv2
import numpy as np

from exgan_tf import images
from exgan_tf.data import masks
from exgan_tf.faces import align, cutting, landmarks, pasting
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import AffineTransform, Box

# Alignment makes 256 pixels as published; smaller models are trained on its results, averaged.
_ALIGNED_SIZE = 256
MIN_IMAGE_SIZE = 64  # Ours: as small as the models that are worth training.
MAX_IMAGE_SIZE = 512  # Ours: beyond it the classical methods take seconds.
# Ours: for each new size TensorFlow traces the warp of references anew, which takes 0.1 s.
_SIZE_STEP = 32

# The smallest and largest sides of the published mask boxes, over the side of the image.
_MIN_BOX_SIDE = 48 / 256
_MAX_BOX_SIDE = 96 / 256
# Ours: sides of the boxes over the width of the eye from corner to corner. Lashes and the shadow of
# the corners reach some 15 % farther; the height leaves the brows out.
_BOX_WIDTH = 1.4
_BOX_HEIGHT = 1.1

# Ours: skin within 12 pixels of the holes at 256 tells the light. Whites made much brighter glow.
_SKIN_MARGIN = 12 / 256
_MIN_GAIN, _MAX_GAIN = 0.5, 1.2
_MATCH_BLUR = 4 / 256  # Ours: differences finer than this along the border are not spread.


@dataclasses.dataclass(frozen=True, eq=False)
class FaceView:
    """A face as the networks see it.

    Attributes:
      image: float32 [size, size, 3], RGB in [-1, 1].
      transform: takes points of the photo to pixels of `image`.
      eye_boxes: the holes around the viewer's left and right eye, in pixels of `image`.
      landmarks: float64 [68, 2] of (x, y), in pixels of `image`.
    """

    image: np.ndarray
    transform: AffineTransform
    eye_boxes: tuple[Box, Box]
    landmarks: np.ndarray


def view_face(photo: np.ndarray, face: DetectedFace, *, size: int) -> FaceView:
    """Aligns a face as in training.

    Args:
      photo: uint8 [height, width, 3], RGB.
      face: a face found in `photo`.
      size: side of the image, in pixels.

    Raises:
      ValueError: if the face, or one of its eyes, is outside the photo.
    """
    aligned_size = max(size, _ALIGNED_SIZE)
    region, to_region = _cut_region(photo, face, aligned_size=aligned_size)
    moved = dataclasses.replace(face, landmarks=to_region(face.landmarks))
    aligned = align.align_face(region, moved.annotation(), aligned_size)
    picture, scaling = aligned.photo, AffineTransform([[1, 0, 0], [0, 1, 0]])
    if size < aligned_size:
        picture, scaling = cutting.scale_photo(picture, size / aligned_size)
    transform = to_region.then(aligned.transform).then(scaling)
    points = transform(face.landmarks)
    eye_boxes = _eye_boxes(points, size=size)
    for center in (face.eye_left, face.eye_right):
        if not (0 <= center.x < photo.shape[1] and 0 <= center.y < photo.shape[0]):
            raise ValueError("an eye lies outside the picture")
    return FaceView(images.to_image(picture), transform, eye_boxes=eye_boxes, landmarks=points)


def choose_image_size(
    face: DetectedFace, *, model_size: Optional[int], image_size: Optional[int]
) -> int:
    """The side in pixels at which a face is filled: the model's, the wish, or the face's own.

    The face's own is rounded up to a multiple of 32, as few sizes are quicker than many.

    Args:
      face: the face to be filled.
      model_size: the only side that the in-painter takes, or None.
      image_size: the side wished for, or None.

    Raises:
      ValueError: if the wish is not the model's size, or out of range.
    """
    if model_size is not None:
        if image_size not in (None, model_size):
            raise ValueError(
                f"image_size is {image_size}, but this model takes {model_size}: leave it out"
            )
        return model_size
    if image_size is None:
        own = align.CROP_SCALE * landmarks.face_width(face.landmarks)
        rounded = _SIZE_STEP * math.ceil(own / _SIZE_STEP)
        return min(max(rounded, MIN_IMAGE_SIZE), MAX_IMAGE_SIZE)
    if not MIN_IMAGE_SIZE <= image_size <= MAX_IMAGE_SIZE:
        raise ValueError(
            f"image_size is {image_size}, {MIN_IMAGE_SIZE} to {MAX_IMAGE_SIZE} pixels are wanted"
        )
    return image_size


def fill_eyes(
    photo: np.ndarray,
    face: DetectedFace,
    *,
    reference: np.ndarray,
    reference_face: DetectedFace,
    inpainter: Callable[[dict], np.ndarray],
    image_size: int,
    match_color: bool,
    mask: str = masks.EYES,
    seed: int = 0,
    eyes: tuple = ("left", "right"),
) -> tuple[np.ndarray, np.ndarray]:
    """Replaces the eyes of a face, or what another mask hides of it.

    Args:
      photo: uint8 [height, width, 3], RGB.
      face: the face in `photo` whose eyes are replaced.
      reference: uint8 [height, width, 3], RGB, of any size.
      reference_face: the face in `reference` whose eyes are the example.
      inpainter: an `exgan_tf.inpainters.Inpainter`.
      image_size: side in pixels at which the face is filled.
      match_color: match the reference's brightness and, where eyes are filled, shift the colours so
        that they meet the photo's at the border of the holes.
      mask: what of the aligned face is replaced, a name of `data.masks.MASKS`.
      seed: of masks that are drawn.
      eyes: which eyes are replaced, "left" and "right" as the viewer sees them.

    Returns:
      The new photo, uint8 of the same shape, and where it may differ from the old one, bool
      [height, width].

    Raises:
      ValueError: if an eye is outside its photo, or there is no mask of that name.
    """
    view = view_face(photo, face, size=image_size)
    reference_view = view_face(reference, reference_face, size=image_size)
    boxes = [box for name, box in zip(("left", "right"), view.eye_boxes) if name in eyes]
    # Eyes without TensorFlow, as albums do this in threads.
    hole = (
        _hole(boxes, image_size) if mask == masks.EYES else _draw_hole(view, mask=mask, seed=seed)
    )
    if match_color:
        reference_view = _match_light(reference_view, view, hidden=hole)
    completed = inpainter(_build_example(view, reference_view, hole))[0]
    if mask != masks.EYES:
        patch = (completed + 1) * 127.5
        return pasting.paste_hole(photo, patch, view.transform, hole=hole)
    if match_color:
        completed = match_border(completed, view.image, boxes)
    return pasting.paste_back(
        photo,
        (completed + 1) * 127.5,
        view.transform,
        boxes=boxes,
    )


def _draw_hole(view, *, mask, seed):
    """1 in the hole, uint8 [size, size]."""
    size = view.image.shape[0]
    drawn = masks.draw_masks(
        mask, seeds=[[seed, 0]], image_size=size, eye_boxes=[list(map(list, view.eye_boxes))]
    )
    return drawn.numpy()[0, ..., 0].astype(np.uint8)


def _match_light(view: FaceView, target: FaceView, *, hidden: np.ndarray) -> FaceView:
    """The view as if the skin around its eyes were as bright as the target's where that is known.

    By a factor, as light works: by adding, a white of bright skin's photo would come out too bright
    in a dark one. One factor for all colours: one for each turned whites blue beside red skin.
    """
    known = _around_eyes(target) & (hidden == 0)
    if not known.any():
        return view
    own = _brightness(view, _around_eyes(view))
    gain = _brightness(target, known) / max(own, 1e-3)
    gain = np.float32(min(max(gain, _MIN_GAIN), _MAX_GAIN))
    return dataclasses.replace(view, image=np.clip((view.image + 1) * gain - 1, -1, 1))


def _around_eyes(view):
    """Where the skin around the eyes is, bool [size, size]."""
    hole = _hole(view.eye_boxes, view.image.shape[0])
    reach = 2 * max(1, round(_SKIN_MARGIN * view.image.shape[0])) + 1
    return cv2.dilate(hole, np.ones((reach, reach), np.uint8)) > hole


def _brightness(view, place):
    """The median of a place, bool [size, size], in [0, 2]."""
    return float(np.median(view.image[place].mean(axis=-1))) + 1


def match_border(completed: np.ndarray, image: np.ndarray, boxes) -> np.ndarray:
    """Shifts the colours in the holes so that at their borders they meet the image's own.

    What is missing at the border is spread inwards, each place of the border weighted by its
    inverse squared distance: a smooth membrane, without a system of equations.

    Args:
      completed: float32 [size, size, 3], RGB in [-1, 1], the holes filled.
      image: float32 [size, size, 3], what was there before, in the holes too.
      boxes: the holes.

    Returns:
      float32 [size, size, 3] in [-1, 1], outside the holes equal to `completed`.
    """
    hole = _hole(boxes, image.shape[0])
    # Pixels beyond the image count as holes, so that its border is no border of a hole.
    inner = cv2.erode(
        hole, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1
    )
    border = np.argwhere(hole > inner)
    if not len(border):
        return completed
    missing = (image - completed)[tuple(border.T)]
    matched = completed.copy()
    softness = (_MATCH_BLUR * image.shape[0]) ** 2
    for box in boxes:
        rows, columns = np.mgrid[pasting.region_slices(box)]
        places = np.stack([rows.ravel(), columns.ravel()], axis=1)
        shift = _spread(missing, border, places, softness=softness)
        window = pasting.region_slices(box)
        matched[window] = completed[window] + shift.reshape(box.height, box.width, 3)
    return np.clip(matched, -1, 1)


def _spread(values, sources, places, *, softness):
    # (a - b)^2 = a^2 - 2ab + b^2, which needs no array of three axes.
    sources, places = sources.astype(np.float32), places.astype(np.float32)
    squares = (places**2).sum(axis=1)[:, None] - 2 * places @ sources.T + (sources**2).sum(axis=1)
    weights = 1 / (np.maximum(squares, 0) + np.float32(softness))
    return (weights @ values.astype(np.float32)) / weights.sum(axis=1, keepdims=True)


def _cut_region(photo, face, *, aligned_size):
    """What of a photo alignment can reach, so small that the crop is no larger than the result.

    The published script resizes with a cubic filter, which skips pixels where it shrinks; and
    turning all of a large photo takes long.
    """
    width = landmarks.face_width(face.landmarks)
    reach = math.ceil(1.5 * width) + 2  # The far corner of a crop that was shifted inside: 1.35.
    around = Box.around(face.center, height=2 * reach, width=2 * reach)
    inside = around.clip(height=photo.shape[0], width=photo.shape[1])
    if inside.height < 1 or inside.width < 1:
        raise ValueError("the face lies outside the picture")
    region = photo[pasting.region_slices(inside)]
    transform = AffineTransform([[1, 0, -inside.left], [0, 1, -inside.top]])
    factor = aligned_size / (align.CROP_SCALE * width)
    if factor < 1:
        region, scaling = cutting.scale_photo(region, factor)
        transform = transform.then(scaling)
    return region, transform


def _eye_boxes(points, *, size) -> tuple[Box, Box]:
    """The holes: wide enough for the eye with its lashes, within the published sizes."""
    boxes = []
    centers = landmarks.eye_centers(points)
    for eye, center in zip((landmarks.LEFT_EYE, landmarks.RIGHT_EYE), centers):
        width = math.dist(points[eye][0], points[eye][3])
        box = Box.around(
            center,
            height=_box_side(_BOX_HEIGHT * width, size),
            width=_box_side(_BOX_WIDTH * width, size),
        ).clip(height=size, width=size)
        if box.height < 1 or box.width < 1:
            raise ValueError("an eye lies outside the aligned face")
        boxes.append(box)
    return tuple(boxes)


def _box_side(wanted, size):
    return max(1, math.floor(min(max(wanted, _MIN_BOX_SIDE * size), _MAX_BOX_SIDE * size) + 0.5))


def _build_example(view, reference_view, hole):
    return {
        "image": view.image[None],
        "mask": hole.astype(np.float32)[None, :, :, None],
        "eye_boxes": np.array([view.eye_boxes], np.int32),
        "reference": reference_view.image[None],
        "reference_eye_boxes": np.array([reference_view.eye_boxes], np.int32),
        "landmarks": view.landmarks[None].astype(np.float32),
    }


def _hole(boxes, size):
    """1 in the boxes, uint8 [size, size]."""
    hole = np.zeros((size, size), np.uint8)
    for box in boxes:
        hole[pasting.region_slices(box)] = 1
    return hole
