"""Many tasks are scheduled in batches: each request has its own result, whatever its neighbours do."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delay.aws.corrected_clock import CorrectedClock
from delay.errors import DuplicateKey, InvalidKey, InvalidPayload, Refused
from delay.many.stoppable_clock import StoppableClock
from delay.request import Request, Result
from delay.table.batches import BatchScheduler
from delay.table.parts import Parts
from delay.table.requests import Requests
from delay.testing import FakeClock
from task_table.cursor import Cursor
from task_table.key_row import KeyRow
from task_table.memory import MemoryQueue, MemoryTable
from task_table.ports import ROWS_WRITTEN
from task_table.slot_row import SlotRow
from task_table.statement import StatementFailed
from task_table.write import Written

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/TaskTable"
WEEK = timedelta(days=7)


class RecordingTable(MemoryTable):
    """A table that records the sizes of its batches, and refuses the key rows of some keys."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(lambda: clock.now().timestamp())
        self.batches: list[str] = []
        self.refused: set[str] = set()

    def put_slots(self, rows: Sequence[SlotRow]) -> int:
        """Write slot rows."""
        self.batches.append(f"{len(rows)} slot rows")
        return super().put_slots(rows)

    def insert(self, rows: Sequence[KeyRow]) -> Sequence[Written | Exception]:
        """Write key rows but the refused ones."""
        self.batches.append(f"{len(rows)} key rows")
        return [
            StatementFailed("AccessDenied", "no")
            if row.key in self.refused
            else super(RecordingTable, self).insert([row])[0]
            for row in rows
        ]


class PurgeableMemoryQueue(MemoryQueue):
    """A queue as the client takes it."""

    def purge(self) -> None:
        """Delete all messages."""
        self.sent.clear()


class World:
    """A table, its queue, and the scheduler under test."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.table = RecordingTable(self.clock)
        self.queue = PurgeableMemoryQueue()
        now = int(self.clock.now().timestamp())
        self.table.make_cursor(
            Cursor(drained=now // 60, queue_url="https://queue", keep_seconds=604_800, attempts=4, made=now)
        )

    def schedule(self, *requests: Request) -> list[Result]:
        """Schedule requests, and return their results."""
        return list(self.schedule_all(iter(requests)))

    def schedule_all(self, requests: Iterator[Request]) -> Iterator[Result]:
        """Schedule requests from a stream."""
        stoppable = StoppableClock(self.clock)
        clock = CorrectedClock(stoppable)
        requests_to_aws = Requests(ARN, lambda: self.table, lambda _url: self.queue, clock, timedelta(0))
        return BatchScheduler(Parts(requests_to_aws)).schedule(requests, stoppable, 1)


@pytest.fixture
def world() -> World:
    return World()


def find_errors(results: Sequence[Result]) -> dict[str | None, type[Exception]]:
    """Return the types of the errors, by the keys of their requests."""
    return {result.request.key: type(result.error) for result in results if result.error}


def test_batch_writes_all_slot_rows_before_its_key_rows(world: World) -> None:
    """A crash between the two leaves rows without tasks, and never a task that no drain finds."""
    results = world.schedule(*(Request({"n": n}, WEEK, key=f"k{n}") for n in range(ROWS_WRITTEN + 5)))
    assert world.table.batches == ["25 slot rows", "25 key rows", "5 slot rows", "5 key rows"]
    assert {result.require().key for result in results} == {f"k{n}" for n in range(30)}
    assert all(world.table.get(f"k{n}") for n in range(30))


def test_failed_statement_is_the_result_of_its_request_alone(world: World) -> None:
    """The other 24 tasks of the batch are scheduled."""
    other = Request({"n": 0}, WEEK, key="taken")
    world.schedule(other)
    results = world.schedule(
        *(Request({"n": n}, WEEK, key=key) for n, key in enumerate(["a", "taken", "b"], 1))
    )
    assert find_errors(results) == {"taken": DuplicateKey}
    assert world.table.get("a")
    assert world.table.get("b")


def test_refused_statement_is_sent_again_by_itself(world: World) -> None:
    """DynamoDB says of a statement less than of a write, and it may have been a passing fault."""
    world.table.refused = {"b"}
    results = world.schedule(*(Request({"n": 1}, WEEK, key=key) for key in "abc"))
    assert find_errors(results) == {}
    assert world.table.get("b")


def test_invalid_request_leaves_its_batch_alone(world: World) -> None:
    """Nothing is sent for it."""
    results = world.schedule(Request({"a": {1}}, WEEK, key="bad"), Request({"a": 1}, WEEK, key="good"))
    assert find_errors(results) == {"bad": InvalidPayload}
    assert world.table.get("bad") is None
    assert world.table.get("good")


def test_key_that_is_no_text_is_refused_alone(world: World) -> None:
    """An untyped caller may pass a list, which no set takes."""
    key: Any = ["order", 42]
    bad, good = world.schedule(Request({"a": 1}, WEEK, key=key), Request({"a": 1}, WEEK, key="good"))
    assert isinstance(bad.error, InvalidKey)
    assert good.require().key == "good"


def test_repeated_key_is_the_same_task(world: World) -> None:
    """Two statements of one batch must not have one key, so the second begins another batch."""
    results = world.schedule(*(Request({"a": 1}, WEEK, key="twice") for _ in range(2)))
    assert [result.require().key for result in results] == ["twice", "twice"]
    assert world.table.batches == ["1 slot rows", "1 key rows"] * 2


def test_due_soon_tasks_are_sent_at_once(world: World) -> None:
    """The drain may have passed their slots."""
    world.schedule(Request({"a": 1}, timedelta(seconds=90), key="soon"), Request({"a": 1}, WEEK, key="late"))
    assert [sent.message.key for sent in world.queue.sent] == ["soon"]


def test_batch_written_after_its_slots_have_passed_is_sent_again(world: World) -> None:
    """A client that stalled between the two writes finds it out by the table's time."""

    class StallingTable(RecordingTable):
        def insert(self, rows: Sequence[KeyRow]) -> Sequence[Written | Exception]:
            world.clock.forward(timedelta(hours=7))
            return super().insert(rows)

    stalling = StallingTable(world.clock)
    stalling.items = world.table.items
    world.table = stalling
    (result,) = world.schedule(Request({"a": 1}, timedelta(hours=1), key="stalled"))
    row = world.table.get("stalled")
    assert row is not None
    now = int(world.clock.now().timestamp())
    assert int(row.slot.split("#")[1]) >= now // 60
    assert result.require().key == "stalled"
    assert [sent.message.slot for sent in world.queue.sent][-1:] == [row.slot]


def test_replacing_request_replaces_by_itself(world: World) -> None:
    """It takes a condition that no INSERT has."""
    world.schedule(Request({"a": 1}, WEEK, key="k"))
    (result,) = world.schedule(Request({"a": 2}, WEEK, key="k", replace=True))
    assert result.require().payload == {"a": 2}


def test_failing_stream_raises_after_the_earlier_results(world: World) -> None:
    """The requests read before are scheduled."""

    def stream() -> Iterator[Request]:
        yield Request({"a": 1}, WEEK, key="first")
        raise LookupError("no more")

    results = world.schedule_all(stream())
    assert next(results).require().key == "first"
    with pytest.raises(LookupError, match="no more"):
        next(results)


def test_failing_table_fails_its_batch(world: World) -> None:
    """Each request has the error: none of them is known to be scheduled."""

    class BrokenTable(RecordingTable):
        def put_slots(self, rows: Sequence[SlotRow]) -> int:
            raise StatementFailed("ValidationException", f"{len(rows)} rows are too many")

    broken = BrokenTable(world.clock)
    broken.items = world.table.items
    world.table = broken
    results = world.schedule(*(Request({"a": 1}, WEEK, key=key) for key in "ab"))
    assert find_errors(results) == {"a": Refused, "b": Refused}


def test_task_has_its_due_time_to_the_second(world: World) -> None:
    """It is rounded up: a task is never early."""
    at = datetime(2400, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    (result,) = world.schedule(Request({"a": 1}, at=at, key="k"))
    assert result.require().due == datetime(2400, 1, 1, 0, 0, 1, tzinfo=UTC)
