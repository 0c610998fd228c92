"""Counting tasks, and listing those that are due in a window: exact where it is cheap, and said where not."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from delay import Delay, InvalidDueTime, Status
from delay.executions import counting
from delay.testing import FakeStepFunctions
from tests.unit.delay.harness import HOUR, WEEK

OPEN = {Status.OPEN: 3, Status.SUCCEEDED: 1, Status.FAILED: 1, Status.TIMED_OUT: 0, Status.STOPPED: 2}


@pytest.fixture
def client_with_tasks(delay: Delay, sfn: FakeStepFunctions) -> Delay:
    """A client with one task in each status."""
    delay.schedule({"a": 1}, after=HOUR, key="order-succeeded")
    delay.schedule({}, after=HOUR, key="order-failed")
    sfn.clock.forward(HOUR)
    delay.schedule({"a": 1}, after=WEEK, key="order-cancelled")
    delay.cancel("order-cancelled")
    delay.schedule({"a": 1}, after=WEEK, key="order-moved")
    delay.reschedule("order-moved", after=HOUR)
    delay.schedule({"a": 1}, after=2 * HOUR, key="other")
    delay.schedule({"a": 1}, after=WEEK, key="late")
    return delay


def start_many(sfn: FakeStepFunctions, count: int, seconds: int) -> None:
    for number in range(count):
        sfn.start_execution(
            stateMachineArn=sfn.state_machine_arn,
            name=f"order-{seconds}-{number}",
            input=f'{{"expirydate":{seconds},"a":1}}',
        )


def test_tasks_are_counted_by_status(client_with_tasks: Delay, sfn: FakeStepFunctions) -> None:
    """It takes a call for each status that AWS knows, and no description."""
    sfn.requests.clear()
    counts = client_with_tasks.count()
    assert counts.by_status == OPEN
    assert counts.lower_bounds == frozenset()
    assert counts.open == 3
    assert sfn.requests == ["list_executions"] * 5


@pytest.mark.parametrize(
    ("status", "number"),
    [(Status.OPEN, 3), (Status.STOPPED, 2), (Status.WAITING, 3), (Status.CANCELLED, 1), (Status.RUNNING, 0)],
)
def test_tasks_of_one_status_are_counted(client_with_tasks: Delay, status: Status, number: int) -> None:
    """This includes those that only a description distinguishes."""
    assert client_with_tasks.count(status).by_status == {status: number}


def test_tasks_of_a_prefix_are_counted(client_with_tasks: Delay) -> None:
    """It is a prefix of the key."""
    assert client_with_tasks.count(prefix="order-").by_status == OPEN | {Status.OPEN: 1}


def test_ended_tasks_are_counted_to_a_bound(
    delay: Delay, sfn: FakeStepFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open ones are counted to the last. A status of its own is, too."""
    monkeypatch.setattr(counting, "_MOST_PAGES", 1)
    start_many(sfn, 1001, 60)
    sfn.clock.forward(HOUR)
    start_many(sfn, 1500, 3600)
    progress: list[int] = []
    counts = delay.count(watch=progress.append)
    assert counts.by_status[Status.OPEN] == 1500
    assert counts.by_status[Status.SUCCEEDED] == 1000
    assert counts.lower_bounds == {Status.SUCCEEDED}
    assert progress == [1000, 1500, 2500, 2500, 2500, 2500]
    assert delay.count(Status.SUCCEEDED).by_status == {Status.SUCCEEDED: 1001}


def test_tasks_due_within_an_hour_are_listed_by_due_time(delay: Delay, sfn: FakeStepFunctions) -> None:
    """Both ends are included, and only waiting tasks are due in the future."""
    for minutes in (60, 1, 61, 30):
        delay.schedule({"a": 1}, after=timedelta(minutes=minutes), key=f"in-{minutes}")
    delay.schedule({"a": 1}, after=HOUR, key="in-60-cancelled")
    delay.cancel("in-60-cancelled")
    listing = delay.list(due_within=HOUR)
    assert listing.is_sorted_by_due
    assert [task.key for task in listing] == ["in-1", "in-30", "in-60"]
    assert {task.status for task in listing} == {Status.WAITING}
    now = sfn.clock.now()
    later = delay.list(due_from=now + timedelta(minutes=31))
    assert [task.key for task in later] == ["in-60", "in-61"]
    assert [task.key for task in delay.list(due_until=now + 2 * HOUR, prefix="in-6")] == ["in-60", "in-61"]


def test_window_may_be_past_and_of_another_status(client_with_tasks: Delay, sfn: FakeStepFunctions) -> None:
    """The tasks that were due in the last hour, and succeeded."""
    now = sfn.clock.now()
    past = client_with_tasks.list(Status.SUCCEEDED, due_from=now - HOUR, due_until=now)
    assert [task.key for task in past] == ["order-succeeded"]


def test_progress_of_a_listing_is_reported(client_with_tasks: Delay) -> None:
    """With the number of executions that were read, of those that `estimate` counts."""
    listing = client_with_tasks.list(due_within=HOUR)
    read: list[int] = []
    assert [task.key for task in listing.iterate(read.append)] == ["order-moved"]
    assert read == [1, 2, 3]
    assert listing.estimate().tasks == 3


@pytest.mark.parametrize(
    "bounds",
    [
        {"due_within": timedelta(seconds=-1)},
        {"due_within": 7},
        {"due_within": HOUR, "due_from": datetime(2026, 1, 1, tzinfo=UTC)},
        {"due_from": datetime(2026, 1, 1)},  # noqa: DTZ001 - the test's subject
        {"due_until": "2026-01-01"},
        {"due_from": datetime(2026, 1, 2, tzinfo=UTC), "due_until": datetime(2026, 1, 1, tzinfo=UTC)},
        {"due_from": datetime(2026, 1, 1, tzinfo=UTC), "due_until": datetime(2026, 1, 2)},  # noqa: DTZ001
        {"due_from": datetime.min.replace(tzinfo=timezone(HOUR))},
        {"due_until": datetime.max.replace(tzinfo=timezone(-HOUR))},
    ],
)
def test_impossible_window_is_refused(delay: Delay, bounds: dict[str, Any]) -> None:
    """At the call, before anything is sent."""
    with pytest.raises(InvalidDueTime):
        delay.list(**bounds)


def test_longest_window_ends_with_the_calendar(client_with_tasks: Delay) -> None:
    """It is not an error."""
    assert len(list(client_with_tasks.list(due_within=timedelta.max))) == 3
