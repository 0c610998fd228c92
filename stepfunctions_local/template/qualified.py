"""ARNs of versions and aliases of functions and state machines: ARNs with a qualifier."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Resolver, Value, to_text

ALIAS: Final = "AWS::StepFunctions::StateMachineAlias"
VERSION: Final = "AWS::StepFunctions::StateMachineVersion"
FUNCTION_ALIAS: Final = "AWS::Lambda::Alias"
FUNCTION_VERSION: Final = "AWS::Lambda::Version"
QUALIFIED: Final = frozenset({ALIAS, VERSION, FUNCTION_ALIAS, FUNCTION_VERSION})

LATEST: Final = "$LATEST"
"""The local version of every function: the code that was built."""

Resources: TypeAlias = Mapping[str, Mapping[str, Any]]


def resolve_qualified_arn(resolver: Resolver, resources: Resources, logical_id: str, place: str) -> str:
    """Return the ARN of a version or an alias.

    Raises:
        TemplateError: the ARN cannot be resolved locally, or not before the version is published.

    """
    resource = resources[logical_id]
    properties = resource.get("Properties") or {}
    if resource["Type"] == VERSION:
        raise TemplateError(
            f"{place}: {logical_id} is a state machine's version, and its number is not known before it is "
            "published. Refer to an alias."
        )
    if resource["Type"] == FUNCTION_VERSION:
        return f"{_resolve_function_arn(resolver, properties, place)}:{LATEST}"
    name = to_text(resolver.resolve(properties.get("Name"), place))
    if resource["Type"] == FUNCTION_ALIAS:
        return f"{_resolve_function_arn(resolver, properties, place)}:{name}"
    return f"{_resolve_state_machine_arn(resolver, resources, properties, place)}:{name}"


def read_routes(properties: Mapping[str, Any], place: str) -> list[tuple[Value, Value]]:
    """Return the versions and weights of a state machine's alias, all unresolved.

    A gradual deployment has only its final version: here an alias leads there at once.

    Raises:
        TemplateError: there are no routes, or they have another form.

    """
    preference, routing = properties.get("DeploymentPreference"), properties.get("RoutingConfiguration")
    if isinstance(preference, dict):
        return [(preference.get("StateMachineVersionArn"), 100)]
    if not isinstance(routing, list) or not routing or not all(isinstance(route, dict) for route in routing):
        raise TemplateError(f"{place}: a DeploymentPreference or a list, RoutingConfiguration, is expected.")
    return [(route.get("StateMachineVersionArn"), route.get("Weight")) for route in routing]


def find_version(resources: Resources, value: Value) -> str | None:
    """Return the logical id of the template's version that an unresolved value refers to, if any."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]} if name in resources:
            return name if resources[name].get("Type") == VERSION else None
    return None


def _resolve_function_arn(resolver: Resolver, properties: Mapping[str, Any], place: str) -> str:
    function = to_text(resolver.resolve(properties.get("FunctionName"), place))
    if function.startswith("arn:"):
        return function
    prefix = resolver.resolve({"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:"}, place)
    return f"{prefix}{function}"


def _resolve_state_machine_arn(
    resolver: Resolver, resources: Resources, properties: Mapping[str, Any], place: str
) -> str:
    version, _ = read_routes(properties, place)[0]
    if name := find_version(resources, version):
        owner = (resources[name].get("Properties") or {}).get("StateMachineArn")
        return to_text(resolver.resolve(owner, place))
    return to_text(resolver.resolve(version, place)).rpartition(":")[0]
