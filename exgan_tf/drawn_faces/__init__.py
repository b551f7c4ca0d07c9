"""People who do not exist, drawn: a data set that ships with the program as its own source code.

Each person has eyes that nothing outside the eyes tells anything about, so that only a method that
looks at a second photograph of the same person can in-paint them. `identity` says who is drawn,
`conditions` how; `photograph` draws. numpy and OpenCV alone, so that worker processes start fast.
"""

from exgan_tf.drawn_faces.conditions import Conditions, draw_conditions
from exgan_tf.drawn_faces.identity import Identity, draw_identity
from exgan_tf.drawn_faces.photograph import DrawnPhotograph, draw_contact_sheet, draw_photograph

__all__ = [
    "Conditions",
    "DrawnPhotograph",
    "Identity",
    "draw_conditions",
    "draw_contact_sheet",
    "draw_identity",
    "draw_photograph",
]
