"""Where failed tasks go: the rule, the queue, and the message in it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

Template = dict[str, Any]

FOURTEEN_DAYS_SECONDS = 14 * 86_400
MEMBERS = ["executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "error", "cause"]


@pytest.fixture(scope="module")
def rule(template: Template) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"]["FailureRule"]["Properties"]
    return properties


@pytest.fixture(scope="module")
def target(rule: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = rule["Targets"]
    return found


def transformed(transformer: dict[str, Any], event: dict[str, Any]) -> str:
    """Fill in the template: a value that stands by itself is written as JSON ("Input transformation")."""

    def value(found: re.Match[str]) -> str:
        node: Any = event
        for step in transformer["InputPathsMap"][found[1]].removeprefix("$.").split("."):
            node = node[step]
        return json.dumps(node)

    return re.sub(r"<(\w+)>", value, transformer["InputTemplate"])


def test_failures_are_the_executions_that_failed_or_timed_out(rule: dict[str, Any]) -> None:
    """Of this state machine alone; a stop is somebody's wish."""
    assert rule["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "TIMED_OUT"], "stateMachineArn": [{"Ref": "DelayStateMachine"}]},
    }


@given(cause=st.text(), error=st.none() | st.text())
def test_the_message_is_json_whatever_the_cause_says(
    target: dict[str, Any], cause: str, error: str | None
) -> None:
    """The cause of a failed call is JSON itself, with quotes and line breaks; a time-out has no error."""
    detail = dict.fromkeys(MEMBERS, "text") | {"cause": cause, "error": error, "input": "private"}
    message = json.loads(transformed(target["InputTransformer"], {"detail": detail}))
    assert message == {name: value for name, value in detail.items() if name != "input"}


def test_no_payload_gets_into_the_queue(target: dict[str, Any]) -> None:
    """The message has these members, and neither input nor output."""
    paths = target["InputTransformer"]["InputPathsMap"]
    assert paths == {name: f"$.detail.{name}" for name in MEMBERS}


def test_an_event_that_cannot_be_written_so_is_not_lost(target: dict[str, Any]) -> None:
    """It comes into the same queue as it is."""
    assert (
        target["DeadLetterConfig"] == {"Arn": target["Arn"]} == {"Arn": {"Fn::GetAtt": "DeadLetterQueue.Arn"}}
    )


def test_the_queue_keeps_a_failure_as_long_as_it_can_be_redriven(template: Template) -> None:
    """14 days, the most that SQS has."""
    queue = template["Resources"]["DeadLetterQueue"]["Properties"]
    assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS_SECONDS


def test_the_queue_is_encrypted_with_a_key_or_without(template: Template) -> None:
    """By SQS itself where there is no key; both at once it would refuse."""
    queue = template["Resources"]["DeadLetterQueue"]["Properties"]
    assert queue["SqsManagedSseEnabled"] == {"Fn::If": ["HasKey", {"Ref": "AWS::NoValue"}, True]}
    assert queue["KmsMasterKeyId"] == {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


def test_only_the_rule_writes_to_the_queue(template: Template) -> None:
    """EventBridge acts for many rules; it may send for this one."""
    (statement,) = template["Resources"]["DeadLetterQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": "DeadLetterQueue.Arn"},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": "FailureRule.Arn"}}},
    }
