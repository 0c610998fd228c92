"""The path of failed tasks: the rule, the queue, and its messages."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.reconcile import LOOK_BACK, STATUSES, Window

Template = dict[str, Any]

FOURTEEN_DAYS_SECONDS = 14 * 86_400
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""Source: "Adding context attributes" in the EventBridge Scheduler User Guide."""

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


def fill_in(transformer: dict[str, Any], event: dict[str, Any]) -> str:
    """Fill in the template: a value outside quotes is written as JSON ("Input transformation")."""

    def value(found: re.Match[str]) -> str:
        node: Any = event
        for step in transformer["InputPathsMap"][found[1]].removeprefix("$.").split("."):
            node = node[step]
        return json.dumps(node)

    return re.sub(r"<(\w+)>", value, transformer["InputTemplate"])


def test_rule_matches_executions_that_failed_or_timed_out(
    rule: dict[str, Any], canary: dict[str, Any]
) -> None:
    """It matches this state machine only.

    Stopped executions are left out, because a stop is intended, and canaries, which have no work to redrive.
    """
    assert rule["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["FAILED", "TIMED_OUT"],
            "stateMachineArn": [{"Ref": "DelayStateMachine"}],
            "name": [{"anything-but": {"prefix": f"{canary['MARK']}-"}}],
        },
    }


def test_reconciliation_looks_for_what_the_rule_matches(
    template: Template, rule: dict[str, Any], canary: dict[str, Any]
) -> None:
    """The same statuses, the same state machine, no canaries; it sends to the queue of the rule."""
    assert rule["EventPattern"]["detail"]["status"] == list(STATUSES)
    function = template["Resources"]["ReconciliationFunction"]["Properties"]
    variables = function["Environment"]["Variables"]
    assert variables["STATE_MACHINE_ARN"] == {"Ref": "DelayStateMachine"}
    assert variables["QUEUE_URL"] == {"Ref": "DeadLetterQueue"}
    assert variables["CANARY_PREFIX"] == f"{canary['MARK']}-"


def test_reconciliation_runs_more_often_than_its_window_is_long(template: Template) -> None:
    """So that a missed look loses nothing. A late call looks at the hours of its schedule."""
    schedule = template["Resources"]["ReconciliationSchedule"]["Properties"]
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    assert timedelta(hours=1) * 4 <= LOOK_BACK
    event = json.loads(schedule["Target"]["Input"].replace(SCHEDULED_TIME, "2026-11-24T12:00:00Z"))
    window = Window.of(event, datetime(2026, 11, 25, tzinfo=UTC))
    assert window.until == datetime(2026, 11, 24, 11, tzinfo=UTC)


@given(cause=st.text(), error=st.none() | st.text())
def test_message_is_json_for_any_cause(target: dict[str, Any], cause: str, error: str | None) -> None:
    """The cause of a failed call is itself JSON with quotes and line breaks; a time-out has no error."""
    detail = dict.fromkeys(MEMBERS, "text") | {"cause": cause, "error": error, "input": "private"}
    message = json.loads(fill_in(target["InputTransformer"], {"detail": detail}))
    assert message == {name: value for name, value in detail.items() if name != "input"}


def test_message_has_no_payload(target: dict[str, Any]) -> None:
    """It has these members, and neither input nor output."""
    paths = target["InputTransformer"]["InputPathsMap"]
    assert paths == {name: f"$.detail.{name}" for name in MEMBERS}


def test_event_outside_the_template_is_not_lost(target: dict[str, Any]) -> None:
    """EventBridge delivers the original event to the same queue."""
    assert (
        target["DeadLetterConfig"] == {"Arn": target["Arn"]} == {"Arn": {"Fn::GetAtt": "DeadLetterQueue.Arn"}}
    )


def test_queue_keeps_a_failure_as_long_as_it_can_be_redriven(template: Template) -> None:
    """That is 14 days, the maximum of SQS."""
    queue = template["Resources"]["DeadLetterQueue"]["Properties"]
    assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS_SECONDS


def test_queue_is_encrypted_with_or_without_a_key(template: Template) -> None:
    """SQS encrypts it if there is no key. It rejects both settings at once."""
    queue = template["Resources"]["DeadLetterQueue"]["Properties"]
    assert queue["SqsManagedSseEnabled"] == {"Fn::If": ["HasKey", {"Ref": "AWS::NoValue"}, True]}
    assert queue["KmsMasterKeyId"] == {"Fn::If": ["HasKey", {"Ref": "KmsKeyArn"}, {"Ref": "AWS::NoValue"}]}


def test_only_the_rule_may_write_to_the_queue(template: Template) -> None:
    """EventBridge acts for many rules, and may send messages for this one."""
    (statement,) = template["Resources"]["DeadLetterQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": "DeadLetterQueue.Arn"},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": "FailureRule.Arn"}}},
    }
