"""Rescheduling tasks, and the generations that come of it."""

from datetime import UTC, datetime, timedelta

import pytest

from delay import Delay, InvalidDueTime, InvalidKey, NoSuchTask, Status, TooLate
from delay.executions.generation import MAX_GENERATION
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, KEY, WEEK, client, executions, scheduled, waiting

DAY = timedelta(days=1)


def test_a_rescheduled_task_is_called_at_the_new_time_only(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Earlier or later, with the same payload, once."""
    delay.schedule({"a": 1, "b": [2]}, after=WEEK, key=KEY)
    task = delay.reschedule(KEY, after=2 * WEEK)
    assert (task.status, task.due, task.generation) == (Status.WAITING, sfn.clock.now() + 2 * WEEK, 2)
    assert (task.key, task.payload, delay.get(KEY)) == (KEY, {"a": 1, "b": [2]}, task)
    sooner = delay.reschedule(task, at=sfn.clock.now() + HOUR)
    sfn.clock.forward(3 * WEEK)
    assert [call.time for call in sfn.calls] == [sooner.due]
    assert delay.get(KEY).status is Status.SUCCEEDED


def test_the_history_of_the_former_generation_says_where_the_task_went(
    delay: Delay, sfn: FakeStepFunctions
) -> None:
    """Its error is told from a failure, and its cause names the successor."""
    scheduled(sfn)
    task = delay.reschedule(KEY, after=HOUR)
    arn = task.arn.removesuffix(task.name) + KEY
    described = sfn.describe_execution(executionArn=arn)
    assert (described["status"], described["error"]) == ("ABORTED", "Delay.Rescheduled")
    assert task.name in described["cause"]


def test_a_task_can_be_rescheduled_again_and_again(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Up to 998 times, and one waits at any time. The calls grow with the logarithm."""
    scheduled(sfn)
    for number in range(2, MAX_GENERATION + 1):
        sfn.requests.clear()
        assert delay.reschedule(KEY, after=HOUR + number * timedelta(seconds=1)).generation == number
        assert len(sfn.requests) <= 6 + 2 * number.bit_length()
    assert waiting(sfn) == [MAX_GENERATION]
    with pytest.raises(InvalidKey, match="rescheduled 998 times"):
        delay.reschedule(KEY, after=HOUR)
    assert delay.get(KEY).generation == MAX_GENERATION


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7, 8, 9, 100])
def test_looking_up_takes_few_calls(delay: Delay, sfn: FakeStepFunctions, number: int) -> None:
    """Two for a task that was never rescheduled, and never many."""
    scheduled(sfn)
    for _ in range(number - 1):
        delay.reschedule(KEY, after=HOUR)
    sfn.requests.clear()
    assert delay.get(KEY).generation == number
    assert len(sfn.requests) <= (2 if number == 1 else 1 + 2 * number.bit_length())
    assert set(sfn.requests) == {"describe_execution"}


@pytest.mark.parametrize("end", ["called", "failed", "cancelled", "running"])
def test_a_task_that_waits_no_more_is_not_rescheduled(end: str) -> None:
    """Nothing is started."""
    durations = {"running": HOUR}
    sfn = FakeStepFunctions(
        lambda event, _: event["b" if end == "failed" else "a"], call_duration=durations.get(end, 0 * HOUR)
    )
    scheduled(sfn, HOUR)
    if end == "cancelled":
        client(sfn).cancel(KEY)
    else:
        sfn.clock.forward(HOUR)
    before = client(sfn).get(KEY)
    with pytest.raises(TooLate, match="can no longer be rescheduled"):
        client(sfn).reschedule(KEY, after=WEEK)
    assert client(sfn).get(KEY) == before
    assert len(list(executions(sfn))) == 1


def test_a_call_that_overtakes_the_reschedule_is_found_in_the_history() -> None:
    """The function was called while the successor was being started, which is withdrawn."""
    sfn = FakeStepFunctions(call_duration=timedelta(seconds=20))
    scheduled(sfn, HOUR)
    sfn.clock.forward(HOUR - timedelta(seconds=5))
    sfn.watch(lambda method, _: sfn.clock.forward(timedelta(seconds=6 if method == "start_execution" else 0)))
    with pytest.raises(TooLate, match="its function is being called"):
        client(sfn).reschedule(KEY, after=WEEK)
    sfn.watch(None)
    assert client(sfn).wait(KEY).status is Status.SUCCEEDED
    sfn.clock.forward(2 * WEEK)
    assert len(sfn.calls) == 1


def test_a_task_cannot_be_moved_to_where_its_key_is_forgotten(delay: Delay, sfn: FakeStepFunctions) -> None:
    """89 days after the first reschedule; Step Functions keeps the first generation's record for 90."""
    scheduled(sfn)
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


def test_a_key_that_comes_back_begins_anew(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its former generations, still remembered, do not stand in its way."""
    scheduled(sfn)
    delay.reschedule(KEY, after=80 * DAY)
    sfn.clock.forward(91 * DAY)  # the first is forgotten, the second is not
    scheduled(sfn)
    assert delay.get(KEY).generation == 1
    assert delay.reschedule(KEY, after=HOUR).generation == 2
    assert len([each for each in executions(sfn) if "--g2" in each["name"]]) == 2
    assert waiting(sfn) == [2]


def test_a_key_without_room_for_generations_is_not_rescheduled(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It can be looked up and cancelled."""
    sfn.start_execution(stateMachineArn=sfn.state_machine_arn, name="x" * 80, input='{"expirydate":100}')
    with pytest.raises(InvalidKey, match="no room for the name of another generation"):
        delay.reschedule("x" * 80, after=HOUR)
    assert delay.cancel("x" * 80).status is Status.CANCELLED


def test_what_cannot_be_a_due_time_is_refused_before_anything_is_sent(
    delay: Delay, sfn: FakeStepFunctions
) -> None:
    """As in `schedule`."""
    with pytest.raises(InvalidDueTime):
        delay.reschedule(KEY, at=datetime(2020, 1, 1, tzinfo=UTC))
    assert sfn.requests == []


def test_there_must_be_a_task(delay: Delay) -> None:
    """By that key."""
    with pytest.raises(NoSuchTask):
        delay.reschedule(KEY, after=HOUR)


def test_a_successor_that_cannot_be_seen_yet_is_waited_for() -> None:
    """DescribeExecution lags, and what was stopped in favour of it says that it is there."""
    sfn = FakeStepFunctions(lag=timedelta(seconds=2))
    scheduled(sfn)
    sfn.clock.forward(HOUR)
    assert client(sfn).reschedule(KEY, after=WEEK).generation == 2
    assert client(sfn).reschedule(KEY, after=HOUR).generation == 3
    assert client(sfn).cancel(KEY).generation == 3
    assert waiting(sfn) == []
