"""Options: typed, frozen and checked when they are made, be it in Python, by flags or from a file.

A class of options says each of its fields once: the type with its range as an annotation, the
default, and what it means in the docstring's `Attributes:`. Flags and files follow from that.
"""

import typing
from typing import Annotated, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=1)]
NonNegativeCount = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
# The largest double is about 1.8e308, and JSON knows longer numbers, and what is none.
Number = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e9)]
NonNegative = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Decay = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of all options."""

    def __post_init__(self):
        """Raises ValueError, naming the field, if a value is of another type or out of range."""
        for field in msgspec.structs.fields(self):
            value = getattr(self, field.name)
            try:
                # Structs have been checked when they were made.
                if not isinstance(value, msgspec.Struct):
                    msgspec.convert(value, field.type)
            except msgspec.ValidationError as error:
                reason = str(error)
                if typing.get_origin(field.type) is Literal:
                    reason = f"Expected one of {', '.join(typing.get_args(field.type))}"
                raise ValueError(f"{field.name} is {value!r}: {reason}") from error
