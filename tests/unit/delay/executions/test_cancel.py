"""Cancelling tasks, in time and too late."""

from datetime import timedelta

import pytest

from delay import Delay, NoSuchTask, Status, TooLate
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, WEEK

SECOND = timedelta(seconds=1)


def test_a_cancelled_task_is_never_called(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It says when it was cancelled, and by what."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    sfn.clock.forward(HOUR)
    task = delay.cancel("order")
    assert (task.status, task.ended, task.error) == (Status.CANCELLED, sfn.clock.now(), "Delay.Cancelled")
    assert task.cause
    sfn.clock.forward(WEEK)
    assert not sfn.calls
    assert delay.get("order").status is Status.CANCELLED


def test_a_task_can_be_given_in_place_of_its_key(delay: Delay) -> None:
    """As `schedule` returned it."""
    assert delay.cancel(delay.schedule({"a": 1}, after=WEEK)).status is Status.CANCELLED


def test_cancelling_twice_is_cancelling_once(delay: Delay) -> None:
    """The second time changes nothing."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    assert delay.cancel("order") == delay.cancel("order")


def test_a_task_that_was_called_is_not_cancelled(delay: Delay, sfn: FakeStepFunctions) -> None:
    """And stays as it ended."""
    delay.schedule({"a": 1}, after=HOUR, key="order")
    sfn.clock.forward(HOUR)
    with pytest.raises(TooLate, match=r"has ended\. It is SUCCEEDED"):
        delay.cancel("order")
    assert delay.get("order").status is Status.SUCCEEDED


def test_a_task_that_runs_is_left_alone() -> None:
    """Its function goes on, and its answer is kept."""
    sfn = FakeStepFunctions(lambda _event, _context: "done", call_duration=timedelta(seconds=20))
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    delay.schedule({"a": 1}, after=HOUR, key="order")
    sfn.clock.forward(HOUR + SECOND)
    assert delay.get("order").status is Status.RUNNING
    with pytest.raises(TooLate, match=r"due since .* its function is being called"):
        delay.cancel("order")
    assert "stop_execution" not in sfn.requests
    assert delay.wait("order").output == "done"


def test_a_call_that_overtakes_the_cancelling_is_found_in_the_history() -> None:
    """The task was stopped, but its function runs: that is not cancelled."""
    sfn = FakeStepFunctions(call_duration=timedelta(seconds=20))
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    delay.schedule({"a": 1}, after=HOUR, key="order")
    sfn.clock.forward(HOUR - 10 * SECOND)
    sfn.watch(
        lambda method, moment: sfn.clock.forward(
            11 * SECOND if (method, moment) == ("stop_execution", Moment.BEFORE) else timedelta(0)
        )
    )
    with pytest.raises(TooLate, match="stopped after its function had been called"):
        delay.cancel("order")
    assert len(sfn.calls) == 1
    assert delay.get("order").status is Status.FAILED


def test_a_lagging_clock_does_not_make_a_cancelling_of_a_call(sfn: FakeStepFunctions) -> None:
    """What counts are the times that Step Functions tells."""
    late = FakeStepFunctions().clock
    delay = Delay(sfn.state_machine_arn, sfn, clock=late)
    delay.schedule({"a": 1}, after=HOUR, key="order")
    sfn.clock.forward(HOUR)
    with pytest.raises(TooLate):
        delay.cancel("order")


def test_a_lost_answer_to_the_stop_is_found_out(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Throttling after the fact only costs a look."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    sfn.fail("stop_execution", "ThrottlingException", moment=Moment.AFTER, times=3)
    assert delay.cancel("order").status is Status.CANCELLED


def test_a_rescheduled_task_is_cancelled_as_a_whole(delay: Delay, sfn: FakeStepFunctions) -> None:
    """No generation is left over."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    for hours in range(1, 10):
        delay.reschedule("order", after=hours * HOUR)
    assert delay.cancel("order").generation == 10
    sfn.clock.forward(WEEK)
    assert not sfn.calls


def test_nothing_can_be_cancelled_that_is_not_there(delay: Delay) -> None:
    """Nor after 90 days."""
    with pytest.raises(NoSuchTask, match="No task has the key 'order'"):
        delay.cancel("order")


def test_cancelling_takes_five_calls(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Of a task that was never rescheduled."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    sfn.requests.clear()
    delay.cancel("order")
    assert len(sfn.requests) == 5
