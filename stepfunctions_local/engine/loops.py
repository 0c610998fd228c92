"""The loops of an engine, which run until it is closed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from stepfunctions_local.cancellation import end_tasks
from stepfunctions_local.engine.records.journal import describe_defect

Loop: TypeAlias = Callable[[], Awaitable[None]]

_LOG = logging.getLogger(__name__)


class Loops:
    """Runs loops. One that ends by an exception stops the engine, since its work would be left undone."""

    def __init__(self, stop: Callable[[str], None]) -> None:
        self._stop = stop
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, loop: Loop) -> None:
        """Run a loop until `close`."""
        self._tasks.append(asyncio.create_task(self._run(loop)))

    async def close(self) -> None:
        """End all loops."""
        await end_tasks(self._tasks)

    async def _run(self, loop: Loop) -> None:
        try:
            await loop()
        except Exception as error:  # noqa: BLE001 - it stops the endpoint
            _LOG.exception("A loop of the engine met a defect of this endpoint.")
            self._stop(describe_defect(error))
