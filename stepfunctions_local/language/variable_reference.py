"""Finds the variables that states refer to, as DescribeStateMachine returns them.

The search walks over the parsed definition, so a new field of a state needs no change here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

from stepfunctions_local.language.definition import Definition
from stepfunctions_local.language.jsonata.expression import Expression
from stepfunctions_local.language.jsonpath.path import Path
from stepfunctions_local.language.state import Workflow

Part: TypeAlias = Any
"""Any object that a definition was parsed into."""


def variable_references(definition: Definition) -> dict[str, list[str]]:
    """Return the variables by the name of the state, without states that refer to none."""
    states = definition.states.values()
    assigned = {name for state in states for name in _find_assigned(state)}
    references = {state.name: sorted(assigned.intersection(_find_names(state))) for state in states}
    return {name: variables for name, variables in references.items() if variables}


def _find_names(state: Part) -> Iterator[str]:
    """Yield all names that paths and expressions start from, functions and `$states` included."""
    for part in _walk(state):
        if isinstance(part, Path) and part.variable is not None:
            yield part.variable
        elif isinstance(part, Expression):
            yield from part.variables


def _find_assigned(state: Part) -> Iterator[str]:
    for part in _walk(state):
        yield from getattr(part, "assign", None) or ()


def _walk(whole: Part) -> Iterator[Part]:
    """Yield an object and everything in it, except for the workflows inside it."""
    pending = [whole]
    while pending:
        part = pending.pop()
        yield part
        pending += (member for member in _list_members(part) if not isinstance(member, Workflow))


def _list_members(whole: Part) -> Iterator[Part]:
    if isinstance(whole, Mapping):
        yield from whole.values()
    elif isinstance(whole, list | tuple):
        yield from whole
    elif is_dataclass(whole):
        yield from (getattr(whole, field.name) for field in fields(whole))
