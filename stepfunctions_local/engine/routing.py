"""Reads the routing configuration of an alias from a request."""

from collections.abc import Sequence
from typing import TypeAlias

from stepfunctions_local.engine.arn import state_machine_of
from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.errors import ResourceNotFound, StateMachineDoesNotExist, ValidationException
from stepfunctions_local.engine.machines.alias import ALL_PERCENT, Route
from stepfunctions_local.engine.machines.state_machine import StateMachine
from stepfunctions_local.engine.machines.version import Version

Routing: TypeAlias = Sequence[tuple[str, int]]
"""Routes as they are asked for: the ARN of a version, and its weight in percent."""

_REASON = "INVALID_ROUTING_CONFIGURATION"


def read_routing(
    catalog: Catalog, routing: Routing, owner: StateMachine | None = None
) -> tuple[StateMachine, tuple[Route, ...]]:
    """Return the routes of an alias with its state machine: `owner`, or the one that the routes name.

    Raises:
        InvalidArn: an ARN is not that of a state machine.
        ResourceNotFound: a version does not exist.
        ValidationException: the routes do not name different versions of one state machine, or their weights
            do not add up to 100.

    """
    arns = [arn for arn, _ in routing]
    _require_versions(arns)
    _require_full_weight(routing)
    found = [_find_version(catalog, arn) for arn in arns]
    machine = owner or found[0][0]
    if any(other is not machine for other, _ in found):
        raise _build_refusal(f"must contain versions of one state machine. Received: [{', '.join(arns)}]")
    versions = (version.number for _, version in found)
    return machine, tuple(map(Route, versions, (weight for _, weight in routing)))


def _require_versions(arns: list[str]) -> None:
    received = f"Received: [{', '.join(arns)}]"
    if any(state_machine_of(arn).version is None for arn in arns):
        raise _build_refusal(f"must contain state machine version ARNs. {received}")
    if len(set(arns)) < len(arns):
        raise _build_refusal(f"must contain distinct state machine version ARNs. {received}")


def _require_full_weight(routing: Routing) -> None:
    weights = [weight for _, weight in routing]
    if sum(weights) != ALL_PERCENT:
        raise ValidationException(
            f"Sum of routing configuration weights must equal {ALL_PERCENT}. Received: {weights}", _REASON
        )


def _find_version(catalog: Catalog, arn: str) -> tuple[StateMachine, Version]:
    try:
        return catalog.version(arn)
    except StateMachineDoesNotExist as error:
        raise ResourceNotFound(arn) from error


def _build_refusal(rule: str) -> ValidationException:
    return ValidationException(f"Routing configuration {rule}", _REASON)
