"""What fills holes, under one contract. `INPAINTERS` are the methods that need no training."""

from exgan_tf.inpainters.base import Inpainter
from exgan_tf.inpainters.classical import MeanColor, NavierStokes, Telea, Transplant
from exgan_tf.inpainters.gan import GanInpainter
from exgan_tf.inpainters.saved_model import SavedModelInpainter

# Each is made without arguments.
INPAINTERS = {
    "mean_color": MeanColor,
    "telea": Telea,
    "navier_stokes": NavierStokes,
    "transplant": Transplant,
}

__all__ = [
    "INPAINTERS",
    "GanInpainter",
    "Inpainter",
    "MeanColor",
    "NavierStokes",
    "SavedModelInpainter",
    "Telea",
    "Transplant",
]
