"""The package's own client, `delay/table/`, among the participants of a world."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import loads
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import EndpointConnectionError

from delay.aws.corrected_clock import CorrectedClock
from delay.errors import Contended, DuplicateKey, NoSuchTask, NotRedrivable, TooLate, Unreachable
from delay.request import Request
from delay.table.store import TableStore
from delay.table.table_arn import TableArn
from task_table.write import Change, Creation, Refused, Written
from tests.unit.task_table.clients import Denied
from tests.unit.task_table.interleaving import Outage
from tests.unit.task_table.scenarios import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from delay.aws.connection import SqsClient
    from task_table.key_row import KeyRow
    from task_table.ports import PurgeableQueue, Table
    from task_table.slot_row import SlotRow
    from tests.unit.task_table.simulation import World

ARN: Final = TableArn.of_arn("arn:aws:dynamodb:us-east-1:123456789012:table/TaskTable")

SKEWS: Final = (0, 1.5, -1.5, 3600, -3600)
"""How far a client's clock may be ahead, in seconds. Up to two seconds are not corrected."""

DENIALS: Final = (Contended, DuplicateKey, NoSuchTask, NotRedrivable, TooLate, Unreachable)
"""The answers that an operation may have. Another error is a fault of the client, and fails the test."""


@dataclass
class WorldClock:
    """A clock that shows the world's time, or is `ahead` of it."""

    world: World
    ahead: float = 0

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return datetime.fromtimestamp(self.world.now + self.ahead, UTC)

    def monotonic(self) -> float:
        """Return a monotonic time, in seconds since an arbitrary start."""
        return self.world.now

    def sleep(self, seconds: float) -> None:
        """Refuse to sleep: a client without patience never does."""
        raise AssertionError(seconds)


class Unanswering:
    """A table or a queue whose outages are errors of botocore."""

    def __init__(self, target: object) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        """Return a method."""
        method = getattr(self._target, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return method(*args, **kwargs)
            except Outage as outage:
                raise EndpointConnectionError(endpoint_url="https://world") from outage

        return call


class Observed(Unanswering):
    """The world's table during one operation: notes what the operation reads and changes."""

    def __init__(self, world: World, note_write: Callable[[], object]) -> None:
        super().__init__(world.table)
        self._world = world
        self._note_write = note_write
        self.read: KeyRow | None = None
        """The row that was read last."""
        self.made: KeyRow | None = None
        """The row after a creation since then: the new one, or the one that had the key."""
        self.was_moved = False
        """Whether the operation has asked for the move of that row since then."""

    def get_cursor(self) -> Any:
        """Return the cursor without a stop: its settings never change, so no order matters."""
        return self._world.rows.get_cursor()

    def read_clock(self) -> int:
        """Return the time without a stop: the clients' clocks show it anyway."""
        return self._world.rows.read_clock()

    def get(self, key: str) -> KeyRow | None:
        """Return a key row."""
        self.made, self.was_moved = None, False
        self.read = cast("KeyRow | None", self.__getattr__("get")(key))
        return self.read

    def put_slot(self, row: SlotRow) -> int:
        """Write a slot row."""
        self._note_write()
        return cast("int", self.__getattr__("put_slot")(row))

    def write(self, write: Creation | Change) -> Written:
        """Carry out a conditional write."""
        self._note_write()
        self.was_moved |= isinstance(write, Change) and "token" in write.values
        try:
            written = cast("Written", self.__getattr__("write")(write))
        except Refused as refused:
            self._note_made(write, refused.row)
            raise
        self._note_made(write, written.row)
        return written

    def _note_made(self, write: Creation | Change, row: KeyRow | None) -> None:
        if isinstance(write, Creation):
            self.made = row


@dataclass
class WorldBackend:
    """Opens the ports of a world."""

    table: Observed
    queue: object

    def open_table(self) -> Table:
        """Return the table."""
        return cast("Table", self.table)

    def open_queue(self, _url: str) -> PurgeableQueue:
        """Return the queue of due tasks."""
        return cast("PurgeableQueue", Unanswering(self.queue))

    def open_letters(self) -> SqsClient:
        """Refuse: no operation here needs the dead-letter queue."""
        raise NotImplementedError


@contextmanager
def deny() -> Iterator[None]:
    """Raise the client's errors as the model does."""
    try:
        yield
    except DENIALS as error:
        raise Denied(error) from error


@dataclass
class RealClient:
    """The package's client. Each operation returns when it is acknowledged."""

    world: World
    ahead: float = 0

    def schedule(self, key: str, due: int, payload: str = "{}") -> None:
        """Make a task."""
        table, store = self._open()
        with deny():
            store.schedule(_build_request(key, due, payload))
        assert table.made is not None
        self.world.log.acknowledged[key] = table.made.made

    def reschedule(self, key: str, due: int) -> None:
        """Move a waiting task; now, if the time is past."""
        table, store = self._open()
        with deny():
            store.check_clock()
            is_past = due < store.clock.now().timestamp()
            store.reschedule(
                key, after=timedelta(0) if is_past else None, at=None if is_past else _to_moment(due)
            )
        self._supersede(table.read)

    def replace(self, key: str, due: int, payload: str) -> None:
        """Give a waiting task another payload and time, or make it."""
        table, store = self._open()
        with deny():
            store.schedule(_build_request(key, due, payload, replace=True))
        row = table.made or table.read
        assert row is not None
        self.world.log.acknowledged[key] = row.made
        if table.was_moved:
            self._supersede(row)

    def cancel(self, key: str) -> None:
        """End a waiting task."""
        table, store = self._open(lambda: self.world.log.cancels.add(key))
        with deny():
            store.cancel(key)
        self._supersede(table.read)

    def redrive(self, key: str) -> None:
        """Make a failed task due now."""
        _, store = self._open(lambda: self.world.log.redriving.add(key))
        with deny():
            store.redrive(key)
        self.world.log.redriving.discard(key)

    def _open(self, note_write: Callable[[], object] = lambda: None) -> tuple[Observed, TableStore]:
        table = Observed(self.world, note_write)
        backend = WorldBackend(table, self.world.queue)
        clock = CorrectedClock(WorldClock(self.world, self.ahead))
        return table, TableStore(ARN, backend, clock, timedelta(0))

    def _supersede(self, row: KeyRow | None) -> None:
        assert row is not None
        self.world.log.superseded.add((row.made, row.moves))


def _build_request(key: str, due: int, payload: str, *, replace: bool = False) -> Request:
    return Request(loads(payload), at=_to_moment(due), key=key, allow_past=True, replace=replace)


def _to_moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass
class RealModel(Model):
    """The participants, with the package's client, whose clock may be `ahead`."""

    ahead: float = 0

    def client(self, world: World) -> RealClient:
        """Return a client."""
        return RealClient(world, self.ahead)
