"""Counts the tasks of a table by their status."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Final

from delay.listing import Watcher
from delay.table.changing import is_forgotten
from delay.table.pages import THREADS, read_partition
from delay.table.requests import Requests
from delay.table.row_task import derive_status
from delay.table.setup import Setup
from delay.task import Counts, Status
from task_table.hashing import PARTITIONS
from task_table.key_row import KeyRow

_COUNTED: Final = (Status.WAITING, Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)


def count_tasks(
    requests: Requests, setup: Setup, status: Status | None, prefix: str, watch: Watcher | None
) -> Counts:
    """Return the numbers of tasks. Each key row is read, and none is kept."""
    setup.get()  # refuses any other table
    if status in {Status.TIMED_OUT, Status.RESCHEDULED}:
        return Counts({status: 0})
    found = _count_all(requests, prefix, watch)
    if status is None:
        return Counts({each: found[each] for each in _COUNTED})
    if status is Status.OPEN:
        return Counts({status: found[Status.WAITING] + found[Status.RUNNING]})
    return Counts({status: found[Status.CANCELLED if status is Status.STOPPED else status]})


def _count_all(requests: Requests, prefix: str, watch: Watcher | None) -> Counter[Status]:
    found: Counter[Status] = Counter()
    read = 0
    with ThreadPoolExecutor(THREADS, thread_name_prefix="delay-table") as pool:
        counting = [pool.submit(_count_partition, requests, prefix, number) for number in range(PARTITIONS)]
        for done in as_completed(counting):
            counts, rows = done.result()
            found += counts
            read += rows
            if watch:
                watch(read)
    return found


def _count_partition(requests: Requests, prefix: str, partition: int) -> tuple[Counter[Status], int]:
    """Return the numbers of tasks by status, and the number of rows read."""
    found: Counter[Status] = Counter()
    read = 0
    for rows in read_partition(requests, prefix, partition):
        read += len(rows)
        found.update(_list_statuses(requests, rows))
    return found, read


def _list_statuses(requests: Requests, rows: Iterable[KeyRow]) -> list[Status]:
    now = requests.clock.now()
    return [derive_status(row, now) for row in rows if not is_forgotten(row, now.timestamp())]
