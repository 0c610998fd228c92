"""The journal: commits changes in batches, before any of them is acknowledged.

While one batch is being committed, the next one gathers. So a busy endpoint writes few large batches, and an
idle one responds at once. Only the commit, which waits for the disk, runs in another thread: passing each
statement to it would cost more than the statement.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.records.change import Change
from stepfunctions_local.engine.records.writer import Writer
from stepfunctions_local.errors import JournalStopped

_LOG = logging.getLogger(__name__)

OnCommit = Callable[[], None]

_TRANSIENT: Final = (sqlite3.OperationalError, OSError, MemoryError)
"""The errors that may pass, such as a full disk. A violated constraint or a damaged page does not."""


def do_nothing() -> None:
    """Do nothing: once a change is on disk, or to verify a batch."""


class Journal(Protocol):
    """Writes changes in the order in which they are submitted."""

    def submit(self, change: Change, on_commit: OnCommit = do_nothing) -> asyncio.Future[None]:
        """Submit a change. Once it is on disk, `on_commit` is called and the future is done.

        If it cannot be written, the future raises JournalUnwritable. The change is kept and retried, so
        `on_commit` may still be called later.
        """
        ...

    def require_writable(self) -> None:
        """Require that earlier changes could be written.

        Raises:
            JournalUnwritable: they could not, and are being retried.

        """
        ...

    async def close(self) -> None:
        """Write all submitted changes, and close the database."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    change: Change
    on_commit: OnCommit
    future: asyncio.Future[None]


class ImmediateJournal:
    """Commits each change at once: for a database in memory, where batches gain nothing."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def submit(self, change: Change, on_commit: OnCommit = do_nothing) -> asyncio.Future[None]:
        """Write and commit a change."""
        self._writer.write([change])
        self._writer.commit()
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        on_commit()
        return future

    def require_writable(self) -> None:
        """Return at once: memory can always be written."""

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
        self._gathered: list[_Entry] = []
        self._flushing: asyncio.Task[None] | None = None
        self._failure: str | None = None
        self._closing = False
        self.stopped: asyncio.Future[str] = self._loop.create_future()

    def submit(self, change: Change, on_commit: OnCommit = do_nothing) -> asyncio.Future[None]:
        """Add a change to the next batch."""
        entry = _Entry(change, on_commit, self._loop.create_future())
        if self.stopped.done():
            self._fail([entry], self.stopped.result())
            return entry.future
        self._gathered.append(entry)
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

    def verify(self) -> None:
        """Stop if `verify` raises, although nothing is to be written."""
        try:
            self._verify()
        except JournalStopped as error:
            self._stop(str(error))

    async def close(self) -> None:
        """Write all submitted changes unless the disk refuses them, and close the database."""
        self._closing = True
        if self._flushing and self._failure:
            self._flushing.cancel()
        if self._flushing:
            await asyncio.gather(self._flushing, return_exceptions=True)
        self._disk.shutdown()
        self._writer.close()

    async def _flush(self) -> None:
        while batch := self._gathered:
            self._gathered = []
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

    def _commit(self) -> None:
        self._writer.commit()
        self._verify()

    def _acknowledge(self, batch: list[_Entry]) -> None:
        if not self.stopped.done():
            self._failure = None
        for entry in batch:
            entry.on_commit()
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
        self._gathered = batch + self._gathered
        self._fail(batch, self._failure)

    def _give_up(self, batch: list[_Entry], error: Exception) -> None:
        """Fail a batch for good. Later ones may rest on it, so they are refused, too."""
        self._gathered = batch + self._gathered
        if isinstance(error, JournalStopped):
            self._stop(str(error))
        else:
            self._stop(
                f"{self._path} cannot be written: {error}. No retry can mend that, so the endpoint stops. "
                "Everything acknowledged is on disk: start it again."
            )

    def _stop(self, reason: str) -> None:
        gathered, self._gathered = self._gathered, []
        if not self.stopped.done():
            _LOG.error("%s", reason)
            self._failure = reason
            self.stopped.set_result(reason)
        self._fail(gathered, self.stopped.result())

    def _fail(self, entries: list[_Entry], reason: str) -> None:
        for entry in entries:
            if not entry.future.done():
                entry.future.set_exception(JournalUnwritable(reason))
                entry.future.exception()  # marks it as retrieved: it may have no waiter
