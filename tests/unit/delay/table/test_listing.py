"""Listings and counts of a table: by key, by due time, with flat memory, of any status."""

from datetime import timedelta
from itertools import islice

import pytest

from delay import Delay, InvalidKey, Request, ScheduledTask, Status
from delay.table import listing, pages
from delay.testing import FakeTaskTable
from task_table.hashing import PARTITIONS
from tests.unit.delay.table.harness import HOUR, SECOND, WEEK, Killed, client

MINUTE = timedelta(minutes=1)


@pytest.fixture
def delay_with_tasks(delay: Delay, table: FakeTaskTable) -> Delay:
    """A client with 30 waiting tasks, and one of each other status."""
    delay.schedule({"fail": "no"}, after=SECOND, key="failed")
    delay.schedule({}, after=SECOND, key="done")
    table.clock.forward(HOUR)
    delay.cancel(delay.schedule({}, after=HOUR, key="cancelled"))
    delay.schedule({"fail": "no"}, after=timedelta(0), key="running")
    requests = (Request({"n": n}, after=n * MINUTE, key=f"order-{n:02}") for n in range(30, 60))
    assert not any(result.error for result in delay.schedule_many(requests))
    return delay


def list_keys(delay: Delay, status: Status | None = None, prefix: str = "") -> list[str]:
    """Return the keys of a listing."""
    return [task.key for task in delay.list(status, prefix)]


def test_tasks_are_listed_in_the_order_of_their_keys(
    delay_with_tasks: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their 64 partitions are merged, whatever the size of a page."""
    keys = [f"order-{n:02}" for n in range(30, 60)]
    for rows in (1, 2, 250):
        monkeypatch.setattr(pages, "ROWS", rows)
        assert list_keys(delay_with_tasks, prefix="order-") == keys
    assert list_keys(delay_with_tasks) == sorted([*keys, "failed", "done", "cancelled", "running"])


def test_keys_are_ordered_by_their_bytes(delay: Delay) -> None:
    """As DynamoDB orders them, and not by the letters of a language."""
    keys = ["Z", "a", "z", "Ä", "\ue000", "\U0001f600"]
    for key in reversed(keys):
        delay.schedule({}, after=HOUR, key=key)
    assert list_keys(delay) == keys


@pytest.mark.parametrize(
    ("status", "keys"),
    [
        (Status.SUCCEEDED, ["done"]),
        (Status.FAILED, ["failed"]),
        (Status.CANCELLED, ["cancelled"]),
        (Status.STOPPED, ["cancelled"]),
        (Status.RUNNING, ["running"]),
        (Status.TIMED_OUT, []),
        (Status.RESCHEDULED, []),
    ],
)
def test_status_selects_tasks(delay_with_tasks: Delay, status: Status, keys: list[str]) -> None:
    """A status that only executions have is that of no row, and no error."""
    assert list_keys(delay_with_tasks, status) == keys
    assert delay_with_tasks.count(status).by_status == {status: len(keys)}
    assert [task.key for task in delay_with_tasks.list(status, due=True)] == keys


def test_status_that_no_row_has_reads_no_rows(delay_with_tasks: Delay, table: FakeTaskTable) -> None:
    """A table may have any number of them."""
    table.requests.clear()
    assert list_keys(delay_with_tasks, Status.TIMED_OUT) == []
    assert delay_with_tasks.count(Status.RESCHEDULED).open == 0
    assert "query_keys" not in table.requests


def test_payloads_are_read_on_request(delay_with_tasks: Delay) -> None:
    """Each is in another row. A task with its payload is what `get` returns."""
    plain = delay_with_tasks.list(prefix="order-30")
    assert (plain.has_details, plain.has_payloads) == (True, False)
    (task,) = plain
    assert (task.payload, task.due is None) == (None, False)
    (full,) = delay_with_tasks.list(prefix="order-30", due=True)
    assert isinstance(full, ScheduledTask)
    assert full == delay_with_tasks.get("order-30")


def test_first_tasks_come_before_the_last_ones_are_read(
    delay_with_tasks: Delay, table: FakeTaskTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of each partition, and the ones that follow a consumed page, are all that is in memory."""
    monkeypatch.setattr(pages, "ROWS", 1)
    client(table)
    for number in range(400):
        delay_with_tasks.schedule({}, after=WEEK, key=f"zzz-{number}")
    table.requests.clear()
    assert len(list(islice(delay_with_tasks.list(), 3))) == 3
    assert table.requests.count("query_keys") <= 2 * PARTITIONS + 10


def test_progress_is_the_number_of_rows_read(delay_with_tasks: Delay) -> None:
    """Those of other statuses too."""
    read: list[int] = []
    list(delay_with_tasks.list(Status.FAILED).iterate(read.append))
    assert read[-1] == 34
    delay_with_tasks.count(watch=read.append)
    assert read[-1] == 34


def test_tasks_are_counted_by_status(delay_with_tasks: Delay) -> None:
    """Exactly, since all rows are read."""
    counts = delay_with_tasks.count()
    assert counts.lower_bounds == frozenset()
    assert counts.by_status == {
        Status.WAITING: 30,
        Status.RUNNING: 1,
        Status.SUCCEEDED: 1,
        Status.FAILED: 1,
        Status.CANCELLED: 1,
    }
    assert delay_with_tasks.count(Status.OPEN).by_status == {Status.OPEN: 31}
    assert delay_with_tasks.count(prefix="order-4").open == 10


def test_forgotten_tasks_are_left_out(delay_with_tasks: Delay, table: FakeTaskTable) -> None:
    """DynamoDB deletes their rows days late, or never if its TTL is off."""
    table.clock.forward(3 * WEEK)
    assert list_keys(delay_with_tasks) == []
    assert sum(delay_with_tasks.count().by_status.values()) == 0


@pytest.mark.parametrize("most_slots", [0, 1440])
def test_window_is_ordered_by_due_time(
    delay_with_tasks: Delay, monkeypatch: pytest.MonkeyPatch, most_slots: int
) -> None:
    """By its slots if it is short, or else by all keys; the tasks are the same, with their payloads."""
    monkeypatch.setattr(listing, "_MOST_SLOTS", most_slots)
    delay_with_tasks.reschedule("order-31", after=50 * MINUTE)
    delay_with_tasks.reschedule("order-31", after=31 * MINUTE)
    delay_with_tasks.reschedule("order-59", after=31 * MINUTE + SECOND)
    tasks = list(delay_with_tasks.list(due_within=33 * MINUTE))
    assert [task.key for task in tasks] == ["order-30", "order-31", "order-59", "order-32", "order-33"]
    assert tasks == [delay_with_tasks.get(task) for task in tasks]
    due = tasks[1].due
    assert [task.key for task in delay_with_tasks.list(due_from=due, due_until=due)] == ["order-31"]
    cancelled = delay_with_tasks.list(Status.CANCELLED, due_within=2 * HOUR)
    assert [task.key for task in cancelled] == ["cancelled"]
    assert list(delay_with_tasks.list(prefix="x", due_within=WEEK)) == []


def test_short_window_reads_its_slots_alone(delay_with_tasks: Delay, table: FakeTaskTable) -> None:
    """It costs a query a minute and shard, however many tasks wait for later."""
    table.requests.clear()
    assert len(list(delay_with_tasks.list(due_within=35 * MINUTE))) == 6
    assert "query_keys" not in table.requests
    assert table.requests.count("query_slot") <= 37


def test_later_window_reads_its_slots_alone(delay_with_tasks: Delay, table: FakeTaskTable) -> None:
    """And none of the minutes before it."""
    begin = table.clock.now() + WEEK
    delay_with_tasks.schedule({}, at=begin, key="in-a-week")
    table.requests.clear()
    tasks = delay_with_tasks.list(due_from=begin, due_until=begin + 9 * MINUTE)
    assert [task.key for task in tasks] == ["in-a-week"]
    assert table.requests.count("query_slot") == 10


def test_overdue_tasks_of_the_last_minute_are_in_a_window(delay: Delay, table: FakeTaskTable) -> None:
    """A task for a past time is in the present slot, which may be later than its own."""
    table.clock.forward(timedelta(seconds=70))
    table.fail("send", Killed(), times=2)
    for key, ago in (("b", 12), ("a", 15)):
        with pytest.raises(Killed):
            delay.schedule({}, at=table.clock.now() - ago * SECOND, key=key, allow_past=True)
    since = table.clock.now() - 20 * SECOND
    until = table.clock.now() - 11 * SECOND
    assert [task.key for task in delay.list(due_from=since, due_until=until)] == ["a", "b"]


@pytest.mark.parametrize("prefix", ["\ud800", "x" * 961])
def test_unusable_prefix_is_refused(delay: Delay, prefix: str) -> None:
    """No key begins with it."""
    with pytest.raises(InvalidKey):
        delay.list(prefix=prefix)
    with pytest.raises(InvalidKey):
        delay.count(prefix=prefix)


def test_crowded_minute_is_read_as_far_as_it_is_consumed(
    delay: Delay, table: FakeTaskTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, in the order of the table, however many tasks are due in one second."""
    keys = [f"{letter}{end}" for letter in "abcdefghijklmnopqrstuvwxyz" for end in ("!", "", "x")]
    assert not any(each.error for each in delay.schedule_many(Request({}, after=HOUR, key=k) for k in keys))
    monkeypatch.setattr(table.rows, "_page_bytes", 1)
    monkeypatch.setattr(listing, "ROWS_READ", 3)
    monkeypatch.setattr(pages, "THREADS", 1)
    due = table.clock.now() + HOUR
    assert [task.key for task in delay.list(due_from=due, due_until=due)] == keys
    table.requests.clear()
    assert [task.key for task in islice(delay.list(due_from=due, due_until=due), 3)] == keys[:3]
    assert table.requests.count("query_slot") < len(keys) / 2
