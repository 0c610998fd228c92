"""A table, a queue and workers over a simulated clock, and a log of what was acknowledged and called."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, cast

from task_table.call import Delete, DueRow, Worker
from task_table.cursor import Cursor, SweepCursor
from task_table.drain import Drain
from task_table.horizon import find_last_minute
from task_table.key_row import ENDED, KeyRow, RowStatus
from task_table.memory import MemoryTable
from task_table.sending import Sender
from task_table.settings import Settings
from task_table.slot import SECONDS
from task_table.sweep import Sweep
from tests.unit.task_table.interleaving import Gated, Outage, gate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from task_table.message import Message
    from task_table.ports import Letters, Queue, Table

START: Final = 1_800_000_000
"""The time at which each world begins, in seconds since 1970: the first of a minute."""

AGES: Final = (120, 240, 600)
"""Shorter than in production, so that a run has fewer slots. An hour is longer than all of them."""

TIMEOUT: Final = 60
VISIBILITY: Final = 90
MAX_RECEIVES: Final = 10

SETTINGS: Final = Settings(
    queue_url="q", keep_seconds=7 * 86_400, attempts=2, lease_seconds=75, records_end=True, shards=1
)


class Died(BaseException):
    """The worker's process ends within the function."""


class Violation(BaseException):
    """An invariant does not hold. A worker takes any Exception for a failed attempt of the function."""


@dataclass
class Sent:
    """A message in the queue."""

    body: str
    visible: float
    receives: int = 0


class SimulatedQueue:
    """A queue that delivers at least once, and moves a message after too many receives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.messages: list[Sent] = []

    def send(self, messages: Sequence[Message], now: float) -> Sequence[Message]:
        """Keep messages, each hidden for its delay."""
        self._world.require_queue()
        self.messages += (
            Sent(each.format(), self._world.now + each.compute_delay_seconds(now)) for each in messages
        )
        return []

    def receive(self) -> Sent | None:
        """Return a visible message, and hide it."""
        self._world.require_queue()
        for sent in self.messages:
            if sent.visible <= self._world.now:
                sent.receives += 1
                sent.visible = self._world.now + VISIBILITY
                if sent.receives <= MAX_RECEIVES:
                    return sent
                self.messages.remove(sent)
                self._world.letters.append(sent.body)
                return self.receive()
        return None

    def delete(self, sent: Sent) -> None:
        """Delete a message."""
        if sent in self.messages:
            self.messages.remove(sent)

    def hide(self, sent: Sent, seconds: int) -> None:
        """Give a message back for later."""
        sent.visible = self._world.now + seconds


class SimulatedLetters:
    """The dead-letter queue."""

    def __init__(self, world: World) -> None:
        self._world = world

    def send(self, body: str) -> None:
        """Keep a letter."""
        self._world.require_queue()
        self._world.letters.append(body)


@dataclass
class Call:
    """A call of the function. It is lost if the worker died before it had recorded and deleted."""

    row: KeyRow
    deadline: float
    """When Lambda ends its worker."""
    is_running: bool = True
    is_open: bool = True
    """Whether its worker is still at it."""
    has_returned: bool = False
    has_failed: bool = False
    is_lost: bool = False


@dataclass
class Log:
    """The acknowledgements and the calls."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    """The `made` of each acknowledged task by its key."""
    superseded: set[tuple[str, int]] = field(default_factory=set)
    """`made` and `moves` of the tasks that were cancelled, moved or replaced, once that is acknowledged."""
    cancels: set[str] = field(default_factory=set)
    """The keys of which a client tried to cancel the task."""
    redriving: set[str] = field(default_factory=set)
    """The keys of which a client has begun to redrive the task, without an acknowledgement."""
    calls: list[Call] = field(default_factory=list)


@dataclass
class World:
    """Everything that a run needs. `table` and `queue` stop at the gate, `rows` and `messages` do not."""

    settings: Settings = SETTINGS
    page_bytes: int = 1_048_576
    now: float = START
    behavior: Callable[[int], object] = lambda _: None
    """The behavior of the function in each attempt."""
    wrap: Callable[[MemoryTable], object] = lambda table: table
    """Breaks a rule of the table, in tests of the model itself."""
    worker: type[Worker] = Worker
    ages: tuple[int, ...] = AGES
    lateness_allowed: float = 0
    """How early a call may be, because the workers' clocks are ahead."""
    functions_ahead: float = 0
    """How far the clocks of the functions are ahead."""
    table_is_out: bool = False
    queue_is_out: bool = False

    def __post_init__(self) -> None:
        """Make the table, the queue and the cursors."""
        self.log = Log()
        self.letters: list[str] = []
        self.rows = MemoryTable(lambda: self.now, self.page_bytes)
        self.messages = SimulatedQueue(self)
        self.table = cast("Table", Gated(Outages(self, self.wrap(self.rows))))
        self.queue = cast("Queue", Gated(self.messages))
        self.dead_letters = cast("Letters", Gated(SimulatedLetters(self)))
        self._make_cursors()

    def require_queue(self) -> None:
        """Raise while the queue is out."""
        if self.queue_is_out:
            raise Outage("queue")

    def _make_cursors(self) -> None:
        minute = int(self.now) // SECONDS
        self.rows.make_cursor(
            Cursor(
                drained=find_last_minute(self.now) + 1,
                queue_url="q",
                keep_seconds=self.settings.keep_seconds,
                attempts=self.settings.attempts,
                made=int(self.now),
                shards=self.settings.shards,
                read_shards=self.settings.shards,
            )
        )
        for age in self.ages:
            self.rows.make_cursor(SweepCursor(age_seconds=age, swept=minute - age // SECONDS))

    # The participants. Each call of them is one run of a function.

    def read_function_clock(self) -> float:
        """Return the time of the functions."""
        return self.now + self.functions_ahead

    def drain(self) -> None:
        """Run a tick of the drain."""
        clock = self.read_function_clock
        Drain(self.table, Sender(self.queue, clock), clock, self.settings, lambda: True).tick()

    def skip_to(self, minute: int) -> None:
        """Have the drain go on at a minute, which saves a test the empty slots before it."""
        cursor = self.rows.get_cursor()
        assert cursor is not None
        self.rows.advance_cursor(cursor, replace(cursor, drained=minute, shard=0, after=None))

    def skip_to_now(self) -> None:
        """Have the drain and the sweeps go on at this minute, which saves a test the idle ticks before it."""
        self.skip_to(find_last_minute(self.now) + 1)
        for age in self.ages:
            cursor = self.rows.get_sweep_cursor(age)
            assert cursor is not None
            swept = (int(self.now) - age) // SECONDS
            self.rows.advance_cursor(cursor, replace(cursor, swept=swept, shard=0, after=None))

    def drain_for(self, pages: int) -> None:
        """Run a tick of the drain that has time for some pages."""
        clock = self.read_function_clock
        left = iter(range(pages))
        Drain(
            self.table, Sender(self.queue, clock), clock, self.settings, lambda: next(left, None) is not None
        ).tick()

    def sweep(self) -> None:
        """Run a tick of the sweeps."""
        clock = self.read_function_clock
        Sweep(
            self.table,
            Sender(self.queue, clock),
            self.dead_letters,
            clock=clock,
            settings=self.settings,
            has_time=lambda: True,
            ages_seconds=self.ages,
        ).tick()

    def work(self) -> bool:
        """Receive and process a message. Return whether there was one."""
        queue = cast("SimulatedQueue", self.queue)
        sent = queue.receive()
        if sent is None:
            return False
        calls: list[Call] = []
        try:
            outcome = self.build_worker(calls).process(sent.body)
            if isinstance(outcome, Delete):
                queue.delete(sent)
            else:
                queue.hide(sent, outcome.after_seconds)
        except Died:
            calls[-1].is_lost = True
        except BaseException:
            for call in calls:
                call.is_lost = True
            raise
        finally:
            for call in calls:
                call.is_open = False
        return True

    def build_worker(self, calls: list[Call]) -> Worker:
        """Return a worker, whose calls are added to the list."""
        clock = self.read_function_clock
        deadline = self.now + TIMEOUT

        def handle(_: Mapping[str, Any], task: DueRow) -> object:
            call = self.begin_call(task, deadline)
            calls.append(call)
            gate("call", lambda: None)
            try:
                result = self.behavior(task.attempt)
            except Exception:
                call.has_failed = True
                raise
            finally:
                call.is_running = False
            call.has_returned = True
            return result

        return self.worker(
            self.table,
            Sender(self.queue, clock),
            self.dead_letters,
            clock=clock,
            settings=self.settings,
            handle=handle,
        )

    # The invariants

    def begin_call(self, task: DueRow, deadline: float) -> Call:
        """Note that a function is called, and check that it may be."""
        row = self.rows.get(task.key)
        if row is None:
            raise Violation(f"{task} is called, and has no row")
        if self.now + self.lateness_allowed < task.due:
            raise Violation(f"{task} is called {task.due - self.now} s before its second")
        if (task.made, task.moves) in self.log.superseded:
            raise Violation(f"{task} is called after it was cancelled, moved or replaced")
        before = [each for each in self.log.calls if each.row.made == task.made]
        for each in before:
            each.is_lost |= each.is_open and self.now > each.deadline
        if any(each.is_running and not each.is_lost for each in before):
            raise Violation(f"{task} is called twice at once")
        if self.settings.records_end and any(each.has_returned and not each.is_lost for each in before):
            raise Violation(f"{task} is called again after it returned")
        if sum(each.row.token == row.token for each in before) >= self.settings.attempts:
            raise Violation(f"{task} is called more often than its attempts allow")
        call = Call(row, deadline)
        self.log.calls.append(call)
        return call

    def find_unsettled(self) -> str | None:
        """Return why some task is not settled yet, or None."""
        rows = {
            str(row["sk"]): KeyRow.of_attributes(row)
            for pk, partition in self.rows.items.items()
            if pk.startswith("key#")
            for row in partition.values()
        }
        for key, made in self.log.acknowledged.items():
            if reason := self._find_unsettled(rows.get(key), made):
                return f"{key}: {reason}"
        for row in rows.values():
            if row.status is RowStatus.RUNNING:
                return f"{row} is RUNNING"
        return None

    def _find_unsettled(self, row: KeyRow | None, made: str) -> str | None:
        if row is None:
            return "it was acknowledged, and has no row"
        if row.made != made:
            return "it was acknowledged, and another task has its row"
        return None if self._is_settled(row) else f"it is {row.status}, and nothing shows why"

    def _is_settled(self, row: KeyRow) -> bool:
        calls = [each for each in self.log.calls if each.row.made == row.made]
        proofs = {
            RowStatus.FAILED: self.has_letter(row),
            RowStatus.CANCELLED: row.key in self.log.cancels,
            RowStatus.SUCCEEDED: any(each.has_returned and each.row.token == row.token for each in calls),
            RowStatus.CALLED: bool(calls),
            # Its letter is still there: the client that did not come to the end may redrive it again.
            RowStatus.WAITING: row.key in self.log.redriving and bool(self.letters),
        }
        return proofs.get(row.status, False)

    def has_letter(self, row: KeyRow) -> bool:
        """Return whether the dead-letter queue has a letter or the message of a task."""
        members = [json.loads(body) for body in self.letters]
        return any(each.get("key") == row.key and each.get("token") == row.token for each in members)

    # Time

    def expire(self) -> None:
        """Have DynamoDB delete what has expired, and check that nothing needed it."""
        for row in self.rows.expire():
            if str(row["pk"]).startswith("key#") and row["status"] not in {*ENDED, RowStatus.CALLED}:
                raise Violation(f"the living task {row['sk']} is deleted")

    def deliver(self) -> None:
        """Have a worker process all visible messages."""
        while not self.queue_is_out and any(each.visible <= self.now for each in self.messages.messages):
            with suppress(Outage):
                self.work()

    def minute(self) -> None:
        """Let a minute pass in which all participants run."""
        self.expire()
        for tick in (self.drain, self.sweep):
            with suppress(Outage):
                tick()
        self.deliver()
        self.now = (self.now // SECONDS + 1) * SECONDS
        self.deliver()

    def recover(self, minutes: int = 200) -> None:
        """Let time pass with living participants, until all tasks are settled and the queue is empty.

        Raises:
            Violation: some never are.

        """
        self.table_is_out = self.queue_is_out = False
        for _ in range(minutes):
            reason = self.find_unsettled()
            if reason is None and not self.messages.messages:
                return
            self.minute()
        reason = self.find_unsettled()
        if reason:
            raise Violation(reason)


class Outages:
    """A table that raises while it is out."""

    def __init__(self, world: World, table: object) -> None:
        self._world = world
        self._table = table

    def __getattr__(self, name: str) -> Any:
        """Return a method of the table."""
        if self._world.table_is_out:
            raise Outage(name)
        return getattr(self._table, name)
