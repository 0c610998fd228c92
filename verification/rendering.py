"""Renders the template without the parts that a local AWS does not support."""

import copy
from collections.abc import Mapping
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
        Omission(name, None, "ministack refuses AWS::IAM::RolePolicy")
        for name in (
            "HelloWorldFunctionAccess",
            "IdempotencyAccess",
            "IdempotencyKeyAccess",
            "DelayStateMachineKeyAccess",
            "TableCallAccess",
        )
    ),
    *(
        Omission(name, "DeploymentPreference", "ministack has no CodeDeploy")
        for name in (_FUNCTION, "TableCallFunction")
    ),
    *(
        Omission(name, None, "ministack refuses alarms on metric math")
        for name in ("OpenExecutionsAlarm", "TableThrottlesAlarm")
    ),
)
"""Everything for a gradual release, the policies of the roles, and two alarms."""


def render(template: Mapping[str, Any]) -> Template:
    """Return a built template without the omitted parts; clients start tasks on the state machine itself."""
    rendered: Template = copy.deepcopy(dict(template))
    for each in OMITTED:
        if each.member:
            del rendered["Resources"][each.resource]["Properties"][each.member]
        else:
            del rendered["Resources"][each.resource]
    _forget_dependencies(rendered["Resources"])
    rendered["Outputs"][STATE_MACHINE_OUTPUT]["Value"] = {"Ref": _STATE_MACHINE}
    return rendered


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
