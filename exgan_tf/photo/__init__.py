"""Opening eyes in whole photographs: finding, choosing, aligning, filling and pasting back.

`inpaint_photo` does one photograph in memory, `open_album_eyes` a folder of them.
"""

from exgan_tf.photo.album import open_album_eyes
from exgan_tf.photo.inpainting import InpaintedPhoto, inpaint_photo

__all__ = ["InpaintedPhoto", "inpaint_photo", "open_album_eyes"]
