"""Numbers as people read them: as many digits as mean something, and a true minus sign."""

import math

MINUS = "\N{MINUS SIGN}"
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
    fewest, wanted = (_DIGITS - 1 - math.floor(math.log10(pick(sizes))) for pick in (max, min))
    return min(max(min(wanted, fewest + 1), 0), _MOST_DECIMALS)


def write(value: float, *, decimals: int, signed: bool = False) -> str:
    """A number with a fixed number of decimals; one that rounds to nothing has no sign."""
    if abs(value) >= 1e9:
        text = f"{value:{'+' if signed else ''}.3g}"
    else:
        text = f"{value:{'+' if signed else ''}.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def write_as_given(value: float) -> str:
    """A number of others, with no digit more than they gave."""
    return f"{value:.6g}".replace("-", MINUS)


def percent(value: float, *, signed: bool = False) -> str:
    """A percentage with one decimal, none from a hundred up."""
    decimals = 0 if abs(value) >= 99.95 else 1
    return f"{write(value, decimals=decimals, signed=signed)}{PERCENT}"


def duration(seconds: float) -> str:
    """A time as people say it, in milliseconds below one second."""
    value, unit = (1000 * seconds, "ms") if abs(seconds) < 1.0 else (seconds, "s")
    return f"{write(value, decimals=min(decimals_for([value]), 2))} {unit}"


def ticks(low: float, high: float, *, most: int) -> list:
    """Round numbers from `low` to `high`, at most `most`, a step of 1, 2 or 5 apart."""
    if not high > low:
        return [low]
    magnitude = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20):
        step = factor * magnitude
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    return [index * step for index in range(first, last + 1)]


def decades(low: float, high: float, *, most: int) -> list:
    """Round numbers from `low` to `high`, both above 0, for a logarithmic axis."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        found = [factor * 10.0**exponent for exponent in exponents for factor in factors]
        found = [tick for tick in found if low * 0.999 <= tick <= high * 1.001]
        if len(found) <= most:
            break
    return found
