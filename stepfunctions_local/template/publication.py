"""The versions and aliases of a built template's state machines."""

from collections.abc import Iterator
from dataclasses import dataclass

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.properties import Properties
from stepfunctions_local.template.qualified import find_version, read_routes


@dataclass(frozen=True, slots=True)
class StateMachineVersion:
    """A version to publish of the current state machine."""

    logical_id: str
    state_machine_arn: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class StateMachineAlias:
    """An alias. Each route has a version, by its ARN or its logical id in the template, and a weight."""

    logical_id: str
    name: str
    routes: tuple[tuple[str, int], ...]
    description: str | None = None


def read_version(properties: Properties) -> StateMachineVersion:
    """Return a version.

    Raises:
        TemplateError: a value is missing or cannot be resolved.

    """
    arn = properties.require_text("StateMachineArn")
    return StateMachineVersion(properties.logical_id, arn, properties.get_text("Description"))


def read_alias(properties: Properties, local: LocalValues) -> StateMachineAlias:
    """Return an alias.

    Raises:
        TemplateError: a value is missing, cannot be resolved, or has the wrong type.

    """
    return StateMachineAlias(
        properties.logical_id,
        properties.require_text("Name"),
        tuple(_resolve_routes(local, properties.logical_id)),
        properties.get_text("Description"),
    )


def _resolve_routes(local: LocalValues, logical_id: str) -> Iterator[tuple[str, int]]:
    place = f"Resources/{logical_id}/Properties"
    # A version's ARN is not known yet, so references to versions are found before anything is resolved.
    for version, weight in read_routes(local.resources[logical_id].get("Properties") or {}, place):
        name = find_version(local.resources, version)
        arn = name or _require_arn(local.resolve(version, place), place)
        yield arn, _parse_weight(local.resolve(weight, place), place)


def _require_arn(value: Value, place: str) -> str:
    if not isinstance(value, str):
        raise TemplateError(
            f"{place}: a StateMachineVersionArn is {value!r}: the ARN of a version is expected."
        )
    return value


def _parse_weight(value: Value, place: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise TemplateError(f"{place}: a weight is {value!r}: a whole number is expected.") from error
