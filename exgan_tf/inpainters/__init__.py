"""What fills holes, under one contract. `INPAINTERS` are the methods that need no training.

What needs TensorFlow is imported from its own module: `gan`, `saved_model`.
"""

from exgan_tf.inpainters.base import Inpainter
from exgan_tf.inpainters.biharmonic import Biharmonic
from exgan_tf.inpainters.classical import MeanColor, NavierStokes, Telea, Transplant
from exgan_tf.inpainters.lite import LiteInpainter
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
    "Inpainter",
    "LiteInpainter",
    "MeanColor",
    "NavierStokes",
    "Telea",
    "TextureSynthesis",
    "Transplant",
]
