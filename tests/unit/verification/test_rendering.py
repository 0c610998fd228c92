"""What is left out of the template for a local AWS: no more than is named, and nothing that others need."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from verification.rehearsal import NOT_PROVED
from verification.rendering import OMITTED, render, render_file

ROOT = Path(__file__).parents[3]
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "DelayStateMachine": {"Type": "AWS::StepFunctions::StateMachine"},
        "DelayStateMachineVersion": {"Type": "AWS::StepFunctions::StateMachineVersion"},
        "DelayStateMachineAlias": {"Type": "AWS::StepFunctions::StateMachineAlias"},
        "OpenExecutionsAlarm": {"Type": "AWS::CloudWatch::Alarm"},
        "FailedExecutionsAlarm": {"Type": "AWS::CloudWatch::Alarm"},
        "HelloWorldFunction": {"Properties": {"DeploymentPreference": {"Enabled": True}, "Timeout": 30}},
    },
    "Outputs": {"DelayStateMachineArn": {"Value": {"Ref": "DelayStateMachineAlias"}}},
}


@pytest.fixture
def rendered() -> dict[str, Any]:
    return render(TEMPLATE)


def test_everything_else_stays_as_it_is(rendered: dict[str, Any]) -> None:
    """So that what is deployed is the real template."""
    assert set(rendered["Resources"]) == {"DelayStateMachine", "FailedExecutionsAlarm", "HelloWorldFunction"}
    assert rendered["Resources"]["HelloWorldFunction"] == {"Properties": {"Timeout": 30}}


def test_clients_find_the_state_machine_itself(rendered: dict[str, Any]) -> None:
    """There is no alias of it."""
    assert rendered["Outputs"]["DelayStateMachineArn"]["Value"] == {"Ref": "DelayStateMachine"}


def test_nothing_refers_to_what_is_left_out(rendered: dict[str, Any]) -> None:
    """CloudFormation would refuse that."""
    text = json.dumps(rendered)
    assert [each.name for each in OMITTED if not each.member and each.resource in text] == []


def test_the_template_itself_is_not_changed() -> None:
    """The real one may be deployed after it."""
    before = json.dumps(TEMPLATE)
    render(TEMPLATE)
    assert json.dumps(TEMPLATE) == before


def test_the_rendering_stands_beside_the_built_template(tmp_path: Path) -> None:
    """Paths of the function's code are relative to it."""
    built = tmp_path / "template.yaml"
    built.write_text(yaml.safe_dump(TEMPLATE))
    written = render_file(built)
    assert written.parent == tmp_path
    assert yaml.safe_load(written.read_text()) == render(TEMPLATE)


@pytest.mark.parametrize(
    "told",
    ["\n".join(NOT_PROVED), (ROOT / "docs" / "how-to" / "rehearsal.md").read_text(encoding="utf-8")],
    ids=["end", "page"],
)
def test_whatever_is_left_out_is_told_as_not_proved(told: str) -> None:
    """By its name, at the end of a rehearsal and on its page."""
    assert [each.name for each in OMITTED if each.name not in told] == []
