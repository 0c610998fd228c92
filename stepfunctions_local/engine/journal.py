"""Writes changes down before they are acknowledged: many at a time, on a thread of its own.

While one batch is being written the next one gathers: a busy endpoint writes few large batches, an idle one
answers at once.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from stepfunctions_local.engine.change import Change
from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.writer import Writer

_RETRY_SECONDS = 0.5

Committed = Callable[[], None]


class Journal(Protocol):
    """Takes changes in order."""

    def submit(self, change: Change, committed: Committed) -> asyncio.Future[None]:
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

    def close(self) -> None:
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

    def submit(self, change: Change, committed: Committed) -> asyncio.Future[None]:
        """Write a change."""
        self._writer.write([change])
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        committed()
        return future

    def require_writable(self) -> None:
        """Memory can be written."""

    def close(self) -> None:
        """Let go of the database."""
        self._writer.close()


class GroupJournal:
    """Gathers changes and writes them in batches on a thread."""

    def __init__(self, writer: Writer, where: str) -> None:
        self._writer = writer
        self._where = where
        self._loop = asyncio.get_running_loop()
        self._entries: list[_Entry] = []
        self._changed = threading.Condition()
        self._closing = False
        self._failure: str | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def submit(self, change: Change, committed: Committed) -> asyncio.Future[None]:
        """Take a change for the next batch."""
        entry = _Entry(change, committed, self._loop.create_future())
        with self._changed:
            self._entries.append(entry)
            self._changed.notify()
        return entry.future

    def require_writable(self) -> None:
        """Refuse further changes while earlier ones cannot be written.

        Raises:
            JournalUnwritable: they cannot.

        """
        if self._failure:
            raise JournalUnwritable(self._failure)

    def close(self) -> None:
        """Write what was taken, once more where it could not be written, and let go of the database."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._writer.close()

    def _run(self) -> None:
        while batch := self._take():
            try:
                self._writer.write([entry.change for entry in batch])
            except sqlite3.Error as error:
                if not self._keep(batch, error):
                    return
            else:
                self._loop.call_soon_threadsafe(self._committed, batch)

    def _take(self) -> list[_Entry]:
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._closing)
            batch, self._entries = self._entries, []
        return batch

    def _keep(self, batch: list[_Entry], error: sqlite3.Error) -> bool:
        """Put a batch back for another try; say whether there is one."""
        self._loop.call_soon_threadsafe(self._refused, batch, f"{self._where} cannot be written: {error}.")
        with self._changed:
            self._entries = batch + self._entries
            self._changed.wait_for(lambda: self._closing, _RETRY_SECONDS)
            return not self._closing

    def _committed(self, batch: list[_Entry]) -> None:
        self._failure = None
        for entry in batch:
            entry.committed()
            if not entry.future.done():
                entry.future.set_result(None)

    def _refused(self, batch: list[_Entry], reason: str) -> None:
        self._failure = reason
        for entry in batch:
            if not entry.future.done():
                entry.future.set_exception(JournalUnwritable(reason))
                entry.future.exception()  # seen: not everybody waits for it
