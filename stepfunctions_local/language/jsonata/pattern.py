"""Regular expressions with a time limit: some patterns would search for years.

The library regex has such a limit, Python's own does not. The limit is the time left to the evaluation.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import regex
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.regex_engine import RegexFlags

from stepfunctions_local.language.budget import TOO_LONG, CutOff

_FLAGS: Final = {"case_insensitive": regex.IGNORECASE, "multiline": regex.MULTILINE}


_PART: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<low>\d{1,9})(?:,(?P<high>\d{1,9})?)?\}|.", re.DOTALL
)


class Pattern:
    """A compiled pattern, with the methods that the library calls."""

    __slots__ = ("_pattern",)

    def __init__(self, pattern: Any) -> None:
        self._pattern = pattern

    def search(self, text: str) -> Any:
        """Return the first match."""
        return _translate_timeout(lambda: self._pattern.search(text, timeout=_get_seconds_left()))

    def finditer(self, text: str) -> Iterator[Any]:
        """Yield all matches."""
        matches = self._pattern.finditer(text, timeout=_get_seconds_left())
        while (match := _translate_timeout(lambda: next(matches, None))) is not None:
            yield match

    def sub(self, replacement: Callable[[Any], str], text: str, count: int = 0) -> str:
        """Return the text with its matches replaced."""
        replaced: str = _translate_timeout(
            lambda: self._pattern.sub(replacement, text, count, timeout=_get_seconds_left())
        )
        return replaced

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        """Return the parts of the text between matches."""
        parts: list[str] = _translate_timeout(
            lambda: self._pattern.split(text, maxsplit, timeout=_get_seconds_left())
        )
        return parts


def compile_pattern(text: str, flags: RegexFlags) -> Pattern:
    """Compile a pattern. Raises JException."""
    try:
        given = [flag for name, flag in _FLAGS.items() if getattr(flags, name)]
        return Pattern(regex.compile(text, sum(given)))
    except (regex.error, RecursionError, OverflowError) as error:
        raise JException(f"Invalid regular expression /{text}/: {error}") from error


def measure_pattern(text: str) -> int:
    """Return the length of a pattern with its counted repetitions written out, as it is compiled."""
    sizes, last = [0], 0
    for part in _PART.finditer(text):
        if part["low"]:
            count = int(part["high"] or part["low"])
            sizes[-1] += last * (count - 1)
            last *= count
        elif part[0] == "(":
            sizes.append(0)
        elif part[0] == ")" and len(sizes) > 1:
            last = sizes.pop() + 1
            sizes[-1] += last
        else:
            last = 1
            sizes[-1] += 1
    return sum(sizes)


def _get_seconds_left() -> float:
    return float(Jsonata.CURRENT.jsonata.budget.require_seconds_left())


def _translate_timeout(match: Callable[[], Any]) -> Any:
    try:
        return match()
    except TimeoutError as error:
        raise CutOff(TOO_LONG) from error
