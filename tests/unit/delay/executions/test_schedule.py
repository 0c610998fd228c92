"""Scheduling one task, once and repeatedly."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from delay import Delay, DuplicateKey, InvalidRequest, KeyUsedUp, Status
from delay.testing import FakeStepFunctions, Moment
from tests.unit.delay.harness import HOUR, WEEK

KEY = "order-42-confirm"


def read_input(sfn: FakeStepFunctions, name: str) -> dict[str, Any]:
    arn = sfn.state_machine_arn.replace("stateMachine", "execution") + f":{name}"
    parsed: dict[str, Any] = json.loads(sfn.describe_execution(executionArn=arn)["input"])
    return parsed


def test_task_waits_and_then_calls_the_function(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The call has the payload and the delay. It comes at the due time and not before."""
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


def test_looked_up_task_equals_the_scheduled_one(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Its name is the key."""
    task = delay.schedule({"a": 1, "nested": [{}]}, at=sfn.clock.now() + WEEK, key=KEY)
    assert delay.get(KEY) == delay.get(task) == task
    assert task.payload == {"a": 1, "nested": [{}]}
    assert task.name == task.key == KEY


def test_missing_key_becomes_a_uuid(delay: Delay) -> None:
    """Each task gets another one."""
    one, other = (delay.schedule({"a": 1}, after=WEEK) for _ in range(2))
    assert one.key != other.key
    assert UUID(one.key).version == 4


def test_allowed_past_time_is_due_at_once(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Scheduling it again returns the same task."""
    past = sfn.clock.now() - HOUR
    task = delay.schedule({"a": 1}, at=past, key=KEY, allow_past=True)
    assert task.due == sfn.clock.now()
    assert delay.schedule({"a": 1}, at=past, key=KEY, allow_past=True).status is Status.SUCCEEDED
    assert len(sfn.calls) == 1


def test_same_task_again_returns_the_existing_task(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The second request comes later, with a smaller delay."""
    due = sfn.clock.now() + WEEK
    first = delay.schedule({"a": 1, "b": 2}, at=due, key=KEY)
    sfn.clock.forward(timedelta(seconds=1000.4))
    assert delay.schedule({"b": 2, "a": 1}, at=due, key=KEY) == first


def test_same_task_again_returns_the_ended_task(delay: Delay, sfn: FakeStepFunctions) -> None:
    """A late repetition calls the function no second time."""
    at = sfn.clock.now() + timedelta(seconds=1)
    delay.schedule({"a": 1}, at=at, key=KEY)
    sfn.clock.forward(timedelta(seconds=1))
    assert delay.schedule({"a": 1}, at=at, key=KEY).status is Status.SUCCEEDED
    assert len(sfn.calls) == 1


def test_same_delay_again_returns_the_open_task(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The due time counts from the first request, so a request can be repeated unchanged."""
    first = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    sfn.clock.forward(HOUR)
    assert delay.schedule({"a": 1}, after=WEEK, key=KEY) == first


def test_lost_answer_is_no_conflict(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The task was accepted, and the retry finds it."""
    sfn.fail("start_execution", "ThrottlingException", moment=Moment.AFTER)
    sfn.watch(lambda *_: sfn.clock.forward(timedelta(seconds=0.7)))
    task = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    assert sfn.requests.count("start_execution") == 2
    assert task.status is Status.WAITING
    assert abs(task.due - task.started - WEEK) < timedelta(seconds=1)


def test_later_retry_waits_less(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The due time stays, though throttling costs a quarter of a minute."""
    due = sfn.clock.now() + WEEK
    sfn.fail("start_execution", "ThrottlingException", times=5)
    task = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    assert task.started > sfn.clock.now() - timedelta(seconds=1)
    assert read_input(sfn, KEY)["expirydate"] < 604_800 - 5
    assert timedelta(0) <= task.due - due < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("payload", "after", "message"),
    [
        ({"a": 2}, WEEK, "its payload differs"),
        ({"a": 1}, WEEK + HOUR, "it is due 2026-12-01T12:00:00Z, not 2026-12-01T13:00:00Z"),
        ({"a": 2}, HOUR, "it is due .* and its payload differs"),
    ],
)
def test_different_task_with_the_same_key_is_refused(
    delay: Delay, payload: dict[str, int], after: timedelta, message: str
) -> None:
    """The message names the difference, and the existing task stays. AWS's error is the cause."""
    existing = delay.schedule({"a": 1}, after=WEEK, key=KEY)
    with pytest.raises(DuplicateKey, match=message) as refused:
        delay.schedule(payload, after=after, key=KEY)
    assert type(refused.value.__cause__).__name__ == "ExecutionAlreadyExists"
    assert not isinstance(refused.value, KeyUsedUp)
    assert delay.get(KEY) == existing


def test_key_is_used_up_for_90_days(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The message says until when. After that, the key is free."""
    delay.schedule({"a": 1}, after=HOUR, key=KEY)
    sfn.clock.forward(HOUR)
    with pytest.raises(KeyUsedUp, match=r"SUCCEEDED.*90 days, this one until 2027-02-22T13:00:00"):
        delay.schedule({"a": 1}, after=HOUR, key=KEY)
    sfn.clock.forward(timedelta(days=90))
    assert delay.schedule({"a": 1}, after=HOUR, key=KEY).status is Status.WAITING


def test_cancelled_task_cannot_be_scheduled_again(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The caller wants a call, which this key can no longer make."""
    due = sfn.clock.now() + WEEK
    delay.schedule({"a": 1}, at=due, key=KEY)
    delay.cancel(KEY)
    with pytest.raises(KeyUsedUp, match=r"is CANCELLED\. Step Functions keeps"):
        delay.schedule({"a": 1}, at=due, key=KEY)


def test_task_that_is_not_yet_visible_is_awaited() -> None:
    """DescribeExecution lags behind StartExecution."""
    sfn = FakeStepFunctions(lag=timedelta(seconds=1))
    delay = Delay(sfn.state_machine_arn, sfn, clock=sfn.clock)
    due = sfn.clock.now() + WEEK
    delay.schedule({"a": 1}, at=due, key=KEY)
    sfn.clock.forward(timedelta(seconds=0.5))
    assert delay.schedule({"a": 1}, at=due + timedelta(seconds=0.4), key=KEY).due == due


def test_invalid_request_is_refused_before_any_call(delay: Delay, sfn: FakeStepFunctions) -> None:
    """The error is a ValueError too."""
    with pytest.raises(InvalidRequest):
        delay.schedule({"a": 1}, after=timedelta(days=365))
    with pytest.raises(ValueError, match="1 to 70"):
        delay.schedule({"a": 1}, after=WEEK, key="x" * 71)
    assert sfn.requests == []


def test_task_started_through_an_alias_is_found_without_it(sfn: FakeStepFunctions) -> None:
    """An execution's ARN names neither version nor alias."""
    task = Delay(f"{sfn.state_machine_arn}:live", sfn, clock=sfn.clock).schedule(
        {"a": 1}, after=WEEK, key=KEY
    )
    assert Delay(sfn.state_machine_arn, sfn, clock=sfn.clock).get(KEY) == task
    assert task.arn.endswith(f":execution:DelayStateMachine:{KEY}")
