"""Takes out of a definition the parts that a test does not need and that cannot run here.

A mock stands in for calls and for the items of a distributed Map, and the other states of the definition are
not run at all. So they may use any service, and any mode of a Map.
"""

from collections.abc import Iterator
from typing import Final

from stepfunctions_local.language import Json
from stepfunctions_local.language.resource import parse_resource

_SUBSTITUTE: Final = "arn:aws:lambda:us-east-1:123456789012:function:substitute"
"""A Resource that accepts any parameters."""

_DISTRIBUTED: Final = ("ItemBatcher", "ItemReader", "Label", "ResultWriter")
"""The fields of a Map in distributed mode."""


def list_states(workflow: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the states of a workflow by name, those within others included."""
    states = workflow.get("States") if isinstance(workflow, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            yield name, state
            for inner in list_workflows(state):
                yield from list_states(inner)


def list_workflows(state: dict[str, Json]) -> Iterator[Json]:
    """Yield the workflows within a state."""
    branches = state.get("Branches")
    yield from (state[name] for name in ("ItemProcessor", "Iterator") if name in state)
    yield from branches if isinstance(branches, list) else ()


def substitute(state: dict[str, Json], *, is_called: bool) -> bool:
    """Take out of a state what cannot run here, and return whether there was anything.

    A Task that `is_called` keeps its Resource.
    """
    if state.get("Type") == "Map":
        return _make_inline(state)
    if state.get("Type") != "Task":
        return False
    has_role = state.pop("Credentials", None) is not None
    if is_called or _is_supported(state.get("Resource")):
        return has_role
    state["Resource"] = _SUBSTITUTE
    return True


def _make_inline(state: dict[str, Json]) -> bool:
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if not isinstance(processor, dict) or not isinstance(config, dict) or config.get("Mode") != "DISTRIBUTED":
        return False
    for name in _DISTRIBUTED:
        state.pop(name, None)
    del processor["ProcessorConfig"]
    return True


def _is_supported(resource: Json) -> bool:
    """Whether a Resource can be called here. One that is no ARN is left for the parser to refuse.

    A template may have yet to fill in an ARN: `${Function.Arn}`.
    """
    if not isinstance(resource, str) or not resource.startswith(("arn:", "${")):
        return True
    try:
        parse_resource(resource)
    except ValueError:
        return False
    return True
