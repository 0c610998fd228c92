"""A computer whose clock is wrong: tasks are due at their times by the clock of Step Functions."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from delay import Delay, DuplicateKey, InvalidDueTime, Request, SystemClock
from stepfunctions_local.testing import LocalStepFunctions

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
WRONG = [-3 * HOUR, 3 * HOUR, timedelta(days=-400)]


class WrongClock(SystemClock):
    """A clock that differs from the right one."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """Return the wrong time."""
        return super().now() + self._ahead


@pytest.fixture(scope="module")
def local(project: Path) -> Iterator[LocalStepFunctions]:
    with LocalStepFunctions(project) as local:
        local.skip(timedelta(days=30))  # its time is its own
        yield local


@pytest.fixture(params=WRONG, ids=str)
def delay(local: LocalStepFunctions, request: pytest.FixtureRequest) -> Delay:
    arn = local.state_machine_arns["DelayStateMachine"]
    return Delay(arn, local.client, clock=WrongClock(request.param))


def is_due(actual: datetime, wanted: datetime) -> bool:
    """Whether a task is due at a time: never early, and late by the resolution of dates at most."""
    return timedelta(0) <= actual - wanted < 60 * SECOND


def test_first_task_is_due_at_its_time(
    delay: Delay, local: LocalStepFunctions, caplog: pytest.LogCaptureFixture
) -> None:
    """The clock is compared before it is scheduled, which starts nothing else."""
    at = local.now + 2 * HOUR
    before = len(list(delay.list()))
    task = delay.schedule({}, at=at, key=str(uuid4()))
    assert is_due(task.due, at)
    assert len(list(delay.list())) == before + 1
    assert is_due(delay.reschedule(task, at=at + HOUR).due, at + HOUR)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_delay_is_the_same_by_any_clock(delay: Delay, local: LocalStepFunctions) -> None:
    """That it is wrong is found out by the first answer, and the next delay is no other."""
    for _ in range(2):
        began = local.now
        task = delay.schedule({}, after=2 * HOUR)
        assert is_due(task.due, began + 2 * HOUR)
        assert is_due(delay.reschedule(task, after=3 * HOUR).due, began + 3 * HOUR)


def test_past_is_the_past_of_step_functions(delay: Delay, local: LocalStepFunctions) -> None:
    """A time that has passed there is refused, and one ahead is not."""
    with pytest.raises(InvalidDueTime, match="passed 59m 5"):
        delay.schedule({}, at=local.now - HOUR + 5 * SECOND)
    assert delay.schedule({}, at=local.now + HOUR).due > local.now


def test_same_task_is_found_again(delay: Delay, local: LocalStepFunctions) -> None:
    """Its due time is compared by the clock of Step Functions, whichever clock scheduled it."""
    at = local.now + 2 * HOUR
    key = str(uuid4())
    task = delay.schedule({}, at=at, key=key)
    assert delay.schedule({}, at=at, key=key) == task
    with pytest.raises(DuplicateKey, match="it is due"):
        delay.schedule({}, at=at + HOUR, key=key)
    other = Delay(delay.arn, local.client, clock=WrongClock(timedelta(0)))
    assert other.schedule({}, at=at, key=key) == task


def test_many_tasks_are_due_at_their_times(delay: Delay, local: LocalStepFunctions) -> None:
    """The clock is compared once for all of them."""
    sent: list[str] = []

    def note(params: Any, **_: object) -> None:
        sent.append(params["name"])

    at = local.now + 2 * HOUR
    event = "provide-client-params.sfn.StartExecution"
    local.client.meta.events.register(event, note)
    try:
        results = list(delay.schedule_many(Request({}, at=at) for _ in range(20)))
    finally:
        local.client.meta.events.unregister(event, note)
    assert all(is_due(result.require().due, at) for result in results)
    assert len(sent) == 21
