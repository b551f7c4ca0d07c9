"""Painting the eyes, lids and brows, and what may sit in front of them."""

import numpy as np

from exgan_tf.drawn_faces.anatomy import (
    CIRCLE,
    CURVE_POINTS,
    SIDES,
    EyeCurves,
    brow_curve,
    eye_curves,
    head_outline,
    on_face,
)
from exgan_tf.drawn_faces.painting import Mask, ribbon, spline
from exgan_tf.drawn_faces.portrait import Portrait

_SCLERA = (0.95, 0.94, 0.93)
_LASH_COLOR = (0.07, 0.05, 0.05)
_TAPER = np.sqrt(np.sin(np.pi * np.linspace(0.02, 0.98, CURVE_POINTS)))  # Of widths along a curve.


def paint_eyes(portrait: Portrait) -> None:
    """Paints both eyes and their lids on the skin."""
    for side in SIDES:
        curves = eye_curves(portrait.identity.eyes, portrait.conditions, side=side)
        _paint_lids(portrait, curves)
        if not portrait.conditions.eyes_closed:
            _paint_eyeball(portrait, curves)
        _paint_lashes(portrait, curves, side=side)


def _paint_lids(portrait, curves: EyeCurves):
    eyes, is_closed = portrait.identity.eyes, portrait.conditions.eyes_closed
    # A closed lid is spread out, its colour and fold less dense.
    density, crease_softness = (0.5, 0.02) if is_closed else (1.0, 0.008)
    lid = portrait.shape(np.concatenate([curves.fold, curves.upper[::-1]]), softness=0.03)
    portrait.tint(lid, eyes.lid_tint, opacity=density * eyes.lid_tint_strength)
    crease = portrait.band(curves.fold, 0.022 * _TAPER, softness=crease_softness)
    portrait.tint(crease, (0.62, 0.5, 0.46), opacity=density * eyes.fold_strength)
    bag = portrait.band(curves.lower + [0.0, 0.075, 0.0], 0.03 * _TAPER, softness=0.02)
    opacity = density * (0.5 + 0.3 * portrait.conditions.smile)
    portrait.tint(bag, (0.86, 0.8, 0.8), opacity=opacity)
    if not is_closed:
        rim = portrait.band(curves.lower, 0.03 * _TAPER, softness=0.006)
        portrait.tint(rim, (1.04, 0.86, 0.84), opacity=0.8)


def _paint_eyeball(portrait, curves: EyeCurves):
    opening = portrait.shape(np.concatenate([curves.upper, curves.lower[::-1]]))
    portrait.fill(opening, _SCLERA, light=0.25 + 0.75 * portrait.light)
    for corner, strength in ((curves.upper[0], 0.8), (curves.upper[-1], 0.45)):
        disc = portrait.pose(corner) + 0.07 * portrait.unit * CIRCLE
        spot = portrait.shape(disc, softness=0.025).within(opening)
        portrait.tint(spot, (0.88, 0.62, 0.6), opacity=strength)
    # The iris hangs from the upper lid: a narrow eye covers its top and bottom.
    middle = 0.5 * (curves.upper[15] + curves.lower[15])
    center = 0.4 * curves.center + 0.6 * middle + np.array([*portrait.conditions.gaze, 0.0])
    center = portrait.pose(center)
    _paint_iris(portrait, center, opening=opening)
    cast = portrait.band(curves.upper, 0.11, softness=0.022).within(opening)
    portrait.tint(cast, (0.5, 0.47, 0.5), opacity=0.75)
    # The light, mirrored by the cornea, and what comes through from the other side.
    x, y, _ = portrait.conditions.light
    radius = portrait.identity.eyes.iris_radius
    offset = 0.48 * radius * portrait.unit * np.array([x, min(y, -0.3) * 1.1])
    for shift, size, blur, opacity in ((offset, 0.2, 0.05, 0.92), (-offset, 0.16, 0.1, 0.22)):
        disc = center + shift + size * radius * portrait.unit * CIRCLE
        glint = portrait.shape(disc, softness=blur * radius).within(opening)
        portrait.fill(glint, (1.0, 1.0, 1.0), opacity=opacity)


def _paint_iris(portrait, center, *, opening: Mask):
    eyes, light = portrait.identity.eyes, portrait.conditions.light
    radius = eyes.iris_radius * portrait.unit
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
    glow = 1 + 0.22 * (-x * light[0] - y * light[1]) / radius
    ring = 1 - eyes.limbal_ring * 0.75 * (1 - _fall(distance, 0.86, 0.13))
    shade = fibers * glow * ring * (1 - _fall(distance, eyes.pupil, edge)) * 1.08
    # Colour varies over the disc: one mask for each of the two colours, on a dark ground.
    patch = (outer_color + (inner_color - outer_color) * inner[..., None]) * shade[..., None]
    patch = np.clip(patch + 0.02, 0.0, 1.0).transpose(2, 0, 1).astype(np.float32)
    disc = Mask(top, left, _fall(distance, 1.0, edge).astype(np.float32)).within(opening)
    row, column = disc.top - top, disc.left - left
    height, width = disc.alpha.shape
    portrait.paste(disc, patch[:, row : row + height, column : column + width])


def _paint_lashes(portrait, curves: EyeCurves, *, side: int):
    eyes, is_closed = portrait.identity.eyes, portrait.conditions.eyes_closed
    widths = (0.35 + 0.85 * np.linspace(0.0, 1.0, CURVE_POINTS)) * eyes.liner * _TAPER
    line = portrait.band(curves.upper, widths, softness=0.004)
    portrait.fill(line, _LASH_COLOR, opacity=0.92)
    if is_closed:
        # The lower lashes lie under the upper ones, and both shade the cheek.
        below = portrait.pose(curves.upper) + [0.0, 0.02 * portrait.unit]
        shade = portrait.band(below, 0.075 * _TAPER, softness=0.014)
        portrait.tint(shade, (0.3, 0.22, 0.2), opacity=0.85)
    # Ten lashes on the outer part of the lid, longer outwards. Seen from above, as those of a
    # closed eye are, they look short.
    down = 0.45 if is_closed else -1.0
    place = np.linspace(0.3, 1.0, 10)[:, None]
    root = curves.upper[np.rint(place[:, 0] * (CURVE_POINTS - 1)).astype(int)][:, None]
    reach = eyes.lashes * (0.5 + 0.5 * place)
    ahead = np.full_like(place, 0.3)
    lean = np.hstack([side * (place - 0.25) * 1.1, down * (1.1 - 0.4 * place), ahead])
    along = np.linspace(0.0, 1.0, 5).reshape(1, 5, 1)
    sag = 0.24 * reach[:, None] * along * (1 - along) * [0.0, 1.0, 0.0]
    lashes = portrait.pose(root + (reach * lean)[:, None] * along + sag)
    widths_of_one = np.linspace(0.018, 0.004, 5) * portrait.unit
    hairs = portrait.shape(*(ribbon(lash, widths_of_one) for lash in lashes))
    portrait.fill(hairs, _LASH_COLOR, opacity=0.85)
    if not is_closed:
        low = portrait.band(curves.lower[8:], 0.35 * widths[8:], softness=0.005)
        portrait.fill(low, _LASH_COLOR, opacity=0.55)


def paint_brows(portrait: Portrait) -> None:
    """Paints both brows: a soft body and single hairs."""
    brows = portrait.identity.brows
    face = portrait.shape(head_outline(portrait.identity.head))
    for side in SIDES:
        curve = spline(brow_curve(brows, portrait.conditions, side=side), steps=2)
        along = np.linspace(0.0, 1.0, len(curve))
        widths = brows.thickness * np.interp(along, [0, 0.12, 0.45, 1.0], [0.55, 0.95, 1.0, 0.12])
        body = portrait.band(curve, widths, softness=0.022).within(face)
        portrait.tint(body, brows.tint, opacity=0.72 * brows.strength)
        # Sixty hairs from root to tip: upright near the nose, lying down outwards.
        rng = np.random.default_rng(brows.seed)
        place, spread = rng.uniform(0.0, 0.97, 60), rng.uniform(-0.5, 0.35, 60)
        index = (place * (len(curve) - 1)).astype(int)
        root = curve[index] - np.outer(spread * widths[index], [0.0, 1.0, 0.0])
        lean = np.column_stack([side * (0.05 + 0.06 * place), -0.075 + 0.09 * place, 0.0 * place])
        hairs = portrait.pose(np.stack([root, root + lean], axis=1))
        strokes = portrait.strokes(*hairs, thickness=0.013).within(face)
        portrait.tint(strokes, brows.tint, opacity=0.5 * brows.strength)


def paint_glasses(portrait: Portrait) -> None:
    """Paints thin frames with clear lenses, if the conditions have them."""
    if portrait.conditions.glasses is None:
        return
    center = portrait.identity.eyes.spacing / 2 + 0.02
    power = 1.0 if portrait.conditions.glasses == "round" else 0.55
    angle = np.linspace(0, 2 * np.pi, 49)
    cosine, sine = np.cos(angle), np.sin(angle)
    x = 0.43 * np.sign(cosine) * np.abs(cosine) ** power
    y = 0.05 + 0.34 * np.sign(sine) * np.abs(sine) ** power
    curves = []
    for side in SIDES:
        curves.append(on_face(np.column_stack([side * (center + x), y]), lift=0.12))
        temple = [[side * (center + 0.43), -0.03, 0.75], [side * 1.15, -0.06, 0.0]]
        curves.append(np.array(temple))
    bridge = np.array([[-1.0, 0.0], [0.0, -0.07], [1.0, 0.0]]) * [center - 0.43, 1.0]
    lines = [portrait.pose(line) for line in (*curves, on_face(spline(bridge), lift=0.16))]
    below = (line + [0.0, 0.05 * portrait.unit] for line in lines)
    portrait.tint(portrait.strokes(*below, thickness=0.03, softness=0.02), 0.75, opacity=0.6)
    for line in lines:
        portrait.fill(portrait.band(line, 0.024), (0.12, 0.11, 0.12), opacity=0.9)


def _fall(distance, radius: float, width: float) -> np.ndarray:
    """1 inside `radius`, 0 outside, smoothly over `width`."""
    t = np.clip((radius - distance) / width + 0.5, 0.0, 1.0)
    return t * t * (3 - 2 * t)
