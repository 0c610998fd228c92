"""The attempts of a task: a task that is RUNNING may have failed several times."""

from datetime import timedelta
from typing import Any

import pytest

from delay import Delay, Status
from delay.executions.attempts import Attempts, count_attempts
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, KEY, client, schedule_task


def event(kind: str, **details: Any) -> dict[str, Any]:
    """Return an event of a history."""
    return {"type": kind, f"{kind[0].lower()}{kind[1:]}EventDetails": details}


RETRIED = [
    event("ExecutionStarted", input="{}"),
    event("TaskScheduled", parameters="{}"),
    event("TaskFailed", error="TryAgain", cause="not paid"),
    event("TaskScheduled", parameters="{}"),
    event("TaskTimedOut", error="States.Timeout"),
    event("TaskScheduled", parameters="{}"),
]


def test_last_error_is_that_of_the_last_failed_call() -> None:
    """The call in progress has none yet."""
    assert count_attempts(RETRIED[:1]) == Attempts()
    assert count_attempts(RETRIED[:2]) == Attempts(1)
    assert count_attempts(RETRIED[:4]) == Attempts(2, "TryAgain", "not paid")
    assert count_attempts(RETRIED) == Attempts(3, "States.Timeout")


@pytest.mark.parametrize("kind", ["LambdaFunctionFailed", "LambdaFunctionScheduleFailed", "TaskSubmitFailed"])
def test_every_kind_of_failed_call_has_an_error(kind: str) -> None:
    """A definition may call a function without the integration."""
    events = [event("LambdaFunctionScheduled"), event(kind, error="E", cause="C")]
    assert count_attempts(events) == Attempts(1, "E", "C")


def test_waiting_task_has_no_attempt(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its history is not read, and without being asked nothing is."""
    schedule_task(sfn)
    assert delay.get(KEY).attempts is None
    assert delay.get(KEY, attempts=True).attempts == 0
    assert "get_execution_history" not in sfn.requests


def test_running_task_has_its_attempts_and_last_error() -> None:
    """Here it was redriven after its first call had failed. A failed one keeps its own error."""

    def fail(event: dict[str, Any], _context: object) -> None:
        raise KeyError(event["a"])

    sfn = FakeStepFunctions(fail, call_duration=timedelta(minutes=1))
    schedule_task(sfn, HOUR)
    sfn.clock.forward(2 * HOUR)
    failed = client(sfn).get(KEY, attempts=True)
    assert (failed.status, failed.attempts, failed.error) == (Status.FAILED, 1, "KeyError")
    client(sfn).redrive(KEY)
    running = client(sfn).get(KEY, attempts=True)
    assert (running.status, running.attempts, running.error) == (Status.RUNNING, 2, "KeyError")
    assert client(sfn).get(KEY).error is None


def test_redriven_task_is_listed_by_its_redrive() -> None:
    """It comes before tasks that were started after it. Source: ListExecutions in the API Reference."""
    sfn = FakeStepFunctions(lambda event, _: event["missing"], call_duration=HOUR)
    client(sfn).schedule({}, after=timedelta(0), key="failed")
    sfn.clock.forward(2 * HOUR)
    client(sfn).schedule({}, after=5 * HOUR, key="later")
    sfn.clock.forward(HOUR)
    client(sfn).redrive("failed")
    assert [task.key for task in client(sfn).list(Status.OPEN)] == ["failed", "later"]
