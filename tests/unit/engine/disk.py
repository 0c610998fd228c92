"""Engines with records in a folder, and copies of the folder as a crash leaves it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from stepfunctions_local.engine.clock import ManualClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.records.change import ExecutionsExpired
from stepfunctions_local.engine.records.records import Records, open_records
from tests.unit.engine.harness import Harness, ScriptedTasks

DATABASE = "journal.sqlite"
LOG = "journal.sqlite-wal"


@dataclass
class DiskHarness(Harness):
    """A harness with an engine that journals to a folder."""

    records: Records
    folder: Path

    async def settle(self) -> None:
        """Wake due executions until nothing moves and everything is on disk."""
        for _ in range(6):
            self.engine.wake_due()
            await self.records.journal.submit(ExecutionsExpired(()), lambda: None)
            await asyncio.sleep(0)

    def crash(self, into: Path) -> Path:
        """Copy the files on disk, as kill -9 would leave them."""
        into.mkdir()
        for name in (DATABASE, LOG):
            shutil.copy(self.folder / name, into)
        return into


@asynccontextmanager
async def running(folder: Path, clock: ManualClock, **settings: Any) -> AsyncIterator[DiskHarness]:
    """Run an engine on the records in a folder."""
    tasks = ScriptedTasks()
    async with (
        open_records(folder) as records,
        Engine(tasks, records, Settings(**settings), clock=clock, random=Random(7)) as engine,
    ):
        yield DiskHarness(engine, clock, tasks, records, folder)
