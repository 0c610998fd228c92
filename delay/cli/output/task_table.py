"""Tasks as a table that is written row by row: nobody waits for the last of a million tasks."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from delay.task import Status, Task
from delay.text.moment import format_moment
from delay.text.plain import plain

_STATUS_WIDTH = max(map(len, Status)) + 2
_MOMENT_WIDTH = len("2026-12-01T00:00:00Z") + 2


def task_table(tasks: Iterable[Task], *, due: bool) -> Iterator[str]:
    """Draw tasks; the key stands last, for it may be long. Without tasks there is no header either."""
    for number, task in enumerate(tasks):
        if not number:
            yield _row("STATUS", "DUE" if due else "SCHEDULED", "ENDED", "KEY")
        yield _row(
            task.status, _moment(task.due if due else task.started), _moment(task.ended), plain(task.key)
        )


def _row(status: str, moment: str, ended: str, key: str) -> str:
    return f"{status:{_STATUS_WIDTH}}{moment:{_MOMENT_WIDTH}}{ended:{_MOMENT_WIDTH}}{key}"


def _moment(moment: datetime | None) -> str:
    return format_moment(moment) if moment else "-"
