"""Waiting for a task's end, without asking hard."""

from datetime import timedelta

import pytest

from delay import Delay, NoSuchTask, Status, StillOpen, Task
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK, client, scheduled


def test_the_task_is_returned_once_it_has_ended(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Soon after its due time, with its output."""
    task = scheduled(sfn)
    assert delay.wait(task).output == {"did": 1}
    assert task.due is not None
    assert sfn.clock.now() - task.due <= timedelta(seconds=1)


def test_a_week_takes_few_questions(delay: Delay, sfn: FakeStepFunctions) -> None:
    """At most one an hour, a few more towards the end; each is two calls."""
    scheduled(sfn)
    sfn.requests.clear()
    delay.wait("order")
    assert len(sfn.requests) / 2 < 7 * 24 + 70


def test_a_call_that_takes_long_is_asked_for_ever_more_slowly() -> None:
    """Every ten seconds in the end."""
    sfn = FakeStepFunctions(call_duration=timedelta(minutes=15))
    scheduled(sfn, timedelta(0))
    sfn.requests.clear()
    assert client(sfn).wait("order").status is Status.SUCCEEDED
    assert len(sfn.requests) / 2 < 15 * 6 + 15


def test_a_task_that_is_moved_or_cancelled_meanwhile_is_noticed(delay: Delay, sfn: FakeStepFunctions) -> None:
    """After an hour at most."""
    scheduled(sfn)
    changes = iter([lambda: delay.reschedule("order", after=2 * HOUR), lambda: delay.cancel("order")])

    def change(_task: Task) -> None:
        next(changes, lambda: None)()

    began = sfn.clock.now()
    assert delay.wait("order", watch=change).status is Status.CANCELLED
    assert sfn.clock.now() - began <= 2 * HOUR


def test_a_timeout_ends_the_waiting_on_time(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The task goes on waiting."""
    scheduled(sfn)
    began = sfn.clock.now()
    with pytest.raises(StillOpen, match=r"has not ended within 1:00:00: it is WAITING"):
        delay.wait("order", timeout=HOUR)
    assert sfn.clock.now() - began == HOUR
    with pytest.raises(TimeoutError):
        delay.wait("order", timeout=timedelta(0))


def test_an_ended_task_is_not_waited_for(delay: Delay, sfn: FakeStepFunctions) -> None:
    """However it ended."""
    scheduled(sfn)
    delay.cancel("order")
    began = sfn.clock.now()
    assert delay.wait("order", timeout=timedelta(0)).status is Status.CANCELLED
    assert sfn.clock.now() == began


def test_there_must_be_a_task(delay: Delay) -> None:
    """By that key."""
    with pytest.raises(NoSuchTask):
        delay.wait("order", WEEK)
