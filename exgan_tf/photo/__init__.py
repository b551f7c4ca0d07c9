"""Opening eyes in whole photographs: finding, choosing, aligning, filling and pasting back.

`inpaint_photo` does one photograph, of which `number_faces` says which face is which,
`inpaint_pixels` does it in memory, and `open_album_eyes` a folder of photographs; `load` loads the
network that fills the eyes.
"""

from exgan_tf.photo.album import open_album_eyes
from exgan_tf.photo.inpainting import InpaintedPhoto, inpaint_photo, inpaint_pixels, number_faces
from exgan_tf.photo.methods import load

__all__ = [
    "InpaintedPhoto",
    "inpaint_photo",
    "inpaint_pixels",
    "load",
    "number_faces",
    "open_album_eyes",
]
