"""Counting, listing by due time and changing many tasks: in memory, on the local endpoint, in a table."""

from datetime import timedelta

import pytest

from delay import Delay, Status, TooLate
from delay.executions.service import StepFunctions
from delay.executions.waiting_index import NoIndex, WaitingIndex
from delay.listing import Estimate
from tests.contract.delay.world import World

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


@pytest.fixture
def delay_with_tasks(world: World, delay: Delay) -> Delay:
    """A client with ended tasks, and with waiting ones that are due at different times."""
    delay.schedule({}, after=HOUR, key="order-done")
    delay.schedule({"fail": "so"}, after=HOUR, key="order-failed")
    world.forward(HOUR + timedelta(minutes=5))  # a row is retried for a minute
    for hours in (3, 1, 2):
        delay.schedule({"n": hours}, after=hours * HOUR, key=f"order-{hours}")
    delay.schedule({"n": 0}, after=WEEK, key="other")
    delay.reschedule("other", after=timedelta(minutes=30))
    delay.schedule({}, after=WEEK, key="cancelled")
    delay.cancel("cancelled")
    return delay


def test_tasks_due_soon_are_listed_by_due_time(world: World, delay_with_tasks: Delay) -> None:
    """They are complete tasks, as `get` returns them."""
    tasks = list(delay_with_tasks.list(due_within=2 * HOUR))
    assert [task.key for task in tasks] == ["other", "order-1", "order-2"]
    assert tasks == [delay_with_tasks.get(task) for task in tasks]
    assert [task.key for task in delay_with_tasks.list(prefix="ord", due_within=2 * HOUR)] == [
        "order-1",
        "order-2",
    ]
    due = tasks[1].due
    assert [task.key for task in delay_with_tasks.list(due_from=due, due_until=due)] == ["order-1"]
    assert list(delay_with_tasks.list(due_until=world.clock.now())) == []


def test_tasks_are_counted_by_status(world: World, delay_with_tasks: Delay) -> None:
    """All kinds agree on how many are open. STOPPED counts the rescheduled generation."""
    counts = delay_with_tasks.count()
    assert (counts.open, counts.lower_bounds) == (4, frozenset())
    ended = {status: number for status, number in counts.by_status.items() if not status.is_open}
    assert ended == world.kind.ended_counts
    assert delay_with_tasks.count(Status.OPEN).by_status == {Status.OPEN: 4}
    assert delay_with_tasks.count(Status.WAITING, "order-").by_status == {Status.WAITING: 3}
    assert delay_with_tasks.count(Status.CANCELLED).by_status == {Status.CANCELLED: 1}


def test_tasks_of_a_prefix_are_cancelled(world: World, delay_with_tasks: Delay) -> None:
    """The others keep waiting."""
    cancelled = {change.key: change.task for change in delay_with_tasks.cancel_many(prefix="order-")}
    assert cancelled == {key: delay_with_tasks.get(key) for key in ("order-1", "order-2", "order-3")}
    (late,) = delay_with_tasks.cancel_many(keys=["order-done"])
    assert isinstance(late.error, TooLate)
    world.forward(WEEK)
    assert delay_with_tasks.get("other").status is Status.SUCCEEDED


def test_latest_request_wins(world: World, delay: Delay) -> None:
    """The task is called once, with the latest payload."""
    delay.schedule({"n": 1}, after=WEEK, key="order")
    task = delay.schedule({"n": 2}, after=HOUR, key="order", replace=True)
    assert delay.schedule({"n": 2}, at=task.due, key="order", replace=True) == task
    world.forward(2 * WEEK)
    assert delay.get("order").output["event"]["n"] == 2
    assert [done.status for done in delay.list(due=True)] == [Status.SUCCEEDED]


@pytest.mark.parametrize("world", ["endpoint"], indirect=True)
def test_local_endpoint_answers_without_descriptions(
    delay_with_tasks: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it out of reach, the client reads pages, and finds the same tasks."""
    with monkeypatch.context() as patch:
        patch.setattr(StepFunctions, "describe", None)
        patch.setattr(StepFunctions, "list_executions", None)
        fast = list(delay_with_tasks.list(due_within=WEEK))
        assert delay_with_tasks.list(due_within=WEEK).estimate().tasks == 4
        assert delay_with_tasks.count(Status.WAITING).by_status == {Status.WAITING: 4}
        assert delay_with_tasks.list(Status.WAITING).estimate() == Estimate(4, timedelta(0))
        named = {task.key for task in delay_with_tasks.list(prefix="order-")}

    def fail(*_arguments: object, **_options: object) -> None:
        raise NoIndex

    with monkeypatch.context() as patch:
        patch.setattr(StepFunctions, "describe", None)
        described = list(delay_with_tasks.list(due=True))
        assert len(described) > 4
    monkeypatch.setattr(WaitingIndex, "_request", fail)
    assert {task.key for task in delay_with_tasks.list(prefix="order-")} == named
    assert delay_with_tasks.list(Status.WAITING).estimate().tasks == 4
    assert list(delay_with_tasks.list(due=True)) == described
    assert list(delay_with_tasks.list(due_within=WEEK)) == fast
    assert delay_with_tasks.list(due_within=WEEK).estimate().tasks == 4
    assert delay_with_tasks.count().by_status[Status.OPEN] == 4
