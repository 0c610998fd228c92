"""The journal: commits changes in batches, before any of them is acknowledged.

While one batch is being committed, the next one gathers. So a busy endpoint writes few large batches, and an
idle one responds at once. Only the commit, which waits for the disk, runs in another thread: passing each
statement to it would cost more than the statement. A batch is bounded, since its statements hold up all else.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.records.change import Change, count_characters
from stepfunctions_local.engine.records.writer import Writer
from stepfunctions_local.errors import JournalStopped

_LOG = logging.getLogger(__name__)

OnCommit = Callable[[], None]

_TRANSIENT: Final = (sqlite3.OperationalError, OSError, MemoryError)
"""The errors that may pass, such as a full disk. A violated constraint or a damaged page does not."""


BATCH_CHARACTERS: Final = 1024 * 1024
BATCH_CHANGES: Final = 500
"""The bounds of a batch. A change that exceeds them alone is a batch of its own."""

ROOM: Final = 512 * 1024
"""Large changes wait while this many characters are not on disk, so that a small one soon is."""


def do_nothing() -> None:
    """Do nothing: once a change is on disk, or to verify a batch."""


class TurnJournal(Protocol):
    """Takes the turns of executions, in the order in which they are submitted."""

    def submit(self, change: Change, on_commit: OnCommit = do_nothing) -> asyncio.Future[None]:
        """Submit a change. Once it is on disk, `on_commit` is called and the future is done.

        If it cannot be written, the future raises JournalUnwritable. The change is kept and retried, so
        `on_commit` may still be called later.
        """
        ...

    @property
    def backlog(self) -> int:
        """The characters of the submitted changes that are not yet on disk."""
        ...

    def stop(self, reason: str) -> None:
        """Stop: refuse all changes from now on, and let the endpoint end with a reason."""
        ...


class Journal(TurnJournal, Protocol):
    """Writes changes in the order in which they are submitted."""

    def require_writable(self) -> None:
        """Require that earlier changes could be written.

        Raises:
            JournalUnwritable: they could not, and are being retried.

        """
        ...

    async def wait_for_room(self) -> None:
        """Wait until there is room for a large change. Waiters go on in the order in which they came.

        Raises:
            JournalUnwritable: the disk refuses what was submitted before.

        """
        ...

    @property
    def stopped(self) -> asyncio.Future[str]:
        """Done once the journal has stopped, with the reason."""
        ...

    async def close(self) -> None:
        """Write all submitted changes, and close the database."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    change: Change
    on_commit: OnCommit
    future: asyncio.Future[None]
    characters: int


class ImmediateJournal:
    """Commits each change at once: for a database in memory, where batches gain nothing."""

    backlog: Final = 0

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.stopped: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def submit(self, change: Change, on_commit: OnCommit = do_nothing) -> asyncio.Future[None]:
        """Write and commit a change."""
        self._writer.write([change])
        self._writer.commit()
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        on_commit()
        return future

    def require_writable(self) -> None:
        """Require that the journal has not stopped: memory can always be written.

        Raises:
            JournalUnwritable: it has stopped.

        """
        if self.stopped.done():
            raise JournalUnwritable(self.stopped.result())

    async def wait_for_room(self) -> None:
        """Return at once."""

    def stop(self, reason: str) -> None:
        """Refuse all requests from now on."""
        if not self.stopped.done():
            _LOG.error("%s", reason)
            self.stopped.set_result(reason)

    async def close(self) -> None:
        """Close the database."""
        self._writer.close()


class GroupJournal:
    """Commits changes in batches. A batch that the disk refuses is retried until it can be written.

    `verify` is called after each commit, and before it is acknowledged. If it raises, or if a batch cannot
    be written for a reason that does not pass, the journal stops: it refuses all changes from then on, and
    `stopped` has the reason.
    """

    def __init__(
        self,
        writer: Writer,
        path: str,
        retry_seconds: float = 0.5,
        verify: Callable[[], None] = do_nothing,
    ) -> None:
        self._writer = writer
        self._path = path
        self._retry_seconds = retry_seconds
        self._verify = verify
        self._loop = asyncio.get_running_loop()
        self._disk = ThreadPoolExecutor(1, "journal")
        self._gathered: deque[_Entry] = deque()
        self.backlog = 0
        self._entrance = asyncio.Lock()
        self._backlog_changed = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        self._failure: str | None = None
        self._closing = False
        self.stopped: asyncio.Future[str] = self._loop.create_future()

    def submit(self, change: Change, on_commit: OnCommit = do_nothing) -> asyncio.Future[None]:
        """Add a change to the next batch."""
        entry = _Entry(change, on_commit, self._loop.create_future(), count_characters(change))
        if self.stopped.done():
            self._fail([entry], self.stopped.result())
            return entry.future
        self._gathered.append(entry)
        self.backlog += entry.characters
        if self._flushing is None:
            self._flushing = self._loop.create_task(self._flush())
        return entry.future

    def require_writable(self) -> None:
        """Require that earlier changes could be written.

        Raises:
            JournalUnwritable: they could not, and are being retried, or the journal has stopped.

        """
        if self._failure:
            raise JournalUnwritable(self._failure)

    async def wait_for_room(self) -> None:
        """Wait until there is room for a large change. Waiters go on in the order in which they came.

        Raises:
            JournalUnwritable: the disk refuses what was submitted before.

        """
        async with self._entrance:
            while self.backlog >= ROOM:
                self.require_writable()
                self._backlog_changed.clear()
                await self._backlog_changed.wait()

    def verify(self) -> None:
        """Stop if `verify` raises, although nothing is to be written."""
        try:
            self._verify()
        except JournalStopped as error:
            self.stop(str(error))
        except Exception as error:  # noqa: BLE001 - it stops the endpoint
            _LOG.exception("The look at the folder met a defect of this endpoint.")
            self.stop(describe_defect(error))

    def stop(self, reason: str) -> None:
        """Refuse all changes from now on, those that are not yet on disk included."""
        gathered, self._gathered = self._gathered, deque()
        if not self.stopped.done():
            _LOG.error("%s", reason)
            self._failure = reason
            self.stopped.set_result(reason)
        self._fail(gathered, self.stopped.result())
        self._backlog_changed.set()

    async def close(self) -> None:
        """Write all submitted changes unless the disk refuses them, and close the database."""
        self._closing = True
        if self._flushing and self._failure:
            self._flushing.cancel()
        if self._flushing:
            await asyncio.gather(self._flushing, return_exceptions=True)  # nothing but a cancellation ends it
        self._disk.shutdown()
        self._writer.close()

    async def _flush(self) -> None:
        while batch := self._take_batch():
            try:
                self._writer.write([entry.change for entry in batch])
                await self._loop.run_in_executor(self._disk, self._commit)
            except _TRANSIENT as error:
                self._requeue(batch, error)
                if self._closing:
                    break
                await asyncio.sleep(self._retry_seconds)
            except Exception as error:  # noqa: BLE001 - whatever it is, no future must stay pending for ever
                self._give_up(batch, error)
            else:
                self._acknowledge(batch)
        self._flushing = None

    def _take_batch(self) -> list[_Entry]:
        """Take the next changes from those that have gathered, as many as a batch may have."""
        batch: list[_Entry] = []
        characters = 0
        while self._gathered and len(batch) < BATCH_CHANGES:
            characters += self._gathered[0].characters
            if batch and characters > BATCH_CHARACTERS:
                break
            batch.append(self._gathered.popleft())
        return batch

    def _commit(self) -> None:
        self._writer.commit()
        self._verify()

    def _acknowledge(self, batch: list[_Entry]) -> None:
        if not self.stopped.done():
            self._failure = None
        self.backlog -= sum(entry.characters for entry in batch)
        self._backlog_changed.set()
        for entry in batch:
            try:
                entry.on_commit()
            except Exception as error:  # noqa: BLE001 - it stops the endpoint
                _LOG.exception("The consequences of a commit met a defect of this endpoint.")
                self.stop(describe_defect(error))
            if not entry.future.done():
                entry.future.set_result(None)

    def _requeue(self, batch: list[_Entry], error: Exception) -> None:
        """Fail the futures of a batch, and put it back to be retried."""
        if self.stopped.done():
            self._fail(batch, self.stopped.result())
            return
        if not self._failure:
            _LOG.error("%s cannot be written: %s. Retrying.", self._path, error)
        self._failure = f"{self._path} cannot be written: {error}."
        self._gathered.extendleft(reversed(batch))
        self._fail(batch, self._failure)
        self._backlog_changed.set()

    def _give_up(self, batch: list[_Entry], error: Exception) -> None:
        """Fail a batch for good. Later ones may rest on it, so they are refused, too."""
        self._gathered.extendleft(reversed(batch))
        if isinstance(error, JournalStopped):
            self.stop(str(error))
        else:
            self.stop(
                f"{self._path} cannot be written: {error}. No retry can mend that, so the endpoint stops. "
                "Everything acknowledged is on disk: start it again."
            )

    def _fail(self, entries: Iterable[_Entry], reason: str) -> None:
        for entry in entries:
            if not entry.future.done():
                entry.future.set_exception(JournalUnwritable(reason))
                entry.future.exception()  # marks it as retrieved: it may have no waiter


def describe_defect(error: Exception) -> str:
    """Return the reason for which a defect stops the endpoint."""
    return (
        f"The endpoint met a defect ({type(error).__name__}: {error}), so it stops. "
        "Everything acknowledged is on disk: start it again."
    )
