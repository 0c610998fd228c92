"""Tasks as a table that is written row by row, however many there are."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from delay.task import Status, Task
from delay.text.moment import format_moment

_STATUS_WIDTH = max(map(len, Status)) + 2
_MOMENT_WIDTH = len("2026-12-01T00:00:00Z") + 2
_WIDTH_WITH_END = 80
"""The columns from which on a key has room beside both times."""


def task_table(tasks: Iterable[Task], *, due: bool, width: int) -> Iterator[str]:
    """Yield a header and a row for each task; nothing at all if there are no tasks.

    The key comes last and is never cut. A terminal of fewer than 80 columns does not show when tasks ended.
    """
    has_end = width >= _WIDTH_WITH_END
    for number, task in enumerate(tasks):
        if not number:
            yield _format_row("STATUS", "DUE" if due else "SCHEDULED", "ENDED" if has_end else None, "KEY")
        moment = _format_moment(task.due if due else task.started)
        yield _format_row(task.status, moment, _format_moment(task.ended) if has_end else None, task.key)


def _format_row(status: str, moment: str, ended: str | None, key: str) -> str:
    end = "" if ended is None else f"{ended:{_MOMENT_WIDTH}}"
    return f"{status:{_STATUS_WIDTH}}{moment:{_MOMENT_WIDTH}}{end}{key}"


def _format_moment(moment: datetime | None) -> str:
    return format_moment(moment) if moment else "-"
