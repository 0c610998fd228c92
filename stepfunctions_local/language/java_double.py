"""Writes floating-point numbers as Java does.

Source: Double.toString in the documentation of Java; recordings of AWS.
"""

import math
from decimal import Decimal
from typing import Final

_SMALLEST_PLAIN: Final = 1e-3
_FIRST_EXPONENT: Final = 1e7
"""Java writes numbers from here on, and those below `_SMALLEST_PLAIN`, with an exponent."""


def format_double(number: float) -> str:
    """Return a number as Java's text: 0.0, 12.5, 1.0E16 or -Infinity."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number == 0 or _SMALLEST_PLAIN <= abs(number) < _FIRST_EXPONENT:
        return repr(number)
    decimal = Decimal(repr(number)).normalize()
    sign, digits, _ = decimal.as_tuple()
    first, *rest = map(str, digits)
    return f"{'-' * sign}{first}.{''.join(rest) or '0'}E{decimal.adjusted()}"
