"""The names of the masks, apart from their drawing, for which TensorFlow is imported."""

EYES = "eyes"  # The benchmark's mask.
# In the order of messages and help texts, "any" last. `data.masks._hide_NAME` draws each.
NAMES = (
    EYES,
    "box",
    "ellipses",
    "strokes",
    "freehand",
    "random",
    "checkerboard",
    "central",
    "half",
    "left",
    "right",
    "top",
    "bottom",
    "any",
)


def check_name(name: str) -> None:
    """Raises ValueError unless there is a mask of that name."""
    if name not in NAMES:
        raise ValueError(f"mask is {name!r}; expected one of {', '.join(NAMES)}")
