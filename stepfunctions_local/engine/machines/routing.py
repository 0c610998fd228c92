"""The routing configuration of an alias, as a request has it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from stepfunctions_local.engine.arn import state_machine_of
from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.errors import ResourceNotFound, StateMachineDoesNotExist, ValidationException
from stepfunctions_local.engine.machines.alias import ALL_PERCENT, Route
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Version

Routing: TypeAlias = Sequence[Mapping[str, Any]]

_REASON = "INVALID_ROUTING_CONFIGURATION"


def read_routing(
    catalog: Catalog, routing: Routing, owner: StateMachine | None = None
) -> tuple[StateMachine, tuple[Route, ...]]:
    """Read where an alias of `owner` shall lead, or else of the state machine that the routes tell.

    Raises:
        InvalidArn: an ARN is none of a state machine.
        ResourceNotFound: there is no such version.
        ValidationException: the routes are not to versions, not to different ones, not to those of one state
            machine, or do not make 100 percent.

    """
    arns = [route["stateMachineVersionArn"] for route in routing]
    _require_versions(arns)
    _require_all(routing)
    found = [_found(catalog, arn) for arn in arns]
    machine = owner or found[0][0]
    if any(other is not machine for other, _ in found):
        raise _refused(f"must contain versions of one state machine. Received: [{', '.join(arns)}]")
    versions = (version.number for _, version in found)
    return machine, tuple(map(Route, versions, (route["weight"] for route in routing)))


def _require_versions(arns: list[str]) -> None:
    received = f"Received: [{', '.join(arns)}]"
    if any(state_machine_of(arn).version is None for arn in arns):
        raise _refused(f"must contain state machine version ARNs. {received}")
    if len(set(arns)) < len(arns):
        raise _refused(f"must contain distinct state machine version ARNs. {received}")


def _require_all(routing: Routing) -> None:
    weights = [route["weight"] for route in routing]
    if sum(weights) != ALL_PERCENT:
        raise ValidationException(
            f"Sum of routing configuration weights must equal {ALL_PERCENT}. Received: {weights}", _REASON
        )


def _found(catalog: Catalog, arn: str) -> tuple[StateMachine, Version]:
    try:
        return catalog.version(arn)
    except StateMachineDoesNotExist as error:
        raise ResourceNotFound(arn) from error


def _refused(rule: str) -> ValidationException:
    return ValidationException(f"Routing configuration {rule}", _REASON)
