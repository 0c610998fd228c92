"""Translates errors of Python, which the library lets through, into those of the reference implementation."""

import math
from typing import Any, Final

from jsonata.constants import Constants
from jsonata.jexception import JException

from stepfunctions_local.language.jsonata.value import Value, is_number

_CODES: Final = {
    Constants.ERR_MSG_SEQUENCE_UNSUPPORTED: "D3130",
    Constants.ERR_MSG_DIFF_DECIMAL_GROUP: "D3131",
    Constants.ERR_MSG_INVALID_NAME_MODIFIER: "D3133",
    Constants.ERR_MSG_TIMEZONE_FORMAT: "D3134",
    Constants.ERR_MSG_NO_CLOSING_BRACKET: "D3135",
    Constants.ERR_MSG_MISSING_FORMAT: "D3136",
}
"""The codes of the library's messages, which it raises without them, and with `%s` unfilled."""

_DATES: Final = frozenset({"fromMillis", "now", "toMillis"})


def translate_error(error: Exception, function: str, args: list[Value]) -> Exception:
    """Return the error of the reference implementation, or the error itself if it has none."""
    translated = _translate(error, function, args)
    return error if translated is None else translated


def _translate(error: Exception, function: str, args: list[Value]) -> Any:
    text = next((argument for argument in args[1:] if isinstance(argument, str)), "")
    code = _find_code(str(error))
    if code:
        return JException(code, -1, text[:1] if code == "D3130" else text)
    if isinstance(error, KeyError) and function in _DATES:
        return JException("D3132", -1, error.args[0])
    unusual = [number for number in args if is_number(number) and not math.isfinite(number)]
    if unusual or (function == "fromMillis" and not any(args[1:])):
        return JException("D1001", -1, (unusual or args)[0])
    return None


def _find_code(text: str) -> str | None:
    return next((code for known, code in _CODES.items() if text.startswith(known.partition("%s")[0])), None)
