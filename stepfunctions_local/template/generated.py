"""The resources that SAM makes of AutoPublishAlias, under the logical ids that it gives them.

Source: AWS SAM Developer Guide, "Generated CloudFormation resources". Only the id of a function's version has
a hash at its end that is not known here.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Resolver, Value
from stepfunctions_local.template.qualified import ALIAS, FUNCTION_ALIAS, FUNCTION_VERSION, VERSION

FUNCTION: Final = "AWS::Serverless::Function"
STATE_MACHINE: Final = "AWS::Serverless::StateMachine"

MADE_OF_FUNCTIONS: Final = {"Alias": FUNCTION_ALIAS, "Version": FUNCTION_VERSION}
"""How a template refers to them: `F.Alias` and `F.Version`."""

Resource: TypeAlias = Mapping[str, Any]


def generated(resources: Mapping[str, Resource], resolver: Resolver, common: Value) -> dict[str, Resource]:
    """Return the versions and aliases of the resources that have the property.

    `common` is what Globals says of it for functions. An alias whose name is not known here is left out: who
    refers to it is told so.
    """
    made: dict[str, Resource] = {}
    for logical_id, resource in resources.items():
        kind = resource.get("Type")
        own = (resource.get("Properties") or {}).get("AutoPublishAlias", common if kind == FUNCTION else None)
        with suppress(TemplateError):
            name = resolver.resolve(own, f"Resources/{logical_id}/Properties/AutoPublishAlias")
            if isinstance(name, str):
                made.update(_published(logical_id, str(kind), name))
    return made


def made_of_function(made: Mapping[str, Resource], function: str, part: str) -> str | None:
    """Name the version or the alias that was made of a function."""
    for logical_id, resource in made.items():
        owner = resource["Properties"].get("FunctionName")
        if owner == {"Ref": function} and resource["Type"] == MADE_OF_FUNCTIONS.get(part):
            return logical_id
    return None


def _published(logical_id: str, type_: str, name: str) -> Iterator[tuple[str, Resource]]:
    version, alias = f"{logical_id}Version", f"{logical_id}Alias{name}"
    if type_ == FUNCTION:
        function = {"FunctionName": {"Ref": logical_id}}
        yield version, {"Type": FUNCTION_VERSION, "Properties": function}
        yield alias, {"Type": FUNCTION_ALIAS, "Properties": {**function, "Name": name}}
    if type_ == STATE_MACHINE:
        machine = {"StateMachineArn": {"Ref": logical_id}}
        route = {"DeploymentPreference": {"StateMachineVersionArn": {"Ref": version}, "Type": "ALL_AT_ONCE"}}
        yield version, {"Type": VERSION, "Properties": machine}
        yield (
            alias,
            {"Type": ALIAS, "Properties": {"Name": name, **route}},
        )
