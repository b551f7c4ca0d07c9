"""Painting the background, neck, shoulders, skin, nose and mouth."""

import cv2
import numpy as np

from exgan_tf.drawn_faces.anatomy import (
    CIRCLE,
    SIDES,
    at_depth,
    head_outline,
    mirrored,
    mouth_curves,
    nose_base,
    on_face,
)
from exgan_tf.drawn_faces.painting import spline
from exgan_tf.drawn_faces.portrait import Portrait

_SHEEN_COLOR = (1.0, 0.98, 0.95)
_CLOSED_LIPS = 0.01  # Head units; a narrower gap is thinner than the line between the lips.


def paint_background(portrait: Portrait) -> None:
    """Paints a gradient with a few large soft blobs, as of a wall out of focus."""
    rng = np.random.default_rng(portrait.conditions.background_seed)
    top, bottom, accent = (np.array(c, np.float32) for c in portrait.conditions.background)
    grid = np.linspace(0.0, 1.0, 24, dtype=np.float32)
    weight = np.zeros((24, 24), np.float32)
    blobs = rng.uniform(0, 1, 5), rng.uniform(0, 1, 5), rng.uniform(0.12, 0.3, 5)
    for x, y, radius in zip(*blobs, strict=True):
        weight += np.exp(-((grid - x) ** 2 + (grid[:, None] - y) ** 2) / radius**2)
    weight = 0.7 * np.minimum(weight, 1.0)[..., None]
    wall = top + (bottom - top) * np.broadcast_to(grid[:, None, None], (24, 24, 1))
    wall = wall + (accent - wall) * weight
    large = cv2.resize(wall, (portrait.side, portrait.side), interpolation=cv2.INTER_CUBIC)
    portrait.planes[:] = large.transpose(2, 0, 1)


def paint_neck(portrait: Portrait) -> None:
    """Paints neck, shoulders and clothes, with the shadow of the chin."""
    head, conditions = portrait.identity.head, portrait.conditions
    width = head.neck
    half = [(width, 0.9), (0.97 * width, 1.7), (1.15 * width, 2.1)]
    half += [(2.0, 2.45), (2.6, 3.0), (2.8, 4.2)]
    throat = portrait.shape(_both_sides(half, depth=-0.2))
    color = 0.9 * np.array(portrait.identity.skin.color) * conditions.light_color
    portrait.fill(throat, color)
    chin = _both_sides([(0.9, 0.9), (0.5, head.chin_depth + 0.28)], depth=0.3)
    portrait.tint(portrait.shape(chin, softness=0.1).within(throat), (0.62, 0.54, 0.52))
    half = [(0.25, 2.6), (width, 2.25), (1.3 * width, 2.2)]
    half += [(2.0, 2.4), (2.65, 2.95), (2.9, 4.2)]
    seam = _both_sides(half, depth=-0.1)
    cloth = portrait.shape(seam)
    portrait.fill(cloth, conditions.clothing)
    hem = portrait.strokes(seam, thickness=0.1, softness=0.015)
    portrait.tint(hem.within(cloth), 0.86)
    chest = _both_sides([(0.0, 2.9), (1.2, 2.9), (2.0, 4.0)], depth=0.0)
    portrait.tint(portrait.shape(chest, softness=0.25).within(cloth), 1.15)


def paint_head(portrait: Portrait) -> None:
    """Paints ears and skin, without eyes, brows, nose or mouth."""
    skin = portrait.identity.skin
    for side in SIDES:
        _paint_ear(portrait, side=side)
    face = portrait.shape(head_outline(portrait.identity.head))
    portrait.fill(face, skin.color, light=portrait.light)
    for side in SIDES:
        cheek = portrait.shape(_oval((side * 0.66, 0.52), (0.3, 0.22)), softness=0.14)
        portrait.tint(cheek.within(face), (1.0, 0.84, 0.82), opacity=skin.blush)
    if skin.stubble:
        _paint_stubble(portrait, face=face)
    if skin.num_freckles:
        _paint_freckles(portrait, face=face)
    x, y, _ = portrait.conditions.light
    for center, size, opacity in (
        ((0.45 * x, -0.75 + 0.2 * y), (0.3, 0.14), 0.13),
        ((0.66 * np.sign(x), 0.3), (0.16, 0.09), 0.05 + 0.08 * abs(x)),
    ):
        sheen = portrait.shape(_oval(center, size), softness=0.12)
        portrait.fill(sheen.within(face), _SHEEN_COLOR, opacity=opacity)


def _paint_ear(portrait, *, side: int):
    head, light = portrait.identity.head, portrait.light
    x = np.array([0.0, 0.1, 0.2, 0.22, 0.15, 0.08, 0.0])
    y = np.array([-0.8, -1.0, -0.8, -0.3, 0.4, 1.0, 0.8])
    ear = at_depth(np.column_stack([head.cheek - 0.06 + x, 0.22 + head.ear * y]), -0.1)
    ear = mirrored(ear, side)
    color = np.array(portrait.identity.skin.color) * (0.93, 0.84, 0.82)
    portrait.fill(portrait.shape(spline(ear, closed=True)), color, light=light)
    middle = ear.mean(axis=0)
    bowl = portrait.shape(spline(middle + 0.55 * (ear - middle), closed=True), softness=0.02)
    portrait.tint(bowl, (0.72, 0.62, 0.6), opacity=0.8)


def _paint_stubble(portrait, *, face):
    low = portrait.identity.head.nose_length
    half = [(0.0, low + 0.16), (0.5, low + 0.25), (0.85, 0.9)]
    half += [(1.04, 0.5), (1.05, 1.1), (0.7, 1.8), (0.0, 2.0)]
    beard = portrait.shape(_both_sides(half, depth=0.5), softness=0.07).within(face)
    shade = (0.4 + 0.6 * np.array(portrait.identity.hair.color)) * (0.98, 1.0, 1.04)
    portrait.tint(beard, shade, opacity=0.62 * portrait.identity.skin.stubble)


def _paint_freckles(portrait, *, face):
    skin = portrait.identity.skin
    rng = np.random.default_rng(skin.seed)
    x = np.clip(rng.normal(0.0, 0.42, skin.num_freckles), -0.95, 0.95)
    y = 0.42 + rng.normal(0.0, 0.13, skin.num_freckles)
    places = portrait.pose(on_face(np.column_stack([x, y])))
    dots = places[:, None] + [[0.0, 0.0], [0.5, 0.2]]
    for part, thickness in ((dots[::2], 0.022), (dots[1::2], 0.032)):
        spots = portrait.strokes(*part, thickness=thickness, softness=0.006)
        portrait.tint(spots.within(face), (0.8, 0.68, 0.6), opacity=0.7)


def paint_nose(portrait: Portrait) -> None:
    """Paints what the light on the relief does not: cast shadow, wings, nostrils, highlights."""
    head, x = portrait.identity.head, portrait.conditions.light[0]
    width, low, lift = head.nose_width, head.nose_length, head.nose_lift
    # The shadow on the upper lip falls away from the light.
    away = np.array([-0.8, 0.8, 0.5, -0.5]) * width - [0, 0, 0.14 * x, 0.14 * x]
    corners = np.column_stack([away, low + np.array([0.03, 0.03, 0.17, 0.17])])
    cast = portrait.shape(on_face(corners, lift=0.05), softness=0.05)
    portrait.tint(cast, (0.74, 0.66, 0.64), opacity=0.75)
    for side in SIDES:
        wing = [(0.8 * width, low - 0.19), (width, low - 0.08), (0.92 * width, low)]
        wing += [(0.7 * width, low + 0.025)]
        curve = spline(on_face(mirrored(wing, side), lift=0.3 * lift))
        crease = portrait.band(curve, np.linspace(0.01, 0.035, len(curve)), softness=0.015)
        portrait.tint(crease, (0.6, 0.46, 0.42), opacity=0.75)
        center = nose_base(head)[2 + side][:2] + np.array([side * 0.01, -0.01])
        nostril = portrait.shape(_oval(center, (0.062, 0.03), lift=0.5 * lift), softness=0.012)
        portrait.tint(nostril, (0.3, 0.2, 0.18), opacity=0.85)
    tip = _oval((0.03 * x, low - 0.13), (0.045, 0.04), lift=lift)
    ridge = _oval((0.035 * np.sign(x), 0.3), (0.022, 0.2), lift=0.5 * lift)
    for spot, opacity in ((tip, 0.38), (ridge, 0.16)):
        portrait.fill(portrait.shape(spot, softness=0.032), _SHEEN_COLOR, opacity=opacity)


def paint_mouth(portrait: Portrait) -> None:
    """Paints lips, teeth where the mouth is open, and the folds of a smile."""
    head, conditions = portrait.identity.head, portrait.conditions
    corner = head.mouth_width * (1 + 0.2 * conditions.smile)
    fold = [
        (head.nose_width + 0.07, head.nose_length - 0.04),
        (0.5 * (head.nose_width + corner) + 0.14, head.nose_length + 0.16),
        (corner + 0.13, head.mouth_depth - 0.08),
    ]
    for side in SIDES:
        curve = spline(on_face(mirrored(fold, side), lift=0.04))
        widths = np.sin(np.pi * np.linspace(0.05, 0.98, len(curve))) * 0.05
        line = portrait.band(curve, widths, softness=0.025)
        portrait.tint(line, (0.74, 0.64, 0.6), opacity=0.25 + 0.6 * conditions.smile)
    top, upper, lower, bottom = map(portrait.pose, mouth_curves(head, conditions))
    below = (bottom + [0.0, 0.06 * portrait.unit])[3:-3]
    shade = portrait.band(below, 0.04, softness=0.035)
    portrait.tint(shade, (0.72, 0.66, 0.64), opacity=0.6)
    tint = np.array(portrait.identity.skin.lip_tint)
    for edge, other, factor in ((top, upper, 0.86 * tint), (lower, bottom, tint)):
        lip = portrait.shape(np.concatenate([edge, other[::-1]]), softness=0.008)
        portrait.tint(lip, factor)
    shine = portrait.band(0.5 * (lower + bottom)[9:-9], 0.02, softness=0.022)
    portrait.fill(shine, _SHEEN_COLOR, opacity=0.3)
    if conditions.mouth_open > _CLOSED_LIPS:
        inside = portrait.shape(np.concatenate([upper, lower[::-1]]))
        portrait.fill(inside, (0.24, 0.09, 0.09))
        bite = upper + (lower - upper) * 0.72
        teeth = portrait.shape(np.concatenate([upper[2:-2], bite[-3:1:-1]]), softness=0.006)
        portrait.fill(teeth.within(inside), (0.93, 0.91, 0.88), opacity=0.95)
        shadow = portrait.band(upper, 0.04, softness=0.02)
        portrait.tint(shadow.within(inside), 0.6, opacity=0.7)
    along = np.abs(np.linspace(-1.0, 1.0, len(upper)))
    line = portrait.band(upper, 0.018 + 0.014 * along**4, softness=0.006)
    portrait.tint(line, (0.42, 0.27, 0.27), opacity=0.85)


def _oval(center, radii, *, lift: float = 0.0) -> np.ndarray:
    return on_face(CIRCLE * radii + center, lift=lift)


def _both_sides(half, *, depth: float) -> np.ndarray:
    """A closed symmetrical curve [n, 3] from (x, y) points of its right half, top to bottom."""
    right = at_depth(half, depth)
    return spline(np.concatenate([right, mirrored(right[::-1], -1)]), closed=True)
