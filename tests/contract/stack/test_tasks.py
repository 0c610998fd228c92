"""The life of tasks in the deployed application, in real time, with short waits only."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import boto3
import pytest

from delay import Delay, DuplicateKey, KeyUsedUp, NoSuchTask, NotRedrivable, Status, TooLate
from delay.executions.execution import CALL_EVENTS
from tests.acceptance.command import eventually
from tests.contract.stack.application import Application

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
LOG_PATIENCE_SECONDS = 120


def run_to_failure(application: Application, key: str, task_input: str) -> Mapping[str, Any]:
    """Start a task that fails at once, and return its description."""
    arn = application.start(key, task_input)
    assert application.delay.wait(key, timeout=MINUTE).status is Status.FAILED
    return application.sfn.describe_execution(executionArn=arn)


def test_due_task_calls_the_function(application: Application, delay: Delay, key: str) -> None:
    """Its history has one wait and one call."""
    delay.schedule({"a": 1233333}, after=SECOND, key=key)
    assert delay.wait(key, timeout=MINUTE).status is Status.SUCCEEDED
    assert application.event_types(key) == [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_no_task_is_called_early(delay: Delay, key: str) -> None:
    """The fraction of the second at which it was scheduled does not matter."""
    delay.schedule({}, after=2 * SECOND, key=key)
    task = delay.wait(key, timeout=MINUTE)
    (called,) = (event["timestamp"] for event in delay.history(key) if event["type"] in CALL_EVENTS)
    assert called >= task.due


def test_log_of_the_function_names_the_task(application: Application, delay: Delay, key: str) -> None:
    """The function has key and lateness from the client context."""
    if application.log_group is None:
        pytest.skip("only a stack has a log to look into: --stack-name NAME")
    delay.schedule({}, after=SECOND, key=key)
    delay.wait(key, timeout=MINUTE)
    logs, group = boto3.client("logs"), application.log_group
    pattern = f'{{ $.message = "Task is due" && $.task_key = "{key}" }}'

    def lines() -> list[Any]:
        return list(logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"])

    assert eventually(lambda: bool(lines()), seconds=LOG_PATIENCE_SECONDS)
    assert "lateness_seconds" in json.loads(lines()[0]["message"])


def test_same_task_again_returns_the_existing_task(delay: Delay, key: str) -> None:
    """A different task with the same key is a conflict."""
    task = delay.schedule({"a": 1}, after=WEEK, key=key)
    assert delay.schedule({"a": 1}, at=task.due, key=key).arn == task.arn
    with pytest.raises(DuplicateKey, match="its payload differs"):
        delay.schedule({"a": 2}, at=task.due, key=key)
    delay.cancel(key)


def test_cancelled_task_is_never_called(application: Application, delay: Delay, key: str) -> None:
    """Its history ends without a call, and its key is used up."""
    delay.schedule({}, after=WEEK, key=key)
    assert delay.cancel(key).status is Status.CANCELLED
    assert application.event_types(key) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
    with pytest.raises(KeyUsedUp):
        delay.schedule({}, after=WEEK, key=key)


def test_rescheduled_task_is_called_at_its_last_time(delay: Delay, key: str) -> None:
    """It keeps its payload."""
    delay.schedule({"a": 1}, after=WEEK, key=key)
    assert delay.reschedule(key, after=2 * SECOND).generation == 2
    task = delay.wait(key, timeout=MINUTE)
    assert (task.status, task.payload, task.generation) == (Status.SUCCEEDED, {"a": 1}, 2)


def test_called_task_can_be_neither_cancelled_nor_redriven(delay: Delay, key: str) -> None:
    """It has succeeded."""
    delay.schedule({}, after=timedelta(0), key=key)
    delay.wait(key, timeout=MINUTE)
    with pytest.raises(TooLate):
        delay.cancel(key)
    with pytest.raises(NotRedrivable):
        delay.redrive(key)


def test_missing_task_raises_no_such_task(delay: Delay, key: str) -> None:
    """No execution has the key as its name."""
    with pytest.raises(NoSuchTask):
        delay.get(key)


def test_open_task_is_listed(delay: Delay, key: str) -> None:
    """It may appear late: lists are eventually consistent."""
    delay.schedule({}, after=WEEK, key=key)
    assert eventually(lambda: key in {task.key for task in delay.list(Status.OPEN, prefix=key)})
    delay.cancel(key)


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (-1, "The SecondsPath parameter references a negative value: $.expirydate == -1"),
        (1.5, "The SecondsPath parameter cannot be parsed as a long value: $.expirydate == 1.5"),
    ],
)
def test_invalid_delay_fails_the_task(
    application: Application, key: str, seconds: float, message: str
) -> None:
    """The words were recorded from AWS."""
    described = run_to_failure(application, key, json.dumps({"expirydate": seconds}))
    assert described["error"] == "States.Runtime"
    assert message in described["cause"]


def test_input_without_a_delay_fails_the_task(application: Application, key: str) -> None:
    """The function is not called."""
    assert run_to_failure(application, key, '{"a": 1}')["error"] == "States.Runtime"
    assert not CALL_EVENTS & set(application.event_types(key))
