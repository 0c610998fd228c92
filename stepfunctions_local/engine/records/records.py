"""Opens the records of an engine: a store that reads them, and a journal that writes them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stepfunctions_local.engine.records.data_directory import DataDirectory
from stepfunctions_local.engine.records.execution_log import ExecutionLog
from stepfunctions_local.engine.records.journal import GroupJournal, ImmediateJournal, Journal
from stepfunctions_local.engine.records.schema import connect, require_sound
from stepfunctions_local.engine.records.store import Store
from stepfunctions_local.engine.records.writer import Writer
from stepfunctions_local.errors import JournalStopped

_VERIFY_SECONDS: Final = 1.0
"""How often the folder is looked at while nothing is written."""


@dataclass(frozen=True, slots=True)
class Records:
    """A store and its journal, and the log of executions."""

    store: Store
    journal: Journal
    log: ExecutionLog = field(default_factory=ExecutionLog)


@asynccontextmanager
async def open_records(folder: Path | None) -> AsyncIterator[Records]:
    """Open the records in a folder, or in memory if `folder` is None.

    If the journal stops, the task that opened the records is cancelled. The end of the context then raises
    JournalStopped.

    Raises:
        SettingError: the folder cannot be used, another process uses it, or its disk is full.
        JournalDamaged: the records in it cannot be trusted.
        JournalStopped: it was removed or replaced meanwhile, or refuses a change for good.

    """
    async with _open_on_disk(folder) if folder else _open_in_memory() as records:
        yield records


@asynccontextmanager
async def _open_on_disk(folder: Path) -> AsyncIterator[Records]:
    with DataDirectory(folder) as directory:
        path = directory.journal
        require_sound(path)
        directory.make_private()
        with closing(Writer(connect(path))) as writer, closing(Store(connect(path))) as store:
            directory.watch()
            journal = GroupJournal(writer, str(path), verify=directory.require_unchanged)
            async with _run(journal), _verifying(journal):
                yield Records(store, journal, ExecutionLog(directory.log_files))


@asynccontextmanager
async def _open_in_memory() -> AsyncIterator[Records]:
    database = connect(None)
    async with _run(journal := ImmediateJournal(Writer(database))):
        yield Records(Store(database), journal)


@asynccontextmanager
async def _run(journal: Journal) -> AsyncIterator[None]:
    """Close the journal at the end of the block, and raise its reason if it has stopped."""
    try:
        async with _stop_with(journal):
            yield
    finally:
        await journal.close()
    if journal.stopped.done():
        raise JournalStopped(journal.stopped.result())


@asynccontextmanager
async def _verifying(journal: GroupJournal) -> AsyncIterator[None]:
    """Verify a journal once a second, even if nothing is written."""
    verifying = asyncio.create_task(_verify_regularly(journal))
    try:
        yield
    finally:
        verifying.cancel()


@asynccontextmanager
async def _stop_with(journal: Journal) -> AsyncIterator[None]:
    """End the block if the journal stops: cancel the task that runs it, as `asyncio.timeout` does."""
    task, cancelled, left = asyncio.current_task(), False, False

    def cancel(_: asyncio.Future[str]) -> None:
        nonlocal cancelled
        cancelled = not left and task is not None and task.cancel()

    journal.stopped.add_done_callback(cancel)
    try:
        yield
    except asyncio.CancelledError:
        if not (cancelled and task and task.uncancel() == 0):
            raise
    finally:
        left = True


async def _verify_regularly(journal: GroupJournal) -> None:
    while True:
        await asyncio.sleep(_VERIFY_SECONDS)
        journal.verify()
