"""Lambda's entry points of drain and sweep, which EventBridge Scheduler calls once a minute."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from task_table.connection import THREADS, connect
from task_table.ticks import Ticks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from task_table.ticks import Context

# Made at import, so that Lambda opens them while it starts the function.
_ticks = Ticks(
    connect(os.environ),
    clock=time.time,
    map_all=ThreadPoolExecutor(THREADS).map,
    write=print,
    service=os.environ["POWERTOOLS_SERVICE_NAME"],
)


def drain(_event: object, context: Context) -> Mapping[str, int]:
    """Send the messages of the tasks due soon."""
    return _ticks.drain(context)


def sweep(_event: object, context: Context) -> Mapping[str, int]:
    """Look for tasks that are still open."""
    return _ticks.sweep(context)
