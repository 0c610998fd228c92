"""The function `$replace` of the reference implementation; the library's expects Python's templates."""

import math
import re
from typing import Any

from jsonata.functions import Functions
from jsonata.jexception import JException

from stepfunctions_local.language.jsonata.guard import get_current_budget
from stepfunctions_local.language.jsonata.pattern import Pattern
from stepfunctions_local.language.jsonata.value import Value

_GROUP = re.compile(r"\$(\$|\d+)")


def replace(text: Value, pattern: Value, replacement: Value, limit: Value) -> Value:
    """Return a text with a part or the matches of a pattern replaced, at most `limit` times.

    Raises JException, CutOff.
    """
    if text is None:
        return None
    if pattern == "":
        raise JException("D3010", -1)
    if limit is not None and limit < 0:
        raise JException("D3011", -1)
    count = None if limit is None else math.ceil(limit)
    if count == 0:
        return text
    if isinstance(pattern, str):
        return _replace_text(text, pattern, replacement, count)
    return _replace_matches(text, pattern, replacement, count)


def _replace_text(text: str, pattern: str, replacement: Value, count: int | None) -> str:
    found = text.count(pattern)
    number = found if count is None else min(found, count)
    if isinstance(replacement, str):
        get_current_budget().allow_text(len(text) + number * (len(replacement) - len(pattern)))
        return text.replace(pattern, replacement, number)
    replacements = [_call(replacement, {"match": pattern, "start": 0, "groups": []}) for _ in range(number)]
    parts = text.split(pattern, number)
    return "".join(part for pair in zip(parts, [*replacements, ""], strict=True) for part in pair)


def _replace_matches(text: str, pattern: Pattern, replacement: Value, count: int | None) -> str:
    length = len(text)

    def substitute_next(match: Any) -> str:
        nonlocal length
        if not match.group():
            raise JException("D1004", -1)
        made = _substitute(match, replacement)
        length += len(made)
        get_current_budget().allow_text(length)
        get_current_budget().step()
        return made

    return pattern.sub(substitute_next, text, count or 0)


def _substitute(match: Any, replacement: Value) -> str:
    groups = match.groups()
    if not isinstance(replacement, str):
        return _call(
            replacement,
            {"match": match.group(), "start": match.start(), "end": match.end(), "groups": list(groups)},
        )
    return _GROUP.sub(lambda place: _expand_group(place[1], match.group(), groups), replacement)


def _expand_group(name: str, whole: str, groups: tuple[str | None, ...]) -> str:
    """Return the text for `$1`; of `$12`, the second digit is plain text if there are fewer groups."""
    if name == "$":
        return "$"
    digits = len(str(max(len(groups), 1)))
    number, rest = int(name[:digits]), name[digits:]
    if number == 0:
        return whole + rest
    return (groups[number - 1] or "" if number <= len(groups) else "") + rest


def _call(function: Value, match: dict[str, Value]) -> str:
    made = Functions.func_apply(function, [match])
    if not isinstance(made, str):
        raise JException("D3012", -1)
    return made
