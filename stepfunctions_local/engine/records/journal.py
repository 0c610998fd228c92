"""Writes changes down before they are acknowledged: many at a time, with one commit.

While one batch is being committed the next one gathers: a busy endpoint writes few large batches, an idle one
answers at once. Only the commit, which waits for the disk, leaves the event loop's thread: handing over each
statement would cost more than the statement.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.records.change import Change
from stepfunctions_local.engine.records.writer import Writer

_LOG = logging.getLogger(__name__)

Committed = Callable[[], None]


def nothing_more() -> None:
    """Nothing follows once the change is on disk."""


class Journal(Protocol):
    """Takes changes in order."""

    def submit(self, change: Change, committed: Committed = nothing_more) -> asyncio.Future[None]:
        """Take a change. The future comes true, and `committed` is called, when it is on disk.

        Where it cannot be written the future raises JournalUnwritable; the change is kept and tried again, so
        `committed` may still be called later.
        """
        ...

    def require_writable(self) -> None:
        """Refuse further changes while earlier ones cannot be written.

        Raises:
            JournalUnwritable: they cannot.

        """
        ...

    async def close(self) -> None:
        """Write what was taken, and let go of the database."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    change: Change
    committed: Committed
    future: asyncio.Future[None]


class ImmediateJournal:
    """Writes each change at once: for a database in memory, where nothing is gained by waiting."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def submit(self, change: Change, committed: Committed = nothing_more) -> asyncio.Future[None]:
        """Write a change."""
        self._writer.write([change])
        self._writer.commit()
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        committed()
        return future

    def require_writable(self) -> None:
        """Memory can be written."""

    async def close(self) -> None:
        """Let go of the database."""
        self._writer.close()


class GroupJournal:
    """Gathers changes and commits them in batches. What cannot be written is tried again and again."""

    def __init__(self, writer: Writer, where: str, retry_seconds: float = 0.5) -> None:
        self._writer = writer
        self._where = where
        self._retry_seconds = retry_seconds
        self._loop = asyncio.get_running_loop()
        self._disk = ThreadPoolExecutor(1, "journal")
        self._gathered: list[_Entry] = []
        self._flushing: asyncio.Task[None] | None = None
        self._failure: str | None = None
        self._closing = False

    def submit(self, change: Change, committed: Committed = nothing_more) -> asyncio.Future[None]:
        """Take a change for the next batch."""
        entry = _Entry(change, committed, self._loop.create_future())
        self._gathered.append(entry)
        if self._flushing is None:
            self._flushing = self._loop.create_task(self._flush())
        return entry.future

    def require_writable(self) -> None:
        """Refuse further changes while earlier ones cannot be written.

        Raises:
            JournalUnwritable: they cannot.

        """
        if self._failure:
            raise JournalUnwritable(self._failure)

    async def close(self) -> None:
        """Write what was taken, unless the disk refuses it, and let go of the database."""
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
                await self._loop.run_in_executor(self._disk, self._writer.commit)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody must wait for ever
                self._keep(batch, error)
                if self._closing:
                    break
                await asyncio.sleep(self._retry_seconds)
            else:
                self._commit(batch)
        self._flushing = None

    def _commit(self, batch: list[_Entry]) -> None:
        self._failure = None
        for entry in batch:
            entry.committed()
            if not entry.future.done():
                entry.future.set_result(None)

    def _keep(self, batch: list[_Entry], error: Exception) -> None:
        """Tell who waits that it cannot be written, and put the batch back for another try."""
        if not self._failure:
            _LOG.error("%s cannot be written: %s. It is tried again.", self._where, error)
        self._failure = f"{self._where} cannot be written: {error}."
        self._gathered = batch + self._gathered
        for entry in batch:
            if not entry.future.done():
                entry.future.set_exception(JournalUnwritable(self._failure))
                entry.future.exception()  # seen: not everybody waits for it
