"""What versions and aliases of functions and state machines stand for: an ARN with a qualifier."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Resolver, Value, text

ALIAS: Final = "AWS::StepFunctions::StateMachineAlias"
VERSION: Final = "AWS::StepFunctions::StateMachineVersion"
FUNCTION_ALIAS: Final = "AWS::Lambda::Alias"
FUNCTION_VERSION: Final = "AWS::Lambda::Version"
QUALIFIED: Final = frozenset({ALIAS, VERSION, FUNCTION_ALIAS, FUNCTION_VERSION})

LATEST: Final = "$LATEST"
"""Every version of a function is the code that was built."""

Resources: TypeAlias = Mapping[str, Mapping[str, Any]]


def qualified_arn(resolver: Resolver, resources: Resources, logical_id: str, place: str) -> str:
    """Give the ARN of a version or an alias.

    Raises:
        TemplateError: it is not known on this machine, or not before it is published.

    """
    resource = resources[logical_id]
    properties = resource.get("Properties") or {}
    if resource["Type"] == VERSION:
        raise TemplateError(
            f"{place}: {logical_id} is a state machine's version, and its number is not known before it is "
            "published. Refer to an alias."
        )
    if resource["Type"] == FUNCTION_VERSION:
        return f"{_function(resolver, properties, place)}:{LATEST}"
    name = text(resolver.resolve(properties.get("Name"), place))
    if resource["Type"] == FUNCTION_ALIAS:
        return f"{_function(resolver, properties, place)}:{name}"
    return f"{_state_machine(resolver, resources, properties, place)}:{name}"


def routed(properties: Mapping[str, Any], place: str) -> list[tuple[Value, Value]]:
    """Return the versions that an alias of a state machine leads to, with their weights, all unresolved.

    Of a gradual deployment it is the version at its end: here an alias leads there at once.

    Raises:
        TemplateError: it leads nowhere, or that is written in another form.

    """
    preference, routing = properties.get("DeploymentPreference"), properties.get("RoutingConfiguration")
    if isinstance(preference, dict):
        return [(preference.get("StateMachineVersionArn"), 100)]
    if not isinstance(routing, list) or not routing or not all(isinstance(route, dict) for route in routing):
        raise TemplateError(f"{place}: a DeploymentPreference or a list, RoutingConfiguration, is expected.")
    return [(route.get("StateMachineVersionArn"), route.get("Weight")) for route in routing]


def version_resource(resources: Resources, value: Value) -> str | None:
    """Name the version of the template that an unresolved value refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]} if name in resources:
            return name if resources[name].get("Type") == VERSION else None
    return None


def _function(resolver: Resolver, properties: Mapping[str, Any], place: str) -> str:
    function = text(resolver.resolve(properties.get("FunctionName"), place))
    if function.startswith("arn:"):
        return function
    prefix = resolver.resolve({"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:"}, place)
    return f"{prefix}{function}"


def _state_machine(
    resolver: Resolver, resources: Resources, properties: Mapping[str, Any], place: str
) -> str:
    version, _ = routed(properties, place)[0]
    if name := version_resource(resources, version):
        owner = (resources[name].get("Properties") or {}).get("StateMachineArn")
        return text(resolver.resolve(owner, place))
    return text(resolver.resolve(version, place)).rpartition(":")[0]
