"""Numbers as people read them: as many digits as mean something, and a true minus sign."""

import math

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
PERCENT = "\N{NO-BREAK SPACE}%"
CONFIDENCE = f"95{PERCENT}"  # Of all intervals in an evaluation.
_DIGITS = 3  # Ours: of the largest value in a row; intervals are seldom narrower.
_MOST_DECIMALS = 6


def decimals_for(values) -> int:
    """Digits after the point that show three digits of the largest of `values`.

    One more where the smallest would lose a digit.
    """
    sizes = [abs(value) for value in values if value]
    if not sizes:
        return _DIGITS
    fewest, most = (_DIGITS - 1 - math.floor(math.log10(pick(sizes))) for pick in (max, min))
    return min(max(min(most, fewest + 1), 0), _MOST_DECIMALS)


def write(value: float, *, decimals: int, signed: bool = False) -> str:
    """A number with a fixed number of decimals; one that rounds to nothing has no sign."""
    digits = ".3g" if abs(value) >= 1e9 else f".{decimals}f"
    text = f"{value:{'+' if signed else ''}{digits}}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def write_as_given(value: float | None, *, signed: bool = False) -> str:
    """A number of others, with no digit more than they gave; a dash for None."""
    if value is None:
        return NOTHING
    return f"{value:{'+' if signed and value else ''}.6g}".replace("-", MINUS)


def percent(value: float, *, signed: bool = False) -> str:
    """A percentage with one decimal, none from a hundred up."""
    decimals = 0 if abs(value) >= 99.95 else 1
    return f"{write(value, decimals=decimals, signed=signed)}{PERCENT}"


def duration(seconds: float) -> str:
    """A time as people say it, in milliseconds below one second."""
    value, unit = (1000 * seconds, "ms") if abs(seconds) < 1.0 else (seconds, "s")
    return f"{write(value, decimals=min(decimals_for([value]), 2))} {unit}"
