"""Between the colours of a file and sRGB, in which everything else works.

A file says by its profile what its numbers mean. Without one, or with one that cannot be used, they
are taken for sRGB, and CMYK is converted by Pillow's plain rule.
"""

import dataclasses
import io
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageCms

_MODES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
# Ours: colours on a grid, by which profiles are told that say nothing but sRGB in other words.
_GRID = np.stack(np.meshgrid(*[np.arange(0, 256, 51)] * 3), axis=-1).astype(np.uint8)
_INTENT = PIL.ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = PIL.ImageCms.Flags.BLACKPOINTCOMPENSATION


@dataclasses.dataclass(frozen=True)
class Colors:
    """What the numbers of a file mean.

    Attributes:
      mode: "L", "RGB" or "CMYK".
      profile: the file's profile, if it is for this mode.
    """

    mode: str
    profile: bytes | None = None
    _to_srgb: Any = None
    _from_srgb: Any = None

    @property
    def are_srgb(self) -> bool:
        """Whether the numbers are sRGB as they stand, or grey without other information."""
        return self._to_srgb is None and self.mode != "CMYK"

    def to_srgb(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """A picture of `mode` in sRGB, mode "RGB"."""
        if self._to_srgb is None:
            return picture.convert("RGB")
        return PIL.ImageCms.applyTransform(picture, self._to_srgb)  # type: ignore[return-value]

    def from_srgb(self, picture: PIL.Image.Image) -> PIL.Image.Image:
        """A picture in sRGB, mode "RGB", as the file would have it."""
        if self._from_srgb is None:
            return picture.convert(self.mode)
        return PIL.ImageCms.applyTransform(picture, self._from_srgb)  # type: ignore[return-value]


def read_colors(mode: str, profile: bytes | None) -> Colors:
    """What numbers of a mode, "L", "RGB" or "CMYK", mean by an ICC profile, if there is one."""
    if not profile or _MODES.get(profile[16:20]) != mode:
        return Colors(mode)
    srgb = PIL.ImageCms.createProfile("sRGB")
    try:
        own = PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))
        there = PIL.ImageCms.buildTransform(own, srgb, mode, "RGB", _INTENT, _FLAGS)
        back = PIL.ImageCms.buildTransform(srgb, own, "RGB", mode, _INTENT, _FLAGS)
    except (PIL.ImageCms.PyCMSError, OSError, ValueError):
        return Colors(mode, profile)
    colors = Colors(mode, profile, there, back)
    if mode != "CMYK":
        grid = PIL.Image.fromarray(_GRID.reshape(1, -1, 3)).convert(mode)
        moved = np.asarray(colors.to_srgb(grid)).astype(int) - np.asarray(grid.convert("RGB"))
        if np.abs(moved).max() <= 1:  # What rounding does.
            return Colors(mode, profile)
    return colors
