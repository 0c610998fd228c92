"""Renders the template for a local AWS, which does not support all of it."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

Template = dict[str, Any]

STATE_MACHINE_OUTPUT: Final = "DelayStateMachineArn"
_STATE_MACHINE: Final = "DelayStateMachine"
_FUNCTION: Final = "HelloWorldFunction"


@dataclass(frozen=True, slots=True)
class Omission:
    """An omitted resource, or an omitted property (`member`) of one, with the reason."""

    resource: str
    member: str | None
    reason: str

    @property
    def name(self) -> str:
        """The name of the omitted part."""
        return f"{self.resource}.{self.member}" if self.member else self.resource


OMITTED: Final = (
    Omission("DelayStateMachineAlias", None, "ministack refuses AWS::StepFunctions::StateMachineAlias"),
    Omission("DelayStateMachineVersion", None, "ministack refuses AWS::StepFunctions::StateMachineVersion"),
    *(
        Omission(name, "DeploymentPreference", "ministack has no CodeDeploy")
        for name in (_FUNCTION, "TableCallFunction")
    ),
    *(
        Omission(name, None, "ministack refuses alarms on metric math")
        for name in ("OpenExecutionsAlarm", "TableThrottlesAlarm")
    ),
)
"""Everything for a gradual release, and two alarms."""

_ROLE_POLICY: Final = "AWS::IAM::RolePolicy"
"""ministack refuses this type. A policy of the older type gives a role the same rights."""

_BATCHES: Final = {
    f"sqs:{name}": f"sqs:{name}Batch" for name in ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")
}
"""No actions of IAM. On AWS the action of one message covers ten; ministack requires the others by name.

Source: "AddPermission" in the Amazon SQS API Reference.
"""


def render(template: Mapping[str, Any]) -> Template:
    """Return a built template that ministack accepts; clients start tasks on the state machine itself."""
    rendered: Template = copy.deepcopy(dict(template))
    for each in OMITTED:
        if each.member:
            del rendered["Resources"][each.resource]["Properties"][each.member]
        else:
            del rendered["Resources"][each.resource]
    for body in rendered["Resources"].values():
        if body.get("Type") == _ROLE_POLICY:
            _replace_role_policy(body)
    for statement in _find_statements(rendered["Resources"]):
        _name_batches(statement)
    _forget_dependencies(rendered["Resources"])
    rendered["Outputs"][STATE_MACHINE_OUTPUT]["Value"] = {"Ref": _STATE_MACHINE}
    return rendered


def _replace_role_policy(body: Template) -> None:
    body["Type"] = "AWS::IAM::Policy"
    body["Properties"]["Roles"] = [body["Properties"].pop("RoleName")]


def _find_statements(part: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any part of a template
    """Yield the statements of all policies."""
    if isinstance(part, dict):
        if "Effect" in part and "Action" in part:
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _find_statements(each)


def _name_batches(statement: dict[str, Any]) -> None:
    named = statement["Action"]
    actions = [named] if isinstance(named, str) else named
    statement["Action"] = [*actions, *(_BATCHES[action] for action in actions if action in _BATCHES)]


def _forget_dependencies(resources: dict[str, Any]) -> None:
    for body in resources.values():
        if body.get("DependsOn") not in resources:
            body.pop("DependsOn", None)


def render_file(built: Path) -> Path:
    """Write the rendering beside the built template, since paths are relative to it; return its path."""
    rendered = built.with_name("rendered.yaml")
    template = render(yaml.safe_load(built.read_text(encoding="utf-8")))
    rendered.write_text(yaml.safe_dump(template, sort_keys=False), encoding="utf-8")
    return rendered
