"""The versions and aliases of a built template's state machines."""

from collections.abc import Iterator
from dataclasses import dataclass

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.properties import Properties
from stepfunctions_local.template.qualified import routed, version_resource


@dataclass(frozen=True, slots=True)
class StateMachineVersion:
    """A version to publish of a state machine as it is."""

    logical_id: str
    state_machine_arn: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class StateMachineAlias:
    """An alias. Each route is a version, by its ARN or its logical id in the template, and its weight."""

    logical_id: str
    name: str
    routes: tuple[tuple[str, int], ...]
    description: str | None = None


def read_version(properties: Properties) -> StateMachineVersion:
    """Read one version.

    Raises:
        TemplateError: a value is missing or cannot be resolved.

    """
    arn = properties.required_text("StateMachineArn")
    return StateMachineVersion(properties.logical_id, arn, properties.text("Description"))


def read_alias(properties: Properties, local: LocalValues) -> StateMachineAlias:
    """Read one alias.

    Raises:
        TemplateError: a value is missing, cannot be resolved, or is none of its kind.

    """
    return StateMachineAlias(
        properties.logical_id,
        properties.required_text("Name"),
        tuple(_routes(local, properties.logical_id)),
        properties.text("Description"),
    )


def _routes(local: LocalValues, logical_id: str) -> Iterator[tuple[str, int]]:
    place = f"Resources/{logical_id}/Properties"
    # What a version stands for is not known yet, so it is looked for before anything is resolved.
    for version, weight in routed(local.resources[logical_id].get("Properties") or {}, place):
        name = version_resource(local.resources, version)
        yield name or _arn(local.resolve(version, place), place), _weight(local.resolve(weight, place), place)


def _arn(value: Value, place: str) -> str:
    if not isinstance(value, str):
        raise TemplateError(
            f"{place}: a StateMachineVersionArn is {value!r}: the ARN of a version is expected."
        )
    return value


def _weight(value: Value, place: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise TemplateError(f"{place}: a weight is {value!r}: a whole number is expected.") from error
