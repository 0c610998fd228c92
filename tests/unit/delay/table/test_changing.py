"""Changes of a task in a table: each is one conditional write, and repeating it changes nothing."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from delay import Contended, Delay, NoSuchTask, NotRedrivable, Status, Task, TooLate
from delay.errors import InvalidDueTime
from delay.table.store import TableStore
from delay.testing import FakeTaskTable, Moment
from delay.testing.sparse_table import SparseTable
from task_table.write import Refused
from tests.unit.delay.table.harness import (
    HOUR,
    KEY,
    SECOND,
    WEEK,
    Killed,
    client,
    delete_slot_rows,
    list_events,
    run,
)
from tests.unit.delay.table.test_scheduling import repeat_writes

MOVES: dict[str, Callable[[Delay], Task]] = {
    "reschedule": lambda delay: delay.reschedule(KEY, after=HOUR),
    "replace": lambda delay: delay.schedule({"a": 1}, after=HOUR, key=KEY, replace=True),
}
CHANGES: dict[str, Callable[[Delay], Task]] = {**MOVES, "cancel": lambda delay: delay.cancel(KEY)}


@pytest.fixture
def failed(delay: Delay, table: FakeTaskTable) -> FakeTaskTable:
    """A table with a failed task."""
    delay.schedule({"fail": "no"}, after=HOUR, key=KEY)
    table.clock.forward(2 * HOUR)
    assert len(table.calls) == 4
    return table


@pytest.mark.parametrize("operation", MOVES)
def test_lost_answer_to_a_move_is_ones_own_success(
    delay: Delay, table: FakeTaskTable, operation: str
) -> None:
    """It counts as one move."""
    delay.schedule({"a": 1}, after=WEEK, key=KEY)
    repeat_writes(table)
    assert MOVES[operation](delay).generation == 2
    table.clock.forward(2 * WEEK)
    assert list_events(table) == [{"a": 1}]


def test_lost_answer_to_a_cancellation_is_a_success(delay: Delay, table: FakeTaskTable) -> None:
    """The task is cancelled, by whichever client."""
    delay.schedule({}, after=HOUR, key=KEY)
    repeat_writes(table)
    assert delay.cancel(KEY).status is Status.CANCELLED
    assert delay.cancel(KEY).error == "Delay.Cancelled"


def test_lost_answer_to_a_redrive_is_ones_own_success(failed: FakeTaskTable) -> None:
    """The function is called again up to its number of attempts, and not twice as often."""
    repeat_writes(failed)
    task = client(failed).redrive(KEY)
    failed.clock.forward(HOUR)
    assert len(failed.calls) == 8
    assert failed.calls[4].time == task.due


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("killed", ["put_slot", "write", "send"])
@pytest.mark.parametrize("operation", MOVES)
def test_task_of_a_killed_mover_is_called_once_as_it_was_or_as_it_is(
    table: FakeTaskTable, operation: str, killed: str, moment: Moment
) -> None:
    """A move is one write: no crash leaves a task between two due times."""
    client(table).schedule({"a": 1}, after=2 * HOUR, key=KEY)
    table.clock.forward(HOUR - timedelta(minutes=5))
    table.fail(killed, Killed(), moment=moment)
    with suppress(Killed):  # the message of a task that is due later is not sent
        MOVES[operation](client(table))
    table.clock.forward(3 * HOUR)
    assert list_events(table) == [{"a": 1}]


def test_moved_task_keeps_its_payload_and_who_made_it(delay: Delay, table: FakeTaskTable) -> None:
    """Its history counts the moves, as far as a row knows it."""
    delay.schedule({"a": 1}, after=WEEK, key=KEY)
    made = table.rows.get(KEY)
    task = delay.reschedule(KEY, after=HOUR)
    moved = table.rows.get(KEY)
    assert made
    assert moved
    assert (moved.made, moved.moves) == (made.made, 1)
    assert moved.token != made.token
    assert (task.payload, task.due - task.started) == ({"a": 1}, HOUR)
    assert delay.history(KEY)[0]["taskScheduledEventDetails"] == {"moves": 1}


def test_move_of_an_overdue_task_has_it_called_at_its_new_time(delay: Delay, table: FakeTaskTable) -> None:
    """It can be moved until it is called, by whatever it was late."""
    table.fail("send", Killed())
    with pytest.raises(Killed):
        delay.schedule({"a": 1}, after=SECOND, key=KEY)
    table.clock.forward(timedelta(seconds=30))
    delay.reschedule(KEY, after=HOUR)
    table.clock.forward(HOUR - SECOND)
    assert not table.calls
    table.clock.forward(SECOND)
    assert list_events(table) == [{"a": 1}]


def test_move_to_the_past_is_refused(delay: Delay) -> None:
    """A task for now is moved by a delay of 0."""
    task = delay.schedule({}, after=WEEK, key=KEY)
    with pytest.raises(InvalidDueTime, match="passed"):
        delay.reschedule(KEY, at=task.started - HOUR)
    assert delay.reschedule(KEY, after=timedelta(0)).due == task.started


def test_task_can_be_moved_as_often_as_one_likes(delay: Delay, table: FakeTaskTable) -> None:
    """Its row stays one write unit, and only its last time counts."""
    delay.schedule({"a": 1}, after=HOUR, key=KEY)
    for number in range(120):
        delay.reschedule(KEY, after=HOUR + number * SECOND)
    assert delay.get(KEY).generation == 121
    table.clock.forward(WEEK)
    assert list_events(table) == [{"a": 1}]


@pytest.mark.parametrize("change", CHANGES)
def test_called_task_cannot_be_changed(delay: Delay, table: FakeTaskTable, change: str) -> None:
    """Between two attempts neither, as with executions."""
    delay.schedule({"fail": "no"}, after=SECOND, key=KEY)
    table.clock.forward(2 * SECOND)
    task = delay.get(KEY)
    assert (task.status, task.attempts, task.error) == (Status.RUNNING, 1, "ValueError")
    with pytest.raises(TooLate, match="RUNNING: its function is being called"):
        CHANGES[change](delay)


def test_failed_task_is_called_again_from_its_first_attempt_on(failed: FakeTaskTable) -> None:
    """It is no longer forgotten: a living row that expires would be deleted."""
    delay = client(failed)
    assert delay.get(KEY).attempts == 4
    delay.redrive(KEY)
    row = failed.rows.get(KEY)
    assert row
    assert (row.expires, row.ended) == (None, None)
    failed.clock.forward(HOUR)
    assert (delay.get(KEY).status, len(failed.calls)) == (Status.FAILED, 8)


def test_redrive_is_for_failed_tasks_alone(delay: Delay, table: FakeTaskTable) -> None:
    """A task that waits for its time, has succeeded or was cancelled is left as it is."""
    delay.schedule({}, after=HOUR, key="waiting")
    delay.cancel(delay.schedule({}, after=HOUR, key="cancelled"))
    delay.schedule({}, after=timedelta(0), key="done")
    for key in ("waiting", "cancelled", "done"):
        with pytest.raises(NotRedrivable, match="only a failed task"):
            delay.redrive(key)
    assert len(table.calls) == 1


def test_success_that_was_not_recorded_is_not_redriven() -> None:
    """In a table that records no ends, a called task has succeeded once its lease is over."""
    table = FakeTaskTable(run, records_end=False)
    delay = client(table)
    delay.schedule({}, after=SECOND, key=KEY)
    table.clock.forward(2 * SECOND)
    assert delay.get(KEY).status is Status.RUNNING
    table.clock.forward(HOUR)
    assert delay.get(KEY).status is Status.SUCCEEDED
    with pytest.raises(NotRedrivable, match="SUCCEEDED"):
        delay.redrive(KEY)


def test_task_without_payload_can_be_shown_and_not_called(failed: FakeTaskTable) -> None:
    """DynamoDB deleted its slot row. An empty payload in its place would be another task."""
    delay = client(failed)
    delay.schedule({"a": 1}, after=WEEK, key="waiting")
    delete_slot_rows(failed)
    assert delay.get(KEY).payload is None
    with pytest.raises(NotRedrivable, match="payload of the task 'order' is gone"):
        delay.redrive(KEY)
    with pytest.raises(TooLate, match="payload of the task 'waiting' is gone"):
        delay.reschedule("waiting", after=HOUR)
    assert delay.cancel("waiting").payload is None


def test_row_that_is_deleted_between_two_reads_is_no_task(
    delay: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write is refused, and the next read finds nothing."""
    delay.schedule({}, after=HOUR, key=KEY)

    def delete(rows: SparseTable, _change: Any) -> Any:
        for partition in rows.items.values():
            partition.pop(KEY, None)
        raise Refused(None)

    monkeypatch.setattr(SparseTable, "write", delete)
    with pytest.raises(NoSuchTask):
        delay.cancel(KEY)


def test_unknown_key_is_reported_with_how_long_tasks_are_kept(delay: Delay) -> None:
    """A failed task is kept a day longer than its letter."""
    with pytest.raises(NoSuchTask, match="a task 7d after its end, and a failed one after 15d"):
        delay.get(KEY)


def test_task_that_others_keep_changing_is_reported(delay: Delay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, and the operation ends."""
    delay.schedule({}, after=HOUR, key=KEY)

    def refuse(rows: SparseTable, _change: Any) -> Any:
        raise Refused(rows.get(KEY))

    monkeypatch.setattr(SparseTable, "write", refuse)
    for change in ("cancel", "reschedule"):
        with pytest.raises(Contended, match="8 times"):
            CHANGES[change](delay)
    monkeypatch.undo()
    assert delay.get(KEY).status is Status.WAITING


def test_history_has_what_a_row_knows(failed: FakeTaskTable) -> None:
    """Events are of the form of GetExecutionHistory; the last attempt stands for all."""
    events = client(failed).history(KEY)
    assert [event["type"] for event in events] == ["TaskScheduled", "TaskStarted", "TaskFailed"]
    assert [event["id"] for event in events] == [1, 2, 3]
    assert events[1]["taskStartedEventDetails"] == {"attempt": 4}
    assert events[2]["taskEndedEventDetails"] == {"error": "ValueError", "cause": "no"}


def test_history_of_a_retried_task_has_its_last_error(delay: Delay, table: FakeTaskTable) -> None:
    """The output of one that succeeded is in its end."""
    delay.schedule({"fail": "no"}, after=SECOND, key=KEY)
    delay.schedule({}, after=SECOND, key="done")
    table.clock.forward(2 * SECOND)
    started = delay.history(KEY)[-1]
    assert started["taskStartedEventDetails"] == {"attempt": 1, "error": "ValueError", "cause": "no"}
    assert delay.history("done")[-1]["taskEndedEventDetails"] == {"output": '{"expirydate":1}'}


def test_many_tasks_are_changed_each_with_its_result(delay: Delay, table: FakeTaskTable) -> None:
    """A prefix means the open tasks, or the failed ones."""
    for number in range(5):
        delay.schedule({"fail": "no"}, after=HOUR, key=f"early-{number}")
        delay.schedule({}, after=WEEK, key=f"late-{number}")
    table.clock.forward(2 * HOUR)
    assert {change.require().status for change in delay.redrive_many(prefix="early-")} == {Status.WAITING}
    moved = list(delay.reschedule_many(prefix="late-", after=2 * WEEK))
    assert [change.require().generation for change in moved] == [2] * 5
    assert len(list(delay.cancel_many(prefix="late-"))) == 5
    (missing,) = delay.cancel_many(keys=["nope"])
    assert isinstance(missing.error, NoSuchTask)
    assert isinstance(delay.store, TableStore)
