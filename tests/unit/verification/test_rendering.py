"""Rendering omits the named parts of the template and nothing else."""

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
        "TableCallAccess": {
            "Type": "AWS::IAM::RolePolicy",
            "DependsOn": "DelayStateMachineAlias",
            "Properties": {
                "PolicyName": "Call",
                "RoleName": {"Ref": "Role"},
                "PolicyDocument": {
                    "Statement": [
                        {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:SendMessage"]},
                        {"Fn::If": ["HasKey", {"Effect": "Allow", "Action": "sqs:DeleteMessage"}, "none"]},
                    ]
                },
            },
        },
        "OpenExecutionsAlarm": {"Type": "AWS::CloudWatch::Alarm"},
        "TableThrottlesAlarm": {"Type": "AWS::CloudWatch::Alarm"},
        "FailedExecutionsAlarm": {"Type": "AWS::CloudWatch::Alarm"},
        "HelloWorldFunction": {"Properties": {"DeploymentPreference": {"Enabled": True}, "Timeout": 30}},
        "TableCallFunction": {"Properties": {"DeploymentPreference": {"Enabled": True}}},
        "TaskQueueMapping": {"DependsOn": "TableCallAccess"},
    },
    "Outputs": {"DelayStateMachineArn": {"Value": {"Ref": "DelayStateMachineAlias"}}},
}


@pytest.fixture
def rendered() -> dict[str, Any]:
    return render(TEMPLATE)


def test_rendering_keeps_all_other_parts(rendered: dict[str, Any]) -> None:
    """The rest of the deployed template is the real one."""
    assert set(rendered["Resources"]) == {
        "DelayStateMachine",
        "FailedExecutionsAlarm",
        "HelloWorldFunction",
        "TableCallAccess",
        "TableCallFunction",
        "TaskQueueMapping",
    }
    assert rendered["Resources"]["HelloWorldFunction"] == {"Properties": {"Timeout": 30}}


def test_policy_of_a_role_has_the_older_type(rendered: dict[str, Any]) -> None:
    """It gives the same rights to the same role."""
    policy = rendered["Resources"]["TableCallAccess"]
    assert policy["Type"] == "AWS::IAM::Policy"
    assert policy["Properties"]["Roles"] == [{"Ref": "Role"}]
    assert "RoleName" not in policy["Properties"]


def test_right_to_one_message_is_a_right_to_ten(rendered: dict[str, Any]) -> None:
    """On AWS it is one action, and in ministack two. A right to receive has only one."""
    policy = rendered["Resources"]["TableCallAccess"]["Properties"]["PolicyDocument"]
    first, second = policy["Statement"]
    assert first["Action"] == ["sqs:ReceiveMessage", "sqs:SendMessage", "sqs:SendMessageBatch"]
    assert second["Fn::If"][1]["Action"] == ["sqs:DeleteMessage", "sqs:DeleteMessageBatch"]


def test_output_is_the_state_machine_itself(rendered: dict[str, Any]) -> None:
    """There is no alias."""
    assert rendered["Outputs"]["DelayStateMachineArn"]["Value"] == {"Ref": "DelayStateMachine"}


def test_nothing_refers_to_omitted_resources(rendered: dict[str, Any]) -> None:
    """CloudFormation would refuse a dangling reference."""
    text = json.dumps(rendered)
    assert [each.name for each in OMITTED if not each.member and each.resource in text] == []


def test_rendering_leaves_the_template_unchanged() -> None:
    """The original may be deployed later."""
    before = json.dumps(TEMPLATE)
    render(TEMPLATE)
    assert json.dumps(TEMPLATE) == before


def test_rendering_is_written_beside_the_built_template(tmp_path: Path) -> None:
    """Paths to the function's code are relative to the template."""
    built = tmp_path / "template.yaml"
    built.write_text(yaml.safe_dump(TEMPLATE))
    written = render_file(built)
    assert written.parent == tmp_path
    assert yaml.safe_load(written.read_text()) == render(TEMPLATE)


@pytest.mark.parametrize(
    "text",
    ["\n".join(NOT_PROVED), (ROOT / "docs" / "how-to" / "rehearsal.md").read_text(encoding="utf-8")],
    ids=["end", "page"],
)
def test_omitted_parts_are_listed_as_not_proved(text: str) -> None:
    """The end of a rehearsal and the page about it name each part."""
    assert [each.name for each in OMITTED if each.name not in text] == []
