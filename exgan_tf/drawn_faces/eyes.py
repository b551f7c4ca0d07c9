"""Painting the eyes, lids and brows, and what may sit in front of them."""

import numpy as np

from exgan_tf.drawn_faces.anatomy import (
    SIDES,
    EyeCurves,
    brow_curve,
    eye_curves,
    head_outline,
    on_face,
)
from exgan_tf.drawn_faces.conditions import Conditions
from exgan_tf.drawn_faces.identity import Eyes, Identity
from exgan_tf.drawn_faces.painting import Canvas, Mask, ribbon, spline
from exgan_tf.drawn_faces.pose import Pose

_SCLERA = (0.95, 0.94, 0.93)
_LASH_COLOR = (0.07, 0.05, 0.05)


def paint_eyes(canvas: Canvas, identity: Identity, conditions: Conditions, pose: Pose, *, light):
    """Paints both eyes and their lids on the skin; `light` is that of the head."""
    eyes = identity.eyes
    for side in SIDES:
        curves = eye_curves(eyes, conditions, side=side)
        _paint_lids(canvas, eyes, curves, conditions, pose)
        if not conditions.eyes_closed:
            _paint_eyeball(canvas, eyes, curves, conditions, pose, light=light)
        _paint_lashes(canvas, eyes, curves, conditions, pose, side=side)


def _paint_lids(canvas, eyes: Eyes, curves: EyeCurves, conditions, pose):
    unit = pose.unit
    upper, lower, fold = pose(curves.upper), pose(curves.lower), pose(curves.fold)
    lid = canvas.shape(np.concatenate([fold, upper[::-1]]), softness=0.03 * unit)
    # A closed lid is spread out, its colour and fold less dense.
    density = 0.5 if conditions.eyes_closed else 1.0
    canvas.tint(lid, eyes.lid_tint, opacity=density * eyes.lid_tint_strength)
    edge = ribbon(fold, _tapered(len(fold), 0.022 * unit))
    crease = canvas.shape(edge, softness=(0.02 if conditions.eyes_closed else 0.008) * unit)
    canvas.tint(crease, (0.62, 0.5, 0.46), opacity=density * eyes.fold_strength)
    bag = pose(curves.lower + np.array([0.0, 0.075, 0.0]))
    shade = canvas.shape(ribbon(bag, _tapered(len(bag), 0.03 * unit)), softness=0.02 * unit)
    canvas.tint(shade, (0.86, 0.8, 0.8), opacity=density * (0.5 + 0.3 * conditions.smile))
    if not conditions.eyes_closed:
        rim = canvas.shape(ribbon(lower, _tapered(len(lower), 0.03 * unit)), softness=0.006 * unit)
        canvas.tint(rim, (1.04, 0.86, 0.84), opacity=0.8)


def _paint_eyeball(canvas, eyes: Eyes, curves: EyeCurves, conditions, pose, *, light):
    unit = pose.unit
    upper, lower = pose(curves.upper), pose(curves.lower)
    opening = canvas.shape(np.concatenate([upper, lower[::-1]]))
    canvas.fill(opening, _SCLERA, light=0.25 + 0.75 * light)
    for corner, strength in ((curves.upper[0], 0.8), (curves.upper[-1], 0.45)):
        spot = canvas.shape(_disc(pose(corner), 0.07 * unit), softness=0.025 * unit)
        canvas.tint(spot.within(opening), (0.88, 0.62, 0.6), opacity=strength)
    shift = np.array([*conditions.gaze, 0.0])
    # The iris hangs from the upper lid: a narrow eye covers its top and bottom.
    middle = 0.5 * (curves.upper[15] + curves.lower[15])
    center = 0.4 * curves.center + 0.6 * middle + shift
    _paint_iris(canvas, eyes, pose(center), conditions, unit=unit, opening=opening)
    shadow = ribbon(upper, np.full(len(upper), 0.11 * unit))
    cast = canvas.shape(shadow, softness=0.022 * unit).within(opening)
    canvas.tint(cast, (0.5, 0.47, 0.5), opacity=0.75)
    _paint_catch_light(canvas, eyes, pose(center), conditions, unit=unit, opening=opening)


def _paint_iris(canvas, eyes: Eyes, center, conditions, *, unit: float, opening: Mask):
    radius = eyes.iris_radius * unit
    left, top = np.floor(center - radius - 2).astype(int)
    size = int(np.ceil(2 * radius + 5))
    x = np.arange(left, left + size) - center[0]
    y = np.arange(top, top + size)[:, None] - center[1]
    distance, angle = np.hypot(x, y) / radius, np.arctan2(y, x)
    rng = np.random.default_rng(eyes.fiber_seed)
    turns, phases = rng.integers(7, 34, 6), rng.uniform(0, 2 * np.pi, 6)
    waves = np.cos(angle[..., None] * turns + phases + 3 * distance[..., None])
    fibers = 1 + 0.13 * eyes.fibers * waves.sum(axis=-1)
    edge = 0.04 + 1 / radius
    inner = _fall(distance + 0.05 * waves[..., 0], 0.66, 0.2)
    outer_color, inner_color = (np.array(color) for color in eyes.iris)
    # Light entering on one side brightens the iris on the other.
    glow = 1 + 0.22 * (-x * conditions.light[0] - y * conditions.light[1]) / radius
    ring = 1 - eyes.limbal_ring * 0.75 * (1 - _fall(distance, 0.86, 0.13))
    shade = fibers * glow * ring * (1 - _fall(distance, eyes.pupil, edge)) * 1.08
    # Colour varies over the disc: one mask for each of the two colours, on a dark ground.
    patch = (outer_color + (inner_color - outer_color) * inner[..., None]) * shade[..., None]
    patch = np.clip(patch + 0.02, 0.0, 1.0).transpose(2, 0, 1).astype(np.float32)
    disc = Mask(top, left, _fall(distance, 1.0, edge).astype(np.float32))
    clipped = disc.within(opening)
    row, column = clipped.top - top, clipped.left - left
    height, width = clipped.alpha.shape
    canvas.paste(clipped, patch[:, row : row + height, column : column + width])


def _paint_catch_light(canvas, eyes: Eyes, center, conditions, *, unit: float, opening: Mask):
    x, y, _ = conditions.light
    radius = eyes.iris_radius * unit
    spot = center + 0.48 * radius * np.array([x, min(y, -0.3) * 1.1])
    glint = canvas.shape(_disc(spot, 0.2 * radius), softness=0.05 * radius)
    canvas.fill(glint.within(opening), (1.0, 1.0, 1.0), opacity=0.92)
    window = canvas.shape(_disc(2 * center - spot, 0.16 * radius), softness=0.1 * radius)
    canvas.fill(window.within(opening), (1.0, 1.0, 1.0), opacity=0.22)


def _paint_lashes(canvas, eyes: Eyes, curves: EyeCurves, conditions, pose, *, side: int):
    unit = pose.unit
    upper = pose(curves.upper)
    along = np.linspace(0.0, 1.0, len(upper))
    widths = (0.35 + 0.85 * along) * _tapered(len(upper), eyes.liner * unit)
    line = canvas.shape(ribbon(upper, widths), softness=0.004 * unit)
    canvas.fill(line, _LASH_COLOR, opacity=0.92)
    if conditions.eyes_closed:
        # The lower lashes lie under the upper ones, and both shade the cheek.
        band = ribbon(upper + [0.0, 0.02 * unit], _tapered(len(upper), 0.075 * unit))
        canvas.tint(canvas.shape(band, softness=0.014 * unit), (0.3, 0.22, 0.2), opacity=0.85)
    # Seen from above, as the lashes of a closed eye are, they look short.
    down = 0.45 if conditions.eyes_closed else -1.0
    lashes = _lash_curves(eyes, curves, down=down, side=side)
    hairs = [ribbon(pose(lash), np.linspace(0.018, 0.004, len(lash)) * unit) for lash in lashes]
    canvas.fill(canvas.shape(*hairs), _LASH_COLOR, opacity=0.85)
    if not conditions.eyes_closed:
        lower = pose(curves.lower)[8:]
        low = canvas.shape(ribbon(lower, 0.35 * widths[8:]), softness=0.005 * unit)
        canvas.fill(low, _LASH_COLOR, opacity=0.55)


def _lash_curves(eyes: Eyes, curves: EyeCurves, *, down: float, side: int) -> np.ndarray:
    """Ten lashes on the outer part of the upper lid, [10, 5, 3], longer outwards."""
    place = np.linspace(0.3, 1.0, 10)[:, None]
    root = curves.upper[np.rint(place[:, 0] * (len(curves.upper) - 1)).astype(int)]
    reach = eyes.lashes * (0.5 + 0.5 * place)
    ahead = np.full_like(place, 0.3)
    lean = np.hstack([side * (place - 0.25) * 1.1, down * (1.1 - 0.4 * place), ahead])
    along = np.linspace(0.0, 1.0, 5).reshape(1, 5, 1)
    sag = 0.24 * reach[:, None] * along * (1 - along) * [0.0, 1.0, 0.0]
    return root[:, None] + (reach * lean)[:, None] * along + sag


def paint_brows(canvas: Canvas, identity: Identity, conditions: Conditions, pose: Pose):
    """Paints both brows: a soft body and single hairs."""
    brows, unit = identity.brows, pose.unit
    face = canvas.shape(pose(head_outline(identity.head)))
    for side in SIDES:
        curve = spline(brow_curve(brows, conditions, side=side), steps=2)
        along = np.linspace(0.0, 1.0, len(curve))
        widths = brows.thickness * np.interp(along, [0, 0.12, 0.45, 1.0], [0.55, 0.95, 1.0, 0.12])
        body = canvas.shape(ribbon(pose(curve), widths * unit), softness=0.022 * unit)
        canvas.tint(body.within(face), brows.tint, opacity=0.72 * brows.strength)
        hairs = pose(_brow_hairs(brows.seed, curve, widths, side=side))
        strokes = canvas.strokes(*hairs, thickness=0.013 * unit)
        canvas.tint(strokes.within(face), brows.tint, opacity=0.5 * brows.strength)


def _brow_hairs(seed: int, curve, widths, *, side: int) -> np.ndarray:
    """Sixty hairs from root to tip, [60, 2, 3]: upright near the nose, lying down outwards."""
    rng = np.random.default_rng(seed)
    place, spread = rng.uniform(0.0, 0.97, 60), rng.uniform(-0.5, 0.35, 60)
    index = (place * (len(curve) - 1)).astype(int)
    root = curve[index] - np.outer(spread * widths[index], [0.0, 1.0, 0.0])
    lean = np.column_stack([side * (0.05 + 0.06 * place), -0.075 + 0.09 * place, 0.0 * place])
    return np.stack([root, root + lean], axis=1)


def paint_glasses(canvas: Canvas, identity: Identity, conditions: Conditions, pose: Pose):
    """Paints thin frames with clear lenses, if the conditions have them."""
    if conditions.glasses is None:
        return
    unit, center = pose.unit, identity.eyes.spacing / 2 + 0.02
    power = 1.0 if conditions.glasses == "round" else 0.55
    angle = np.linspace(0, 2 * np.pi, 49)
    cosine, sine = np.cos(angle), np.sin(angle)
    x = 0.43 * np.sign(cosine) * np.abs(cosine) ** power
    y = 0.05 + 0.34 * np.sign(sine) * np.abs(sine) ** power
    rims = []
    for side in SIDES:
        rim = np.stack([side * (center + x), y], axis=-1)
        rims.append(on_face(rim, lift=0.12))
        temple = np.array([[side * (center + 0.43), -0.03, 0.75], [side * 1.15, -0.06, 0.0]])
        rims.append(temple)
    bridge = np.array([[-1.0, 0.0], [0.0, -0.07], [1.0, 0.0]]) * [center - 0.43, 1.0]
    rims.append(on_face(spline(bridge), lift=0.16))
    lines = [pose(rim) for rim in rims]
    shadow = canvas.strokes(
        *(line + [0.0, 0.05 * unit] for line in lines),
        thickness=0.03 * unit,
        softness=0.02 * unit,
    )
    canvas.tint(shadow, 0.75, opacity=0.6)
    for line in lines:
        wire = canvas.shape(ribbon(line, np.full(len(line), 0.024 * unit)))
        canvas.fill(wire, (0.12, 0.11, 0.12), opacity=0.9)


def _disc(center, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return center + radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _fall(distance, radius: float, width: float) -> np.ndarray:
    """1 inside `radius`, 0 outside, smoothly over `width`."""
    t = np.clip((radius - distance) / width + 0.5, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def _tapered(count: int, width: float) -> np.ndarray:
    return width * np.sqrt(np.sin(np.pi * np.linspace(0.02, 0.98, count)))
