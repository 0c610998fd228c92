"""Scheduling into a table: the order of the writes, the same task, lost answers, and bad input."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delay import (
    CallRate,
    Delay,
    DuplicateKey,
    InvalidDueTime,
    InvalidKey,
    InvalidPayload,
    InvalidRequest,
    KeyUsedUp,
    Request,
    Status,
)
from delay.testing import FakeTaskTable, Moment
from delay.testing.sparse_table import SparseTable
from task_table.write import Change, Creation, Refused, Written
from tests.unit.delay.table.harness import (
    HOUR,
    KEY,
    SECOND,
    WEEK,
    Killed,
    WrongClock,
    client,
    delete_slot_rows,
    list_events,
    list_slot_rows,
)

END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_message_is_sent_after_both_rows(delay: Delay, table: FakeTaskTable) -> None:
    """After a crash there is a row without a task, and not a task without a row."""
    delay.schedule({"a": 1}, after=SECOND, key=KEY)
    assert table.requests == ["read_clock", "get_cursor", "put_slot", "write", "send"]


def test_drain_sends_the_message_of_a_task_that_is_due_later(delay: Delay, table: FakeTaskTable) -> None:
    """A client sends the messages of those slots alone which the drain may have passed."""
    delay.schedule({"a": 1}, after=WEEK, key=KEY)
    assert "send" not in table.requests
    table.clock.forward(WEEK - SECOND)
    assert not table.calls
    table.clock.forward(SECOND)
    assert [(call.event, call.time) for call in table.calls] == [
        ({"expirydate": 604_800, "a": 1}, table.clock.now())
    ]


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("operation", ["put_slot", "write", "send"])
def test_task_of_a_killed_client_is_called_once_when_it_is_scheduled_again(
    table: FakeTaskTable, operation: str, moment: Moment
) -> None:
    """The second client finishes what the first one began."""
    at = table.clock.now() + timedelta(minutes=5)
    table.fail(operation, Killed(), moment=moment)
    with pytest.raises(Killed):
        client(table).schedule({"a": 1}, at=at, key=KEY)
    assert client(table).schedule({"a": 1}, at=at, key=KEY).status is Status.WAITING
    table.clock.forward(HOUR)
    assert list_events(table) == [{"a": 1}]
    assert table.calls[0].time == at


@pytest.mark.parametrize("stalled", ["put_slot", "write"])
def test_task_of_a_client_that_stalls_for_hours_is_called_at_once(
    delay: Delay, table: FakeTaskTable, stalled: str
) -> None:
    """The sweeps have passed its slot meanwhile, so it gets another one."""

    def stall(operation: str, moment: Moment) -> None:
        if (operation, moment) == (stalled, Moment.AFTER):
            table.watch(None)
            table.clock.forward(7 * HOUR)

    table.watch(stall)
    delay.schedule({"a": 1}, after=HOUR, key=KEY)
    assert list_events(table) == [{"a": 1}]


def test_message_that_the_client_could_not_send_is_sent_by_a_sweep(
    delay: Delay, table: FakeTaskTable
) -> None:
    """It comes minutes late, and not never."""
    table.fail("send", Killed())
    with pytest.raises(Killed):
        delay.schedule({"a": 1}, after=SECOND, key=KEY)
    table.clock.forward(timedelta(minutes=5))
    assert list_events(table) == [{"a": 1}]


def test_message_that_is_sent_late_is_still_on_time(delay: Delay, table: FakeTaskTable) -> None:
    """The delay of a message counts from when the queue takes it, and not from when the row was written."""
    table.clock.forward(timedelta(milliseconds=300))
    table.fail("send", "RequestThrottled", times=4)
    task = delay.schedule({}, after=timedelta(minutes=1), key=KEY)
    table.clock.forward(HOUR)
    assert timedelta(0) <= table.calls[0].time - task.due < SECOND


def repeat_writes(table: FakeTaskTable, between: Callable[[], object] = lambda: None) -> None:
    """Have the next write sent twice, as botocore does whose first answer was lost."""
    original = table.rows.write

    def write_twice(write: Creation | Change) -> Written:
        table.rows.write = original  # type: ignore[method-assign]
        original(write)
        between()
        return original(write)

    table.rows.write = write_twice  # type: ignore[method-assign]


def test_lost_answer_to_a_creation_is_ones_own_success(delay: Delay, table: FakeTaskTable) -> None:
    """The repeated write is refused because of the first one."""
    repeat_writes(table)
    assert delay.schedule({"a": 1}, after=SECOND, key=KEY).status is Status.WAITING
    table.clock.forward(HOUR)
    assert list_events(table) == [{"a": 1}]


def test_task_that_was_moved_before_the_answer_keeps_its_slot_row(table: FakeTaskTable) -> None:
    """The creation was lost for minutes, and must not point the task to its own slot row again."""

    def move() -> None:
        client(table).reschedule(KEY, after=WEEK)
        table.clock.forward(timedelta(minutes=30))

    repeat_writes(table, move)
    task = client(table).schedule({"a": 1}, after=timedelta(minutes=5), key=KEY)
    assert (task.generation, task.payload) == (2, {"a": 1})
    assert client(table).get(KEY).payload == {"a": 1}
    table.clock.forward(2 * WEEK)
    assert list_events(table) == [{"a": 1}]


def test_task_that_was_replaced_before_the_answer_is_returned_as_it_is(table: FakeTaskTable) -> None:
    """The payload of the answer is that of the later request."""
    repeat_writes(table, lambda: client(table).schedule({"a": 2}, after=HOUR, key=KEY, replace=True))
    assert client(table).schedule({"a": 1}, after=WEEK, key=KEY).payload == {"a": 2}


def test_row_that_dynamodb_deletes_meanwhile_frees_its_key(
    delay: Delay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is sent again."""
    refusals = [Refused(None)] * 2
    write = SparseTable.write

    def refuse(rows: SparseTable, change: Any) -> Any:
        if isinstance(change, Creation) and refusals:
            raise refusals.pop()
        return write(rows, change)

    monkeypatch.setattr(SparseTable, "write", refuse)
    assert delay.schedule({}, after=HOUR, key=KEY).status is Status.WAITING


@pytest.mark.parametrize(
    ("payload", "after", "says"),
    [
        ({"a": 2}, WEEK, "its payload differs"),
        ({"a": 1.0}, WEEK, "its payload differs"),
        ({"a": 1}, HOUR, "it is due 2026-12-01T12:00:00Z, not 2026-11-24T13:00:00Z"),
        ({}, HOUR, "and its payload differs"),
    ],
)
def test_other_task_of_a_key_is_a_conflict(
    delay: Delay, payload: dict[str, Any], after: timedelta, says: str
) -> None:
    """The message says how they differ, and how to replace it."""
    delay.schedule({"a": 1}, after=WEEK, key=KEY)
    with pytest.raises(DuplicateKey, match=says) as raised:
        delay.schedule(payload, after=after, key=KEY)
    assert "WAITING" in str(raised.value)
    assert "replace=True" in str(raised.value)


def test_order_of_members_makes_no_other_task(delay: Delay) -> None:
    """Payloads are compared as JSON values."""
    task = delay.schedule({"a": 1, "b": {"c": 2, "d": 3}}, after=WEEK, key=KEY)
    assert delay.schedule({"b": {"d": 3, "c": 2}, "a": 1}, after=WEEK, key=KEY).due == task.due


def test_cancelled_task_is_not_made_again(delay: Delay, table: FakeTaskTable) -> None:
    """The key is free after `keep`; until then the message says until when."""
    delay.cancel(delay.schedule({}, after=WEEK, key=KEY))
    with pytest.raises(KeyUsedUp, match=r"it was cancelled\. The table keeps it until 2026-12-01T12:00:00Z"):
        delay.schedule({}, after=WEEK, key=KEY)
    table.clock.forward(WEEK + SECOND)
    assert delay.schedule({}, after=WEEK, key=KEY).status is Status.WAITING


def test_moved_task_is_not_the_same_after_its_first_delay(delay: Delay) -> None:
    """Its delay is another one."""
    delay.schedule({}, after=WEEK, key=KEY)
    delay.reschedule(KEY, after=2 * WEEK)
    with pytest.raises(DuplicateKey, match="it is due"):
        delay.schedule({}, after=WEEK, key=KEY)


def test_deleted_payload_of_a_waiting_task_is_restored_by_the_same_request(
    delay: Delay, table: FakeTaskTable
) -> None:
    """The drain was down for months, and DynamoDB has deleted the slot row."""
    at = table.clock.now() + WEEK
    delay.schedule({"a": 1}, at=at, key=KEY)
    delete_slot_rows(table)
    assert delay.schedule({"a": 1}, at=at, key=KEY).payload == {"a": 1}
    table.clock.forward(2 * WEEK)
    assert list_events(table) == [{"a": 1}]


@pytest.mark.parametrize("ahead", [-3 * HOUR, 3 * HOUR, timedelta(days=-400), timedelta(days=400)], ids=str)
def test_due_times_are_by_the_clock_of_the_table(table: FakeTaskTable, ahead: timedelta) -> None:
    """A wrong clock makes no task late or early by more than a date's resolution."""
    wrong = client(table, WrongClock(table.clock, ahead))
    began = table.clock.now()
    for task, wanted in (
        (wrong.schedule({}, at=began + WEEK), began + WEEK),
        (wrong.schedule({}, after=HOUR), began + HOUR),
    ):
        assert abs(task.due - wanted) <= SECOND
    with pytest.raises(InvalidDueTime, match="passed"):
        wrong.schedule({}, at=began - timedelta(minutes=1))


@pytest.mark.parametrize("ahead", [timedelta(days=-400), timedelta(days=400)], ids=str)
def test_wrong_clock_neither_frees_a_key_nor_forgets_a_task(table: FakeTaskTable, ahead: timedelta) -> None:
    """Before its first comparison, a client believes no time."""
    client(table).schedule({}, after=HOUR, key=KEY)
    wrong = client(table, WrongClock(table.clock, ahead))
    assert wrong.cancel(KEY).status is Status.CANCELLED
    other = client(table, WrongClock(table.clock, ahead))
    assert other.get(KEY).status is Status.CANCELLED
    with pytest.raises(KeyUsedUp):
        client(table).schedule({"a": 2}, after=HOUR, key=KEY)


def test_latest_request_wins_and_leaves_no_row(delay: Delay, table: FakeTaskTable) -> None:
    """It reads the key row first, since a refused creation would leave a slot row."""
    delay.schedule({"n": 1}, after=WEEK, key=KEY, replace=True)
    for number in (2, 3):
        delay.schedule({"n": number}, after=number * HOUR, key=KEY, replace=True)
    assert len(list_slot_rows(table)) == 3
    assert delay.schedule({"n": 3}, after=3 * HOUR, key=KEY, replace=True).generation == 3
    assert len(list_slot_rows(table)) == 3
    table.clock.forward(2 * WEEK)
    assert list_events(table) == [{"n": 3}]


def test_task_made_between_the_look_and_the_write_is_replaced(delay: Delay, table: FakeTaskTable) -> None:
    """The later of two requests wins."""

    def make(operation: str, moment: Moment) -> None:
        if (operation, moment) == ("put_slot", Moment.BEFORE):
            table.watch(None)
            client(table).schedule({"n": 1}, after=HOUR, key=KEY)

    table.watch(make)
    assert delay.schedule({"n": 2}, after=WEEK, key=KEY, replace=True).payload == {"n": 2}
    table.clock.forward(2 * WEEK)
    assert list_events(table) == [{"n": 2}]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "1 to 960 bytes"),
        ("x" * 961, "got 961"),
        ("ü" * 481, "got 962"),
        ("a\nb", "control character '\\\\n'"),
        ("a\x7f", "control character"),
        ("a\x85", "control character"),
        ("a\ud800", "half of a surrogate pair"),
        (5, "A key is a string, got int"),
        (b"a", "A key is a string, got bytes"),
    ],
)
def test_unusable_key_is_refused_before_any_request(
    delay: Delay, table: FakeTaskTable, key: Any, says: str
) -> None:
    """Each operation says what is allowed."""
    with pytest.raises(InvalidKey, match=says):
        delay.schedule({}, after=HOUR, key=key)
    with pytest.raises(InvalidKey, match=says):
        delay.get(key)
    assert table.requests == []


@pytest.mark.parametrize(
    "key", ["x" * 960, "ü" * 480, "a#b#c", "a:b/c", " a b ", "{}", "order--g2-abc", "日本"]
)
def test_any_other_key_is_one(delay: Delay, table: FakeTaskTable, key: str) -> None:
    """Keys may have the separators of rows and of ARNs."""
    task = delay.schedule({"a": 1}, after=HOUR, key=key)
    assert delay.get(key) == task
    assert (task.key, task.name) == (key, key)
    assert [each.key for each in delay.list(due_within=WEEK)] == [key]
    table.clock.forward(HOUR)
    assert delay.get(key).status is Status.SUCCEEDED


def test_keys_are_not_normalised(delay: Delay) -> None:
    """A composed and a decomposed letter are two keys."""
    for key in ("\u00e9", "e\u0301"):
        delay.schedule({}, after=HOUR, key=key)
    assert len(list(delay.list())) == 2


@pytest.mark.parametrize(
    "at",
    [END, END - timedelta(microseconds=999_999), datetime(2026, 11, 24, 12, 0, 0, 1, tzinfo=UTC)],
)
def test_due_time_is_rounded_up_to_the_second(delay: Delay, at: datetime) -> None:
    """In the year 9999 too, where a float has no microseconds left."""
    assert timedelta(0) <= delay.schedule({}, at=at, key=KEY).due - at < SECOND


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ({"at": END + timedelta(microseconds=1)}, "between 1970 and 9999"),
        ({"after": timedelta(days=4_000_000)}, "beyond the year 9999"),
        ({"after": -SECOND}, "must not be negative"),
        ({"at": datetime(1969, 12, 31, tzinfo=UTC), "allow_past": True}, "between 1970 and 9999"),
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, "passed"),
        ({"at": datetime(2027, 1, 1)}, "must have a time zone"),  # noqa: DTZ001 - refused for that
        ({}, "Give either after"),
        ({"after": HOUR, "at": END}, "Give either after"),
        ({"after": 5}, "must be a timedelta"),
    ],
)
def test_unusable_due_time_is_refused(
    delay: Delay, table: FakeTaskTable, when: dict[str, Any], says: str
) -> None:
    """Nothing is written."""
    with pytest.raises(InvalidDueTime, match=says):
        delay.schedule({}, key=KEY, **when)
    assert not list_slot_rows(table)


def test_past_time_means_at_once_if_it_is_allowed(delay: Delay, table: FakeTaskTable) -> None:
    """Its slot is the present one, since the drain has passed its own."""
    past = table.clock.now() - 9 * HOUR
    task = delay.schedule({"a": 1}, at=past, key=KEY, allow_past=True)
    assert task.due == past
    assert list_events(table) == [{"a": 1}]
    assert delay.schedule({"a": 1}, at=past, key=KEY, allow_past=True).due == past


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"a": float("nan")}, "not a JSON number"),
        ({"expirydate": 5}, "expirydate"),
        ({"a": "x" * 262_144}, "262,144"),
        ({"a": "\ud800"}, "half of a surrogate"),
        ([1], "JSON object"),
        ({"a": {1, 2}}, "not a JSON type"),
    ],
)
def test_unusable_payload_is_refused_before_any_request(
    delay: Delay, table: FakeTaskTable, payload: Any, says: str
) -> None:
    """The limits are those of executions, so that a task can wait in either store."""
    with pytest.raises(InvalidPayload, match=says):
        delay.schedule(payload, after=HOUR)
    assert table.requests == []


def test_large_payload_stays_in_its_slot_row(delay: Delay, table: FakeTaskTable) -> None:
    """The message says where it is, and the function gets all of it."""
    payload = {"a": "x" * 262_000}
    delay.schedule(payload, after=SECOND, key=KEY)
    table.clock.forward(SECOND)
    assert list_events(table) == [payload]
    assert delay.get(KEY).payload == payload


def test_rate_limits_many_tasks(delay: Delay, table: FakeTaskTable) -> None:
    """Without one, a table takes tasks as fast as they come."""
    began = table.clock.now()
    requests = [Request({}, after=HOUR, key=f"{number}") for number in range(60)]
    assert not any(result.error for result in delay.schedule_many(requests))
    assert table.clock.now() == began
    again = [Request({}, after=HOUR, key=f"again-{number}") for number in range(60)]
    assert not any(result.error for result in delay.schedule_many(again, rate=CallRate(1, 2)))
    assert table.clock.now() - began >= timedelta(seconds=29)


def test_version_of_the_code_is_refused_by_name(delay: Delay) -> None:
    """A table has none."""
    with pytest.raises(
        InvalidRequest, match=r"to_version \(--to-version\) is for tasks that wait as executions"
    ):
        delay.reschedule_many(prefix="a", to_version="live")
