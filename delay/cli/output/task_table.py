"""Tasks as a table that is written row by row, however many there are."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from delay.task import Status, Task
from delay.text.moment import format_moment
from delay.text.plain import plain

_STATUS_WIDTH = max(map(len, Status)) + 2
_MOMENT_WIDTH = len("2026-12-01T00:00:00Z") + 2
_ERROR_WIDTH = len("Lambda.TooManyRequestsException") + 2
_WIDTH_WITH_END = 80
"""The columns from which on a key has room beside both times."""
_WIDTH_WITH_END_AND_ERROR = _WIDTH_WITH_END + _ERROR_WIDTH
"""The same beside both times and an error."""


def task_table(tasks: Iterable[Task], *, due: bool, width: int, errors: bool = False) -> Iterator[str]:
    """Yield a header and a row for each task; nothing at all if there are no tasks.

    The key comes last and is never cut. A terminal of fewer than 80 columns does not show when tasks ended.
    """
    has_end = width >= (_WIDTH_WITH_END_AND_ERROR if errors else _WIDTH_WITH_END)
    for number, task in enumerate(tasks):
        if not number:
            error = "ERROR" if errors else None
            yield _format_row(
                "STATUS", "DUE" if due else "SCHEDULED", "ENDED" if has_end else None, error, "KEY"
            )
        moment = _format_moment(task.due if due else task.started)
        ended = _format_moment(task.ended) if has_end else None
        yield _format_row(task.status, moment, ended, _format_error(task) if errors else None, task.key)


def _format_row(status: str, moment: str, ended: str | None, error: str | None, key: str) -> str:
    end = "" if ended is None else f"{ended:{_MOMENT_WIDTH}}"
    reason = "" if error is None else f"{error:{_ERROR_WIDTH}}"
    return f"{status:{_STATUS_WIDTH}}{moment:{_MOMENT_WIDTH}}{end}{reason}{key}"


def _format_moment(moment: datetime | None) -> str:
    return format_moment(moment) if moment else "-"


def _format_error(task: Task) -> str:
    """Return the error's name, cut to the width of its column; `delay show` has all of it, and the cause."""
    text, most = plain(task.error or "-"), _ERROR_WIDTH - 2
    return text if len(text) <= most else f"{text[: most - 3]}..."
