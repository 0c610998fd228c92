"""An existing function as the target: `FunctionArn` leaves out the stack's own function."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Template = dict[str, Any]

ARN = "arn:aws:lambda:us-east-1:123456789012:function:checkout:live"
OF_THE_OWN_FUNCTION = {
    "HelloWorldFunction",
    "HelloWorldFunctionLogGroup",
    "HelloWorldFunctionRole",
}
NAME = {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "FunctionArn"}]}]}


def refer_to(value: object, names: set[str]) -> Iterator[str]:
    """Yield the references to resources that remain if HasFunctionArn holds and HasOwnFunction does not."""
    if isinstance(value, list):
        for item in value:
            yield from refer_to(item, names)
    if not isinstance(value, dict):
        return
    if "Fn::If" in value:
        condition, then, otherwise = value["Fn::If"]
        absent = condition in {"HasOwnFunction", "HasIdempotencyTable", "HasTaskTable"}
        yield from refer_to(otherwise if absent else then, names)
        return
    if "Fn::GetAtt" in value:
        yield from {value["Fn::GetAtt"][0]} & names
    if value.get("Ref") in names:
        yield value["Ref"]
    for item in value.values():
        yield from refer_to(item, names)


def is_absent(body: dict[str, Any]) -> bool:
    """Whether a resource or an output is left out with FunctionArn."""
    return body.get("Condition") in {
        "HasOwnFunction",
        "HasIdempotencyTable",
        "HasKeyAndIdempotencyTable",
        "HasTaskTable",
    }


def test_own_function_and_its_belongings_are_left_out(template: Template) -> None:
    """Role and log are its own; the table is its records."""
    absent = {
        name
        for name, body in template["Resources"].items()
        if is_absent(body) and body["Condition"] != "HasTaskTable"
    }
    assert absent == OF_THE_OWN_FUNCTION | {"Idempotency", "IdempotencyAccess", "IdempotencyKeyAccess"}
    assert template["Conditions"]["HasIdempotencyTable"]["Fn::And"][0] == {"Condition": "HasOwnFunction"}


@pytest.mark.parametrize("called", ["version", "live"])
def test_nothing_that_remains_refers_to_the_own_function(
    rendered: Callable[..., Template], called: str
) -> None:
    """SAM's versions, aliases and deployment groups have its condition, too."""
    made = rendered(FunctionArn=ARN, CalledFunction=called, Release="Canary10Percent10Minutes")
    absent = {name for name, body in made["Resources"].items() if is_absent(body)}
    assert len(absent) > 6
    remains = [
        body for part in ("Resources", "Outputs") for body in made[part].values() if not is_absent(body)
    ]
    assert list(refer_to(remains, absent)) == []


@pytest.mark.parametrize("alarm", ["FunctionErrorsAlarm", "FunctionThrottlesAlarm", "FunctionDurationAlarm"])
def test_alarms_watch_the_existing_function(template: Template, alarm: str) -> None:
    """Its metrics have its name, without version or alias."""
    (dimension,) = template["Resources"][alarm]["Properties"]["Dimensions"]
    assert dimension["Value"] == {"Fn::If": ["HasFunctionArn", NAME, {"Ref": "HelloWorldFunction"}]}


def test_dashboard_shows_the_existing_function(template: Template) -> None:
    """Under the same graphs."""
    text, variables = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert "${FunctionName}" in text
    assert "HelloWorld" not in text
    assert variables["FunctionName"] == {"Fn::If": ["HasFunctionArn", NAME, {"Ref": "HelloWorldFunction"}]}


def test_outputs_name_the_existing_function(template: Template) -> None:
    """Its log is its owner's to know."""
    outputs = template["Outputs"]
    assert outputs["HelloWorldFunctionArn"]["Value"]["Fn::If"][:2] == [
        "HasFunctionArn",
        {"Ref": "FunctionArn"},
    ]
    assert outputs["HelloWorldFunctionName"]["Value"]["Fn::If"][:2] == ["HasFunctionArn", NAME]
    assert outputs["HelloWorldFunctionLogGroupName"]["Condition"] == "HasOwnFunction"


def test_another_function_gets_a_right_of_its_own(template: Template) -> None:
    """The policy is named after the function, so the right on the former one is retained."""
    policy = template["Resources"]["HelloWorldFunctionAccess"]
    assert policy["Properties"]["PolicyName"] == {
        "Fn::If": ["HasFunctionArn", NAME, {"Ref": "HelloWorldFunction"}]
    }
    assert (policy["DeletionPolicy"], policy["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_log_groups_say_what_they_are(template: Template) -> None:
    """A person sees their names in production; logical ids are the stack's own business."""
    names = [
        body["Properties"]["LogGroupName"]["Fn::Sub"].rpartition("-")[2]
        for body in template["Resources"].values()
        if body["Type"] == "AWS::Logs::LogGroup"
    ]
    assert names == [
        "DelayedTaskFunction",
        "DelayStateMachine",
        "ReconciliationFunction",
        "TableCallFunction",
        "TableDrainFunction",
        "TableSweepFunction",
    ]
