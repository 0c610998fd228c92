"""Values as text in the manner of Java, as States.Format writes them on AWS.

Source: recordings of AWS, and `AbstractMap.toString`, `AbstractCollection.toString` and `Double.toString` of
Java's standard library.
"""

from decimal import Decimal
from typing import Final

from stepfunctions_local.language.decision import Json

_SMALLEST_PLAIN: Final = 1e-3
_FIRST_EXPONENT: Final = 1e7
"""Java writes numbers from here on, and those below `_SMALLEST_PLAIN`, with an exponent."""


def to_java_text(value: Json) -> str:
    """Return the text of a value: a string as it is, an object as `{a=1, b=[x, y]}`."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={to_java_text(member)}' for name, member in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(to_java_text, value))}]"
    if isinstance(value, float):
        return _format_double(value)
    return value if isinstance(value, str) else _WORDS.get(str(value), str(value))


def _format_double(number: float) -> str:
    if number == 0 or _SMALLEST_PLAIN <= abs(number) < _FIRST_EXPONENT:
        return repr(number)
    sign, digits, _ = Decimal(repr(number)).normalize().as_tuple()
    first, *rest = map(str, digits)
    return f"{'-' * sign}{first}.{''.join(rest) or '0'}E{Decimal(repr(number)).adjusted()}"


_WORDS: Final = {"True": "true", "False": "false", "None": "null"}
