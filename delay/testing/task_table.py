"""A fake of the table, its queues and its functions, for tests to pass to Delay."""

import heapq
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from delay.aws.connection import SqsClient
from delay.table.placing import to_moment
from delay.table.row_task import build_arn
from delay.testing.clock import FakeClock
from delay.testing.fake import Fake
from delay.testing.function import Call, Function, no_function
from delay.testing.sparse_table import SparseTable
from delay.testing.sqs import FakeSqs
from task_table.call import DueRow, Return, Worker
from task_table.drain import Drain
from task_table.message import Message
from task_table.ports import PurgeableQueue, Table
from task_table.sending import Sender
from task_table.settings import Settings
from task_table.sweep import Sweep

TABLE_ARN: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/TaskTable"

_QUEUE_URL: Final = "https://sqs.us-east-1.amazonaws.com/123456789012/TaskQueue"

_LEASE_SECONDS: Final = 75
"""As in template.yaml: the function's Timeout and a margin."""

_OPERATIONS: Final = tuple(name for name in vars(Table) if not name.startswith("_"))


class FakeTaskTable(Fake):
    """A table of tasks in memory, with its drain, sweeps and worker, by a clock that the test moves.

    Every call that is due has happened when an operation returns or `calls` is read. The participants are the
    application's own, on a table and a queue in memory.
    Its operations are those of task_table.ports: `put_slot`, `write` and so on, and `send` of the queue.

    `Delay.wait` polls it every hour of its clock, which takes half a minute for a task due in ten years: move
    the clock to the due time first, by `clock.forward`.

    `function` is called by due tasks, with an event and a context like a Lambda handler.
    `attempts` is how often a task is called at most: again 10 seconds after a failure, then 20, and so on.
    `keep` is how long the key of an ended task is taken.
    `records_end` is the parameter TableRecordsEnd: without it, a success is not written.
    """

    def __init__(
        self,
        function: Function = no_function,
        *,
        clock: FakeClock | None = None,
        attempts: int = 4,
        keep: timedelta = timedelta(days=7),
        records_end: bool = True,
    ) -> None:
        super().__init__(function, clock)
        self.arn = TABLE_ARN
        self._letters = FakeSqs(self.clock)
        self._now = self._read_clock()
        self.rows = SparseTable(self._read_clock, self._read)
        """The table. An operation on it is neither in `requests` nor does it fail as the test asked for."""
        self._queue: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._is_catching_up = False
        settings = Settings(
            queue_url=_QUEUE_URL,
            keep_seconds=round(keep.total_seconds()),
            attempts=attempts,
            lease_seconds=_LEASE_SECONDS,
            records_end=records_end,
            shards=1,  # which takes an eighth of the time
        )
        self._start(settings)

    @property
    def sqs(self) -> FakeSqs:
        """The dead-letter queue."""
        with self._lock:
            self._catch_up()
            return self._letters

    @property
    def dead_letter_queue_url(self) -> str:
        """The URL of the dead-letter queue."""
        return self._letters.queue_url

    def open_table(self) -> Table:
        """Return the table as Delay uses it."""
        return cast("Table", _Port(self._carry_out, self.rows, _OPERATIONS))

    def open_queue(self, _url: str) -> PurgeableQueue:
        """Return the queue of due tasks as Delay uses it."""
        return cast(
            "PurgeableQueue",
            _Port(self._carry_out, self._open_queue(self._read_clock), ("send", "purge")),
        )

    def open_letters(self) -> SqsClient:
        """Return the client for the dead-letter queue."""
        return self.sqs

    def _start(self, settings: Settings) -> None:
        sender, letters = Sender(self._open_queue(self._read), self._read), _Letters(self._letters.put)
        self._drain = Drain(self.rows, sender, self._read, settings, _has_time)
        self._sweep = Sweep(
            self.rows, sender, letters, clock=self._read, settings=settings, has_time=_has_time
        )
        self._worker = Worker(
            self.rows, sender, letters, clock=self._read, settings=settings, handle=self._call
        )
        self._drain.tick()
        self._sweep.tick()

    def _catch_up(self) -> None:
        """Have everything happen that is due, in order of time."""
        if self._is_catching_up:  # the function itself schedules tasks
            return
        self._is_catching_up = True
        try:
            while (event := self._find_next())[0] <= self._read_clock():
                self._now = max(self._now, event[0])
                event[1]()
            self._now = self._read_clock()
            if self.rows.is_behind():  # as after each tick: clients send the messages of these minutes
                self._drain.tick()
        finally:
            self._is_catching_up = False

    def _build_error(self, operation: str, code: str) -> Exception:
        return ClientError({"Error": {"Code": code, "Message": "As the test asked for."}}, operation)

    def _find_next(self) -> tuple[float, Callable[[], object]]:
        """Return the next event: a visible message, or a tick that finds rows."""
        events: list[tuple[float, Callable[[], object]]] = [
            (self._queue[0][0] if self._queue else float("inf"), self._deliver),
            (self.rows.find_next_drain(), self._drain.tick),
            (self.rows.find_next_sweep(), self._sweep.tick),
        ]
        return min(events, key=lambda event: event[0])

    def _deliver(self) -> None:
        _, _, body = heapq.heappop(self._queue)
        verdict = self._worker.process(body)
        if isinstance(verdict, Return):
            self._push(self._now + verdict.after_seconds, body)

    def _open_queue(self, read_time: Callable[[], float]) -> "_Queue":
        """Return the queue. It delays messages from its own time on, whatever its caller's is."""

        def send(messages: Sequence[Message], now: float) -> Sequence[Message]:
            for message in messages:
                self._push(read_time() + message.compute_delay_seconds(now), message.format())
            return []

        return _Queue(send, self._queue.clear)

    def _push(self, visible: float, body: str) -> None:
        heapq.heappush(self._queue, (visible, next(self._numbers), body))

    def _call(self, event: Mapping[str, Any], row: DueRow) -> object:
        started = to_moment(row.due - event["expirydate"])  # from which the handler computes the due time
        now = datetime.fromtimestamp(self._now, UTC)
        call = Call.of(build_arn(self.arn, row.key), started, json.dumps(event), now)
        self._calls.append(call)
        return self._function(call.event, call)

    def _read_clock(self) -> float:
        return self.clock.now().timestamp()

    def _read(self) -> float:
        """Return the time of the participants, which is behind the clock while they catch up."""
        return self._now


class _Port:
    """The operations of a table or a queue, each carried out by the fake."""

    def __init__(self, carry_out: Callable[[str], Any], target: object, operations: Sequence[str]) -> None:
        for name in operations:
            setattr(self, name, _wrap(carry_out, name, getattr(target, name)))


class _Queue:
    def __init__(
        self, send: Callable[[Sequence[Message], float], Sequence[Message]], purge: Callable[[], None]
    ) -> None:
        self.send = send
        self.purge = purge


class _Letters:
    def __init__(self, send: Callable[[str], None]) -> None:
        self.send = send


def _wrap(carry_out: Callable[[str], Any], name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(operation)
    def run(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as of the operation
        with carry_out(name):
            return operation(*arguments, **options)

    return run


def _has_time() -> bool:
    return True
