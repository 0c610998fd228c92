"""The resources that SAM generates for AutoPublishAlias, under SAM's own logical ids.

The exception is the id of a function's version, whose hash at the end is not known here.

Source: AWS SAM Developer Guide, "Generated CloudFormation resources".
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Resolver, Value
from stepfunctions_local.template.qualified import ALIAS, FUNCTION_ALIAS, FUNCTION_VERSION, VERSION

FUNCTION: Final = "AWS::Serverless::Function"
STATE_MACHINE: Final = "AWS::Serverless::StateMachine"

GENERATED_TYPES: Final = {"Alias": FUNCTION_ALIAS, "Version": FUNCTION_VERSION}
"""The types by the names in references to a function's generated resources: `F.Alias`, `F.Version`."""

Resource: TypeAlias = Mapping[str, Any]


def generate_resources(
    resources: Mapping[str, Resource], resolver: Resolver, common: Value
) -> dict[str, Resource]:
    """Return versions and aliases for the resources that have AutoPublishAlias.

    `common` is its value in Globals, for functions. An alias whose name cannot be resolved here is left out,
    and a reference to it raises an error.
    """
    generated: dict[str, Resource] = {}
    for logical_id, resource in resources.items():
        kind = resource.get("Type")
        own = (resource.get("Properties") or {}).get("AutoPublishAlias", common if kind == FUNCTION else None)
        with suppress(TemplateError):  # a reference to it says why
            name = resolver.resolve(own, f"Resources/{logical_id}/Properties/AutoPublishAlias")
            if isinstance(name, str):
                condition = {"Condition": resource["Condition"]} if "Condition" in resource else {}
                made = _generate(logical_id, str(kind), name)
                generated.update({generated_id: {**body, **condition} for generated_id, body in made})
    return generated


def find_generated(generated: Mapping[str, Resource], function: str, part: str) -> str | None:
    """Return the logical id of the version or alias that was generated for a function."""
    for logical_id, resource in generated.items():
        owner = resource["Properties"].get("FunctionName")
        if owner == {"Ref": function} and resource["Type"] == GENERATED_TYPES.get(part):
            return logical_id
    return None


def _generate(logical_id: str, type_: str, name: str) -> Iterator[tuple[str, Resource]]:
    version, alias = f"{logical_id}Version", f"{logical_id}Alias{name}"
    if type_ == FUNCTION:
        function = {"FunctionName": {"Ref": logical_id}}
        yield version, {"Type": FUNCTION_VERSION, "Properties": function}
        yield alias, {"Type": FUNCTION_ALIAS, "Properties": {**function, "Name": name}}
    if type_ == STATE_MACHINE:
        machine = {"StateMachineArn": {"Ref": logical_id}}
        route = {"DeploymentPreference": {"StateMachineVersionArn": {"Ref": version}, "Type": "ALL_AT_ONCE"}}
        yield version, {"Type": VERSION, "Properties": machine}
        yield alias, {"Type": ALIAS, "Properties": {"Name": name, **route}}
