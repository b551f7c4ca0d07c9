"""Painting the background, neck, shoulders, skin, nose and mouth."""

import cv2
import numpy as np

from exgan_tf.drawn_faces.anatomy import (
    SIDES,
    head_outline,
    mirrored,
    mouth_curves,
    nose_points,
    on_face,
)
from exgan_tf.drawn_faces.conditions import Conditions
from exgan_tf.drawn_faces.identity import Head, Identity
from exgan_tf.drawn_faces.painting import Canvas, ribbon, spline
from exgan_tf.drawn_faces.pose import Pose

_SHEEN_COLOR = (1.0, 0.98, 0.95)
_CLOSED_LIPS = 0.01  # Head units; a narrower gap is thinner than the line between the lips.


def paint_background(canvas: Canvas, conditions: Conditions):
    """Paints a gradient with a few large soft blobs, as of a wall out of focus."""
    rng = np.random.default_rng(conditions.background_seed)
    top, bottom, accent = (np.array(c, np.float32) for c in conditions.background)
    grid = np.linspace(0.0, 1.0, 24, dtype=np.float32)
    weight = np.zeros((24, 24), np.float32)
    for x, y, radius in zip(
        rng.uniform(0, 1, 5), rng.uniform(0, 1, 5), rng.uniform(0.12, 0.3, 5), strict=True
    ):
        weight += np.exp(-((grid - x) ** 2 + (grid[:, None] - y) ** 2) / radius**2)
    weight = 0.7 * np.minimum(weight, 1.0)[..., None]
    wall = top + (bottom - top) * np.broadcast_to(grid[:, None, None], (24, 24, 1))
    wall = wall + (accent - wall) * weight
    large = cv2.resize(wall, (canvas.side, canvas.side), interpolation=cv2.INTER_CUBIC)
    canvas.planes[:] = large.transpose(2, 0, 1)


def paint_neck(canvas: Canvas, identity: Identity, conditions: Conditions, pose: Pose):
    """Paints neck, shoulders and clothes, with the shadow of the chin."""
    head, unit = identity.head, pose.unit
    width, color = head.neck, np.array(identity.skin.color)
    half = [(width, 0.9), (0.97 * width, 1.7), (1.15 * width, 2.1)]
    half += [(2.0, 2.45), (2.6, 3.0), (2.8, 4.2)]
    neck = _both_sides(half, depth=-0.2)
    throat = canvas.shape(pose(neck))
    canvas.fill(throat, 0.9 * color * conditions.light_color)
    tip = head.chin_depth
    chin = pose(_both_sides([(0.9, 0.9), (0.5, tip + 0.28)], depth=0.3))
    shadow = canvas.shape(chin, softness=0.1 * unit).within(throat)
    canvas.tint(shadow, (0.62, 0.54, 0.52))
    _paint_clothes(canvas, conditions, pose, neckline=width)


def _paint_clothes(canvas, conditions, pose, *, neckline: float):
    unit = pose.unit
    half = [(0.25, 2.6), (neckline, 2.25), (1.3 * neckline, 2.2)]
    half += [(2.0, 2.4), (2.65, 2.95), (2.9, 4.2)]
    seam = pose(_both_sides(half, depth=-0.1))
    cloth = canvas.shape(seam)
    canvas.fill(cloth, conditions.clothing)
    hem = canvas.strokes(seam, thickness=0.1 * unit, softness=0.015 * unit)
    canvas.tint(hem.within(cloth), 0.86)
    chest = pose(_both_sides([(0.0, 2.9), (1.2, 2.9), (2.0, 4.0)], depth=0.0))
    canvas.tint(canvas.shape(chest, softness=0.25 * unit).within(cloth), 1.15)


def paint_head(canvas: Canvas, identity: Identity, conditions: Conditions, pose: Pose, *, light):
    """Paints ears and skin, without eyes, brows, nose or mouth."""
    skin, unit = identity.skin, pose.unit
    for side in SIDES:
        _paint_ear(canvas, identity, pose, side=side, light=light)
    face = canvas.shape(pose(head_outline(identity.head)))
    canvas.fill(face, skin.color, light=light)
    for side in SIDES:
        cheek = pose(_oval((side * 0.66, 0.52), (0.3, 0.22)))
        blush = canvas.shape(cheek, softness=0.14 * unit).within(face)
        canvas.tint(blush, (1.0, 0.84, 0.82), opacity=skin.blush)
    if skin.stubble:
        _paint_stubble(canvas, identity, pose, face=face)
    if skin.num_freckles:
        _paint_freckles(canvas, identity, pose, face=face)
    _paint_sheen(canvas, conditions, pose, face=face)


def _paint_ear(canvas, identity, pose, *, side: int, light):
    head = identity.head
    shape = [(0.0, -0.8), (0.1, -1.0), (0.2, -0.8), (0.22, -0.3), (0.15, 0.4), (0.08, 1.0)]
    shape += [(0.0, 0.8)]
    ear = np.array([(head.cheek - 0.06 + x, 0.22 + head.ear * y, -0.1) for x, y in shape])
    color = np.array(identity.skin.color) * (0.93, 0.84, 0.82)
    ear = mirrored(ear, side)
    outline = canvas.shape(pose(spline(ear, closed=True)))
    canvas.fill(outline, color, light=light)
    middle = ear.mean(axis=0)
    hollow = pose(spline(middle + 0.55 * (ear - middle), closed=True))
    bowl = canvas.shape(hollow, softness=0.02 * pose.unit)
    canvas.tint(bowl, (0.72, 0.62, 0.6), opacity=0.8)


def _paint_stubble(canvas, identity, pose, *, face):
    head, unit = identity.head, pose.unit
    half = [(0.0, head.nose_length + 0.16), (0.5, head.nose_length + 0.25), (0.85, 0.9)]
    half += [(1.04, 0.5), (1.05, 1.1), (0.7, 1.8), (0.0, 2.0)]
    area = canvas.shape(pose(_both_sides(half, depth=0.5)), softness=0.07 * unit).within(face)
    shade = 0.4 + 0.6 * np.array(identity.hair.color)
    canvas.tint(area, shade * (0.98, 1.0, 1.04), opacity=0.62 * identity.skin.stubble)


def _paint_freckles(canvas, identity, pose, *, face):
    skin, unit = identity.skin, pose.unit
    rng = np.random.default_rng(skin.seed)
    x = np.clip(rng.normal(0.0, 0.42, skin.num_freckles), -0.95, 0.95)
    y = 0.42 + rng.normal(0.0, 0.13, skin.num_freckles)
    places = pose(on_face(np.stack([x, y], axis=-1)))
    dots = [place + np.array([[0.0, 0.0], [0.5, 0.2]]) for place in places]
    for part, thickness in ((dots[::2], 0.022), (dots[1::2], 0.032)):
        spots = canvas.strokes(*part, thickness=thickness * unit, softness=0.006 * unit)
        canvas.tint(spots.within(face), (0.8, 0.68, 0.6), opacity=0.7)


def _paint_sheen(canvas, conditions, pose, *, face):
    x, y, _ = conditions.light
    spots = (
        ((0.45 * x, -0.75 + 0.2 * y), (0.3, 0.14), 0.13),
        ((0.66 * np.sign(x), 0.3), (0.16, 0.09), 0.05 + 0.08 * abs(x)),
    )
    for center, size, opacity in spots:
        glow = canvas.shape(pose(_oval(center, size)), softness=0.12 * pose.unit)
        canvas.fill(glow.within(face), _SHEEN_COLOR, opacity=opacity)


def paint_nose(canvas: Canvas, identity: Identity, conditions: Conditions, pose: Pose):
    """Paints what the light on the relief does not: cast shadow, wings, nostrils, highlights."""
    head, unit = identity.head, pose.unit
    _paint_nose_shadow(canvas, head, conditions, pose)
    base = nose_points(head)["base"]
    for side in SIDES:
        _paint_nose_wing(canvas, head, pose, side=side)
        center = base[2 + side][:2] + np.array([side * 0.01, -0.01])
        nostril = pose(_oval(center, (0.062, 0.03), lift=0.5 * head.nose_lift))
        hole = canvas.shape(nostril, softness=0.012 * unit)
        canvas.tint(hole, (0.3, 0.2, 0.18), opacity=0.85)
    x = conditions.light[0]
    tip = _oval((0.03 * x, head.nose_length - 0.13), (0.045, 0.04), lift=head.nose_lift)
    ridge = _oval((0.035 * np.sign(x), 0.3), (0.022, 0.2), lift=0.5 * head.nose_lift)
    for spot, opacity in ((tip, 0.38), (ridge, 0.16)):
        glow = canvas.shape(pose(spot), softness=0.032 * unit)
        canvas.fill(glow, _SHEEN_COLOR, opacity=opacity)


def _paint_nose_shadow(canvas, head: Head, conditions, pose):
    """The shadow the nose casts on the upper lip, away from the light."""
    width, low, away = head.nose_width, head.nose_length, -0.14 * conditions.light[0]
    corners = [
        (-0.8 * width, low + 0.03),
        (0.8 * width, low + 0.03),
        (0.5 * width + away, low + 0.17),
        (-0.5 * width + away, low + 0.17),
    ]
    cast = canvas.shape(pose(on_face(corners, lift=0.05)), softness=0.05 * pose.unit)
    canvas.tint(cast, (0.74, 0.66, 0.64), opacity=0.75)


def _paint_nose_wing(canvas, head: Head, pose, *, side: int):
    width, low = head.nose_width, head.nose_length
    wing = [(0.8 * width, low - 0.19), (width, low - 0.08), (0.92 * width, low)]
    wing += [(0.7 * width, low + 0.025)]
    curve = pose(spline(on_face(mirrored(wing, side), lift=0.3 * head.nose_lift)))
    crease = ribbon(curve, np.linspace(0.01, 0.035, len(curve)) * pose.unit)
    line = canvas.shape(crease, softness=0.015 * pose.unit)
    canvas.tint(line, (0.6, 0.46, 0.42), opacity=0.75)


def paint_mouth(canvas: Canvas, identity: Identity, conditions: Conditions, pose: Pose):
    """Paints lips, teeth where the mouth is open, and the folds of a smile."""
    unit, tint = pose.unit, np.array(identity.skin.lip_tint)
    curves = mouth_curves(identity.head, conditions)
    top, upper, lower, bottom = (pose(curve) for curve in curves)
    _paint_smile_folds(canvas, identity.head, conditions, pose)
    below = (bottom + [0.0, 0.06 * unit])[3:-3]
    shade = ribbon(below, np.full(len(below), 0.04 * unit))
    canvas.tint(canvas.shape(shade, softness=0.035 * unit), (0.72, 0.66, 0.64), opacity=0.6)
    for edges, factor in (((top, upper), 0.86 * tint), ((lower, bottom), tint)):
        lip = np.concatenate([edges[0], edges[1][::-1]])
        canvas.tint(canvas.shape(lip, softness=0.008 * unit), factor)
    middle = 0.5 * (lower + bottom)[9:-9]
    shine = canvas.shape(ribbon(middle, np.full(len(middle), 0.02 * unit)), softness=0.022 * unit)
    canvas.fill(shine, _SHEEN_COLOR, opacity=0.3)
    if conditions.mouth_open > _CLOSED_LIPS:
        _paint_teeth(canvas, upper, lower, unit=unit)
    along = np.abs(np.linspace(-1.0, 1.0, len(upper)))
    line = canvas.shape(ribbon(upper, (0.018 + 0.014 * along**4) * unit), softness=0.006 * unit)
    canvas.tint(line, (0.42, 0.27, 0.27), opacity=0.85)


def _paint_teeth(canvas, upper, lower, *, unit: float):
    inside = canvas.shape(np.concatenate([upper, lower[::-1]]))
    canvas.fill(inside, (0.24, 0.09, 0.09))
    bite = upper + (lower - upper) * 0.72
    row = np.concatenate([upper[2:-2], bite[-3:1:-1]])
    teeth = canvas.shape(row, softness=0.006 * unit)
    canvas.fill(teeth.within(inside), (0.93, 0.91, 0.88), opacity=0.95)
    shadow = canvas.shape(ribbon(upper, np.full(len(upper), 0.04 * unit)), softness=0.02 * unit)
    canvas.tint(shadow.within(inside), 0.6, opacity=0.7)


def _paint_smile_folds(canvas, head: Head, conditions, pose):
    corner, unit = head.mouth_width * (1 + 0.2 * conditions.smile), pose.unit
    fold = [
        (head.nose_width + 0.07, head.nose_length - 0.04),
        (0.5 * (head.nose_width + corner) + 0.14, head.nose_length + 0.16),
        (corner + 0.13, head.mouth_depth - 0.08),
    ]
    for side in SIDES:
        curve = pose(spline(on_face(mirrored(fold, side), lift=0.04)))
        widths = np.sin(np.pi * np.linspace(0.05, 0.98, len(curve))) * 0.05 * unit
        line = canvas.shape(ribbon(curve, widths), softness=0.025 * unit)
        canvas.tint(line, (0.74, 0.64, 0.6), opacity=0.25 + 0.6 * conditions.smile)


def _oval(center, radii, *, lift: float = 0.0) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * radii + center
    return on_face(ring, lift=lift)


def _both_sides(half, *, depth: float) -> np.ndarray:
    """A closed symmetrical curve [n, 3] from (x, y) points of its right half, top to bottom."""
    right = np.column_stack([half, np.full(len(half), depth)])
    return spline(np.concatenate([right, mirrored(right[::-1], -1)]), closed=True)
