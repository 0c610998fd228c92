"""Ends the tasks of an event loop that are no longer wanted."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

_LOG: Final = logging.getLogger(__name__)


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, and return when all have ended. An exception that ended one of them is logged."""
    ending = [*tasks]
    for task in ending:
        task.cancel()
    # Cancellations are no outcome of interest; exceptions are logged.
    for outcome in await asyncio.gather(*ending, return_exceptions=True):
        if isinstance(outcome, Exception):
            _LOG.error("A task of this endpoint has failed because of a bug.", exc_info=outcome)
