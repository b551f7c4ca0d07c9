"""Values of a JSON file that nobody has checked yet, each of which knows where it stands."""

import math

MAX_TEXT = 20_000  # Ours: characters of one text; what is longer is no name or description.
_SHOWN = 60


class JsonValue:
    """A value and its place, such as `methods.baseline.fid`; every method checks before it gives.

    Attributes:
      value: the value, as the `json` module gives it.
    """

    def __init__(self, value, *, path, place: str = ""):
        """Wraps a value of the file `path`; `place` is where in the file it stands."""
        self.value = value
        self._path = path
        self._place = place

    def item(self, key: str) -> "JsonValue":
        """The value of a key; ValueError if there is none."""
        found = self.optional(key)
        if found is None and key not in self.value:
            raise ValueError(
                f"{self._path}: {self._inside(key)} is missing: make the file again with this "
                "version"
            )
        return self._wrap(self.value[key], self._inside(key))

    def optional(self, key: str):
        """The value of a key; None if there is none or it is null."""
        self._expect(isinstance(self.value, dict), "an object")
        if self.value.get(key) is None:
            return None
        return self._wrap(self.value[key], self._inside(key))

    def items(self) -> dict:
        """Key -> value of an object."""
        self._expect(isinstance(self.value, dict), "an object")
        for key in self.value:
            self._wrap(key, f"{self._place or 'the file'}, a key,").text()
        return {key: self.item(key) for key in self.value}

    def entries(self, *, most: int) -> list:
        """The values of a list that is at most `most` long."""
        self._expect(isinstance(self.value, list), "a list")
        if len(self.value) > most:
            self.refuse(f"a list of {len(self.value)}", f"at most {most} entries")
        return [
            self._wrap(value, f"{self._place}[{index}]") for index, value in enumerate(self.value)
        ]

    def text(self) -> str:
        self._expect(isinstance(self.value, str), "a text")
        if len(self.value) > MAX_TEXT:
            self.refuse(f"a text of {len(self.value)}", f"at most {MAX_TEXT} characters")
        return self.value

    def one_of(self, choices) -> str:
        self._expect(isinstance(self.value, str), f"one of {', '.join(map(str, choices))}")
        self._expect(self.value in choices, f"one of {', '.join(map(str, choices))}")
        return self.value

    def boolean(self) -> bool:
        self._expect(isinstance(self.value, bool), "true or false")
        return self.value

    def number(self) -> float:
        is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        # The largest double is about 1.8e308, and JSON knows longer numbers.
        self._expect(is_number and abs(self.value) < 1e300, "a finite number")
        self._expect(math.isfinite(self.value), "a finite number")
        return float(self.value)

    def count(self) -> int:
        is_integer = isinstance(self.value, int) and not isinstance(self.value, bool)
        self._expect(is_integer and 0 <= self.value < 2**63, "an integer from 0")
        return self.value

    def number_or_none(self):
        return None if self.value is None else self.number()

    def interval_or_none(self):
        """(low, high), or None for null."""
        if self.value is None:
            return None
        ends = [end.number() for end in self.entries(most=2)]
        self._expect(len(ends) == 2 and ends[0] <= ends[1], "[low, high]")
        return tuple(ends)

    def refuse(self, found: str, wanted: str):
        """Raises the ValueError that names file, place, what is there and what was wanted."""
        raise ValueError(
            f"{self._path}: {self._place or 'the file'} is {found}, {wanted} is wanted"
        )

    def _expect(self, is_right, wanted):
        if not is_right:
            self.refuse(_shorten(self.value), wanted)

    def _wrap(self, value, place):
        return JsonValue(value, path=self._path, place=place)

    def _inside(self, key):
        shown = key if len(key) <= _SHOWN else f"{key[:_SHOWN]}..."
        return f"{self._place}.{shown}" if self._place else shown


def _shorten(value) -> str:
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return "an integer of more than 256 bits"
    return repr(value[:_SHOWN] if isinstance(value, str) else value)
