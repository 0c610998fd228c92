"""Rescheduling tasks, and the resulting generations."""

from datetime import UTC, datetime, timedelta

import pytest

from delay import Delay, InvalidDueTime, InvalidKey, NoSuchTask, Status, TooLate
from delay.executions.generation import MAX_GENERATION
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, executions, schedule_task, waiting_generations

DAY = timedelta(days=1)


def test_rescheduled_task_is_called_only_at_its_new_time(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It is called once, earlier or later, with the same payload."""
    delay.schedule({"a": 1, "b": [2]}, after=WEEK, key=KEY)
    task = delay.reschedule(KEY, after=2 * WEEK)
    assert (task.status, task.due, task.generation) == (Status.WAITING, sfn.clock.now() + 2 * WEEK, 2)
    assert (task.key, task.payload, delay.get(KEY)) == (KEY, {"a": 1, "b": [2]}, task)
    sooner = delay.reschedule(task, at=sfn.clock.now() + HOUR)
    sfn.clock.forward(3 * WEEK)
    assert [call.time for call in sfn.calls] == [sooner.due]
    assert delay.get(KEY).status is Status.SUCCEEDED


def test_stopped_generation_names_its_successor(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its error is not that of a failure, and its cause has the successor's name."""
    schedule_task(sfn)
    task = delay.reschedule(KEY, after=HOUR)
    arn = task.arn.removesuffix(task.name) + KEY
    described = sfn.describe_execution(executionArn=arn)
    assert (described["status"], described["error"]) == ("ABORTED", "Delay.Rescheduled")
    assert task.name in described["cause"]


def test_task_can_be_rescheduled_998_times(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Exactly one generation waits. The number of calls grows with the logarithm."""
    schedule_task(sfn)
    for number in range(2, MAX_GENERATION + 1):
        sfn.requests.clear()
        assert delay.reschedule(KEY, after=HOUR + number * timedelta(seconds=1)).generation == number
        assert len(sfn.requests) <= 6 + 2 * number.bit_length()
    assert waiting_generations(sfn) == [MAX_GENERATION]
    with pytest.raises(InvalidKey, match="rescheduled 998 times"):
        delay.reschedule(KEY, after=HOUR)
    assert delay.get(KEY).generation == MAX_GENERATION


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 8, 9, 100])
def test_lookup_takes_few_calls(delay: Delay, sfn: FakeStepFunctions, number: int) -> None:
    """It takes two for a task that was never rescheduled, and never many."""
    schedule_task(sfn)
    for _ in range(number - 1):
        delay.reschedule(KEY, after=HOUR)
    sfn.requests.clear()
    assert delay.get(KEY).generation == number
    assert len(sfn.requests) <= (2 if number == 1 else 1 + 2 * number.bit_length())
    assert set(sfn.requests) == {"describe_execution"}


@pytest.mark.parametrize("end", ["called", "failed", "cancelled", "running"])
def test_task_that_no_longer_waits_is_not_rescheduled(end: str) -> None:
    """No execution is started."""
    durations = {"running": HOUR}
    sfn = FakeStepFunctions(
        lambda event, _: event["b" if end == "failed" else "a"], call_duration=durations.get(end, 0 * HOUR)
    )
    schedule_task(sfn, HOUR)
    if end == "cancelled":
        client(sfn).cancel(KEY)
    else:
        sfn.clock.forward(HOUR)
    before = client(sfn).get(KEY)
    with pytest.raises(TooLate, match="can no longer be rescheduled"):
        client(sfn).reschedule(KEY, after=WEEK)
    assert client(sfn).get(KEY) == before
    assert len(list(executions(sfn))) == 1


def test_call_that_overtakes_the_reschedule_is_found_in_the_history() -> None:
    """The function was called while the successor started, so the successor is stopped."""
    sfn = FakeStepFunctions(call_duration=timedelta(seconds=20))
    schedule_task(sfn, HOUR)
    sfn.clock.forward(HOUR - timedelta(seconds=5))
    sfn.watch(lambda method, _: sfn.clock.forward(timedelta(seconds=6 if method == "start_execution" else 0)))
    with pytest.raises(TooLate, match="its function is being called"):
        client(sfn).reschedule(KEY, after=WEEK)
    sfn.watch(None)
    assert client(sfn).wait(KEY).status is Status.SUCCEEDED
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == 1


def test_task_cannot_be_rescheduled_beyond_the_retention_of_its_key(
    delay: Delay, sfn: FakeStepFunctions
) -> None:
    """The limit is 89 days after the first reschedule. Step Functions keeps the first generation for 90."""
    schedule_task(sfn)
    with pytest.raises(InvalidDueTime, match=r"within 89 days of its first reschedule.*another key"):
        delay.reschedule(KEY, after=90 * DAY)
    assert delay.reschedule(KEY, after=89 * DAY).generation == 2
    sfn.clock.forward(DAY)
    with pytest.raises(InvalidDueTime, match="by 2027-02-21"):
        delay.reschedule(KEY, after=89 * DAY)
    sfn.clock.forward(88 * DAY - HOUR)
    assert delay.get(KEY).status is Status.WAITING
    sfn.clock.forward(HOUR)
    assert delay.get(KEY).status is Status.SUCCEEDED


def test_reused_key_starts_with_a_first_generation(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its earlier generations still exist, and do not matter."""
    schedule_task(sfn)
    delay.reschedule(KEY, after=80 * DAY)
    sfn.clock.forward(91 * DAY)  # the first is deleted, the second is not
    schedule_task(sfn)
    assert delay.get(KEY).generation == 1
    assert delay.reschedule(KEY, after=HOUR).generation == 2
    assert len([each for each in executions(sfn) if "--g2" in each["name"]]) == 2
    assert waiting_generations(sfn) == [2]


def test_key_without_room_for_generations_cannot_be_rescheduled(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It can be looked up and cancelled."""
    sfn.start_execution(stateMachineArn=sfn.state_machine_arn, name="x" * 80, input='{"expirydate":100}')
    with pytest.raises(InvalidKey, match="no room for the name of another generation"):
        delay.reschedule("x" * 80, after=HOUR)
    assert delay.cancel("x" * 80).status is Status.CANCELLED


def test_invalid_due_time_is_refused_before_any_call(delay: Delay, sfn: FakeStepFunctions) -> None:
    """`schedule` does the same."""
    with pytest.raises(InvalidDueTime):
        delay.reschedule(KEY, at=datetime(2020, 1, 1, tzinfo=UTC))
    assert sfn.requests == []


def test_missing_task_cannot_be_rescheduled(delay: Delay) -> None:
    """No execution has the key as its name."""
    with pytest.raises(NoSuchTask):
        delay.reschedule(KEY, after=HOUR)


def test_successor_that_is_not_yet_visible_is_awaited() -> None:
    """DescribeExecution lags, but the stopped generation names its successor."""
    sfn = FakeStepFunctions(lag=timedelta(seconds=2))
    schedule_task(sfn)
    sfn.clock.forward(HOUR)
    assert client(sfn).reschedule(KEY, after=WEEK).generation == 2
    assert client(sfn).reschedule(KEY, after=HOUR).generation == 3
    assert client(sfn).cancel(KEY).generation == 3
    assert waiting_generations(sfn) == []
