"""What fills holes, under one contract. `INPAINTERS` are the methods that need no training."""

from exgan_tf.inpainters.base import Inpainter
from exgan_tf.inpainters.biharmonic import Biharmonic
from exgan_tf.inpainters.classical import MeanColor, NavierStokes, Telea, Transplant
from exgan_tf.inpainters.gan import GanInpainter
from exgan_tf.inpainters.saved_model import SavedModelInpainter
from exgan_tf.inpainters.texture_synthesis import TextureSynthesis

# Each is made without arguments.
INPAINTERS: dict[str, type[Inpainter]] = {
    "mean_color": MeanColor,
    "telea": Telea,
    "navier_stokes": NavierStokes,
    "biharmonic": Biharmonic,
    "texture_synthesis": TextureSynthesis,
    "transplant": Transplant,
}

__all__ = [
    "INPAINTERS",
    "Biharmonic",
    "GanInpainter",
    "Inpainter",
    "MeanColor",
    "NavierStokes",
    "SavedModelInpainter",
    "Telea",
    "TextureSynthesis",
    "Transplant",
]
