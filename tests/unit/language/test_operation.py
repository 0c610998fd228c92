"""Parameters of integrations are validated against AWS's model of the operation."""

from typing import Any

import pytest

from stepfunctions_local.language import Integration
from stepfunctions_local.language.attribute_value import to_attribute
from stepfunctions_local.language.decision import Json
from stepfunctions_local.language.operation import find_faults

UNSUPPORTED = "The field '{}' is not supported by Step Functions"
MISSING = "The field '{}' is required but was missing"
KEY = {"TableName": "orders", "Key": {"id": {"S": "42"}}}
MACHINE = {"StateMachineArn": "m"}
MESSAGE = {"QueueUrl": "u", "MessageBody": "b"}


def wrong_type(field: str, kind: str) -> str:
    return f"The value for the field '{field}' must be {kind}"


def invalid_format(field: str) -> str:
    return f"The value of the field '{field}' has an invalid format"


def make_integration(name: str) -> Integration:
    """Return an integration by its service and action."""
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
        (
            "dynamodb:putItem",
            {"TableName": "t", "Item": {"a": "x", "b": [1, {"c": None}], "d": {"M": {"e": 1}}}},
        ),
        ("dynamodb:getItem", KEY | {"Key": {"id": 42}}),
    ],
)
def test_parameters_of_the_service_are_valid(name: str, parameters: dict[str, Any]) -> None:
    """Text parameters take JSON. Null counts as present; the service itself will refuse it."""
    assert find_faults(make_integration(name), parameters) == []


@pytest.mark.parametrize(
    ("name", "parameters", "fault"),
    [
        ("lambda:invoke", {}, MISSING.format("FunctionName")),
        ("sqs:sendMessage", MESSAGE | {"Nope": 1}, UNSUPPORTED.format("Nope")),
        ("states:startExecution", MACHINE | {"input": "{}"}, UNSUPPORTED.format("input")),
        ("dynamodb:getItem", KEY | {"Key": {"id": ["a", {"x": {"N": 1}}]}}, wrong_type("N", "a STRING")),
        ("sqs:sendMessage", MESSAGE | {"MessageAttributes": {"a": {}}}, MISSING.format("DataType")),
        ("lambda:invoke", {"FunctionName": "f", "Payload": 1}, wrong_type("Payload", "a STRING")),
        ("dynamodb:getItem", KEY | {"TableName": {}}, wrong_type("TableName", "a STRING")),
        ("dynamodb:getItem", KEY | {"ConsistentRead": 1}, wrong_type("ConsistentRead", "a BOOLEAN")),
        ("dynamodb:getItem", KEY | {"Key": {"id": {"N": 42}}}, wrong_type("N", "a STRING")),
        ("dynamodb:getItem", KEY | {"Key": {"id": {"B": "é"}}}, invalid_format("B")),
        ("sqs:sendMessage", MESSAGE | {"DelaySeconds": True}, wrong_type("DelaySeconds", "a NUMBER")),
        ("events:putEvents", {"Entries": {}}, wrong_type("Entries", "an ARRAY")),
        ("events:putEvents", {"Entries": [{"Time": "noon"}]}, invalid_format("Time")),
        ("events:putEvents", {"Entries": [5]}, wrong_type("Entries", "an OBJECT")),
    ],
)
def test_an_invalid_parameter_is_a_fault(name: str, parameters: dict[str, Any], fault: str) -> None:
    """Faults are found at any depth."""
    assert find_faults(make_integration(name), parameters) == [fault]


@pytest.mark.parametrize(
    ("plain", "attribute"),
    [
        ("x", {"S": "x"}),
        ("", {"S": ""}),
        (42, {"N": "42"}),
        (-1.5, {"N": "-1.5"}),
        (True, {"BOOL": True}),
        (None, {"NULL": True}),
        ([], {"L": []}),
        ({}, {"M": {}}),
        (["a", [1], {"N": "2"}], {"L": [{"S": "a"}, {"L": [{"N": "1"}]}, {"N": "2"}]}),
        ({"a": {"b": False}, "S": "x"}, {"M": {"a": {"M": {"b": {"BOOL": False}}}, "S": {"S": "x"}}}),
        ({"S": "x"}, {"S": "x"}),
        ({"SS": ["x"]}, {"SS": ["x"]}),
        ({"M": {"a": 1, "b": {"L": ["c"]}}}, {"M": {"a": {"N": "1"}, "b": {"L": [{"S": "c"}]}}}),
    ],
)
def test_a_plain_value_becomes_an_attribute_value(plain: Json, attribute: Json) -> None:
    """Plain values and attribute values mix at any depth."""
    assert to_attribute(plain) == attribute


def test_all_faults_are_found() -> None:
    """Unknown fields come first, then missing ones."""
    found = find_faults(make_integration("sqs:sendMessage"), {"B": 1, "A": 2})
    assert found == [*map(UNSUPPORTED.format, "AB"), *map(MISSING.format, ["MessageBody", "QueueUrl"])]


def test_computed_values_of_a_template_are_not_validated() -> None:
    """Values of `.$` fields and `{% %}` strings are unknown when the state machine is created."""
    template: dict[str, Any] = {
        "TableName.$": "$.table",
        "Key": {"id": {"N.$": "$.id"}, "sort": "{% $key %}", "plain.$": "$.plain", "deep": {"x.$": "$.x"}},
        "ConsistentRead": "{% true %}",
        "Nope.$": "$",
    }
    found = find_faults(make_integration("dynamodb:getItem"), template, template=True)
    assert found == [UNSUPPORTED.format("Nope")]


@pytest.mark.parametrize(
    ("name", "value", "is_accepted"),
    [
        ("DryRun", "true", True),
        ("DryRun", "yes", False),
        ("DryRun", "1", False),
        ("MaxResults", "5", True),
        ("MaxResults", "true", False),
        ("MaxResults", "5.5", False),
    ],
)
def test_texts_of_booleans_and_numbers_are_accepted(name: str, value: str, *, is_accepted: bool) -> None:
    """Java reads them, and published definitions have them, for both kinds of integrations."""
    found = find_faults(Integration("", "aws-sdk:ec2", "describeInstances"), {name: value})
    assert (found == []) is is_accepted
    item: dict[str, Any] = {"TableName": "t", "Item": {"id": {"S": "a"}, "is_late": {"BOOL": "false"}}}
    assert find_faults(make_integration("dynamodb:putItem"), item) == []
