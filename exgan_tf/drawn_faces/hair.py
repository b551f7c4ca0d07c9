"""Painting the hair: a part behind the head, a cap on it and locks before the ears."""

import numpy as np

from exgan_tf.drawn_faces.anatomy import (
    CIRCLE,
    SIDES,
    at_depth,
    mirrored,
    on_face,
    whole_curve,
    whole_outline,
)
from exgan_tf.drawn_faces.identity import Hair
from exgan_tf.drawn_faces.painting import resample, spline
from exgan_tf.drawn_faces.portrait import Portrait

_CAP_POINTS, _LOCK_POINTS = 11, 14  # Points along a strand.
_LONG_STYLES = ("bob", "long", "waves", "fringe")


def paint_hair_behind(portrait: Portrait) -> None:
    """Paints what lies behind the neck and head."""
    hair, light = portrait.identity.hair, portrait.light
    color = np.array(hair.color)
    if hair.style in _LONG_STYLES:
        inner, outer = _lock_edges(hair, side=1)
        crown = [(0.7, -1.45 - hair.volume, -0.3), (0.0, -1.66 - hair.volume, -0.3)]
        half = np.concatenate([inner[-1:] * [0.0, 1.0, 1.0], outer[::-3], crown])
        body = portrait.shape(spline(whole_outline(half), closed=True))
        portrait.fill(body, 0.62 * color, light=light)
    elif hair.style == "curls":
        body = portrait.shape(_cloud(hair))
        portrait.fill(body, 0.85 * color, light=light)
        _paint_strands(portrait, _curls(hair), body=body)
    elif hair.style == "bun":
        ball = at_depth(CIRCLE * (0.48, 0.42) + (0.0, -1.85), -0.3)
        body = portrait.shape(ball)
        portrait.fill(body, color, light=light)
        rings = (ball * [s, 1, 1] + [0.0, 0.1 * (1 - s), 0.0] for s in (0.3, 0.55, 0.8))
        grooves = portrait.strokes(*rings, thickness=0.03, softness=0.02)
        portrait.tint(grooves.within(body), 0.6)


def paint_hair(portrait: Portrait) -> None:
    """Paints what lies on the head and before the ears."""
    hair = portrait.identity.hair
    if hair.style == "bald":
        return
    inner, outer = _hairline(hair), _crown(hair)
    _paint_lock(portrait, _cap_strands(hair, inner, outer), inner, outer)
    if hair.style in _LONG_STYLES:
        for side in SIDES:
            inner, outer = _lock_edges(hair, side=side)
            share = np.linspace(0.02, 0.98, 36).reshape(-1, 1, 1)
            _paint_lock(portrait, (inner + (outer - inner) * share)[:, ::3], inner, outer)


def _paint_lock(portrait, strands, inner, outer):
    """Paints hair between two edges."""
    outline = portrait.pose(np.concatenate([inner, outer[::-1]]))
    shadow = portrait.shape(outline + [0.0, 0.03 * portrait.unit], softness=0.045)
    portrait.tint(shadow, (0.7, 0.62, 0.6), opacity=0.8)
    body = portrait.shape(outline, softness=0.012)
    portrait.fill(body, portrait.identity.hair.color, light=portrait.light)
    _paint_strands(portrait, strands, body=body)


def _paint_strands(portrait, strands, *, body):
    """Darker and lighter strands, and a soft gloss on the part that turns to the light."""
    curves = portrait.pose(strands)
    kinds = np.random.default_rng(portrait.identity.hair.seed).integers(3, size=len(curves))
    for kind, factor, thickness in ((0, 0.64, 0.03), (1, 1.4, 0.02), (2, 0.8, 0.045)):
        tone = portrait.strokes(*curves[kinds == kind], thickness=thickness, softness=0.012)
        portrait.tint(tone.within(body), factor, opacity=0.5)
    count = curves.shape[1]
    turns = curves[::2, count // 3 : count // 2]
    gloss = portrait.strokes(*turns, thickness=0.05, softness=0.05)
    portrait.tint(gloss.within(body), 1.5, opacity=0.6)


def _hairline(hair: Hair) -> np.ndarray:
    """Where the hair meets the face, [41, 3], from the viewer's left ear to the right one."""
    top = -hair.forehead
    if hair.style == "fringe":
        half = [(0.0, -0.66), (0.45, -0.64), (0.84, -0.56), (1.02, -0.3), (1.09, 0.05)]
    else:
        half = [(0.0, top - 0.06), (0.4, top - 0.03), (0.78, top + 0.12)]
        half += [(0.96, -0.6), (1.02, -0.25), (1.09, 0.1)]
    points = whole_curve(half)
    if hair.style in ("swept", "crop", "waves", "long"):
        points[:, 1] += 0.07 * np.exp(-(((points[:, 0] - hair.part) / 0.3) ** 2)) - 0.03
    curve = on_face(points, lift=0.03)
    # The ends lie on the side of the head, in its silhouette, which does not turn sideways.
    curve[:, 2] *= 1 - np.minimum(np.abs(points[:, 0]) / 1.1, 1.0) ** 6
    return resample(spline(curve), 41)


def _crown(hair: Hair) -> np.ndarray:
    """The silhouette of the hair on the skull, [41, 3], from the viewer's left to the right."""
    volume = hair.volume * (0.4 if hair.style in ("crop", "bun") else 1.0)
    side = 1.12 + 0.35 * volume
    half = [(0.0, -1.68 - volume), (0.55, -1.58 - volume)]
    half += [(1.0 + 0.3 * volume, -1.15 - 0.6 * volume)]
    half += [(side, -0.5), (side - 0.02, 0.0), (1.11, 0.14)]
    points = whole_curve(half)
    if hair.style == "swept":
        points[:, 1] -= 0.12 * np.exp(-(((points[:, 0] + 0.6 * np.sign(hair.part)) / 0.6) ** 2))
    curve = resample(spline(at_depth(points, -0.05)), 41)
    if hair.style == "curls":
        curve[:, :2] *= 1.0 + 0.35 * hair.volume
    return curve


def _cap_strands(hair: Hair, inner, outer) -> np.ndarray:
    """Strands from the hairline back over the skull, fanned out from the parting: [150, n, 3]."""
    rng = np.random.default_rng(hair.seed)
    along = np.linspace(0.0, 1.0, _CAP_POINTS)[:, None]
    start = rng.uniform(0.0, 1.0, 150)
    middle = np.sin(np.pi * start)
    lean = 0.16 * np.tanh(3 * (2 * start - 1 - hair.part)) * middle
    end = np.clip(start + lean + rng.normal(0.0, 0.015, len(start)), 0.0, 1.0)
    last = len(inner) - 1
    root, tip = (c[np.rint(last * p).astype(int)] for c, p in ((inner, start), (outer, end)))
    bulge = 0.28 * np.sin(np.pi * along) * np.array([0.0, -0.6, 1.0])
    strands = root[:, None] + (tip - root)[:, None] * along + bulge * middle[:, None, None]
    if hair.style in ("waves", "curls"):
        wave = 0.05 * np.sin(12 * along + 20 * start[:, None, None])
        strands = strands + wave * np.array([1.0, 0.4, 0.0])
    return strands


def _lock_edges(hair: Hair, *, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Both edges of a lock of long hair, [n, 3], downwards: next to the face, and outside."""
    length = min(hair.length, 1.45) if hair.style == "bob" else hair.length
    y = np.linspace(-0.75, length, _LOCK_POINTS)
    inner = np.interp(y, [-0.75, -0.2, 0.5, 1.2, 2.8], [0.93, 1.0, 1.02, 0.93, 0.82])
    outer = np.interp(y, [-0.75, -0.2, 0.8, 1.4, 2.8], [1.1, 1.2, 1.36, 1.4, 1.42])
    outer = outer + 0.5 * hair.volume * np.clip(y + 0.75, 0.0, 1.0)
    if hair.style == "bob":
        outer = outer - 0.22 * np.clip(y - 0.9, 0.0, 1.0)
    if hair.style == "waves":
        inner, outer = inner + 0.03 * np.sin(6 * y), outer + 0.07 * np.sin(6 * y)
    inner, outer = (at_depth(np.column_stack([x, y]), z) for x, z in ((inner, 0.25), (outer, -0.1)))
    return spline(mirrored(inner, side), steps=3), spline(mirrored(outer, side), steps=3)


def _cloud(hair: Hair) -> np.ndarray:
    """The bumpy silhouette of curly hair, a closed curve [n, 3]."""
    rng = np.random.default_rng(hair.seed)
    angle = np.linspace(0.0, 2 * np.pi, 30, endpoint=False)
    radius = 1.32 + 0.9 * hair.volume + rng.uniform(-0.05, 0.05, len(angle))
    points = np.column_stack([radius * np.cos(angle), -0.45 + 1.08 * radius * np.sin(angle)])
    return spline(at_depth(points, -0.3), closed=True)


def _curls(hair: Hair) -> np.ndarray:
    """Wavy strands standing off the head on all sides, [n, points, 3]."""
    rng = np.random.default_rng(hair.seed)
    angle, phase = rng.uniform(0.0, 2 * np.pi, (2, 200, 1))
    along = np.linspace(0.0, 1.0, 17)
    radius, sway = 0.85 + 0.75 * along, 0.05 * np.sin(18 * along + phase)
    x = radius * np.cos(angle) - sway * np.sin(angle)
    y = radius * np.sin(angle) + sway * np.cos(angle)
    return at_depth(np.stack([x, -0.45 + 1.08 * y], axis=-1), -0.3)
