"""Removes the records that the API has forgotten, piece by piece."""

import asyncio
from datetime import timedelta
from typing import Final

from stepfunctions_local.engine.errors import JournalUnwritable
from stepfunctions_local.engine.records.change import RemainsDeleted
from stepfunctions_local.engine.records.records import Records

_INTERVAL: Final = timedelta(seconds=1)
PART_SECONDS: Final = 0.02
"""How long a part may take. A row takes less: turns and items are bounded."""

_PAUSE: Final = timedelta(seconds=PART_SECONDS)
"""Between two parts, so that removal takes at most half of the time."""


class Removal:
    """Removes the histories of deleted executions, and the executions of deleted state machines."""

    def __init__(self, records: Records) -> None:
        self._store = records.store
        self._journal = records.journal

    async def run(self) -> None:
        """Remove what there is, and look for more every second."""
        while True:
            pause = _PAUSE if await self.remove_some() else _INTERVAL
            await asyncio.sleep(pause.total_seconds())

    async def remove_some(self, seconds: float = PART_SECONDS) -> bool:
        """Remove a part, at least a row, and return whether there was anything to remove."""
        if not self._store.has_remains():
            return False
        try:
            await self._journal.submit(RemainsDeleted(seconds))
        except JournalUnwritable:  # the journal has reported it, and retries
            return False
        return True
