"""Parameters of integrations are held against AWS's model of the operation."""

from typing import Any

import pytest

from stepfunctions_local.language import Integration
from stepfunctions_local.language.operation import find_faults

UNSUPPORTED = "The field '{}' is not supported by Step Functions"
MISSING = "The field '{}' is required but was missing"
KEY = {"TableName": "orders", "Key": {"id": {"S": "42"}}}
MACHINE = {"StateMachineArn": "m"}
MESSAGE = {"QueueUrl": "u", "MessageBody": "b"}


def must_be(field: str, kind: str) -> str:
    return f"The value for the field '{field}' must be {kind}"


def bad_form(field: str) -> str:
    return f"The value of the field '{field}' has an invalid format"


def integration(name: str) -> Integration:
    """An integration by its service and action."""
    service, _, action = name.partition(":")
    return Integration("", service, action)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lambda:invoke", {"FunctionName": "f"}),
        ("lambda:invoke", {"FunctionName": "f", "Payload": {"any": [1]}, "Qualifier": None}),
        ("sqs:sendMessage", {"QueueUrl": "u", "MessageBody": {"a": 1}, "DelaySeconds": 5}),
        ("sqs:sendMessage", {"QueueUrl": "u", "MessageBody": None}),
        ("sns:publish", {"TopicArn": "t", "Message": ["a"], "MessageAttributes": {}}),
        ("states:startExecution", {"StateMachineArn": "m", "Input": {"expirydate": 5}, "Name": "n"}),
        ("events:putEvents", {"Entries": [{"Detail": {}, "Source": "s", "Time": "2026-11-24T09:30:00Z"}]}),
        ("dynamodb:getItem", KEY | {"ConsistentRead": True}),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"a": {"L": [{"M": {"b": {"BOOL": False}}}]}}}),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"a": {"B": "aGVsbG8="}}}),
    ],
)
def test_parameters_that_the_service_knows_are_good(name: str, parameters: dict[str, Any]) -> None:
    """JSON where the service takes text; null counts as given, and is left to the service to miss."""
    assert find_faults(integration(name), parameters) == []


@pytest.mark.parametrize(
    ("name", "parameters", "fault"),
    [
        ("lambda:invoke", {}, MISSING.format("FunctionName")),
        ("sqs:sendMessage", MESSAGE | {"Nope": 1}, UNSUPPORTED.format("Nope")),
        ("states:startExecution", MACHINE | {"input": "{}"}, UNSUPPORTED.format("input")),
        ("dynamodb:getItem", KEY | {"Key": {"id": {"X": "1"}}}, UNSUPPORTED.format("X")),
        ("sqs:sendMessage", MESSAGE | {"MessageAttributes": {"a": {}}}, MISSING.format("DataType")),
        ("lambda:invoke", {"FunctionName": "f", "Payload": 1}, must_be("Payload", "a STRING")),
        ("dynamodb:getItem", KEY | {"TableName": {}}, must_be("TableName", "a STRING")),
        ("dynamodb:getItem", KEY | {"ConsistentRead": 1}, must_be("ConsistentRead", "a BOOLEAN")),
        ("dynamodb:getItem", KEY | {"Key": {"id": {"N": 42}}}, must_be("N", "a STRING")),
        ("dynamodb:getItem", KEY | {"Key": {"id": {"B": "é"}}}, bad_form("B")),
        ("sqs:sendMessage", MESSAGE | {"DelaySeconds": True}, must_be("DelaySeconds", "a NUMBER")),
        ("events:putEvents", {"Entries": {}}, must_be("Entries", "an ARRAY")),
        ("events:putEvents", {"Entries": [{"Time": "noon"}]}, bad_form("Time")),
        ("events:putEvents", {"Entries": [5]}, must_be("Entries", "an OBJECT")),
    ],
)
def test_what_keeps_parameters_from_being_sent_is_told(
    name: str, parameters: dict[str, Any], fault: str
) -> None:
    """At any depth."""
    assert find_faults(integration(name), parameters) == [fault]


def test_all_faults_are_told() -> None:
    """What is unknown, then what is missing."""
    found = find_faults(integration("sqs:sendMessage"), {"B": 1, "A": 2})
    assert found == [*map(UNSUPPORTED.format, "AB"), *map(MISSING.format, ["MessageBody", "QueueUrl"])]


def test_what_a_template_computes_is_looked_at_later() -> None:
    """Names are known when the state machine is created; values behind `.$` or in `{% %}` are not."""
    template: dict[str, Any] = {
        "TableName.$": "$.table",
        "Key": {"id": {"N.$": "$.id"}, "sort": "{% $key %}"},
        "ConsistentRead": "{% true %}",
        "Nope.$": "$",
    }
    found = find_faults(integration("dynamodb:getItem"), template, template=True)
    assert found == [UNSUPPORTED.format("Nope")]
