"""What a number counts, and how it is written down for people."""

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

_BYTES = (("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1))
_TIMES = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_LARGE = (("billion", 1e9), ("million", 1e6))
_DIGITS = 3
_WHOLE_FROM = 100
"""Numbers from here on are written without a fraction."""


class Unit(StrEnum):
    """The unit of a quota, and of what is needed of it."""

    COUNT = "count"
    PER_SECOND = "per second"
    BYTES = "bytes"
    SECONDS = "seconds"

    def exact(self, value: float) -> str:
        """Write a value for a table, where it is compared with others: 36,288,006."""
        if self is Unit.BYTES:
            return _in_largest(value, _BYTES)
        if self is Unit.SECONDS:
            return _duration(value)
        return number(value) + ("/s" if self is Unit.PER_SECOND else "")

    def rounded(self, value: float) -> str:
        """Write a value for a sentence: 36.3 million."""
        for word, size in _LARGE:
            if self is Unit.COUNT and value >= size:
                return f"{_significant(value / size)} {word}"
        return self.exact(value)


def number(value: float) -> str:
    """Write a number: in full from 100 on, else with three digits that count."""
    if abs(value) >= _WHOLE_FROM or value == round(value):
        return f"{value:,.0f}"
    return _significant(value)


def rounded_up(value: float) -> float:
    """Return the next number with two digits that count, to ask for: 36,288,006 gives 37,000,000."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / step) * step


def _significant(value: float) -> str:
    text = f"{value:.{_DIGITS}g}"
    return text if "e" not in text else f"{float(text):f}".rstrip("0").rstrip(".")


def _in_largest(value: float, units: Sequence[tuple[str, int]]) -> str:
    name, size = next((unit for unit in units if value >= unit[1]), units[-1])
    return f"{_significant(value / size)} {name}"


def _duration(seconds: float) -> str:
    """Write a length of time in at most two units: 7 d, 1 h 30 min, 0.1 s."""
    for (name, size), (minor_name, minor_size) in pairwise(_TIMES):
        if seconds >= size:
            minor = int(seconds % size // minor_size)
            return f"{int(seconds // size)} {name}" + (f" {minor} {minor_name}" if minor else "")
    return f"{_significant(seconds)} s"


def dollars(usd: float) -> str:
    """Write an amount in US dollars."""
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"
