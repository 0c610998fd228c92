"""Finds the events of a template that would call its functions and state machines on AWS, and do not here."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stepfunctions_local.template.references import find_names
from stepfunctions_local.template.resources import FUNCTION_TYPES, STATE_MACHINE_TYPES, is_for_aws_only

_SOURCES: Final = {
    "AWS::Events::Rule": ("Targets",),
    "AWS::Lambda::EventSourceMapping": ("FunctionName",),
    "AWS::Lambda::Url": ("TargetFunctionArn",),
    "AWS::Pipes::Pipe": ("Target", "Enrichment"),
    "AWS::SNS::Subscription": ("Endpoint",),
    "AWS::Scheduler::Schedule": ("Target",),
}
"""Resources that call others, with the properties that name them."""

_CALLED_TYPES: Final = FUNCTION_TYPES + STATE_MACHINE_TYPES


class EventWarning(str):
    """A warning of events that call nothing here. The build is nevertheless as intended."""

    __slots__ = ()


def warn_of_events(resources: Mapping[str, Any]) -> tuple[EventWarning, ...]:
    """Return a warning for each function and state machine that has events, with the events' names and types.

    They are those of SAM's Events and FunctionUrlConfig, and other resources that call one of the two. A
    resource for AWS only is left out.
    """
    called = [name for name, resource in resources.items() if resource.get("Type") in _CALLED_TYPES]
    found = {name: [*_list_own(resources[name]), *_list_callers(resources, name)] for name in called}
    return tuple(
        EventWarning(
            f"{name} has events that call nothing here: {', '.join(events)}. Call it yourself to try them."
        )
        for name, events in found.items()
        if events
    )


def _list_own(resource: Mapping[str, Any]) -> Iterator[str]:
    properties = resource.get("Properties") or {}
    events = properties.get("Events")
    for name, event in events.items() if isinstance(events, dict) else ():
        kind = event.get("Type") if isinstance(event, dict) else None
        yield f"{name} ({kind or 'no type'})"
    if properties.get("FunctionUrlConfig"):
        yield "FunctionUrlConfig"


def _list_callers(resources: Mapping[str, Any], called: str) -> Iterator[str]:
    for name, resource in resources.items():
        kind, properties = str(resource.get("Type")), resource.get("Properties") or {}
        if is_for_aws_only(resource):
            continue
        if any(called in find_names(properties.get(part)) for part in _SOURCES.get(kind, ())):
            yield f"{name} ({kind})"
