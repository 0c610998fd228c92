"""Waiting for a task's end with few calls."""

from datetime import timedelta

import pytest

from delay import Delay, NoSuchTask, Status, StillOpen, Task
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK, client, schedule_task


def test_ended_task_is_returned(delay: Delay, sfn: FakeStepFunctions) -> None:
    """That is soon after its due time, with its output."""
    task = schedule_task(sfn)
    assert delay.wait(task).output == {"did": 1}
    assert task.due is not None
    assert sfn.clock.now() - task.due <= timedelta(seconds=1)


def test_waiting_for_a_week_takes_few_calls(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It polls once an hour at most, a little more often near the end. Each poll takes two calls."""
    schedule_task(sfn)
    sfn.requests.clear()
    delay.wait("order")
    assert len(sfn.requests) / 2 < 7 * 24 + 70


def test_long_call_is_polled_less_and_less_often() -> None:
    """In the end it is polled every ten seconds."""
    sfn = FakeStepFunctions(call_duration=timedelta(minutes=15))
    schedule_task(sfn, timedelta(0))
    sfn.requests.clear()
    assert client(sfn).wait("order").status is Status.SUCCEEDED
    assert len(sfn.requests) / 2 < 15 * 6 + 15


def test_reschedule_and_cancellation_are_noticed(delay: Delay, sfn: FakeStepFunctions) -> None:
    """That takes an hour at most."""
    schedule_task(sfn)
    changes = iter([lambda: delay.reschedule("order", after=2 * HOUR), lambda: delay.cancel("order")])

    def change(_task: Task) -> None:
        next(changes, lambda: None)()

    began = sfn.clock.now()
    assert delay.wait("order", watch=change).status is Status.CANCELLED
    assert sfn.clock.now() - began <= 2 * HOUR


def test_timeout_ends_the_wait_on_time(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The task itself keeps waiting."""
    schedule_task(sfn)
    began = sfn.clock.now()
    with pytest.raises(StillOpen, match=r"has not ended within 1h: it is WAITING"):
        delay.wait("order", timeout=HOUR)
    assert sfn.clock.now() - began == HOUR
    with pytest.raises(TimeoutError):
        delay.wait("order", timeout=timedelta(0))


def test_ended_task_is_returned_without_waiting(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A cancelled task has ended too."""
    schedule_task(sfn)
    delay.cancel("order")
    began = sfn.clock.now()
    assert delay.wait("order", timeout=timedelta(0)).status is Status.CANCELLED
    assert sfn.clock.now() == began


def test_missing_task_cannot_be_awaited(delay: Delay) -> None:
    """No execution has the key as its name."""
    with pytest.raises(NoSuchTask):
        delay.wait("order", WEEK)
