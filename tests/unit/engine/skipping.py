"""An engine with a skippable clock over a manual wall clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from stepfunctions_local.engine.clock import ManualClock, SkippableClock
from stepfunctions_local.engine.engine import Engine, Settings
from stepfunctions_local.engine.execution.execution import Execution
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.engine.skip import Skips
from tests.unit.engine.harness import NOW, Harness, ScriptedTasks


@dataclass
class SkippingHarness(Harness):
    """A harness with a skippable clock; `clock` is the wall clock."""

    skips: Skips

    def exited_after(self, execution: Execution) -> list[timedelta]:
        """Return the time from `NOW` to the end of each wait in the history."""
        return [_read_time(event) - NOW for event in self.history(execution) if _is_exit(event)]


@asynccontextmanager
async def open_skipping_harness(
    folder: Path | None = None,
    tasks: ScriptedTasks | None = None,
    **settings: Any,
) -> AsyncIterator[SkippingHarness]:
    """Open an engine on the records of a folder, or in memory; its clock includes recorded skips."""
    wall, tasks = ManualClock(NOW), tasks or ScriptedTasks()
    async with open_records(folder) as records:
        clock = SkippableClock(wall, records.store.clock_ahead())
        random = Random(7)
        engine = Engine(tasks, records, Settings(**settings), clock=clock, random=random)
        async with engine:
            yield SkippingHarness(engine, wall, tasks, Skips(engine, clock, records.journal))


def _is_exit(event: dict[str, Any]) -> bool:
    return bool(event["type"] == "WaitStateExited")


def _read_time(event: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(event["timestamp"], NOW.tzinfo)
