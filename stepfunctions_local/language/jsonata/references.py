"""Finds the references of an expression: at its top level there is no document, only variables.

Source: "Transforming data with JSONata in Step Functions" in the Developer Guide.
"""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from stepfunctions_local.language.variable import STATES

Symbol: TypeAlias = Any
"""A node of the library's tree for an expression."""

_CONTEXT: Final = ""
"""The name of the variable `$`, the current value."""

_ROOT: Final = "$"
"""The name of the variable `$$`, the whole document."""

_BESIDE: Final = (
    *("steps", "lhs", "rhs", "lhs_object", "expression", "expressions", "condition", "then", "_else"),
    *("procedure", "arguments", "body"),
)
_INSIDE: Final = ("predicate", "stages", "expr", "group", "terms", "pattern", "update", "delete")
"""Parts that are evaluated for the values that the symbol itself finds."""


def find_variables(symbol: Symbol) -> set[str]:
    """Return the names of all variables, those that the expression itself defines included."""
    return {part.value for part, _ in _walk(symbol, at_top=True) if part.type == "variable"}


def find_members_of_states(symbol: Symbol) -> set[str] | None:
    """Return the members of `$states` that the expression uses; None if it can be any of them."""
    members = [part.steps[1].value for part, _ in _walk(symbol, at_top=True) if _is_member_of_states(part)]
    mentions = [part for part, _ in _walk(symbol, at_top=True) if _is_variable(part, STATES)]
    return set(members) if len(mentions) == len(members) else None


def find_references_to_document(symbol: Symbol) -> list[str]:
    """Return the names that are looked up in a document at the top level, each once."""
    return list(dict.fromkeys(_find_references_to_document(symbol)))


def _find_references_to_document(symbol: Symbol) -> Iterator[str]:
    for part, at_top in _walk(symbol, at_top=True):
        if _is_variable(part, _ROOT):
            yield "$$"
        elif at_top and _is_variable(part, _CONTEXT):
            yield "$"
        elif at_top and part.type in {"name", "wildcard", "descendant"}:
            yield str(part.value)


def _is_variable(symbol: Symbol, name: str) -> bool:
    return bool(symbol.type == "variable" and symbol.value == name)


def _is_member_of_states(symbol: Symbol) -> bool:
    if symbol.type != "path" or len(symbol.steps) < 2:  # noqa: PLR2004  the variable, and its member
        return False
    return _is_variable(symbol.steps[0], STATES) and symbol.steps[1].type == "name"


def _walk(symbol: Symbol, *, at_top: bool) -> Iterator[tuple[Symbol, bool]]:
    """Yield every symbol of a tree, and whether it is evaluated for the document at the top level."""
    if isinstance(symbol, (list, tuple)):
        for part in symbol:
            yield from _walk(part, at_top=at_top)
    if not hasattr(symbol, "lhs_object"):
        return
    yield symbol, at_top
    for name in _BESIDE:
        if name == "steps" and symbol.steps:
            yield from _walk(symbol.steps[0], at_top=at_top)
            yield from _walk(symbol.steps[1:], at_top=False)
        elif not (symbol.type == "lambda" and name == "arguments"):
            yield from _walk(getattr(symbol, name, None), at_top=at_top)
    for name in _INSIDE:
        yield from _walk(getattr(symbol, name, None), at_top=False)
