"""The grammar of paths: what AWS's JSONPath reads. It is written down in docs/reference/language.md.

A text that AWS's library reads by accident as something else, such as `[1.5]` as `[5]`, is refused.

Source: version 2.0.0 of com.jayway.jsonpath:json-path, run over generated paths.
"""

import re
from typing import Final

from stepfunctions_local.language.jsonpath.query import (
    Condition,
    Descent,
    Filter,
    FromEnd,
    Index,
    Indexes,
    Member,
    Members,
    Slice,
    Step,
    Steps,
    Wildcard,
    are_definite,
)
from stepfunctions_local.language.jsonpath.query_filter import (
    OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Exists,
    FilterPath,
    Literal,
    Operand,
)


class InvalidPath(ValueError):
    """The text is not a path; the message says why."""


_NAME = re.compile(r"[^.\[\] ']+")
_NUMBER = r"(-?\s*[0-9]{1,9})"
_QUOTED_NAMES = re.compile(r"\[\s*'[^']*'(?:\s*,\s*'[^']*')*\s*\]")
_INDEXES = re.compile(rf"\[\s*{_NUMBER}(?:\s*,\s*{_NUMBER})*\s*\]")
_SLICE = re.compile(rf"\[\s*{_NUMBER}?\s*:\s*{_NUMBER}?\s*\]")
_FROM_END = re.compile(r"\[\s*\(\s*@\s*\.\s*(?:length|size)\s*(?:\(\s*\))?\s*-\s*([0-9]{1,9})\s*\)\s*\]")
_FILTER = re.compile(r"\[\s*\?\s*\((.*)\)\s*\]", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_OPERATOR = re.compile(r"=~|[=!<>]=|[<>]")
_SHOWN: Final = 40
"""How many characters of a text a message shows."""


def parse_steps(text: str) -> Steps:
    """Parse the steps after a path's root. Raises `InvalidPath`."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        step, position = _parse_step(text, position)
        if step:
            steps.append(step)
    if steps and isinstance(steps[-1], Descent):
        raise InvalidPath("A path cannot end with '..'.")
    return tuple(steps)


def _parse_step(text: str, position: int) -> tuple[Step | None, int]:
    """Parse the step at a position; return it, None for a lone dot, and the position after it."""
    if text.startswith("..", position):
        return Descent(), position + 2
    if text[position] == "[":
        end = _find_closing_bracket(text, position)
        return _parse_brackets(text[position:end]), end
    dot = text[position] == "."
    if dot and text.startswith("[", position + 1):
        return None, position + 1
    name = _NAME.match(text, position + dot)
    if name is None:
        raise InvalidPath(f"There is no name at '{text[position:][:_SHOWN]}'.")
    return Wildcard() if name[0] == "*" else Member(name[0]), name.end()


def _find_closing_bracket(text: str, position: int) -> int:
    """Return the position after the bracket that closes the one here. Brackets in quotes count, as on AWS."""
    depth = 0
    for end in range(position, len(text)):
        depth += {"[": 1, "]": -1}.get(text[end], 0)
        if depth == 0:
            return end + 1
    raise InvalidPath(f"'{text[position:][:_SHOWN]}' has no closing bracket.")


def _parse_brackets(text: str) -> Step:
    if text == "[*]":
        return Wildcard()
    if _QUOTED_NAMES.fullmatch(text):
        names = tuple(quoted[1:-1] for quoted in re.findall(r"'[^']*'", text))
        return Members(tuple(dict.fromkeys(names))) if len(names) > 1 else Member(names[0])
    if _INDEXES.fullmatch(text):
        indexes = tuple(_parse_number(part) for part in text[1:-1].split(","))
        return Indexes(indexes) if len(indexes) > 1 else Index(indexes[0])
    if (ends := _SLICE.fullmatch(text)) and any(ends.groups()):
        start, stop = (None if end is None else _parse_number(end) for end in ends.groups())
        return Slice(start, stop)
    if distance := _FROM_END.fullmatch(text):
        return FromEnd(int(distance[1]))
    if condition := _FILTER.fullmatch(text):
        return Filter(_parse_condition(condition[1]))
    raise InvalidPath(
        f"'{text[:_SHOWN]}' is none of: names in single quotes, indexes, a slice, [*], [(@.length-1)], "
        "[?(...)]."
    )


def _parse_number(text: str) -> int:
    return int("".join(text.split()))


def _parse_condition(text: str) -> Condition:
    """Parse a condition: `&&` binds more strongly than `||`, and AWS ignores other parentheses."""
    bare = _hide_quoted(text)
    if bare.count("(") != bare.count(")"):
        raise InvalidPath(f"The parentheses of the filter '{text[:_SHOWN]}' do not match.")
    choices = tuple(_parse_alternative(part) for part in text.split("||"))
    return choices[0] if len(choices) == 1 else AnyOf(choices)


def _parse_alternative(text: str) -> Condition:
    parts = tuple(_parse_test(part) for part in text.split("&&"))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _parse_test(text: str) -> Condition:
    test = _strip_parentheses(text)
    bare = _hide_quoted(test)
    if re.search(r"[()]", bare) or bare.count("'") % 2:
        raise _build_refusal(text)
    found = _OPERATOR.search(bare)
    if found is None:
        return _parse_existence(test, text)
    if found[0] not in OPERATORS:
        raise InvalidPath(
            f"The filter '{text[:_SHOWN]}' uses {found[0]}, which Step Functions does not support."
        )
    left, right = test[: found.start()].strip(), test[found.end() :].strip()
    if not left or left.startswith("!"):
        raise _build_refusal(text)
    return Comparison(_parse_operand(left), found[0], _parse_operand(right))


def _strip_parentheses(text: str) -> str:
    test = text.strip().lstrip("( ")
    return test.rstrip(") ")


def _parse_existence(test: str, text: str) -> Condition:
    path = test.removeprefix("!")
    operand = _parse_operand(path) if path.startswith("@") else None
    if not isinstance(operand, FilterPath):
        raise _build_refusal(text)
    return Exists(operand, expected=path == test)


def _parse_operand(text: str) -> Operand:
    if not text.startswith(("@", "$")):
        return Literal(text[1:-1].replace("\\'", "'") if _QUOTED.fullmatch(text) else text)
    rest = text[1:]
    steps = parse_steps(rest) if rest.startswith((".", "[")) or not rest else None
    if steps is None or not are_definite(steps):
        raise InvalidPath(f"A filter can only compare paths to one place, not '{text[:_SHOWN]}'.")
    return FilterPath(steps, is_relative=text.startswith("@"))


def _hide_quoted(text: str) -> str:
    """Return a text of the same length whose texts in quotes are blank."""
    return _QUOTED.sub(lambda quoted: f"'{' ' * (len(quoted[0]) - 2)}'", text)


def _build_refusal(text: str) -> InvalidPath:
    return InvalidPath(f"'{text.strip()[:_SHOWN]}' is not a test that a filter can make.")
