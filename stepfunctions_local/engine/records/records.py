"""Where an engine keeps its records: a store that reads, and a journal that writes."""

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
    """Open the records in a folder, or in memory where there is none.

    Raises:
        SettingError: the folder cannot be used, another process uses it, or its disk is full.
        JournalDamaged: what is in it cannot be trusted.

    """
    async with _on_disk(folder) if folder else _in_memory() as records:
        try:
            yield records
        finally:
            await records.journal.close()


@asynccontextmanager
async def _on_disk(folder: Path) -> AsyncIterator[Records]:
    with DataDirectory(folder) as directory:
        path = directory.journal
        require_sound(path)
        writer, store = Writer(connect(path)), Store(connect(path))
        with closing(store):
            yield Records(store, GroupJournal(writer, str(path)))


@asynccontextmanager
async def _in_memory() -> AsyncIterator[Records]:
    database = connect(None)
    yield Records(Store(database), ImmediateJournal(Writer(database)))
