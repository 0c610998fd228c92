"""Numbers with their units, as text."""

import math
from enum import StrEnum
from itertools import pairwise

_BYTES = (("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1))
_TIMES = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_LARGE = (("billion", 1e9), ("million", 1e6))
_DIGITS = 3
_WHOLE_FROM = 100
"""The number from which on no fraction is written."""


class Unit(StrEnum):
    """The unit of a quota, and of a workload's need of it."""

    COUNT = "count"
    PER_SECOND = "per second"
    BYTES = "bytes"
    SECONDS = "seconds"

    def format_exact(self, value: float) -> str:
        """Return a value for a table of values: 36,288,006."""
        if self is Unit.BYTES:
            return _format_bytes(value)
        if self is Unit.SECONDS:
            return _format_seconds(value)
        return format_number(value) + ("/s" if self is Unit.PER_SECOND else "")

    def format_rounded(self, value: float) -> str:
        """Return a value for a sentence: 36.3 million."""
        for word, size in _LARGE:
            if self is Unit.COUNT and value >= size:
                return f"{_format_digits(value / size)} {word}"
        return self.format_exact(value)


def format_number(value: float) -> str:
    """Return a number in full from 100 on, or with three significant digits."""
    if abs(value) >= _WHOLE_FROM or value == round(value):
        return f"{value:,.0f}"
    return _format_digits(value)


def format_dollars(usd: float) -> str:
    """Return an amount in US dollars: -$0.10."""
    return f"{'-' if usd < 0 else ''}${abs(usd):,.2f}"


def round_up(value: float) -> float:
    """Return the next number with two significant digits: 37,000,000 for 36,288,006."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / step) * step


def _format_digits(value: float) -> str:
    text = f"{value:.{_DIGITS}g}"
    return text if "e" not in text else f"{float(text):f}".rstrip("0").rstrip(".")


def _format_bytes(value: float) -> str:
    name, size = next((unit for unit in _BYTES if value >= unit[1]), _BYTES[-1])
    return f"{_format_digits(value / size)} {name}"


def _format_seconds(seconds: float) -> str:
    """Return a length of time in at most two units: 7 d, 1 h 30 min, 0.1 s."""
    for (name, size), (minor_name, minor_size) in pairwise(_TIMES):
        if seconds >= size:
            minor = int(seconds % size // minor_size)
            return f"{int(seconds // size)} {name}" + (f" {minor} {minor_name}" if minor else "")
    return f"{_format_digits(seconds)} s"
