"""Types: a type checker accepts correct calls alone, and knows that a scheduled task has a due time.

`make types` checks this file: an ignored error that does not occur is an error itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, assert_type

import pytest

from delay import Delay, InvalidDueTime, InvalidPayload, Request, ScheduledTask, Status, Task
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, KEY, WEEK, schedule_task


def test_scheduled_task_has_a_due_time(delay: Delay, sfn: FakeStepFunctions) -> None:
    """So has a rescheduled one, and every task of which the due time is known."""
    task = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    assert_type(task, ScheduledTask)
    assert_type(task.due, datetime)
    assert_type(task.payload, Mapping[str, Any])
    assert task.due == sfn.clock.now() + WEEK
    assert_type(delay.schedule({"a": 1}, at=task.due, key=KEY, allow_past=True).due, datetime)
    assert_type(delay.reschedule(KEY, after=HOUR).due, datetime)
    assert_type(delay.reschedule(KEY, at=task.due).due, datetime)
    found = delay.get(KEY)
    assert_type(found, Task)
    assert isinstance(found, ScheduledTask)
    assert found.due == task.due


def test_task_in_a_listing_has_a_due_time_if_asked(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Without due times, a listing has tasks of unknown due time."""
    schedule_task(sfn)
    (task,) = delay.list()
    assert_type(task.due, datetime | None)
    assert (type(task), task.status, task.due) == (Task, Status.OPEN, None)
    assert [type(each) for each in delay.list(due=True)] == [ScheduledTask]


def test_either_after_or_at_is_required(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Neither and both are refused by the type checker, and before any call."""
    now = sfn.clock.now()
    with pytest.raises(InvalidDueTime):
        delay.schedule({})  # type: ignore[call-overload]
    with pytest.raises(InvalidDueTime):
        delay.schedule({}, after=HOUR, at=now)  # type: ignore[call-overload]
    with pytest.raises(InvalidDueTime):
        delay.reschedule(KEY)  # type: ignore[call-overload]
    with pytest.raises(InvalidDueTime):
        delay.reschedule(KEY, after=HOUR, at=now)  # type: ignore[call-overload]
    neither = Request({})  # type: ignore[call-overload]
    both = Request({}, after=HOUR, at=now)  # type: ignore[call-overload]
    errors = [type(result.error) for result in delay.schedule_many([neither, both])]
    assert errors == [InvalidDueTime, InvalidDueTime]
    assert sfn.requests == []


def test_past_is_allowed_for_a_time_alone(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A delay cannot have passed."""
    past = sfn.clock.now() - HOUR
    assert delay.schedule({}, at=past, allow_past=True).due == sfn.clock.now()
    delay.schedule({}, after=HOUR, allow_past=True)  # type: ignore[call-overload]
    Request({}, HOUR, allow_past=True)  # type: ignore[call-overload]


def test_result_is_required(delay: Delay) -> None:
    """A result returns its task, or raises its error."""
    results = list(delay.schedule_many([Request({"a": 1}, after=timedelta(days=1), key=KEY)]))
    assert_type(results[0].require(), ScheduledTask)
    assert results[0].require().key == KEY
    (failed,) = delay.schedule_many([Request({"expirydate": 1}, after=HOUR)])
    with pytest.raises(InvalidPayload):
        failed.require()
