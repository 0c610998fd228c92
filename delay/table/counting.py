"""Counts the tasks of a table by their status."""

from collections import Counter
from typing import Final

from delay.listing import Watcher
from delay.table.listing import is_forgotten, read_partitions
from delay.table.requests import Requests
from delay.table.row_task import derive_status
from delay.task import Counts, Status

_COUNTED: Final = (Status.WAITING, Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


def count_tasks(requests: Requests, status: Status | None, prefix: str, watch: Watcher | None) -> Counts:
    """Return the numbers of tasks. Each key row is read."""
    found: Counter[Status] = Counter()
    read = 0
    now = requests.clock.now()
    for rows in read_partitions(requests, prefix):
        for row in rows:
            read += 1
            if not is_forgotten(row, now):
                found[derive_status(row, now)] += 1
        if watch:
            watch(read)
    if status is None:
        return Counts({each: found[each] for each in _COUNTED})
    if status is Status.OPEN:
        return Counts({status: found[Status.WAITING] + found[Status.RUNNING]})
    return Counts({status: found[Status.CANCELLED if status is Status.STOPPED else status]})
