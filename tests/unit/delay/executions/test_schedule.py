"""Scheduling one task, and scheduling it again."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from delay import Delay, DuplicateKey, InvalidRequest, KeyUsedUp, Status
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, WEEK

KEY = "order-42-confirm"


def inputs(sfn: FakeStepFunctions, name: str) -> dict[str, Any]:
    arn = sfn.state_machine_arn.replace("stateMachine", "execution") + f":{name}"
    read: dict[str, Any] = json.loads(sfn.describe_execution(executionArn=arn)["input"])
    return read


def test_a_task_waits_and_then_calls_the_function(delay: Delay, sfn: FakeStepFunctions) -> None:
    """With the payload and the delay, at its due time and not before."""
    task = delay.schedule({"a": 1233333}, after=WEEK, key=KEY)
    assert (task.status, task.due) == (Status.WAITING, sfn.clock.now() + WEEK)
    sfn.clock.forward(WEEK - timedelta(seconds=1))
    assert not sfn.calls
    sfn.clock.forward(timedelta(seconds=1))
    assert [(call.event, call.time) for call in sfn.calls] == [
        ({"expirydate": 604_800, "a": 1233333}, task.due)
    ]
    done = delay.get(KEY)
    assert (done.status, done.output, done.ended) == (Status.SUCCEEDED, {"did": 1233333}, task.due)


def test_what_is_told_of_a_task_is_what_was_scheduled(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Looked up, it is the very same."""
    task = delay.schedule({"a": 1, "nested": [{}]}, at=sfn.clock.now() + WEEK, key=KEY)
    assert delay.get(KEY) == delay.get(task) == task
    assert task.payload == {"a": 1, "nested": [{}]}
    assert task.name == task.key == KEY


def test_without_a_key_one_is_made(delay: Delay) -> None:
    """A UUID, another one each time."""
    one, other = (delay.schedule({"a": 1}, after=WEEK) for _ in range(2))
    assert one.key != other.key
    assert UUID(one.key).version == 4


def test_a_time_that_passed_means_at_once_where_it_may(delay: Delay, sfn: FakeStepFunctions) -> None:
    """And scheduling it again is the same task."""
    passed = sfn.clock.now() - HOUR
    task = delay.schedule({"a": 1}, at=passed, key=KEY, allow_past=True)
    assert task.due == sfn.clock.now()
    assert delay.schedule({"a": 1}, at=passed, key=KEY, allow_past=True).status is Status.SUCCEEDED
    assert len(sfn.calls) == 1


def test_the_same_task_again_is_the_task_that_is_there(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Though it is sent later, with a smaller delay."""
    due = sfn.clock.now() + WEEK
    first = delay.schedule({"a": 1, "b": 2}, at=due, key=KEY)
    sfn.clock.forward(timedelta(seconds=1000.4))
    assert delay.schedule({"b": 2, "a": 1}, at=due, key=KEY) == first


def test_the_same_task_again_after_its_end_is_still_the_same(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A request that is repeated late does nothing twice."""
    at = sfn.clock.now() + timedelta(seconds=1)
    delay.schedule({"a": 1}, at=at, key=KEY)
    sfn.clock.forward(timedelta(seconds=1))
    assert delay.schedule({"a": 1}, at=at, key=KEY).status is Status.SUCCEEDED
    assert len(sfn.calls) == 1


def test_the_same_delay_again_is_the_same_task(delay: Delay, sfn: FakeStepFunctions) -> None:
    """As long as it is open its due time counts from the first time: a request can be repeated as it is."""
    first = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    sfn.clock.forward(HOUR)
    assert delay.schedule({"a": 1}, after=WEEK, key=KEY) == first


def test_an_answer_that_was_lost_is_no_conflict(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The task was accepted; sent again half a minute later, it is found."""
    sfn.fail("start_execution", "ThrottlingException", moment=Moment.AFTER)
    sfn.watch(lambda *_: sfn.clock.forward(timedelta(seconds=0.7)))
    task = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    assert sfn.requests.count("start_execution") == 2
    assert task.status is Status.WAITING
    assert task.due is not None
    assert abs(task.due - task.started - WEEK) < timedelta(seconds=1)


def test_a_retry_that_is_sent_later_waits_less(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The due time stays where it was, while throttling costs a quarter of a minute."""
    due = sfn.clock.now() + WEEK
    sfn.fail("start_execution", "ThrottlingException", times=5)
    task = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    assert task.started > sfn.clock.now() - timedelta(seconds=1)
    assert inputs(sfn, KEY)["expirydate"] < 604_800 - 5
    assert task.due is not None
    assert timedelta(0) <= task.due - due < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("payload", "after", "said"),
    [
        ({"a": 2}, WEEK, "its payload differs"),
        ({"a": 1}, WEEK + HOUR, "it is due 2026-12-01T12:00:00.00:00, not 2026-12-01T13:00:00"),
        ({"a": 2}, HOUR, "it is due .* and its payload differs"),
    ],
)
def test_another_task_by_the_same_key_is_refused(
    delay: Delay, payload: dict[str, int], after: timedelta, said: str
) -> None:
    """With what differs; the one that is there stays. AWS's error is the cause."""
    there = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    with pytest.raises(DuplicateKey, match=said) as refused:
        delay.schedule(payload, after=after, key=KEY)
    assert type(refused.value.__cause__).__name__ == "ExecutionAlreadyExists"
    assert not isinstance(refused.value, KeyUsedUp)
    assert delay.get(KEY) == there


def test_a_key_is_used_up_for_90_days(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The message says until when, and then it is free."""
    delay.schedule({"a": 1}, after=HOUR, key=KEY)
    sfn.clock.forward(HOUR)
    with pytest.raises(KeyUsedUp, match=r"SUCCEEDED.*90 days, this one until 2027-02-22T13:00:00"):
        delay.schedule({"a": 1}, after=HOUR, key=KEY)
    sfn.clock.forward(timedelta(days=90))
    assert delay.schedule({"a": 1}, after=HOUR, key=KEY).status is Status.WAITING


def test_a_cancelled_task_is_not_the_same(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Who schedules it again wants it called, which this key cannot do any more."""
    due = sfn.clock.now() + WEEK
    delay.schedule({"a": 1}, at=due, key=KEY)
    delay.cancel(KEY)
    with pytest.raises(KeyUsedUp, match=r"is CANCELLED\. Step Functions keeps"):
        delay.schedule({"a": 1}, at=due, key=KEY)


def test_a_task_that_cannot_be_seen_yet_is_waited_for() -> None:
    """DescribeExecution lags behind StartExecution."""
    sfn = FakeStepFunctions(lag=timedelta(seconds=1))
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    due = sfn.clock.now() + WEEK
    delay.schedule({"a": 1}, at=due, key=KEY)
    sfn.clock.forward(timedelta(seconds=0.5))
    assert delay.schedule({"a": 1}, at=due + timedelta(seconds=0.4), key=KEY).due == due


def test_what_is_refused_is_refused_before_anything_is_sent(delay: Delay, sfn: FakeStepFunctions) -> None:
    """It is a ValueError too."""
    with pytest.raises(InvalidRequest):
        delay.schedule({"a": 1}, after=timedelta(days=365))
    with pytest.raises(ValueError, match="at most 70"):
        delay.schedule({"a": 1}, after=WEEK, key="x" * 71)
    assert sfn.requests == []


def test_a_version_or_alias_starts_tasks_that_are_found_without(sfn: FakeStepFunctions) -> None:
    """An execution's ARN names neither."""
    task = Delay(f"{sfn.state_machine_arn}:live", sfn, clock=sfn.clock).schedule(
        {"a": 1}, after=WEEK, key=KEY
    )
    assert Delay(sfn.state_machine_arn, sfn, clock=sfn.clock).get(KEY) == task
    assert task.arn.endswith(f":execution:DelayStateMachine:{KEY}")
