"""Cancelling tasks, in time and too late."""

from datetime import timedelta

import pytest

from delay import Delay, NoSuchTask, Status, TooLate
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, WEEK

SECOND = timedelta(seconds=1)


def test_cancelled_task_is_never_called(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It has the time and the cause of its cancellation."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    sfn.clock.forward(HOUR)
    task = delay.cancel("order")
    assert (task.status, task.ended, task.error) == (Status.CANCELLED, sfn.clock.now(), "Delay.Cancelled")
    assert task.cause
    sfn.clock.forward(WEEK)
    assert not sfn.calls
    assert delay.get("order").status is Status.CANCELLED


def test_task_is_accepted_in_place_of_its_key(delay: Delay) -> None:
    """It is the one that `schedule` returned."""
    assert delay.cancel(delay.schedule({"a": 1}, after=WEEK)).status is Status.CANCELLED


def test_second_cancellation_changes_nothing(delay: Delay) -> None:
    """It returns the same task."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    assert delay.cancel("order") == delay.cancel("order")


def test_called_task_is_not_cancelled(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its status stays as it was."""
    delay.schedule({"a": 1}, after=HOUR, key="order")
    sfn.clock.forward(HOUR)
    with pytest.raises(TooLate, match=r"has ended\. It is SUCCEEDED"):
        delay.cancel("order")
    assert delay.get("order").status is Status.SUCCEEDED


def test_running_task_is_not_cancelled() -> None:
    """Its function continues, and its output is kept."""
    sfn = FakeStepFunctions(lambda _event, _context: "done", call_duration=timedelta(seconds=20))
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    delay.schedule({"a": 1}, after=HOUR, key="order")
    sfn.clock.forward(HOUR + SECOND)
    assert delay.get("order").status is Status.RUNNING
    with pytest.raises(TooLate, match=r"due since .* its function is being called"):
        delay.cancel("order")
    assert "stop_execution" not in sfn.requests
    assert delay.wait("order").output == "done"


def test_call_that_overtakes_the_cancellation_is_found_in_the_history() -> None:
    """The execution was stopped after its function had been called, so the task is not cancelled."""
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


def test_lagging_clock_does_not_cancel_a_called_task(sfn: FakeStepFunctions) -> None:
    """Only the times that Step Functions reports count."""
    late = FakeStepFunctions().clock
    delay = Delay(sfn.state_machine_arn, sfn, clock=late)
    delay.schedule({"a": 1}, after=HOUR, key="order")
    sfn.clock.forward(HOUR)
    with pytest.raises(TooLate):
        delay.cancel("order")


def test_lost_answer_to_the_stop_is_recovered(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The stop has happened, though its answer was an error."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    sfn.fail("stop_execution", "ThrottlingException", moment=Moment.AFTER, times=3)
    assert delay.cancel("order").status is Status.CANCELLED


def test_cancelling_a_rescheduled_task_stops_every_generation(delay: Delay, sfn: FakeStepFunctions) -> None:
    """None of its ten generations is called."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    for hours in range(1, 10):
        delay.reschedule("order", after=hours * HOUR)
    assert delay.cancel("order").generation == 10
    sfn.clock.forward(WEEK)
    assert not sfn.calls


def test_missing_task_cannot_be_cancelled(delay: Delay) -> None:
    """Neither can one that Step Functions deleted after 90 days."""
    with pytest.raises(NoSuchTask, match="No task has the key 'order'"):
        delay.cancel("order")


def test_cancelling_takes_five_calls(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The task was never rescheduled."""
    delay.schedule({"a": 1}, after=WEEK, key="order")
    sfn.requests.clear()
    delay.cancel("order")
    assert len(sfn.requests) == 5
