"""Which variables the states of a definition refer to, as DescribeStateMachine tells it.

It is looked up in what was read of the definition, so that a new field of a state needs nothing here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

from stepfunctions_local.language.definition import Definition
from stepfunctions_local.language.jsonata.expression import Expression
from stepfunctions_local.language.jsonpath.path import Path
from stepfunctions_local.language.state import Workflow

Part: TypeAlias = Any
"""Any object that a definition was read into."""


def variable_references(definition: Definition) -> dict[str, list[str]]:
    """Return the variables by the name of the state, without those states that refer to none."""
    states = definition.states.values()
    assigned = {name for state in states for name in _find_assigned(state)}
    references = {state.name: sorted(assigned.intersection(_find_names(state))) for state in states}
    return {name: variables for name, variables in references.items() if variables}


def _find_names(state: Part) -> Iterator[str]:
    """Return all names that paths and expressions start from; functions and `$states` are among them."""
    for part in _walk(state):
        if isinstance(part, Path) and part.variable is not None:
            yield part.variable
        elif isinstance(part, Expression):
            yield from part.variables


def _find_assigned(state: Part) -> Iterator[str]:
    for part in _walk(state):
        yield from getattr(part, "assign", None) or ()


def _walk(whole: Part) -> Iterator[Part]:
    """Return everything that an object holds, itself included, but for the states inside it."""
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += (member for member in _list_members(part) if not isinstance(member, Workflow))


def _list_members(whole: Part) -> Iterator[Part]:
    if isinstance(whole, Mapping):
        yield from whole.values()
    elif isinstance(whole, list | tuple):
        yield from whole
    elif is_dataclass(whole):
        yield from (getattr(whole, field.name) for field in fields(whole))
