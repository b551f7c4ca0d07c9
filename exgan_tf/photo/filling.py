"""Filling the eyes of one face of a photograph, with the eyes of another photograph's face.

The face is aligned as in training, and the reference's with it, without what stands behind it.
Light and borders are matched by the in-painters themselves, as in every evaluation: here their
result is pasted back through the inverse transform, and a photograph's toning is kept.

Other parts than the eyes can be masked too, to see what an in-painter makes of them.
"""

import dataclasses
import math

import cv2
import numpy as np

from exgan_tf import images
from exgan_tf.celeb_id import boxes as published_boxes
from exgan_tf.data import mask_names
from exgan_tf.faces import align, cutting, landmarks, pasting
from exgan_tf.faces.detect import DetectedFace
from exgan_tf.geometry import AffineTransform, Box
from exgan_tf.inpainters import Inpainter
from exgan_tf.photo import background, toning

# Alignment makes 256 pixels as published; smaller models are trained on its results, averaged.
_ALIGNED_SIZE = 256
MIN_IMAGE_SIZE = 64  # Ours: as small as the models that are worth training.
MAX_IMAGE_SIZE = 512  # Ours: beyond it the classical methods take seconds.
# Ours: for each new size TensorFlow traces the warp of references anew, which takes 0.1 s.
_SIZE_STEP = 32

# Ours: sides of the boxes over the width of the eye from corner to corner. Lashes and the shadow of
# the corners reach some 15 % farther; the height leaves the brows out.
_BOX_WIDTH = 1.4
_BOX_HEIGHT = 1.1

# Ours: how far around the holes a reference is read, of the aligned side: as far as fields move.
_REACH = 20 / 128


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
    """Aligns a face of a photo, uint8 [height, width, 3], as in training, `size` pixels wide.

    Raises:
      ValueError: if the face, or one of its eyes, is outside the photo.
    """
    check_eyes(face, photo, name="the photo")
    aligned_size = max(size, _ALIGNED_SIZE)
    region, to_region = _cut_region(photo, face, aligned_size=aligned_size)
    moved = dataclasses.replace(face, landmarks=to_region(face.landmarks))
    aligned = align.align_face(region, moved.annotation(), aligned_size)
    picture, scaling = cutting.scale_photo(aligned.photo, size / aligned_size)
    transform = to_region.then(aligned.transform).then(scaling)
    points = transform(face.landmarks)
    eye_boxes = _eye_boxes(points, size=size)
    return FaceView(images.to_image(picture), transform, eye_boxes=eye_boxes, landmarks=points)


def choose_image_size(face: DetectedFace, *, model_size: int | None, image_size: int | None) -> int:
    """The side in pixels at which a face is filled.

    It is the model's, if that takes but one; or else what is asked for, or the face's own, rounded
    up to a multiple of 32, as few sizes are quicker than many.

    Raises:
      ValueError: if the side asked for is not the model's, or out of range.
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
            f"image_size is {image_size}; expected {MIN_IMAGE_SIZE} to {MAX_IMAGE_SIZE} pixels"
        )
    return image_size


def view_reference(reference: np.ndarray, face: DetectedFace, *, target: FaceView) -> FaceView:
    """Aligns a reference's face with another face's view, eyes on eyes.

    Where the reference, uint8 [height, width, 3], is the finer, its areas are averaged; its edges
    are repeated.

    Returns:
      A view of the target's size, whose eyes have the target's boxes.

    Raises:
      ValueError: if an eye is outside the reference.
    """
    size = target.image.shape[0]
    check_eyes(face, reference, name="the reference")
    transform = landmarks.fit_affine(face.landmarks, target.landmarks)
    to_reference = transform.inverse()
    source, to_source = _cut_out(
        reference,
        to_reference(Box(0, 0, size, size).corners()),
        factor=1 / max(1, to_reference.scale),
    )
    image = cv2.warpAffine(
        source.astype(np.float32),
        to_reference.then(to_source).matrix,
        (size, size),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return FaceView(
        images.to_image(np.clip(np.rint(image), 0, 255).astype(np.uint8)),
        transform,
        eye_boxes=target.eye_boxes,
        landmarks=transform(face.landmarks),
    )


def check_eyes(face: DetectedFace, photo: np.ndarray, *, name: str) -> None:
    """Raises ValueError if the centre of an eye of a face is outside its photo, called `name`."""
    for center in (face.eye_left, face.eye_right):
        if not (0 <= center.x < photo.shape[1] and 0 <= center.y < photo.shape[0]):
            raise ValueError(
                f"an eye lies outside {name}: give a photograph that shows both eyes whole"
            )


def fill_eyes(
    photo: np.ndarray,
    face: DetectedFace,
    *,
    reference: np.ndarray,
    reference_face: DetectedFace,
    inpainter: Inpainter,
    image_size: int | None = None,
    mask: str = mask_names.EYES,
    seed: int = 0,
    eyes: tuple[str, ...] = ("left", "right"),
    strength: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Replaces the eyes of a face, or what another mask hides of it.

    An in-painter that gives fields looks at faces of its own size, and its fields are applied to
    the reference on the photo's own grid: the result is as fine as the two photographs are. A
    photograph without colours of its own gets none.

    Args:
      photo: uint8 [height, width, 3], RGB, with `face`.
      reference: uint8 [height, width, 3], RGB, of any size, with `reference_face`.
      image_size: side in pixels of the faces that it sees; see `choose_image_size`.
      mask: what of the aligned face is replaced, one of `mask_names.NAMES`.
      seed: of masks that are drawn.
      eyes: which eyes are replaced, "left" and "right" as the viewer sees them.
      strength: how much is seen of what was filled, in [0, 1]; the rest is what was there.

    Returns:
      The new photo, uint8 of the same shape, and where it may differ from the old one, bool
      [height, width].

    Raises:
      ValueError: if an eye is outside its photo, there is no mask of that name, or the image size
        cannot be.
    """
    size = choose_image_size(face, model_size=inpainter.image_size, image_size=image_size)
    view = view_face(photo, face, size=size)
    reference = background.hide_background(reference, reference_face)
    reference_view = view_reference(reference, reference_face, target=view)
    both = zip(("left", "right"), view.eye_boxes, strict=True)
    boxes = [box for name, box in both if name in eyes]
    hole = _draw_hole(view, boxes, mask=mask, seed=seed)
    example = {
        "image": view.image[None],
        "mask": hole.astype(np.float32)[None, :, :, None],
        "eye_boxes": np.array([view.eye_boxes], np.int32),
        "reference": reference_view.image[None],
        "reference_eye_boxes": np.array([reference_view.eye_boxes], np.int32),
        "landmarks": view.landmarks[None].astype(np.float32),
    }
    found = inpainter.find_fields(example) if mask == mask_names.EYES else None
    if found is not None:
        render = _apply_fields(found, inpainter, view, reference, reference_view)
        filled, changed = pasting.paste_rendered(photo, render, view.transform, boxes=boxes)
    else:
        patch = (inpainter(example)[0] + 1) * 127.5
        if mask == mask_names.EYES:
            filled, changed = pasting.paste_back(photo, patch, view.transform, boxes=boxes)
        else:
            filled, changed = pasting.paste_hole(photo, patch, view.transform, hole=hole)
    filled = toning.keep_toning(filled, photo, changed)
    if strength < 1:
        old = photo[changed].astype(np.float32)
        filled[changed] = np.rint(strength * filled[changed] + (1 - strength) * old)
    return filled, changed


def _apply_fields(found, inpainter, view, reference, reference_view):
    """What fields make of a reference, as a function of a region of the photo."""
    to_strip = view.transform.then(AffineTransform(found["strip_to_image"][0]).inverse())
    to_reference = reference_view.transform.inverse()
    strip_to_reference = AffineTransform(found["strip_to_reference"][0]).then(to_reference)
    # What is read of the reference, not finer than the photo, as a cubic filter would skip pixels.
    around = _bounding_box(view.eye_boxes, margin=math.ceil(_REACH * view.image.shape[0]))
    source, to_source = _cut_out(
        reference,
        to_reference(around.corners()),
        factor=1 / max(1, to_strip.then(strip_to_reference).scale),
    )
    strip_to_source = strip_to_reference.then(to_source)

    def render(region):
        composed = inpainter.compose(
            found,
            source[np.newaxis],
            places=to_strip(region.pixels())[np.newaxis].astype(np.float32),
            strip_to_reference=strip_to_source.matrix[np.newaxis].astype(np.float32),
        )
        return (composed[0] + 1) * 127.5

    return render


def _cut_out(photo, points, *, factor):
    """The part of a photo that holds some points, scaled, and the transform to it."""
    left, top = np.floor(points.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(points.max(axis=0)).astype(int).tolist()
    around = Box(top - 2, left - 2, bottom - top + 5, right - left + 5)
    region, shift = _cut(photo, around, name="the reference")
    scaled, scaling = cutting.scale_photo(region, factor)
    return scaled, shift.then(scaling)


def _bounding_box(boxes, *, margin):
    top, left = (min(box[i] for box in boxes) - margin for i in (0, 1))
    bottom, right = (max(box[i] + box[i + 2] for box in boxes) + margin for i in (0, 1))
    return Box(top, left, bottom - top, right - left)


def _cut(photo, box, *, name):
    """What of a box lies inside a photo, and the transform to it."""
    inside = box.clip(height=photo.shape[0], width=photo.shape[1])
    if inside.height < 1 or inside.width < 1:
        raise ValueError(f"the face lies outside {name}: give a photograph that shows it whole")
    return photo[inside.slices], AffineTransform([[1, 0, -inside.left], [0, 1, -inside.top]])


def _draw_hole(view, boxes, *, mask, seed):
    """1 in the hole, uint8 [size, size]."""
    size = view.image.shape[0]
    if mask == mask_names.EYES:
        hole = np.zeros((size, size), np.uint8)
        for box in boxes:
            hole[box.slices] = 1
        return hole
    from exgan_tf.data import masks  # Here, as it takes seconds to import TensorFlow.

    drawn = masks.draw_masks(
        mask, seeds=[[seed, 0]], image_size=size, eye_boxes=[list(map(list, view.eye_boxes))]
    )
    return drawn.numpy()[0, ..., 0].astype(np.uint8)


def _cut_region(photo, face, *, aligned_size):
    """What of a photo alignment can reach, so small that the crop is no larger than the result.

    The published script resizes with a cubic filter, which skips pixels where it shrinks; and
    turning all of a large photo takes long.
    """
    width = landmarks.face_width(face.landmarks)
    reach = math.ceil(1.5 * width) + 2  # The far corner of a crop that was shifted inside: 1.35.
    around = Box.around(face.center, height=2 * reach, width=2 * reach)
    region, transform = _cut(photo, around, name="the photo")
    # Alignment levels the eyes and keeps the frame, out of which a lying head would turn.
    if quarters := round(landmarks.roll(face.landmarks) / 90):
        region, turning = cutting.rotate_photo(region, 90 * quarters)
        transform = transform.then(turning)
    factor = min(1, aligned_size / (align.CROP_SCALE * width))
    scaled, scaling = cutting.scale_photo(region, factor)
    return scaled, transform.then(scaling)


def _eye_boxes(points, *, size) -> tuple[Box, Box]:
    """The holes: wide enough for the eye with its lashes, within the published sizes."""
    scale = size / published_boxes.IMAGE_SIZE
    limits = scale * published_boxes.SIDE_MIN, scale * published_boxes.SIDE_MAX
    boxes = []
    centers = landmarks.eye_centers(points)
    for eye, center in zip((landmarks.LEFT_EYE, landmarks.RIGHT_EYE), centers, strict=True):
        width = math.dist(points[eye][0], points[eye][3])
        sides = np.clip(np.multiply((_BOX_HEIGHT, _BOX_WIDTH), width), *limits)
        height, width = (math.floor(side + 0.5) for side in sides)
        box = Box.around(center, height=height, width=width).clip(height=size, width=size)
        if box.height < 1 or box.width < 1:
            raise ValueError(
                f"an eye is at ({center.x:.0f}, {center.y:.0f}), outside the aligned face of "
                f"{size} x {size} pixels: give a photograph that shows the face whole and from the "
                "front"
            )
        boxes.append(box)
    left, right = boxes
    return left, right
