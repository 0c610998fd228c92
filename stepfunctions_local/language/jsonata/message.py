"""Formats the messages of JSONata's errors as the reference implementation and AWS do."""

import re
from typing import Final

from jsonata.jexception import JException

from stepfunctions_local.language.jsonata.causes import write_value

_INSERT = re.compile(r"(?P<raw>\{\{\{\w+\}\}\})|\{\{\w+\}\}")

# The library's messages say Object, the name of its type, where the reference implementation says function.
_FUNCTION = re.compile(r"\bObject\b")

_TYPES: Final = {
    "a": "arrays",
    "b": "booleans",
    "f": "functions",
    "n": "numbers",
    "o": "objects",
    "s": "strings",
}


def format_message(error: JException) -> str:
    """Return the message of an error, without its code."""
    template = JException.error_codes.get(error.error)
    if template is None:
        return str(error.error)
    inserts = [error.current, error.expected, error.extra]
    if error.error == "D1002":
        inserts = inserts[1:]
    if error.error == "T0412":
        inserts[2] = _TYPES.get(str(error.extra), error.extra)
    return _INSERT.sub(
        lambda place: _format_insert(inserts.pop(0), place), _FUNCTION.sub("function", template)
    )


def format_coded_message(error: JException) -> str:
    """Return the text that follows `threw an error during evaluation`."""
    known = error.error in JException.error_codes
    return f". {error.error}: {format_message(error)}" if known else f": {format_message(error)}"


def _format_insert(value: object, place: re.Match[str]) -> str:
    if place["raw"]:
        return str(value)
    return write_value(value)
