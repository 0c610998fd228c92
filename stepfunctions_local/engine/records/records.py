"""Opens the records of an engine: a store that reads them, and a journal that writes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from stepfunctions_local.engine.records.data_directory import DataDirectory
from stepfunctions_local.engine.records.journal import GroupJournal, ImmediateJournal, Journal
from stepfunctions_local.engine.records.schema import connect, require_sound
from stepfunctions_local.engine.records.store import Store
from stepfunctions_local.engine.records.writer import Writer


@dataclass(frozen=True, slots=True)
class Records:
    """A store and its journal."""

    store: Store
    journal: Journal


@asynccontextmanager
async def open_records(folder: Path | None) -> AsyncIterator[Records]:
    """Open the records in a folder, or in memory if `folder` is None.

    Raises:
        SettingError: the folder cannot be used, another process uses it, or its disk is full.
        JournalDamaged: the records in it cannot be trusted.

    """
    async with _open_on_disk(folder) if folder else _open_in_memory() as records:
        try:
            yield records
        finally:
            await records.journal.close()


@asynccontextmanager
async def _open_on_disk(folder: Path) -> AsyncIterator[Records]:
    with DataDirectory(folder) as directory:
        path = directory.journal
        require_sound(path)
        writer, store = Writer(connect(path)), Store(connect(path))
        with closing(store):
            yield Records(store, GroupJournal(writer, str(path)))


@asynccontextmanager
async def _open_in_memory() -> AsyncIterator[Records]:
    database = connect(None)
    yield Records(Store(database), ImmediateJournal(Writer(database)))
