"""Mocked results are compared with AWS's models of the operations."""

from typing import Any

import pytest

from stepfunctions_local.inspection.api_result import find_result_fault

PREFIX = "Mock result schema validation error: "


@pytest.mark.parametrize(
    ("resource", "result", "fault"),
    [
        ("states:startExecution", {"ExecutionArn": "a", "StartDate": "b"}, None),
        ("states:startExecution", {}, "Required field 'ExecutionArn' is missing"),
        ("states:startExecution", {"ExecutionArn": "a"}, "Required field 'StartDate' is missing"),
        (
            "states:startExecution",
            {"ExecutionArn": None, "StartDate": "b"},
            "Required field 'ExecutionArn' is missing",
        ),
        ("states:startExecution.sync", {}, None),
        ("sqs:sendMessage.waitForTaskToken", 3, None),
        ("lambda:invoke", {"Payload": [1], "StatusCode": 200}, None),
        ("lambda:invoke", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
        ("aws-sdk:lambda:invoke", {"Payload": [1]}, "Field 'Payload' must be a string"),
        ("dynamodb:getItem", {"Item": {"id": {"S": "a"}, "n": {"BOOL": True}}}, None),
        ("dynamodb:getItem", {"Item": {"id": {"N": 1}}}, "Field 'N' must be a string"),
        ("dynamodb:getItem", {"Item": {"id": "a"}}, "Field 'id' must be an object"),
        ("dynamodb:getItem", {"Item": []}, "Field 'Item' must be an object"),
        ("aws-sdk:s3:getObject", {"DeleteMarker": 1}, "Field 'DeleteMarker' must be a boolean"),
        ("aws-sdk:s3:getObject", {"ContentLength": True}, "Field 'ContentLength' must be a number"),
        ("aws-sdk:sfn:describeStateMachine", {}, "Required field 'StateMachineArn' is missing"),
        ("aws-sdk:nope:nope", {"Nope": 1}, None),
        ("http:invoke", 1, None),
    ],
)
def test_the_first_fault_is_named(resource: str, result: Any, fault: str | None) -> None:
    """A field that the model does not have is accepted, and a result of another origin is not compared."""
    found = find_result_fault(f"arn:aws:states:::{resource}", result, strict=True)
    assert found == (fault and PREFIX + fault)


def test_a_lenient_comparison_asks_for_no_field() -> None:
    """It checks those that are there."""
    resource = "arn:aws:states:::states:startExecution"
    assert find_result_fault(resource, {}, strict=False) is None
    fault = f"{PREFIX}Field 'ExecutionArn' must be a string"
    assert find_result_fault(resource, {"ExecutionArn": 1}, strict=False) == fault


def test_a_response_is_an_object() -> None:
    """No service answers with anything else."""
    resource = "arn:aws:states:::sqs:sendMessage"
    assert find_result_fault(resource, [], strict=False) == "Mocked result must be a JSON object."
