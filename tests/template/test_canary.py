"""The canary: its schedule, its recognition by the function, and the alarm on its absence."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

Template = dict[str, Any]

EXECUTION_ID = "<aws.scheduler.execution-id>"
"""Source: "Adding context attributes" in the EventBridge Scheduler User Guide."""

CONDITIONAL = {"CanaryAlarm", "CanaryRole", "CanaryRule", "CanarySchedule"}
UNITS = {"minute": 60, "minutes": 60, "hour": 3600}


@pytest.fixture(scope="module")
def target(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]["CanarySchedule"]["Properties"]["Target"]
    return found


@pytest.fixture(scope="module")
def request_of_schedule(target: dict[str, Any]) -> dict[str, Any]:
    """The request that EventBridge Scheduler makes."""
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:delay"
    text = target["Input"]["Fn::Sub"].replace("${DelayStateMachine}", machine)
    request: dict[str, Any] = json.loads(text.replace(EXECUTION_ID, "d32c5kddcf5bb8c3"))
    return request


def rate_seconds(expression: str) -> int:
    """Return the seconds of `rate(5 minutes)`."""
    found = re.fullmatch(r"rate\((\d+) (\w+)\)", expression)
    assert found is not None
    return int(found[1]) * UNITS[found[2]]


def test_schedule_starts_an_execution(target: dict[str, Any], request_of_schedule: dict[str, Any]) -> None:
    """On the alias, as clients do, by a request that the API accepts."""
    assert target["Arn"] == {"Fn::Sub": "arn:${AWS::Partition}:scheduler:::aws-sdk:sfn:startExecution"}
    model = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"), "stepfunctions")
    lower = {name[0].lower() + name[1:]: value for name, value in request_of_schedule.items()}
    shape: Any = model.operation_model("StartExecution").input_shape
    validate_parameters(lower, shape)
    assert lower["stateMachineArn"].endswith(":live")
    assert len(lower["name"]) <= 80


def test_function_recognises_what_the_schedule_starts(
    request_of_schedule: dict[str, Any], canary: dict[str, Any]
) -> None:
    """Its event is the input. Its name begins with the same mark, for the rules."""
    event = json.loads(request_of_schedule["Input"])
    assert canary["is_canary"](event)
    assert request_of_schedule["Name"].startswith(f"{canary['MARK']}-")


def test_canary_waits_for_some_seconds(request_of_schedule: dict[str, Any]) -> None:
    """It proves the wait too, and three of them end within the patience of the alarm."""
    assert 1 <= json.loads(request_of_schedule["Input"])["expirydate"] <= 30


def test_parts_of_the_canary_can_be_left_out(template: Template, rendered: Callable[..., Template]) -> None:
    """With CanaryMinutes=0. At the default, a month costs about 60 cents: docs/why/cost.md."""
    found = {name for name, body in template["Resources"].items() if body.get("Condition") == "HasCanary"}
    assert found == CONDITIONAL
    conditions = rendered()["Conditions"]
    assert conditions["HasCanary"] == {
        "Fn::And": [
            {"Condition": "AnswersCanary"},
            {"Fn::Not": [{"Fn::Equals": [{"Ref": "CanaryMinutes"}, 0]}]},
        ]
    }
    assert template["Parameters"]["CanaryMinutes"]["Default"] == 5


def test_existing_function_gets_a_canary_only_if_it_answers_one(template: Template) -> None:
    """Its work must not see it."""
    assert template["Conditions"]["AnswersCanary"] == {
        "Fn::Or": [
            {"Condition": "HasOwnFunction"},
            {"Fn::Equals": [{"Ref": "FunctionAnswersCanary"}, "true"]},
        ]
    }
    assert template["Parameters"]["FunctionAnswersCanary"]["Default"] == "false"


def test_alarm_waits_for_three_canaries(template: Template) -> None:
    """EventBridge may lose the event of one; every allowed number of minutes has its rate."""
    canaries = template["Mappings"]["Canaries"]
    allowed = template["Parameters"]["CanaryMinutes"]["AllowedValues"]
    assert list(canaries) == [str(minutes) for minutes in allowed]
    for minutes, canary in canaries.items():
        seconds = rate_seconds(canary["Rate"])
        assert canary["Patience"] == 3 * seconds
        assert minutes in {"0", str(timedelta(seconds=seconds) // timedelta(minutes=1))}


def test_alarm_counts_succeeded_canaries_of_this_stack(template: Template, canary: dict[str, Any]) -> None:
    """By a metric of EventBridge, which costs nothing and needs nothing of the function."""
    detail = template["Resources"]["CanaryRule"]["Properties"]["EventPattern"]["detail"]
    assert detail == {
        "status": ["SUCCEEDED"],
        "stateMachineArn": [{"Ref": "DelayStateMachine"}],
        "name": [{"prefix": f"{canary['MARK']}-"}],
    }
    alarm = template["Resources"]["CanaryAlarm"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": "CanaryRule"}}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")
